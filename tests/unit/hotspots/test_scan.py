import numpy as np
import pytest

from gridkit.errors import ConfigError, InputError
from gridkit.hotspots.clusters import ScanSettings
from gridkit.hotspots.rings import PlanarRings, great_circle
from gridkit.hotspots.scanning import scan
from gridkit.hotspots.scanning_time import SpaceTimeSettings, scan_space_time


def plain_ratio(c, e, total):
    if c <= e or c == 0:
        return 0.0
    rest = (total - c) * np.log((total - c) / (total - e)) if c < total else 0.0
    return c * np.log(c / e) + rest


def plain_scan(xy, cases, exposure, share, least=2):
    """Look at every window, the slow and readable way."""
    total = cases.sum()
    e = exposure * total / exposure.sum()
    best = 0.0
    for i in range(len(xy)):
        d = ((xy - xy[i]) ** 2).sum(axis=1)
        order = np.lexsort((np.arange(len(xy)), d))
        upto = np.cumsum(exposure[order])
        for k in range(
            1, int(np.searchsorted(upto, share * exposure.sum() * (1 + 1e-12), side="right")) + 1
        ):
            c = cases[order[:k]].sum()
            if c >= least:
                best = max(best, plain_ratio(c, e[order[:k]].sum(), total))
    return best


def random_map(seed, n=30, mean=4.0):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1000, (n, 2))
    exposure = rng.gamma(2.0, 50.0, n)
    return rng, xy, rng.poisson(mean * exposure / exposure.mean()), exposure


@pytest.mark.parametrize("seed", range(5))
def test_the_best_window_is_that_of_a_plain_search(seed):
    _, xy, cases, exposure = random_map(seed)
    s = ScanSettings(max_share=0.3, n_replicates=0)
    found = scan(xy, cases, exposure, settings=s).clusters[0]
    assert found.llr == pytest.approx(plain_scan(xy, cases, exposure, 0.3), rel=1e-12)
    assert found.n == cases[found.units].sum()
    assert found.expected == pytest.approx(
        exposure[found.units].sum() * cases.sum() / exposure.sum()
    )


def test_chance_maps_are_scanned_as_thoroughly_as_the_map_seen():
    """The fast kernel's maxima are those of the plain search on the very same chance maps."""
    from gridkit._kernels.scan import draw_multinomial

    _, xy, cases, exposure = random_map(3, n=20)
    s = ScanSettings(max_share=0.4, n_replicates=32, overdispersed=False)
    maxima = scan(xy, cases, exposure, settings=s, seed=11).maxima
    from gridkit.hotspots.rings import memory_order

    keep = memory_order(xy)
    mean = exposure[keep] * cases.sum() / exposure.sum()
    lanes = np.zeros((20, 32), np.int16)
    draw_multinomial(11, 0, mean, int(cases.sum()), np.zeros(20, np.int64), lanes, 10_000)
    assert (lanes.sum(axis=0) == cases.sum()).all()
    want = [plain_scan(xy[keep], lanes[:, q].astype(int), exposure[keep], 0.4) for q in range(32)]
    want = np.where(np.array(want) < 0.5, maxima, want)  # so low that nobody needs them
    np.testing.assert_allclose(maxima, want, rtol=1e-9)


def test_dealing_cases_out_keeps_means_and_spread():
    from gridkit._kernels.scan import draw_multinomial

    mean = np.array([1.0, 5, 20, 74, 0, 100])
    lanes = np.zeros((6, 4000), np.int16)
    draw_multinomial(5, 2, mean, 200, np.array([1, 5, 20, 74, 0, 100]), lanes, 10_000)
    counts = lanes + np.array([1, 5, 20, 74, 0, 100])[:, None]
    assert (counts.sum(axis=0) == 200).all()
    np.testing.assert_allclose(counts.mean(axis=1), mean, rtol=0.05)
    np.testing.assert_allclose(counts.var(axis=1), mean * (1 - mean / 200), rtol=0.12)


@pytest.mark.parametrize("model", ["poisson", "bernoulli"])
def test_p_is_uniform_on_maps_of_chance(model):
    p = []
    for seed in range(60):
        rng, xy, cases, exposure = random_map(seed, n=25)
        exposure = np.round(exposure) + 30.0
        if model == "bernoulli":
            cases = rng.multivariate_hypergeometric(exposure.astype(int), 100)
        else:
            cases = rng.multinomial(100, exposure / exposure.sum())
        s = ScanSettings(max_share=0.3, n_replicates=63, overdispersed=False)
        p.append(scan(xy, cases, exposure, model=model, settings=s, seed=seed).clusters[0].p_value)
    p = np.array(p)
    for level in (0.1, 0.25, 0.5):
        assert abs((p <= level).mean() - level) < 3 * np.sqrt(level * (1 - level) / 60)


