import numpy as np
import pytest

from gridkit.errors import InputError
from gridkit.hotspots.local import adjusted_p, eb_index, empirical_bayes, gi_star, local_moran
from gridkit.hotspots.neighbors import band_neighbors, subgraph, typical_band


def lattice(side):
    j, i = np.meshgrid(np.arange(side), np.arange(side))
    xy = np.column_stack([j.ravel(), i.ravel()]).astype(float)
    none = np.zeros(side * side + 1, np.int64), np.zeros(0, np.int32)
    return xy, *band_neighbors(xy, 1.0, *none)


def test_band_neighbors_are_those_within_the_distance():
    xy, start, neighbor = lattice(4)
    assert neighbor[start[5] : start[6]].tolist() == [1, 4, 6, 9]
    assert typical_band(xy, n_neighbors=4) == pytest.approx(np.sqrt(2))


def test_gi_star_equals_the_textbook_formula():
    rng = np.random.default_rng(1)
    _, start, neighbor = lattice(6)
    v = rng.gamma(2.0, size=36)
    z = gi_star(v, start, neighbor, n_permutations=99).statistic
    i = 14
    own = np.append(neighbor[start[i] : start[i + 1]], i)
    w = own.size
    want = (v[own].sum() - w * v.mean()) / (v.std() * np.sqrt((36 * w - w * w) / 35))
    assert z[i] == pytest.approx(want)


def test_permutation_p_equals_full_enumeration_on_a_tiny_map():
    from itertools import combinations

    _, start, neighbor = lattice(3)
    v = np.array([5.0, 1, 0, 2, 7, 3, 4, 0, 9])
    p = gi_star(v, start, neighbor, n_permutations=200_000).p_high
    for i in range(9):
        own = neighbor[start[i] : start[i + 1]]
        others = [v[j] for j in range(9) if j != i]
        sums = np.array([sum(c) for c in combinations(others, own.size)])
        assert p[i] == pytest.approx((sums >= v[own].sum()).mean(), abs=0.006)


def test_permutation_p_is_uniform_when_there_is_no_pattern():
    _, start, neighbor = lattice(12)
    rng = np.random.default_rng(7)
    p = np.concatenate(
        [
            gi_star(rng.normal(size=144), start, neighbor, n_permutations=1999, seed=k).p_high
            for k in range(20)
        ]
    )
    for level in (0.01, 0.05, 0.25, 0.5):
        assert (p <= level).mean() == pytest.approx(level, abs=0.03)


def test_local_moran_adds_up_to_the_global_one():
    _, start, neighbor = lattice(5)
    v = np.random.default_rng(2).normal(size=25)
    found = local_moran(v, start, neighbor, n_permutations=99)
    c = v - v.mean()
    w = np.zeros((25, 25))
    for i in range(25):
        own = neighbor[start[i] : start[i + 1]]
        w[i, own] = 1 / own.size
    assert found.statistic.sum() / 25 == pytest.approx(c @ w @ c / (c @ c))


def test_adjusting_p_is_what_scipy_does():
    from scipy.stats import false_discovery_control

    p = np.random.default_rng(3).uniform(size=50) ** 2
    for method in ("bh", "by"):
        np.testing.assert_allclose(
            adjusted_p(p, method=method), false_discovery_control(p, method=method)
        )


def test_empirical_bayes_moves_small_units_most():
    cases, people = np.array([2.0, 200, 50]), np.array([4.0, 1000, 1000])
    smooth = empirical_bayes(cases, people)
    raw, mean = cases / people, 252 / 2004
    moved = np.abs(smooth - raw) / np.abs(raw - mean)
    assert moved[0] > moved[1:].max()
    assert np.isfinite(eb_index(cases, people)).all()


def test_equal_rates_and_missing_rates_are_refused_in_words():
    _, start, neighbor = lattice(3)
    with pytest.raises(InputError, match="all 9 rates are equal"):
        gi_star(np.ones(9), start, neighbor)
    with pytest.raises(InputError, match="1 of 9 rates are not finite"):
        gi_star(np.array([np.nan, *range(8)]), start, neighbor)


def test_a_subgraph_keeps_the_neighbours_that_stay():
    _, start, neighbor = lattice(3)
    keep = np.array([1, 1, 0, 1, 1, 1, 1, 1, 1], bool)
    s, nb = subgraph(start, neighbor, keep)
    assert s.size == 9
    assert nb[s[0] : s[1]].tolist() == [1, 2]


def test_neighbours_by_distance_are_those_of_a_plain_search_and_touching_ones_are_added():
    rng = np.random.default_rng(5)
    xy = rng.uniform(0, 100, (80, 2))
    d = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    touching = np.zeros((80, 80), bool)
    for a, b in rng.integers(0, 80, (40, 2)):
        touching[a, b] = touching[b, a] = a != b
    t_start = np.concatenate([[0], np.cumsum(touching.sum(axis=1))]).astype(np.int64)
    t_neighbor = np.nonzero(touching)[1].astype(np.int32)
    none = np.zeros(81, np.int64), np.zeros(0, np.int32)
    for given, extra in ((none, np.zeros((80, 80), bool)), ((t_start, t_neighbor), touching)):
        start, neighbor = band_neighbors(xy, 15.0, *given)
        want = ((d <= 15) & ~np.eye(80, dtype=bool)) | extra
        for i in range(80):
            assert neighbor[start[i] : start[i + 1]].tolist() == np.flatnonzero(want[i]).tolist()
