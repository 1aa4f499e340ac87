import numpy as np
import pytest

from gridkit.errors import InputError
from gridkit.hotspots.emerging import early_warning, emerging_hotspots, mann_kendall
from gridkit.hotspots.neighbors import band_neighbors
from gridkit.hotspots.repeat import knox


def lattice(k):
    j, i = np.meshgrid(np.arange(k), np.arange(k))
    xy = np.column_stack([j.ravel(), i.ravel()]).astype(float)
    return xy, band_neighbors(xy, 1.5, np.zeros(k * k + 1, np.int64), np.zeros(0, np.int32))


FACTOR = {
    "new": [1] * 15 + [4],
    "consecutive": [1] * 12 + [3] * 4,
    "intensifying": list(np.linspace(2.5, 6, 16)),
    "persistent": [3] * 16,
    "diminishing": list(np.linspace(6, 2.5, 16)),
    "sporadic": [3 if t % 4 == 3 else 1 for t in range(16)],
    "historical": [3] * 14 + [3, 0.8],
}


@pytest.mark.parametrize("word", ["new", "consecutive", "intensifying", "diminishing", "sporadic"])
def test_the_planted_history_is_recognised(word):
    xy, graph = lattice(15)
    mean = np.full((225, 16), 10.0)
    spot = (np.abs(xy - 7) <= 2).all(axis=1)
    mean[spot] *= FACTOR[word]
    found = emerging_hotspots(np.random.default_rng(1).poisson(mean).astype(float), *graph)
    words = np.array(found.words())
    inner = (np.abs(xy - 7) <= 1).all(axis=1)
    assert (words[inner] == word).mean() > 0.7
    assert (words[~spot] == "none").mean() > 0.6


def test_mann_kendall_counts_ties_as_the_book_does():
    from scipy.stats import norm

    series = np.random.default_rng(0).integers(0, 5, (20, 12)).astype(float)
    z, p = mann_kendall(series)
    for k in range(20):
        score = sum(
            np.sign(series[k, b] - series[k, a]) for a in range(12) for b in range(a + 1, 12)
        )
        _, ties = np.unique(series[k], return_counts=True)
        variance = (12 * 11 * 29 - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
        want = (score - np.sign(score)) / np.sqrt(variance)
        assert z[k] == pytest.approx(want)
        assert p[k] == pytest.approx(2 * norm.sf(abs(want)))


def test_alarms_are_as_rare_as_said_when_nothing_changes():
    rng = np.random.default_rng(2)
    for mean in (0.3, 3.0, 30.0):
        for scatter in (0.0, 0.1):
            rate = mean * (
                rng.gamma(1 / scatter, scatter, (400, 40)) if scatter else np.ones((400, 40))
            )
            found = early_warning(rng.poisson(rate), history=24, false_alarm_rate=0.01)
            assert np.nanmean(found.is_alarm[:, 25:]) < 0.02


def test_a_real_rise_is_seen_at_once():
    rng = np.random.default_rng(3)
    counts = rng.poisson(10, (200, 30))
    counts[:, -1] = rng.poisson(30, 200)
    found = early_warning(counts)
    assert found.is_alarm[:, -1].mean() > 0.95
    assert found.expected[:, -1].mean() == pytest.approx(10, abs=0.6)


def test_too_short_a_history_is_refused():
    with pytest.raises(InputError, match="more periods than history"):
        early_warning(np.ones((2, 10), int))
    with pytest.raises(InputError, match="at least 4 periods"):
        emerging_hotspots(np.ones((9, 3)), *lattice(3)[1])


def test_knox_finds_pairs_that_follow_each_other():
    rng = np.random.default_rng(4)
    first, when = rng.uniform(0, 5000, (150, 2)), rng.uniform(0, 365, 150)
    xy = np.concatenate([first, first[:40] + rng.normal(0, 20, (40, 2))])
    time = np.concatenate([when, when[:40] + rng.uniform(0, 7, 40)])
    found = knox(xy, time, near_m=100, soon=7, n_permutations=199)
    d = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    upper = np.triu_indices(len(xy), 1)
    near, soon = d[upper] <= 100, np.abs(time[:, None] - time[None])[upper] <= 7
    assert (found.n_near, found.n_soon, found.n_pairs) == (
        near.sum(),
        soon.sum(),
        (near & soon).sum(),
    )
    assert found.ratio > 5
    assert found.p_value == 0.005
    none = knox(xy[:150], when, near_m=100, soon=7, n_permutations=199)
    assert none.p_value > 0.05


def test_knox_without_any_near_pair_is_refused():
    with pytest.raises(InputError, match="no two of 2 hazards"):
        knox(np.array([[0.0, 0], [999, 0]]), np.array([1.0, 2]), near_m=5, soon=3)