def test_counts_that_scatter_more_than_chance_are_no_cluster():
    rng, xy, _, exposure = random_map(1, n=400)
    exposure = exposure + 100
    mean = 20 * exposure / exposure.mean() * rng.gamma(10, 0.1, 400)
    cases = rng.poisson(mean)
    naive, careful = (
        scan(xy, cases, exposure, settings=ScanSettings(n_replicates=99, overdispersed=o))
        .clusters[0]
        .p_value
        for o in (False, True)
    )
    assert naive <= 0.05 < careful


@pytest.mark.parametrize("variance", [0.03, 0.3])
@pytest.mark.parametrize("model", ["poisson", "negative_binomial"])
def test_p_is_uniform_when_scatter_is_estimated_from_the_same_map(variance, model):
    p = []
    for seed in range(60):
        rng, xy, _, exposure = random_map(seed, n=100)
        mean = 2000 * exposure / exposure.sum()
        cases = rng.poisson(mean * rng.gamma(1 / variance, variance, 100))
        s = ScanSettings(max_share=0.2, n_replicates=63)
        p.append(scan(xy, cases, exposure, model=model, settings=s, seed=seed).clusters[0].p_value)
    p = np.array(p)
    for level in (0.05, 0.1, 0.25, 0.5):
        assert abs((p <= level).mean() - level) < 3 * np.sqrt(level * (1 - level) / 60)


def test_iterative_search_takes_a_cluster_out_before_the_next():
    _, xy, cases, exposure = random_map(2, n=60, mean=10)
    cases = cases.copy()
    near = [np.argsort(((xy - p) ** 2).sum(axis=1))[:3] for p in ([100, 100], [900, 900])]
    cases[near[0]] *= 8
    cases[near[1]] *= 4
    s = ScanSettings(max_share=0.2, n_replicates=99, secondary="iterative", overdispersed=False)
    found = scan(xy, cases, exposure, settings=s).clusters
    assert len(found) >= 2
    assert not set(found[0].units) & set(found[1].units)
    assert found[1].p_value <= 0.05


def test_elliptic_windows_follow_a_street():
    x = np.arange(15.0)
    xy = np.array([(a, b) for a in x for b in x])
    cases = np.where(xy[:, 1] == 7, 6, 2)
    round_, long = (
        scan(
            xy,
            cases,
            np.ones(225),
            settings=ScanSettings(max_share=0.1, shape=s, penalty=0, n_replicates=0),
        )
        for s in ("circular", "elliptic")
    )
    assert long.clusters[0].llr > 2 * round_.clusters[0].llr
    assert set(xy[long.clusters[0].units, 1]) <= {6.0, 7.0, 8.0}


def test_rings_are_the_units_by_distance_within_the_limit():
    rng = np.random.default_rng(4)
    xy, weight = rng.uniform(0, 500, (200, 2)), rng.gamma(1.0, 1.0, 200)
    rings = PlanarRings(xy=xy, weight=weight, most_weight=30.0, most_radius_m=90.0)
    ids, start = rings.chunk(np.arange(200))
    for i in (0, 77, 199):
        d = np.hypot(*(xy - xy[i]).T)
        order = np.argsort(d, kind="stable")
        k = min(np.searchsorted(np.cumsum(weight[order]), 30.0, side="right"), (d <= 90).sum())
        assert ids[start[i] : start[i + 1]].tolist() == order[:k].tolist()


def test_a_great_circle_is_measured_on_the_sphere():
    d = great_circle(np.array([[0.0, 0.0], [90.0, 0.0], [0.0, 90.0]]), radius=1.0)
    np.testing.assert_allclose(d(0), [0, np.pi / 2, np.pi / 2])


def test_bad_maps_are_refused_in_words():
    xy = np.zeros((3, 2))
    with pytest.raises(InputError, match="1 units have hazards but no exposure"):
        scan(xy, np.array([1, 2, 3]), np.array([0.0, 1, 1]))
    with pytest.raises(InputError, match="at least 2 units with exposure"):
        scan(xy, np.array([0, 0, 3]), np.array([0.0, 0, 1]))
    with pytest.raises(InputError, match="whole number of persons"):
        scan(xy, np.array([1, 2, 3]), np.array([1.5, 2, 3]), model="bernoulli")
    with pytest.raises(ConfigError, match="max_share"):
        ScanSettings(max_share=0.7)


