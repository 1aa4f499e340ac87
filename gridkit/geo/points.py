"""In which polygon does each point lie, and where is each polygon's own point?"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit._kernels.inside import NOT_SURE, locate_points

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray, IntArray, LabelArray

MANY = 20_000
"""From so many points on, an index of edges pays."""
EDGES_A_STRIP = 4


def locate(xy: FloatArray, shapes: GeometryArray) -> LabelArray:
    """Find the polygon that holds each point.

    Parameters
    ----------
    xy : (m, 2)
        Points, in the CRS of the polygons.
    shapes : (n,)
        Polygons. Where a point lies on a border, the polygon with the smaller position has it.

    Returns
    -------
    (m,)
        Positions of polygons; -1 for a point in none.

    Examples
    --------
    >>> locate(np.array([[0.5, 0.5], [9.0, 9.0]]), np.array([shapely.box(0, 0, 1, 1)])).tolist()
    [0, -1]
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    finite = np.isfinite(points).all(axis=1)
    out = np.full(len(points), -1, dtype=np.int32)
    if len(points) >= MANY and _is_plain(shapes):
        index = _Index.of(shapes)
        out[finite] = index.locate(points[finite])
        finite = out == NOT_SURE
    out[finite] = _locate_exactly(points[finite], shapes)
    return out


def _locate_exactly(xy: FloatArray, shapes: GeometryArray) -> LabelArray:
    """Ask GEOS."""
    out = np.full(len(xy), -1, dtype=np.int32)
    if len(xy) == 0 or len(shapes) == 0:
        return out
    point, polygon = shapely.STRtree(shapes).query(shapely.points(xy), predicate="intersects")
    order = np.lexsort((-polygon, point))
    out[point[order]] = polygon[order]
    return out


def _is_plain(shapes: GeometryArray) -> bool:
    """Whether crossings tell inside from outside: valid polygons and nothing else."""
    return bool(
        len(shapes)
        and np.isin(shapely.get_type_id(shapes), (3, 6)).all()
        and not shapely.is_empty(shapes).any()
        and shapely.is_valid(shapes).all()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    """Polygons by cell of the ground, and edges by strip of each polygon (see `_kernels.inside`)."""

    box: FloatArray
    origin: FloatArray
    n_cells: IntArray
    cell_start: IntArray
    cell_polygon: LabelArray
    strip_first: IntArray
    strip_start: IntArray
    strip_edge: IntArray
    edge: FloatArray

    @classmethod
    def of(cls, shapes: GeometryArray) -> _Index:
        box = shapely.bounds(shapes)
        west, south, east, north = shapely.total_bounds(shapes)
        n_cells = np.maximum(np.rint(np.sqrt(2.0 * len(shapes)) * np.ones(2)), 1).astype(np.int64)
        span = np.maximum(np.array([east - west, north - south]), 1e-300)
        scale = n_cells / span
        low = ((box[:, :2] - (west, south)) * scale).astype(np.int64).clip(0, n_cells - 1)
        high = ((box[:, 2:] - (west, south)) * scale).astype(np.int64).clip(0, n_cells - 1)
        # A rounding at the rim of a cell must not hide a polygon from it.
        low, high = (low - 1).clip(0), (high + 1).clip(max=n_cells - 1)
        wide, tall = (high - low + 1).T
        polygon, step = _spread(wide * tall)
        column = low[polygon, 0] + step % wide[polygon]
        row = low[polygon, 1] + step // wide[polygon]
        cell_start, order = _rows(row * n_cells[0] + column, int(n_cells.prod()))
        edge, owner = _edges(shapes)
        n_edges = np.bincount(owner, minlength=len(shapes))
        n_strips = np.maximum(n_edges // EDGES_A_STRIP, 1)
        strip_first = np.concatenate([[0], np.cumsum(n_strips)])
        height = np.maximum(box[:, 3] - box[:, 1], 1e-300)[owner]
        at = (edge[:, [1, 3]] - box[owner, 1][:, None]) / height[:, None] * n_strips[owner][:, None]
        first = (np.floor(at.min(axis=1) - 1e-6)).astype(np.int64).clip(0)
        last = (np.floor(at.max(axis=1) + 1e-6)).astype(np.int64)
        last = np.minimum(last, n_strips[owner] - 1)
        number, step = _spread(last - first + 1)
        strip_start, by_strip = _rows(
            strip_first[owner[number]] + first[number] + step, int(strip_first[-1])
        )
        return cls(
            box=box,
            origin=np.array([west, south, *scale]),
            n_cells=n_cells,
            cell_start=cell_start,
            cell_polygon=polygon[order].astype(np.int32),
            strip_first=strip_first,
            strip_start=strip_start,
            strip_edge=number[by_strip],
            edge=edge,
        )

    def locate(self, xy: FloatArray) -> LabelArray:
        x, y = (np.ascontiguousarray(c) for c in xy.T)
        table = (getattr(self, f.name) for f in fields(self))
        found = np.empty(x.size, dtype=np.int32)
        locate_points(x, y, found, *table)
        return found


def _spread(count: IntArray) -> tuple[IntArray, IntArray]:
    """Repeat each position so many times, and number the repeats from 0."""
    owner = np.repeat(np.arange(count.size), count)
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    return owner, np.arange(owner.size) - first[owner]


def _rows(key: IntArray, n: int) -> tuple[IntArray, IntArray]:
    """Sort by key: where each key starts, and the order."""
    order = np.argsort(key, kind="stable")
    return np.searchsorted(key[order], np.arange(n + 1)), order


def _edges(shapes: GeometryArray) -> tuple[FloatArray, IntArray]:
    """List the edges of all rings, and the polygon of each."""
    parts, polygon = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    edge = np.column_stack([xy[:-1][same], xy[1:][same]])
    return edge, polygon[part][ring[:-1][same]]


def inner_points(shapes: GeometryArray) -> FloatArray:
    """Give a point inside each polygon: its centroid where that lies inside, else a point on it.

    Parameters
    ----------
    shapes : (n,)
        Polygons.

    Returns
    -------
    (n, 2)
        x east, y north.
    """
    point = shapely.centroid(shapes)
    outside = ~shapely.contains(shapes, point)
    point[outside] = shapely.point_on_surface(shapes[outside])
    return shapely.get_coordinates(point)
