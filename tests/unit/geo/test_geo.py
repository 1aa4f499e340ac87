from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gridkit.errors import CRSError
from gridkit.geo.adjacency import border_segments, rook_edges
from gridkit.geo.coverage import dissolve
from gridkit.geo.crs import areal_scale, read_crs, suggest_crs, to_wgs84
from gridkit.geo.order import band_order, hilbert_order
from gridkit.geo.points import inner_points, locate


def squares(rows, columns):
    return np.array([shapely.box(c, r, c + 1, r + 1) for r in range(rows) for c in range(columns)])


# Areal scales computed once by hand from the published table of coordinates (docs/town.md):
# Web Mercator's is 1 / cos(lat)^2 on a sphere.
@pytest.mark.parametrize(("lat", "expected"), [(22.94, 1.179), (30.74, 1.354)])
def test_web_mercator_areas_are_wrong_by_the_known_factor(lat, expected):
    crs = read_crs("EPSG:3857")
    y = 6378137 * np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))
    assert areal_scale(crs, 12.65e6, y) == pytest.approx(expected, abs=0.01)


def test_the_zone_of_houjie_is_exact_within_a_ten_thousandth():
    assert areal_scale(read_crs("EPSG:4547"), 466152.497, 2537930.956) == pytest.approx(
        1.00003, abs=2e-5
    )


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (113.67, 22.94, "EPSG:4547"),
        (120.49, 30.74, "EPSG:4549"),
        (-71.1, 42.4, "EPSG:32619"),
        (151.2, -33.9, "EPSG:32756"),
    ],
)
def test_a_fit_system_is_suggested(lon, lat, code):
    assert suggest_crs(lon, lat) == code


def test_an_unknown_code_says_how_to_write_one():
    with pytest.raises(
        CRSError, match=r"'EPSG:99', which is not a known reference system. Write it as 'EPSG:4547'"
    ):
        read_crs("EPSG:99")


def test_x_is_east_whatever_the_authority_says():
    lon, lat = to_wgs84(np.array([[466152.497, 2537930.956]]), "EPSG:4547")[0]
    assert (lon, lat) == (pytest.approx(113.67, abs=1e-7), pytest.approx(22.94, abs=1e-7))


@given(st.integers(1, 5), st.integers(1, 5))
def test_rook_edges_are_those_found_by_intersecting_every_pair(rows, columns):
    shapes = squares(rows, columns)
    left, right, border_m = rook_edges(shapes)
    slow = {
        (i, j): length
        for i in range(len(shapes))
        for j in range(i + 1, len(shapes))
        if (length := shapely.length(shapely.intersection(shapes[i], shapes[j]))) > 0
    }
    assert (
        dict(zip(zip(left.tolist(), right.tolist(), strict=True), border_m.tolist(), strict=True))
        == slow
    )


def test_borders_of_holes_and_of_several_pieces_are_counted():
    two = shapely.MultiPolygon([shapely.box(1, 1, 2, 2), shapely.box(3, 0, 4, 3)])
    ring = shapely.Polygon([(0, 0), (3, 0), (3, 3), (0, 3)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
    left, right, border_m = rook_edges(np.array([ring, two]))
    assert (left.tolist(), right.tolist()) == ([0], [1])
    assert border_m.tolist() == [4 + 3]


def test_border_segments_lie_on_both_borders():
    shapes = squares(2, 3)
    left, right, start, end = border_segments(shapes)
    middle = shapely.points((start + end) / 2)
    assert shapely.distance(middle, shapely.boundary(shapes[left])).max() == 0
    assert shapely.distance(middle, shapely.boundary(shapes[right])).max() == 0


def test_dissolving_keeps_the_area_and_leaves_the_unassigned_out():
    shapes = squares(3, 3)
    labels = np.array([0, 0, 1, 0, -1, 1, 2, 2, 2], dtype=np.int32)
    out = dissolve(shapes, labels, 4)
    assert [s.area for s in out] == [3, 2, 3, 0]
    assert out[3].is_empty


@given(hnp.arrays(np.float64, st.tuples(st.integers(0, 20), st.just(2)), elements=st.floats(-1, 4)))
def test_points_are_located_as_one_by_one(xy):
    shapes = squares(2, 3)
    slow = [
        next((i for i, s in enumerate(shapes) if s.intersects(shapely.Point(p))), -1) for p in xy
    ]
    assert locate(xy, shapes).tolist() == slow


def test_points_that_are_not_finite_are_nowhere():
    assert locate(np.array([[np.nan, 0.5], [0.5, np.inf]]), squares(1, 1)).tolist() == [-1, -1]


def test_inner_points_lie_inside_even_of_a_horseshoe():
    shoe = shapely.Polygon([(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)])
    shapes = np.array([shoe, shapely.box(0, 0, 2, 2)])
    assert shapely.contains_xy(shapes, inner_points(shapes)).all()
    assert inner_points(shapes)[1].tolist() == [1, 1]


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 30), st.just(2)), elements=st.floats(-1e6, 1e6))
)
def test_orders_hold_every_place_once(xy):
    assert sorted(band_order(xy)) == list(range(len(xy)))
    assert sorted(hilbert_order(xy)) == list(range(len(xy)))


def test_neighbours_on_the_curve_are_neighbours_in_space():
    y, x = np.divmod(np.arange(64), 8)
    xy = np.column_stack([x, y]).astype(float)
    path = xy[hilbert_order(xy)]
    assert np.hypot(*np.diff(path, axis=0).T).mean() < 1.3