def plain_cylinders(xy, cases, expected, share, longest, least=2):
    total = cases.sum()
    e = expected * total / expected.sum()
    weight = e.sum(axis=1)
    best = 0.0
    n_times = cases.shape[1]
    for i in range(len(xy)):
        order = np.argsort(((xy - xy[i]) ** 2).sum(axis=1), kind="stable")
        most = np.searchsorted(np.cumsum(weight[order]), share * total * (1 + 1e-12), side="right")
        for k in range(1, most + 1):
            for a in range(n_times):
                for b in range(a + 1, min(n_times, a + longest) + 1):
                    c = cases[order[:k], a:b].sum()
                    if c >= least:
                        best = max(best, plain_ratio(c, e[order[:k], a:b].sum(), total))
    return best


@pytest.mark.parametrize("seed", range(3))
def test_the_best_cylinder_is_that_of_a_plain_search(seed):
    rng, xy, _, exposure = random_map(seed, n=12)
    expected = np.outer(exposure, rng.uniform(0.5, 1.5, 8))
    cases = rng.poisson(1.5 * expected / expected.mean())
    s = SpaceTimeSettings(max_share=0.4, max_periods=4, n_replicates=0)
    found = scan_space_time(xy, cases, expected, settings=s).clusters[0]
    assert found.llr == pytest.approx(plain_cylinders(xy, cases, expected, 0.4, 4), rel=1e-9)
    assert found.n == cases[found.units, found.first : found.last + 1].sum()


@pytest.mark.parametrize("alive", [False, True])
def test_chance_cylinders_are_scanned_as_thoroughly(alive):
    from gridkit._kernels.scan import draw_multinomial

    rng, xy, _, exposure = random_map(8, n=9)
    expected = np.outer(exposure, np.ones(6))
    cases = rng.poisson(3.0 * expected / expected.mean())
    s = SpaceTimeSettings(max_share=0.5, max_periods=3, n_replicates=32, alive_only=alive)
    maxima = scan_space_time(xy, cases, expected, settings=s, seed=4).maxima
    total = int(cases.sum())
    lanes = np.zeros((54, 32), np.int16)
    draw_multinomial(
        4,
        0,
        (expected * total / expected.sum()).ravel(),
        total,
        np.zeros(54, np.int64),
        lanes,
        9999,
    )
    drawn = lanes.reshape(9, 6, 32).astype(int)
    again = [
        scan_space_time(
            xy,
            drawn[..., q],
            expected,
            settings=SpaceTimeSettings(
                max_share=0.5, max_periods=3, n_replicates=0, alive_only=alive
            ),
        ).clusters
        for q in range(32)
    ]
    want = [c[0].llr if c else 0.0 for c in again]
    np.testing.assert_allclose(maxima, want, rtol=1e-9)


def test_the_permutation_model_ignores_places_that_are_always_busy():
    rng = np.random.default_rng(3)
    xy = np.array([(a, b) for a in range(5) for b in range(5)], dtype=float)
    cases = rng.poisson(np.where(np.arange(25) == 3, 20.0, 4.0)[:, None] * np.ones(10))
    cases[12, 7:9] += 25
    s = SpaceTimeSettings(model="permutation", max_share=0.3, n_replicates=99)
    top = scan_space_time(xy, cases, settings=s).clusters[0]
    assert 12 in top.units
    assert (top.first, top.last) == (7, 8)
    assert top.p_value == 0.01


def test_a_scan_without_expectation_says_what_to_do():
    with pytest.raises(InputError, match="model='permutation'"):
        scan_space_time(np.zeros((2, 2)), np.ones((2, 3), int))


def test_scatter_of_a_sparse_record_is_seen_and_a_district_stands_out_from_it():
    # 2,500 units that expect 0.4 hazards each, risk of variance 2; one district has four times its share
    rng = np.random.default_rng(4)
    xy = np.column_stack([np.arange(2500) % 50, np.arange(2500) // 50]) * 100.0
    mean = np.full(2500, 0.4)
    district = np.hypot(xy[:, 0] - 1500, xy[:, 1] - 3000) <= 800
    plain = rng.poisson(mean * rng.gamma(0.5, 2.0, 2500))
    cases = np.where(district, rng.poisson(4 * mean * rng.gamma(0.5, 2.0, 2500)), plain)
    settings = ScanSettings(max_share=0.1, n_replicates=199)
    calm, hot = (scan(xy, c, np.ones(2500), settings=settings, seed=1) for c in (plain, cases))
    assert 1.0 < calm.dispersion < 3.5
    assert calm.clusters[0].p_value > 0.05
    assert hot.clusters[0].p_value == 1 / 200
    assert np.isin(hot.clusters[0].units, np.flatnonzero(district)).mean() > 0.7
