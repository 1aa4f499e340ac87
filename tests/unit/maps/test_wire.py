from __future__ import annotations

import numpy as np
import pytest
import shapely

from gridkit.errors import CRSError
from gridkit.maps.wire import QUANTUM, encode_shapes, to_lon_lat, varints


def test_numbers_are_written_seven_bits_a_byte():
    assert varints(np.array([0, 127, 128, 16383, 16384])).hex() == "007f8001ff7f808001"


def test_shapes_come_back_on_the_quantum_grid(read_shapes):
    hole = shapely.Polygon(
        [(113.0, 22.0), (113.1, 22.0), (113.1, 22.1), (113.0, 22.1)],
        [[(113.02, 22.02), (113.02, 22.05), (113.05, 22.05)]],
    )
    two = shapely.MultiPolygon([shapely.box(-1, -1, 0, 0), shapely.box(2, 2, 3, 3)])
    shapes = np.array([hole, two], dtype=object)
    back = read_shapes(encode_shapes(shapes), 2)
    assert [len(f) for f in back] == [2, 2]
    again = shapely.Polygon(np.array(back[0][0]) * QUANTUM, [np.array(back[0][1]) * QUANTUM])
    assert again.symmetric_difference(hole).area < 1e-9
    assert shapely.box(2, 2, 3, 3).equals(shapely.Polygon(np.array(back[1][1]) * QUANTUM))


def test_neighbors_keep_the_same_border_points(read_shapes):
    left, right = shapely.box(0, 0, 1 / 3, 1), shapely.box(1 / 3, 0, 1, 1)
    a, b = read_shapes(encode_shapes(np.array([left, right], dtype=object)), 2)
    assert len(set(a[0]) & set(b[0])) == 2


def test_a_hole_smaller_than_the_grid_is_dropped(read_shapes):
    tiny = shapely.box(0.5, 0.5, 0.5 + 1e-8, 0.5 + 1e-8)
    shape = shapely.Polygon(shapely.box(0, 0, 1, 1).exterior, [tiny.exterior])
    assert len(read_shapes(encode_shapes(np.array([shape], dtype=object)), 1)[0]) == 1


def test_points_and_lines_are_written_too(read_shapes):
    points = np.array([shapely.Point(1, 2), shapely.Point(1.5, 2)], dtype=object)
    assert read_shapes(encode_shapes(points), 2)[1] == [[(1_500_000, 2_000_000)]]
    line = np.array([shapely.LineString([(0, 0), (1, 1), (2, 0)])], dtype=object)
    assert len(read_shapes(encode_shapes(line), 1)[0][0]) == 3


def test_a_layer_without_a_reference_system_is_refused():
    shapes = np.array([shapely.Point(0, 0)], dtype=object)
    with pytest.raises(CRSError, match="`hazards` has no reference system"):
        to_lon_lat(shapes, None, name="hazards")
