"""Which polygons share a border, and how long is it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray, IntArray

SNAP_M = 1e-6
"""Coordinates are compared on a grid of one micrometre."""


def border_segments(
    shapes: GeometryArray,
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Find every straight piece of border that two polygons of a coverage share.

    Parameters
    ----------
    shapes : (n,), metres
        A valid coverage: neighbours have the same vertices along their common border.

    Returns
    -------
    left, right : (s,)
        Positions of the two polygons, ``left < right``.
    start, end : (s, 2), metres
        Ends of the piece.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    del parts, rings  # copies of all shapes
    same = ring[:-1] == ring[1:]
    start, end = xy[:-1][same], xy[1:][same]
    polygon = owner[part[ring[:-1][same]]].astype(np.int64)
    q0, q1 = np.round(start / SNAP_M).astype(np.int64), np.round(end / SNAP_M).astype(np.int64)
    swap = (q0[:, 0] > q1[:, 0]) | ((q0[:, 0] == q1[:, 0]) & (q0[:, 1] > q1[:, 1]))
    low, high = np.where(swap[:, None], q1, q0), np.where(swap[:, None], q0, q1)
    del q0, q1, swap, xy, ring
    order = np.lexsort((polygon, high[:, 1], high[:, 0], low[:, 1], low[:, 0]))
    low, high, polygon = low[order], high[order], polygon[order]
    twice = (low[:-1] == low[1:]).all(axis=1) & (high[:-1] == high[1:]).all(axis=1)
    first = np.flatnonzero(twice & (polygon[:-1] != polygon[1:]))
    at = order[first]
    return polygon[first], polygon[first + 1], start[at], end[at]


def rook_edges(shapes: GeometryArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Find the pairs of polygons that share a border of some length.

    A common corner is not contiguity (rook, not queen).

    Parameters
    ----------
    shapes : (n,), metres
        A valid coverage.

    Returns
    -------
    left, right : (e,)
        Positions, ``left < right``, sorted.
    border_m : (e,), m
        Length of the common border.
    """
    left, right, start, end = border_segments(shapes)
    length = np.hypot(end[:, 0] - start[:, 0], end[:, 1] - start[:, 1])
    key, inverse = np.unique(left * len(shapes) + right, return_inverse=True)
    border_m = np.bincount(inverse, weights=length, minlength=key.size).astype(np.float64)
    keep = border_m > 0
    key, border_m = key[keep], border_m[keep]
    return key // len(shapes), key % len(shapes), border_m
