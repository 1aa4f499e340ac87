from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from gridkit.errors import InfeasibleError, InputError
from gridkit.staffing.covering import lscp, mclp, p_center
from gridkit.staffing.location import distance_matrix, p_median


def town(seed, n=40, m=9):
    rng = np.random.default_rng(seed)
    demand, sites = rng.uniform(0, 5000, (n, 2)), rng.uniform(0, 5000, (m, 2))
    return distance_matrix(demand, sites), rng.integers(1, 9, n).astype(float)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("fixed", [(), (2, 5)])
def test_p_median_finds_the_best_of_all_choices(seed, fixed):
    away, w = town(seed)
    got = p_median(away, p=4, weight=w, fixed=fixed, exact=True)
    all_of = [c for c in combinations(range(9), 4) if set(fixed) <= set(c)]
    best = min((w * away[:, list(c)].min(axis=1)).sum() for c in all_of)
    assert got.value == pytest.approx(best)
    assert got.bound <= best * (1 + 1e-9)
    assert got.gap < 1e-6
    assert set(fixed) <= set(got.chosen.tolist())
    assert (w * got.away_m).sum() == pytest.approx(got.value)


@pytest.mark.parametrize("seed", range(4))
def test_heuristics_never_beat_their_bounds(seed):
    away, w = town(seed, n=200, m=30)
    median = p_median(away, p=5, weight=w)
    assert median.bound <= median.value * (1 + 1e-9)
    exact = p_median(away, p=5, weight=w, exact=True)
    assert median.bound <= exact.value * (1 + 1e-9) <= median.value * (1 + 1e-9)
    cover = mclp(away, p=5, radius_m=1000, weight=w)
    sure = mclp(away, p=5, radius_m=1000, weight=w, exact=True)
    assert cover.value <= sure.value <= cover.bound + 1e-6
    assert sure.gap < 1e-6


@pytest.mark.parametrize("fixed", [(), (1,)])
def test_covering_finds_the_best_of_all_choices(fixed):
    away, w = town(7)
    got = mclp(away, p=3, radius_m=1500, weight=w, fixed=fixed, exact=True)
    best = max(
        w[(away[:, list(c)] <= 1500).any(axis=1)].sum()
        for c in combinations(range(9), 3)
        if set(fixed) <= set(c)
    )
    assert got.value == best
    assert w[got.nearest >= 0].sum() == best
    assert got.to_frame()["n_served"].sum() == (got.nearest >= 0).sum()


def test_all_sites_open_and_bad_input():
    away, w = town(1)
    assert p_median(away, p=9).value == pytest.approx(away.min(axis=1).sum())
    assert p_median(away, p=1).value == pytest.approx(away.sum(axis=0).min())
    with pytest.raises(InputError, match="`p` is 10; it must lie between 1"):
        p_median(away, p=10)
    with pytest.raises(InputError, match="different sites between 0 and 8"):
        p_median(away, p=2, fixed=(3, 3))
    with pytest.raises(InputError, match="`radius_m` is 0"):
        mclp(away, p=2, radius_m=0)
    with pytest.raises(InputError, match="`weight` needs 40 numbers"):
        mclp(away, p=2, radius_m=1, weight=-w)
    away[3, 2] = np.nan
    with pytest.raises(InputError, match=r"1 demand points are missing or infinite \(rows '3'\)"):
        p_median(away, p=2)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("fixed", [(), (3,)])
def test_the_fewest_sites_and_the_shortest_longest_way_are_the_best_of_all_choices(seed, fixed):
    rng = np.random.default_rng(seed)
    away = distance_matrix(rng.uniform(0, 1000, (25, 2)), rng.uniform(0, 1000, (9, 2)))

    def choices(p):
        return (c for c in combinations(range(9), p) if set(fixed) <= set(c))

    radius = float(away.min(axis=1).max()) * 1.2
    fewest = next(
        p for p in range(1, 10) for c in choices(p) if (away[:, c].min(axis=1) <= radius).all()
    )
    got = lscp(away, radius_m=radius, fixed=fixed)
    assert got.value == got.chosen.size == got.bound == fewest
    assert (got.away_m <= radius).all()
    for p in (1, 3):
        best = min(away[:, c].min(axis=1).max() for c in choices(p))
        center = p_center(away, p=p, fixed=fixed)
        assert center.value == center.bound == pytest.approx(best)
        assert center.chosen.size == p
        assert set(fixed) <= set(center.chosen.tolist())


def test_points_out_of_reach_are_named_with_the_radius_that_would_do():
    away = np.array([[100.0, 900], [700, 450]])
    with pytest.raises(InfeasibleError, match=r"1 of 2 points are out of reach.*450 m reaches all"):
        lscp(away, radius_m=200)
    with pytest.raises(InputError, match="`radius_m` is 0"):
        lscp(away, radius_m=0)


def test_moves_keep_the_gains_that_a_fresh_count_gives():
    from gridkit.staffing.covering import _Covered

    rng = np.random.default_rng(1)
    cover, w = rng.random((60, 12)) < 0.2, rng.integers(1, 9, 60).astype(float)
    at = _Covered(cover, w, 4, (2,))
    at.fill()
    for turn in range(20):
        at.put(1 + turn % 3, int(rng.choice(np.flatnonzero(at.slot < 0))))
        new = _Covered(cover, w, 4, at.chosen.tolist())
        np.testing.assert_allclose(at.gain, new.gain)
        np.testing.assert_allclose(at.loss, new.loss)
        np.testing.assert_allclose(at.extra, new.extra)
        assert at.value() == w[cover[:, at.chosen].any(axis=1)].sum()
