import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridkit.errors import CRSError, GeometryError, InputError
from gridkit.hotspots.network import Streets, street_density, street_distances

CRS = "EPSG:32650"
O = np.array([500_000.0, 2_500_000.0])  # noqa: E741  the origin


def lines(*pairs):
    return gpd.GeoSeries([shapely.LineString(np.array(p) + O) for p in pairs], crs=CRS)


def grid(k, *, seed=0):
    rng = np.random.default_rng(seed)
    made = []
    for i in range(k):
        for j in range(k):
            if i + 1 < k and rng.random() > 0.1:
                made.append([(100 * i, 100 * j), (100 * i + 100, 100 * j)])
            if j + 1 < k and rng.random() > 0.1:
                made.append([(100 * i, 100 * j), (100 * i, 100 * j + 100)])
    return Streets.from_lines(lines(*made))


def test_distances_along_streets_are_those_of_networkx():
    import networkx as nx

    streets = grid(6)
    graph = nx.Graph()
    for (a, b), w in zip(streets.ends.tolist(), streets.length_m, strict=True):
        graph.add_edge(a, b, weight=w)
    want = nx.single_source_dijkstra_path_length(graph, 3, cutoff=350.0)
    found = street_distances(streets, 3, limit_m=350.0)
    assert np.isfinite(found).sum() == len(want)
    for v, d in want.items():
        assert found[v] == pytest.approx(d)


def test_on_one_long_street_the_density_is_the_quartic_kernel():
    streets = Streets.from_lines(lines([(0, 0), (1000, 0)]))
    made = street_density(streets, np.array([[500.0, 5.0]]) + O, bandwidth_m=200, lixel_m=10)
    middle = (made.from_m + made.to_m) / 2
    z = np.minimum(np.abs(middle - 500) / 200, 1)
    np.testing.assert_allclose(made.density, 1000 * 15 / 16 / 200 * (1 - z**2) ** 2, atol=1e-9)
    assert made.total == pytest.approx(1.0, rel=1e-3)


def test_at_a_crossing_the_kernel_is_shared_and_the_total_kept():
    arms = lines(
        [(0, 0), (400, 0)], [(400, 0), (800, 0)], [(400, 0), (400, 400)], [(400, -400), (400, 0)]
    )
    streets = Streets.from_lines(arms)
    xy = np.array([[350.0, 0.0]]) + O
    split, simple = (
        street_density(streets, xy, bandwidth_m=200, lixel_m=5, kernel=k)
        for k in ("split", "simple")
    )
    assert split.total == pytest.approx(1.0, rel=1e-3)
    assert simple.total > 1.4
    ahead = split.per_segment[1:]
    np.testing.assert_allclose(ahead, simple.per_segment[1:] / 3)


def test_streets_that_are_near_in_the_air_only_get_nothing():
    streets = Streets.from_lines(lines([(0, 0), (500, 0)], [(0, 30), (500, 30)]))
    made = street_density(streets, np.array([[250.0, 1.0]] * 5) + O)
    assert made.count.tolist() == [5, 0]
    assert made.per_segment[1] == 0
    assert made.segments_frame()["n_per_km"].tolist() == [10.0, 0.0]
    assert len(made.to_frame()) == made.segment.size


def test_a_hazard_off_the_streets_is_left_out_and_counted():
    streets = Streets.from_lines(lines([(0, 0), (500, 0)]))
    made = street_density(streets, np.array([[250.0, 1.0], [250, 300]]) + O)
    assert made.n_left_out == 1
    with pytest.raises(InputError, match="none of 1 hazards lies within 50 m of a street"):
        street_density(streets, np.array([[250.0, 300.0]]) + O)


def test_what_is_no_street_is_refused():
    with pytest.raises(GeometryError, match="streets must be lines"):
        Streets.from_lines(gpd.GeoSeries([shapely.Point(0, 0)], crs=CRS))
    with pytest.raises(CRSError, match="in degrees"):
        Streets.from_lines(gpd.GeoSeries([shapely.LineString([(0, 0), (1, 1)])], crs=4326))
