"""Which borders between units can be seen on the ground: along streets, rail or water?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.build.barriers import layer_shapes
from gridkit.geo.adjacency import border_segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from gridkit._typing import FloatArray, GeometryArray
    from gridkit.model.town import Town

STEP_M = 10.0
"""A border is looked at every so many metres."""


def mark_visible_borders(
    town: Town, layers: Sequence[gpd.GeoDataFrame], *, near_m: float = 12.0
) -> Town:
    """Measure how much of every border runs along things one can see.

    Parameters
    ----------
    town
        The town.
    layers
        Streets, rail, water: lines, and polygons whose banks count.
    near_m
        A border this close to a line runs along it.

    Returns
    -------
    Town
        The same town; its graph knows the visible length of every border.

    Raises
    ------
    CRSError
        If a layer has no reference system.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from gridkit.datasets import tiny_town
    >>> town = tiny_town()
    >>> float(mark_visible_borders(town, []).graph.visible().sum())
    0.0
    """
    found = [layer_shapes(layer, town, name="visible lines") for layer in layers]
    lines = np.concatenate(found) if found else np.zeros(0, dtype=object)
    areal = shapely.get_dimensions(lines) == 2
    lines[areal] = shapely.boundary(lines[areal])
    left, right, start, end = border_segments(town.units.shapes)
    seen = _seen(start, end, lines, near_m)
    n = len(town.units)
    key, at = np.unique(left * n + right, return_inverse=True)
    total = np.bincount(at, weights=seen, minlength=key.size)
    a, b, _ = town.graph.edges()
    place = np.minimum(np.searchsorted(key, a * n + b), max(key.size - 1, 0))
    is_there = key[place] == a * n + b if key.size else np.zeros(a.size, dtype=bool)
    visible = np.where(is_there, total[place], 0.0) if key.size else np.zeros(a.size)
    return replace(town, graph=town.graph.with_visible(visible))


def _seen(start: FloatArray, end: FloatArray, lines: GeometryArray, near_m: float) -> FloatArray:
    """Measure how much of each straight piece is near a line, by a point every few metres."""
    length = np.hypot(*(end - start).T)
    if not len(lines):
        return np.zeros(length.size)
    n = np.maximum(1, np.ceil(length / STEP_M)).astype(np.int64)
    piece = np.repeat(np.arange(length.size), n)
    at = (np.arange(piece.size) - np.repeat(np.cumsum(n) - n, n) + 0.5) / n[piece]
    points = shapely.points(start[piece] + at[:, None] * (end - start)[piece])
    hit = np.unique(shapely.STRtree(lines).query(points, predicate="dwithin", distance=near_m)[0])
    share = np.bincount(piece[hit], minlength=length.size) / n
    return np.asarray(share * length)
