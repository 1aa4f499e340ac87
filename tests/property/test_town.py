import numpy as np
import pyproj
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridkit._kernels.inside import NOT_SURE
from gridkit.build.transfer import to_whole
from gridkit.datasets import make_town
from gridkit.geo.faces import pieces_within
from gridkit.geo.merging import merge_small
from gridkit.geo.points import MANY, _Index, _locate_exactly, locate
from gridkit.geo.raster import Raster, area_weighted_sums, covered_share
from gridkit.geo.splitting import even_out, split_evenly, split_proportional

TOWN = make_town(60, 9)
coordinates = st.floats(-5, 105).map(lambda v: round(v, 3))
lines = st.lists(
    st.tuples(coordinates, coordinates, coordinates, coordinates), min_size=0, max_size=12
)


@settings(max_examples=40, deadline=None)
@given(lines)
def test_pieces_between_any_lines_cover_the_area_once(ends):
    area = shapely.box(0, 0, 100, 100)
    drawn = np.array(
        [shapely.LineString([e[:2], e[2:]]) for e in ends if e[:2] != e[2:]], dtype=object
    )
    pieces = pieces_within(drawn, area)
    assert shapely.coverage_is_valid(pieces)
    assert abs(shapely.area(pieces).sum() - 10_000) < 0.05
    label = merge_small(pieces, shapely.area(pieces), least=50)
    united = np.bincount(label, shapely.area(pieces))
    assert united.min() >= 50 or united.size == 1
    assert abs(united.sum() - shapely.area(pieces).sum()) < 1e-6


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 30), st.integers(0, 10_000))
def test_every_part_of_a_split_hangs_together(k, seed):
    weight = np.random.default_rng(seed).gamma(0.5, 10, 60)
    graph = TOWN.graph
    for split in (split_evenly, split_proportional):
        label = split(k, graph.start, graph.neighbor, weight)
        assert np.unique(label).size == k
        assert np.unique(graph.pieces(label)).size == k
    better = even_out(label, graph.start, graph.neighbor, weight)
    assert np.unique(graph.pieces(better)).size == k
    before, after = (np.bincount(v, weight, k) for v in (label, better))
    assert (after**2).sum() <= (before**2).sum() + 1e-6


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 12))
def test_raster_sums_equal_plain_overlays(seed, n):
    rng = np.random.default_rng(seed)
    west, _, east, north = shapely.total_bounds(TOWN.units.shapes)
    side = (east - west) / n * rng.uniform(0.7, 1.2)
    cells = rng.gamma(0.5, 5, (n, n))
    raster = Raster(
        values=cells, west=west + rng.uniform(-side, side), north=north + rng.uniform(-side, side),
        cell_x=side, cell_y=side * 1.3, crs=pyproj.CRS("EPSG:4547"),
    )  # fmt: skip
    boxes = np.array(
        [
            shapely.box(
                raster.west + j * side,
                raster.north - (i + 1) * side * 1.3,
                raster.west + (j + 1) * side,
                raster.north - i * side * 1.3,
            )
            for i in range(n)
            for j in range(n)
        ]
    )
    shapes = TOWN.units.shapes
    part = shapely.area(shapely.intersection(shapes[:, None], boxes[None, :])) / (side * side * 1.3)
    np.testing.assert_allclose(
        area_weighted_sums(cells, raster, shapes, "EPSG:4547"),
        part @ cells.ravel(),
        rtol=1e-5,
        atol=1e-5,
    )
    np.testing.assert_allclose(
        covered_share(raster, shapes, "EPSG:4547"), part.sum(axis=0), atol=1e-5
    )


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_whole_numbers_are_near_and_keep_the_sum(values):
    whole = to_whole(np.array(values))
    assert whole.sum() == round(float(np.sum(values)))
    assert (np.abs(whole - values) < 1 + 1e-6).all()
    assert (whole >= 0).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1.0, 0.1, 1e-7]), st.booleans())
def test_points_found_by_rays_are_the_points_that_geos_finds(seed, grain, overlapping):
    rng = np.random.default_rng(seed)
    shapes = TOWN.units.shapes
    if overlapping:  # discs with holes, over one another
        middle = TOWN.units.xy[rng.integers(0, 60, 12)]
        ring = [
            shapely.Point(p).buffer(400).difference(shapely.Point(p).buffer(90)) for p in middle
        ]
        shapes = np.array([*ring, shapely.union_all(ring[:3])], dtype=object)
    corners = shapely.get_coordinates(shapes)
    xy = np.concatenate(
        [
            rng.uniform(corners.min(axis=0) - 50, corners.max(axis=0) + 50, (200, 2)),
            corners,  # every corner, and places on and beside every edge
            (corners[1:] + corners[:-1]) / 2,
            corners + rng.uniform(-grain, grain, corners.shape),
            np.column_stack([corners[:, 0] + rng.uniform(-300, 300, len(corners)), corners[:, 1]]),
        ]
    )
    found = _Index.of(shapes).locate(xy)
    exact = _locate_exactly(xy, shapes)
    sure = found != NOT_SURE
    np.testing.assert_array_equal(found[sure], exact[sure])
    assert sure[:200].mean() > 0.99


def test_many_points_are_located_as_geos_does():
    rng = np.random.default_rng(3)
    corners = shapely.get_coordinates(TOWN.units.shapes)
    xy = np.concatenate(
        [rng.uniform(corners.min(axis=0), corners.max(axis=0), (MANY, 2)), corners, [[np.nan, 0.0]]]
    )
    np.testing.assert_array_equal(
        locate(xy, TOWN.units.shapes), _locate_exactly(xy, TOWN.units.shapes)
    )
