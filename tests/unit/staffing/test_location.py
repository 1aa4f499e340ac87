from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from gridkit.errors import InputError
from gridkit.staffing.location import distance_matrix, mclp, p_median


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
