"""Along which lines do the polygons of a coverage touch each other, and the outside?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.geo.adjacency import SNAP_M

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray, IntArray


def border_lines(shapes: GeometryArray) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
    """Cut the outlines of a coverage where another neighbour begins.

    Parameters
    ----------
    shapes : (n,)
        A valid coverage: neighbours have the same vertices along their common border.

    Returns
    -------
    left, right : (m,)
        Polygons on both sides, ``left < right``; right is -1 where nobody is.
    xy : (p, 2)
        Points of all lines, one line after another.
    first : (m + 1,)
        Where the points of each line begin.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    is_segment = np.append(ring[:-1] == ring[1:], [False])
    at = np.flatnonzero(is_segment)
    polygon = owner[part[ring[at]]].astype(np.int64)
    other = _across(xy[at], xy[at + 1], polygon)
    mine = (other < 0) | (polygon < other)
    begins = np.ones(at.size, dtype=bool)
    begins[1:] = (other[1:] != other[:-1]) | (polygon[1:] != polygon[:-1]) | (at[1:] != at[:-1] + 1)
    run = np.flatnonzero(begins)
    length = np.diff(np.append(run, at.size))
    kept = mine[run]
    run, length = run[kept], length[kept]
    first = np.concatenate([[0], np.cumsum(length + 1)]).astype(np.int64)
    step = np.arange(int(first[-1])) - np.repeat(first[:-1], length + 1)
    points = xy[np.repeat(at[run], length + 1) + step]
    return polygon[run], other[run], points, first


def _across(start: FloatArray, end: FloatArray, polygon: IntArray) -> IntArray:
    """Find the polygon on the other side of each segment; -1 for none."""
    a = np.round(start / SNAP_M).astype(np.int64)
    b = np.round(end / SNAP_M).astype(np.int64)
    swap = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    low, high = np.where(swap[:, None], b, a), np.where(swap[:, None], a, b)
    order = np.lexsort((polygon, high[:, 1], high[:, 0], low[:, 1], low[:, 0]))
    low, high, owner = low[order], high[order], polygon[order]
    same = (low[:-1] == low[1:]).all(axis=1) & (high[:-1] == high[1:]).all(axis=1)
    pair = np.flatnonzero(same & (owner[:-1] != owner[1:]))
    out = np.full(polygon.size, -1, dtype=np.int64)
    out[order[pair]] = owner[pair + 1]
    out[order[pair + 1]] = owner[pair]
    return out
