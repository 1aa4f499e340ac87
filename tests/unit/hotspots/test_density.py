import numpy as np
import shapely

from gridkit.hotspots.density import cluster_points, crowd_size, outlines
from gridkit.hotspots.duplicates import link_duplicates
from gridkit.hotspots.expect import counts_by_unit, expected_by_unit, expected_in, relative_risk


class Halves:
    """A clusterer: left is 5, right is 2, the middle is noise."""

    def fit_predict(self, xy):
        return np.where(xy[:, 0] < 1, 5, np.where(xy[:, 0] > 2, 2, -1))


def test_any_clusterer_is_taken_and_its_clusters_are_numbered_by_size():
    xy = np.array([[0.0, 0], [3, 0], [3, 1], [1.5, 0]])
    assert cluster_points(xy, Halves()).tolist() == [1, 0, 0, -1]


def test_a_crowd_is_more_than_an_even_spread_gives():
    from scipy.stats import poisson

    k = crowd_size(9000, 18e6, 100)
    mean = 9000 * np.pi * 1e4 / 18e6
    assert poisson.sf(k - 1, mean) <= 0.001 < poisson.sf(k - 2, mean)


def test_outlines_hold_their_points():
    rng = np.random.default_rng(0)
    xy = rng.uniform(0, 100, (60, 2))
    labels = np.repeat([0, 1, -1], 20).astype(np.int32)
    shapes = outlines(xy, labels, margin_m=1)
    for k in (0, 1):
        assert shapely.contains(shapes[k], shapely.points(xy[labels == k])).all()


def test_a_cut_unit_counts_by_its_share(squares):
    expected = np.full(400, 2.0)
    box = np.array([shapely.box(500_050, 2_500_000, 500_200, 2_500_100)], dtype=object)
    total, units = expected_in(box, squares, expected)
    assert total[0] == 3.0
    assert units[0].tolist() == [0, 1]


def test_expected_adds_up_to_the_hazards_that_have_an_exposure(crowded):
    cases = counts_by_unit(crowded, 400)
    exposure = np.where(np.arange(400) < 200, 10.0, 0.0)
    assert expected_by_unit(cases, exposure).sum() == cases[:200].sum()
    assert np.isnan(relative_risk(3, 0, 10))
    assert relative_risk(10, 5, 10) == np.inf


def test_duplicates_join_the_first_report_and_chains_do_not_grow():
    hour = np.timedelta64(3600, "s")
    start = np.datetime64("2024-01-01T00:00:00")
    when = start + hour * np.array([0, 20, 40, 1, 1])
    xy = np.array([[0.0, 0], [5, 0], [10, 0], [500, 0], [0, 0]])
    category = np.array([0, 0, 0, 0, 1])
    first = link_duplicates(xy, when, category, distance_m=20, hours=24)
    assert first.tolist() == [0, 0, 2, 3, 4]
