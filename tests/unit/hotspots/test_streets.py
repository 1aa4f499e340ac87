"""Along streets: windows, crowds, lengths, checked with networkx, scikit-learn and by hand."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from gridkit.errors import InputError
from gridkit.hotspots.clusters import ScanSettings
from gridkit.hotspots.find import find_hotspots
from gridkit.hotspots.network import Streets
from gridkit.hotspots.settings import HotspotSettings
from gridkit.hotspots.walking import (
    along_streets,
    cluster_along_streets,
    length_by_unit,
    middles,
    scan_streets,
)
from tests.unit.hotspots.conftest import hazards_at

WEST, SOUTH = 500_000.0, 2_500_000.0


def grid_streets(n=7, *, seed=0, gone=0.15, step=100.0):
    """Streets of a grid with some left out."""
    rng = np.random.default_rng(seed)
    node = {(i, j): (WEST + i * step, SOUTH + j * step) for i in range(n) for j in range(n)}
    lines = [
        shapely.LineString([p, node[k]])
        for (i, j), p in node.items()
        for k in ((i + 1, j), (i, j + 1))
        if k in node
    ]
    keep = rng.random(len(lines)) > gone
    return Streets.from_lines(gpd.GeoSeries(np.array(lines)[keep], crs="EPSG:32650"))


def plain_distances(streets, segment, at):
    """All distances between points on streets, by networkx."""
    graph = nx.MultiGraph()
    for e, (u, v) in enumerate(np.asarray(streets.ends).tolist()):
        graph.add_edge(u, v, weight=float(streets.length_m[e]))
    far = dict(nx.all_pairs_dijkstra_path_length(graph))
    n = len(segment)
    out = np.full((n, n), np.inf)
    for i in range(n):
        for j in range(n):
            if segment[i] == segment[j]:
                out[i, j] = abs(at[i] - at[j])
            for a, d in zip(
                streets.ends[segment[i]], (at[i], streets.length_m[segment[i]] - at[i]), strict=True
            ):
                for b, e in zip(
                    streets.ends[segment[j]],
                    (at[j], streets.length_m[segment[j]] - at[j]),
                    strict=True,
                ):
                    out[i, j] = min(out[i, j], d + far[a].get(b, np.inf) + e)
    return out  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_windows_along_streets_take_up_points_in_the_order_of_networkx(seed):
    streets = grid_streets(5, seed=seed, gone=0.3)
    rng = np.random.default_rng(seed)
    points = along_streets(streets, np.array([WEST, SOUTH]) + rng.uniform(0, 400, (40, 2)))
    weight = rng.uniform(0.5, 2.0, 40)
    away = plain_distances(streets, points.segment, points.at_m)
    for most_weight, most_distance in ((6.0, np.inf), (1e9, 130.0), (20.0, 200.0), (1e9, np.inf)):
        rings = points.rings(np.arange(40), weight, most_weight, most_distance)
        ids, distance, start = rings.measured(np.arange(40))
        for i in range(40):
            order = np.lexsort((np.arange(40), away[i].round(9)))
            upto = np.cumsum(weight[order])
            ok = (
                (upto <= most_weight)
                & (away[i][order] <= most_distance)
                & np.isfinite(away[i][order])
            )
            wanted = order[: np.argmin(np.append(ok, False))]  # fmt: skip
            got = ids[start[i] : start[i + 1]]
            np.testing.assert_allclose(
                distance[start[i] : start[i + 1]], away[i][wanted], atol=1e-6
            )
            assert set(got.tolist()) == set(wanted.tolist())


def test_crowds_along_streets_are_those_of_dbscan_with_street_distances():
    from sklearn.cluster import DBSCAN

    streets = grid_streets(6, seed=2)
    rng = np.random.default_rng(3)
    xy = np.array([WEST, SOUTH]) + np.concatenate(
        [rng.normal(200, 25, (40, 2)), rng.uniform(0, 500, (60, 2))]
    )
    labels = cluster_along_streets(streets, xy, reach_m=45, least=5, most_m=100)
    points = along_streets(streets, xy)
    away = np.minimum(plain_distances(streets, points.segment, points.at_m), 1e6)
    want = DBSCAN(eps=45, min_samples=5, metric="precomputed").fit(away)
    core = want.core_sample_indices_
    assert ((labels >= 0) == (want.labels_ >= 0)).all()
    pairs = set(zip(labels[core].tolist(), want.labels_[core].tolist(), strict=True))
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}) > 1


def test_a_scan_along_streets_finds_the_planted_stretch_and_stops_at_a_river():
    # two parallel streets 30 m apart, joined nowhere: a river runs between them
    step = 50.0
    lines = [
        shapely.LineString([(WEST + step * k, y), (WEST + step * (k + 1), y)])
        for y in (SOUTH, SOUTH + 30)
        for k in range(40)
    ]
    streets = Streets.from_lines(gpd.GeoSeries(lines, crs="EPSG:32650"))
    rng = np.random.default_rng(1)
    count = rng.poisson(2, 80)
    count[10:15] += 9
    found = scan_streets(streets, count, settings=ScanSettings(max_share=0.2, n_replicates=99))
    top = found.clusters[0]
    assert set(top.units) >= set(range(10, 15))
    assert top.units.max() < 40  # nothing from beyond the river
    assert top.p_value == pytest.approx(0.01)
    assert top.expected == pytest.approx(count.sum() * top.units.size / 80)


def test_street_length_is_shared_by_the_units_along_it():
    shapes = shapely.box([WEST, WEST + 100], SOUTH, [WEST + 100, WEST + 200], SOUTH + 100)
    border = shapely.LineString([(WEST + 100, SOUTH), (WEST + 100, SOUTH + 100)])
    inner = shapely.LineString([(WEST + 20, SOUTH + 40), (WEST + 60, SOUTH + 40)])
    far = shapely.LineString([(WEST + 900, SOUTH), (WEST + 900, SOUTH + 100)])
    streets = Streets.from_lines(gpd.GeoSeries([border, inner, far], crs="EPSG:32650"))
    made = length_by_unit(streets, shapes)
    np.testing.assert_allclose(made, [0.09, 0.05])  # half of 100 m each, and 40 m


def test_methods_along_streets_are_reached_from_the_one_call(squares):
    streets = grid_streets(20, gone=0.0)
    rng = np.random.default_rng(4)
    crowd = np.column_stack([rng.uniform(600, 800, 80), np.full(80, 1000.0)])
    xy = np.array([WEST, SOUTH]) + np.concatenate([rng.uniform(0, 1900, (300, 2)), crowd])
    hazards = hazards_at(squares, xy)
    s = HotspotSettings(
        methods=("street_scan", "street_crowds", "scan"),
        distance="streets",
        scan=ScanSettings(n_replicates=99),
    )
    found = find_hotspots(squares, hazards, settings=s, streets=streets)
    for method in ("street_scan", "street_crowds"):
        top = found.of_method(method)[0]
        assert top.outline.distance(shapely.Point(WEST + 700, SOUTH + 1000)) < 60
        assert "km of street" in top.text
        assert top.relative_risk > 2
    assert any("windows along streets" in n for n in found.notes)
    with pytest.raises(InputError, match="`street_scan` needs streets"):
        find_hotspots(squares, hazards, settings=HotspotSettings(methods=("street_scan",)))
    with pytest.raises(InputError, match="distance = 'streets' needs streets"):
        find_hotspots(squares, hazards, settings=HotspotSettings(distance="streets"))


def test_a_unit_far_from_every_street_is_told():
    with pytest.raises(InputError, match="1 of 2 units lie more than 50 m from every street"):
        along_streets(grid_streets(), np.array([[WEST, SOUTH], [WEST - 900, SOUTH]]), most_m=50)
    assert len(middles(grid_streets()).segment) == len(grid_streets())
