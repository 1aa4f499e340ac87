"""Which polygons share a border, and how long is it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray, IntArray, LabelArray

SNAP_M = 1e-6
"""Coordinates are compared on a grid of one micrometre."""

AT_ONCE = 4096
"""Polygons taken apart together."""


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
    xy, ring, owner = _ring_points(shapes)
    vertex = _numbered(xy)
    first = np.flatnonzero(ring[:-1] == ring[1:]).astype(np.int32)  # each piece by its first point
    a, b = vertex[first], vertex[first + 1]
    del vertex
    key = np.minimum(a, b).astype(np.int64)
    key *= len(xy)
    key += np.maximum(a, b)
    del a, b
    order = np.argsort(key, kind="stable")  # a polygon's pieces stay before those of later ones
    first, key = first[order], key[order]
    del order
    polygon = owner[ring[first]]
    twice = np.flatnonzero((key[:-1] == key[1:]) & (polygon[:-1] != polygon[1:]))
    at = first[twice]
    return (
        polygon[twice].astype(np.int64), polygon[twice + 1].astype(np.int64), xy[at], xy[at + 1],
    )  # fmt: skip


def _ring_points(shapes: GeometryArray) -> tuple[FloatArray, LabelArray, LabelArray]:
    """List the points of all rings, the ring of each point and the polygon of each ring.

    A few thousand polygons at a time, as shapely copies what it takes apart.
    """
    n = int(shapely.get_num_coordinates(shapes).sum())
    points, ring_of, owner_of = np.empty((n, 2)), np.empty(n, np.int32), [np.empty(0, np.int32)]
    done = n_rings = 0
    for at in range(0, len(shapes), AT_ONCE):
        parts, owner = shapely.get_parts(shapes[at : at + AT_ONCE], return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        points[done : done + len(xy)] = xy
        ring_of[done : done + len(xy)] = ring + n_rings
        owner_of.append((at + owner[part]).astype(np.int32))
        done += len(xy)
        n_rings += len(rings)
    return points, ring_of, np.concatenate(owner_of)


def _numbered(xy: FloatArray) -> LabelArray:
    """Number places (n, 2) by x, then y; places equal on the grid of `SNAP_M` get equal numbers."""
    n = np.int64(len(xy))
    return _ranks(_ranks(np.round(xy[:, 0] / SNAP_M)) * n + _ranks(np.round(xy[:, 1] / SNAP_M)))


def _ranks(values: FloatArray | IntArray) -> LabelArray:
    """Number the different values from the smallest."""
    order = np.argsort(values)
    values = values[order]
    is_next = np.append(False, values[1:] != values[:-1])[: len(values)]
    rank = np.empty(len(values), dtype=np.int32)
    rank[order] = np.cumsum(is_next, dtype=np.int32)
    return rank


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
