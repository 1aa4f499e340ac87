"""How is a street network cut into patrol sections?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from gridkit.errors import GeometryError, SchemaError
from gridkit.geo.faces import node
from gridkit.geo.lines import only_lines
from gridkit.geo.splitting import even_out, split_proportional

if TYPE_CHECKING:
    import geopandas as gpd

    from gridkit._typing import FloatArray, GeometryArray, IntArray, LabelArray


def cut_roads(
    streets: gpd.GeoDataFrame,
    n_sections: int,
    *,
    load_column: str = "",
    points: FloatArray | None = None,
    point_m: float = 0.0,
    buffer_m: float = 15.0,
) -> gpd.GeoDataFrame:
    """Cut a street network into connected patrol sections of even length times load.

    Parameters
    ----------
    streets
        Lines in a metric system.
    n_sections
        Number of sections.
    load_column
        Load per metre (1 without): shops, traffic.
    points : (m, 2), optional
        Reports; each adds `point_m` to the load of the nearest street piece.
    point_m : m
        Metres of street that one of `points` weighs as much as.
    buffer_m : m
        Half the width of the polygon that stands for a section.

    Returns
    -------
    GeoDataFrame
        ``grid_id`` as index; ``length_m, load, n_pieces``, lines as geometry, and the buffer in the
        column ``area``. Sections are connected; parts of the network that hang on nothing get sections
        of their own by weight, and the smallest are added to the nearest section, which then has
        ``n_pieces`` above 1.

    Raises
    ------
    SchemaError
        If `n_sections` is not between 1 and the number of street pieces.
    GeometryError
        If there are no lines.
    """
    import geopandas as gpd  # noqa: PLC0415  importing gridkit must not load it

    raw = np.asarray(streets.geometry.array, dtype=object)
    lines = node(only_lines(raw))
    if not len(lines):
        msg = "`streets` holds no lines, so there is nothing to cut into sections."
        raise GeometryError(msg)
    if not 1 <= n_sections <= len(lines):
        msg = f"`n_sections` is {n_sections}; 1 to {len(lines)} (the number of street pieces) is expected."
        raise SchemaError(msg)
    length = shapely.length(lines)
    per_m = np.ones(len(lines))
    if load_column:
        at = shapely.STRtree(raw).nearest(
            shapely.line_interpolate_point(lines, 0.5, normalized=True)
        )
        per_m = streets[load_column].to_numpy(dtype=np.float64)[at]
    weight = length * per_m
    if points is not None and point_m > 0 and len(points):
        nearest = shapely.STRtree(lines).nearest(shapely.points(points))
        weight = weight + point_m * np.bincount(nearest, minlength=len(lines))
    left, right = _touching(lines)
    label = _sections(lines, left, right, weight, n_sections)
    k = int(label.max()) + 1
    made = [shapely.line_merge(shapely.union_all(lines[label == i])) for i in range(k)]
    same = label[left] == label[right]
    pieces = _components(len(lines), left[same], right[same])
    n_pieces = [np.unique(pieces[label == i]).size for i in range(k)]
    frame = gpd.GeoDataFrame(
        {
            "length_m": np.bincount(label, length, k),
            "load": np.bincount(label, weight, k),
            "n_pieces": n_pieces,
        },
        geometry=made,
        crs=streets.crs,
        index=[f"R{i:03d}" for i in range(1, k + 1)],
    )
    frame.index.name = "grid_id"
    frame["area"] = gpd.GeoSeries(
        shapely.buffer(made, buffer_m), crs=streets.crs, index=frame.index
    )
    return frame


def _touching(lines: GeometryArray) -> tuple[IntArray, IntArray]:
    """Pair pieces that share an end."""
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(lines, i)) for i in (0, -1)])
    number = np.unique(np.round(ends, 3), axis=0, return_inverse=True)[1].ravel()
    owner = np.concatenate([np.arange(len(lines)), np.arange(len(lines))])
    order = np.argsort(number, kind="stable")
    number, owner = number[order], owner[order]
    same = number[:-1] == number[1:]
    left, right = owner[:-1][same], owner[1:][same]
    apart = left != right
    return left[apart], right[apart]


def _components(n: int, left: IntArray, right: IntArray) -> LabelArray:
    graph = csr_array((np.ones(left.size), (left, right)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int32)


def _sections(
    lines: GeometryArray, left: IntArray, right: IntArray, weight: FloatArray, n: int
) -> LabelArray:
    """Give every connected part of the network sections by weight, and cut it."""
    part = _components(len(lines), left, right)
    held = np.bincount(part, weight)
    large = np.flatnonzero(held >= 0.5 * held.sum() / n)
    large = large[np.argsort(-held[large], kind="stable")][:n]
    share = held[large] / held[large].sum() * n
    each = np.maximum(np.floor(share).astype(np.int64), 1)
    while each.sum() != n:
        step = 1 if each.sum() < n else -1
        able = each > 1 if step < 0 else np.ones(each.size, dtype=bool)
        each[np.argmax(np.where(able, step * (share - each), -np.inf))] += step
    label = np.full(len(lines), -1, dtype=np.int32)
    for p, k in zip(large.tolist(), each.tolist(), strict=True):
        own = np.flatnonzero(part == p)
        local = np.full(len(lines), -1, dtype=np.int64)
        local[own] = np.arange(own.size)
        inside = part[left] == p
        a, b = local[left[inside]], local[right[inside]]
        source, target = np.concatenate([a, b]), np.concatenate([b, a])
        order = np.lexsort((target, source))
        start = np.searchsorted(source[order], np.arange(own.size + 1))
        around = target[order].astype(np.int32)
        cut = split_proportional(min(k, own.size), start, around, weight[own])
        cut = even_out(cut, start, around, weight[own])
        label[own] = cut + int(label.max()) + 1
    rest = np.flatnonzero(label < 0)
    if rest.size:
        known = np.flatnonzero(label >= 0)
        label[rest] = label[known[shapely.STRtree(lines[known]).nearest(lines[rest])]]
    return label
