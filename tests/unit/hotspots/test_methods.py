"""Methods reached from the one call, and the statistics behind them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridkit.hotspots.clusters import ScanSettings, monte_carlo_p
from gridkit.hotspots.density import cluster_pairs, cluster_space_time
from gridkit.hotspots.find import agreement, find_hotspots
from gridkit.hotspots.local import gi_star, local_moran
from gridkit.hotspots.scanning import scan
from gridkit.hotspots.scores import residuals
from gridkit.hotspots.settings import METHODS, HotspotSettings
from gridkit.hotspots.window import gini, scan_by_gini
from tests.unit.hotspots.conftest import hazards_at, square_town

START = np.datetime64("2024-01-01T12:00:00")


@pytest.mark.parametrize("method", ["moran", "hdbscan", "density", "gi_star", "scan"])
def test_every_method_finds_the_crowd(squares, crowded, method):
    s = HotspotSettings(methods=(method,), n_permutations=9999, scan=ScanSettings(n_replicates=99))
    top = find_hotspots(squares, crowded, settings=s)[0]
    assert top.method == method
    assert np.hypot(top.outline.centroid.x - 501_000, top.outline.centroid.y - 2_501_000) < 80
    assert top.relative_risk > 3


def test_all_methods_are_in_the_one_call():
    from gridkit.hotspots.find import _METHODS

    assert tuple(sorted(_METHODS)) == METHODS


def test_crowds_in_time_and_near_repeats_are_told(squares):
    rng = np.random.default_rng(2)
    xy = np.concatenate([rng.uniform(0, 2000, (300, 2)), rng.normal(800, 15, (30, 2))])
    day = np.concatenate([rng.integers(0, 300, 300), 200 + rng.integers(0, 6, 30)])
    hazards = hazards_at(
        squares, xy + np.array([500_000.0, 2_500_000]), when=START + day * np.timedelta64(86_400, "s")
    )  # fmt: skip
    s = HotspotSettings(methods=("density_time", "near_repeat"), reach_days=7)
    found = find_hotspots(squares, hazards, settings=s)
    first, last = (np.datetime64(d) for d in found[0].period.split("/"))
    assert np.datetime64("2024-07-15") <= first <= last <= np.datetime64("2024-07-28")
    assert found[0].n >= 28
    assert found[0].expected < 1
    assert any("go back to a place within 7 days" in n for n in found.notes)


def test_an_emerging_hotspot_is_named_by_its_history(squares):
    rng = np.random.default_rng(3)
    hot = np.arange(189, 193)
    cells, weeks = [], []
    for week in range(16):
        base = rng.integers(0, 400, 800)
        late = np.repeat(hot, 25 if week >= 13 else 2)
        cells.append(np.concatenate([base, late]))
        weeks.append(np.full(cells[-1].size, week))
    cell, week = np.concatenate(cells), np.concatenate(weeks)
    xy = np.column_stack([cell % 20, cell // 20]) * 100.0 + rng.uniform(1, 99, (cell.size, 2))
    hazards = hazards_at(
        squares, xy + np.array([500_000.0, 2_500_000]), when=START + week * np.timedelta64(7 * 86_400, "s")
    )  # fmt: skip
    found = find_hotspots(squares, hazards, settings=HotspotSettings(methods=("emerging",)))
    own = [h for h in found if set(hot) & set(h.unit_pos.tolist())]
    assert sum(h.unit_pos.size for h in own) >= 4
    assert own[0].text.split(":")[0] in {"new", "consecutive", "oscillating", "sporadic"}
    assert any("units by class: " in n for n in found.notes)


def test_agreement_between_methods_is_told(squares, crowded):
    found = find_hotspots(squares, crowded)
    shared = agreement(found, 400)
    assert 0 < shared["gi_star", "scan"] <= 1
    assert any("in hotspots of all 2 tested methods (gi_star, scan)" in n for n in found.notes)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(5, 60))
def test_crowds_from_pairs_are_those_of_dbscan(seed, least, n):
    from sklearn.cluster import DBSCAN

    xy = np.random.default_rng(seed).integers(0, 20, (n, 2)).astype(float)
    away = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    left, right = np.nonzero(np.triu(away <= 2.5, 1))
    labels = cluster_pairs(n, left, right, least=least)
    want = DBSCAN(eps=2.5, min_samples=least).fit(xy)
    assert ((labels >= 0) == (want.labels_ >= 0)).all()
    core = want.core_sample_indices_
    pairs = set(zip(labels[core].tolist(), want.labels_[core].tolist(), strict=True))
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


def test_crowds_in_time_need_both():
    rng = np.random.default_rng(0)
    xy = np.zeros((40, 2))
    day = np.where(np.arange(40) < 20, rng.uniform(0, 5, 40), rng.uniform(100, 105, 40))
    labels = cluster_space_time(xy, day, reach_m=10, reach_time=6, least=5)
    assert sorted(np.bincount(labels).tolist()) == [20, 20]
    away = cluster_space_time(xy + np.arange(40)[:, None] * 30, day, reach_m=10, reach_time=6, least=5)  # fmt: skip
    assert (away == -1).all()


def ring(n):
    start = 2 * np.arange(n + 1)
    neighbor = np.column_stack([(np.arange(n) - 1) % n, (np.arange(n) + 1) % n]).ravel()
    return start.astype(np.int64), neighbor.astype(np.int32)


def test_the_analytic_p_of_moran_is_that_of_many_permutations():
    values = np.random.default_rng(1).normal(size=300)
    made = local_moran(values, *ring(300), n_permutations=99_999)
    # neighbours' sums of normal values are normal: the two ways must agree
    np.testing.assert_allclose(made.p_normal_high, made.p_high, atol=0.02)
    np.testing.assert_allclose(made.p_normal, 2 * np.minimum(made.p_high, made.p_low), atol=0.04)
    gi = gi_star(values, *ring(300), n_permutations=999)
    np.testing.assert_allclose(np.minimum(gi.p_normal_high, 1 - gi.p_normal_high) * 2, gi.p_normal)


def test_gini_by_hand():
    assert gini([], 10) == pytest.approx(0.0)
    # 50 of 100 on a tenth, 20 on another tenth, 30 on the rest: twice the area under (0,0) (.1,.5) (.2,.7) (1,1), less 1
    assert gini([(20, 0.1), (50, 0.1)], 100) == pytest.approx(
        2 * (0.1 * 0.25 + 0.1 * 0.6 + 0.8 * 0.85) - 1
    )


def test_the_window_is_chosen_so_that_two_hotspots_stay_two():
    rng = np.random.default_rng(7)
    j, i = np.meshgrid(np.arange(30), np.arange(30))
    xy = np.column_stack([j.ravel(), i.ravel()]).astype(float)
    mean = np.full(900, 5.0)
    for x in (8, 14):
        mean[np.hypot(xy[:, 0] - x, xy[:, 1] - 15) <= 2] = 15.0
    cases = rng.poisson(mean)
    s = ScanSettings(max_share=0.5, n_replicates=99, overdispersed=False)
    found = scan_by_gini(xy, cases, np.ones(900), settings=s)
    assert found.share < 0.1
    assert [c.p_value for c in found.clusters[:2]] == [0.01, 0.01]
    assert sum(c.units.size for c in found.clusters[:2]) < 40
    assert max(found.gini.values()) == pytest.approx(found.gini[found.share])
    again = scan(xy, cases, np.ones(900), settings=s)
    np.testing.assert_array_equal(found.maxima, again.maxima)
    assert found.clusters[0].p_value == monte_carlo_p(found.clusters[0].statistic, again.maxima)


def plain_score(xy, cases, mean, phi, share):
    """Best window of a negative binomial scan, by looking at every one."""
    residual, info = residuals(cases.astype(float), mean, phi)
    best = 0.0
    for i in range(len(xy)):
        order = np.lexsort((np.arange(len(xy)), np.hypot(*(xy - xy[i]).T).round(9)))
        upto = np.cumsum(mean[order])
        k = int((upto <= share * mean.sum() * (1 + 1e-12)).sum())
        u, v = residual[order[:k]].cumsum(), info[order[:k]].cumsum()
        ok = (u > 0) & (np.cumsum(cases[order[:k]]) >= 2)
        if ok.any():
            best = max(best, (u**2 / (2 * v * (1 - v / info.sum())))[ok].max())
    return best


@pytest.mark.parametrize("seed", range(3))
def test_the_negative_binomial_scan_is_that_of_a_plain_search(seed):
    rng = np.random.default_rng(seed)
    n = 60
    xy, people = rng.uniform(size=(n, 2)), rng.uniform(10, 300, n)
    cases = rng.poisson(people / 10 * rng.gamma(4, 0.25, n))
    s = ScanSettings(max_share=0.3, n_replicates=99)
    made = scan(xy, cases, people, model="negative_binomial", settings=s, seed=seed)
    mean = people * cases.sum() / people.sum()
    want = plain_score(xy, cases, mean, made.dispersion, 0.3)
    assert made.clusters[0].statistic == pytest.approx(want, rel=1e-9)
    assert made.dispersion > 0.05


def test_the_score_of_counts_without_scatter_is_that_of_pearson():
    # one window: score^2 / information is Pearson's chi-squared of inside against outside
    mean, cases = np.array([10.0, 20, 30, 40]), np.array([16, 26, 25, 33])
    residual, info = residuals(cases.astype(float), mean, 0.0)
    u, v = residual[:2].sum(), info[:2].sum()
    chi = (42 - 30) ** 2 / 30 + (58 - 70) ** 2 / 70
    assert u**2 / (v * (1 - v / info.sum())) == pytest.approx(chi)
    assert residual.sum() == pytest.approx(0, abs=1e-9)


def test_p_of_the_negative_binomial_scan_is_uniform_on_scattered_chance_maps():
    rng = np.random.default_rng(11)
    j, i = np.meshgrid(np.arange(14), np.arange(14))
    xy, people = np.column_stack([j.ravel(), i.ravel()]).astype(float), rng.uniform(50, 500, 196)
    p = []
    for k in range(60):
        cases = rng.poisson(people / 25 * rng.gamma(8, 1 / 8, 196))
        s = ScanSettings(max_share=0.1, n_replicates=99)
        p.append(scan(xy, cases, people, model="negative_binomial", settings=s, seed=k).clusters[0].p_value)  # fmt: skip
    p = np.array(p)
    assert (p <= 0.05).mean() <= 0.12
    assert abs(p.mean() - 0.5) < 0.15


def test_square_towns_of_other_sizes_say_what_they_cannot_do():
    town = square_town(3)
    hazards = hazards_at(town, np.array([[500_010.0, 2_500_010], [500_210.0, 2_500_210]]))
    found = find_hotspots(town, hazards, settings=HotspotSettings(methods=METHODS[:9]))
    assert len(found) == 0
    for start in ("No HDBSCAN", "No emerging", "No scan:", "No scan in time", "Gi* was not"):
        assert any(n.startswith(start) for n in found.notes), start
