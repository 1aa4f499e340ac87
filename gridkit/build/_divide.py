"""How are pieces divided that are too large, or hold too much?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import cKDTree

from gridkit.geo.adjacency import rook_edges
from gridkit.geo.banks import holder_of, single_parts
from gridkit.geo.coverage import dissolve
from gridkit.geo.faces import pieces_within
from gridkit.geo.points import inner_points, locate
from gridkit.geo.splitting import split_evenly
from gridkit.geo.tessellation import h3_lines, h3_resolution, midlines, points_along, square_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyproj

    from gridkit._typing import BoolArray, FloatArray, GeometryArray, IntArray, LabelArray
    from gridkit.build.settings import UnitRules

WALL_POINT_M = 5.0


def divide_large(
    faces: GeometryArray,
    area: shapely.Geometry,
    rules: UnitRules,
    *,
    crs: pyproj.CRS,
    buildings: GeometryArray,
    keep: GeometryArray,
) -> tuple[GeometryArray, int]:
    """Divide faces above `rules.max_area_m2`, but not those that are never cut.

    Parameters
    ----------
    faces : (n,), metres
        A valid coverage.
    area
        What they cover.
    rules
        The largest size, and how to divide.
    crs
        Their reference system.
    buildings : (b,)
        Polygons.
    keep : (k,)
        Polygons that are never cut.

    Returns
    -------
    faces : (m,)
        A valid coverage.
    n_divided
        Number of faces that were divided.
    """
    if rules.max_area_m2 <= 0:
        return faces, 0
    n_divided = 0
    nowhere = buildings[:0]
    # Two houses in a wood leave halves of it: what is still too large then is divided by squares.
    for built in (buildings, nowhere) if rules.divide_by == "auto" else (buildings,):
        large = (shapely.area(faces) > rules.max_area_m2) & _may_be_cut(faces, keep)
        if not large.any():
            break
        n_divided = n_divided or int(large.sum())
        # Cells are finer than the limit and are united again in groups near it, so that shapes stay good.
        cell_m2 = np.full(len(faces), rules.max_area_m2 / 4)
        pieces = _cut(faces, area, large, cell_m2, rules, crs, built)
        faces = _grouped(faces, pieces, large, shapely.area(pieces), rules.max_area_m2)
    return faces, n_divided


def divide_loaded(
    faces: GeometryArray,
    area: shapely.Geometry,
    rules: UnitRules,
    *,
    crs: pyproj.CRS,
    buildings: GeometryArray,
    keep: GeometryArray,
    load: Callable[[GeometryArray], FloatArray],
    most: float,
) -> tuple[GeometryArray, int]:
    """Divide faces that hold more than `most` of a load, evenly in it, but not those that are never cut.

    Parameters
    ----------
    faces, area, rules, crs, buildings, keep
        As in `divide_large`.
    load
        Gives the load of each polygon of an array.
    most
        The most that a face may hold.

    Returns
    -------
    faces : (m,)
        A valid coverage. A face is never divided into more parts than `rules.min_area_m2` allows, so
        some may still hold more.
    n_divided
        Number of faces that were divided.
    """
    held, size = load(faces), shapely.area(faces)
    least = max(rules.min_area_m2, 1.0)
    over = (held > most) & (size > 2 * least) & _may_be_cut(faces, keep)
    if not over.any():
        return faces, 0
    wanted = np.maximum(held / most, 1.0)
    cell_m2 = np.maximum(size / wanted / 4, least)
    pieces = _cut(faces, area, over, cell_m2, rules, crs, buildings)
    amount = load(pieces) + 1e-9 * shapely.area(pieces)  # so that empty ground is split too
    return _grouped(faces, pieces, over, amount, most), int(over.sum())


def _may_be_cut(faces: GeometryArray, keep: GeometryArray) -> BoolArray:
    if not len(keep):
        return np.ones(len(faces), dtype=bool)
    return np.asarray(locate(inner_points(faces), keep) < 0)


def _cut(
    faces: GeometryArray,
    area: shapely.Geometry,
    large: BoolArray,
    cell_m2: FloatArray,
    rules: UnitRules,
    crs: pyproj.CRS,
    buildings: GeometryArray,
) -> GeometryArray:
    """Cut faces into cells of about the size asked for, or midway between buildings."""
    where = np.flatnonzero(large)
    built = (
        _buildings_of(faces[where], buildings) if rules.divide_by in {"auto", "buildings"} else {}
    )
    cuts: list[GeometryArray] = []
    for i, f in enumerate(where.tolist()):
        face, wanted = faces[f], float(cell_m2[f])
        if i in built:
            lines = _between_buildings(face, built[i], 4 * wanted)
        elif rules.divide_by == "h3":
            lines = h3_lines(face, crs, resolution=h3_resolution(wanted))
        else:
            lines = square_lines(shapely.bounds(face).tolist(), side_m=float(np.sqrt(wanted)))
        inside = shapely.get_parts(shapely.intersection(lines, shapely.buffer(face, 0.01)))
        cuts.append(inside[shapely.get_type_id(inside) == 1])
    return pieces_within(np.concatenate([shapely.boundary(faces), *cuts]), area)


def _buildings_of(faces: GeometryArray, buildings: GeometryArray) -> dict[int, GeometryArray]:
    """Give the buildings of each face that has at least two."""
    if not len(buildings):
        return {}
    holder = locate(inner_points(buildings), faces)
    order = np.argsort(holder, kind="stable")
    at = np.searchsorted(holder[order], np.arange(len(faces) + 1))
    own = {i: buildings[order[at[i] : at[i + 1]]] for i in range(len(faces))}
    return {i: b for i, b in own.items() if len(b) >= 2}


def _between_buildings(
    face: shapely.Geometry, buildings: GeometryArray, most_m2: float
) -> GeometryArray:
    """Draw the lines midway between buildings, or between clumps of them where there are very many."""
    label: IntArray = np.arange(len(buildings))
    wanted = 8 * int(np.ceil(shapely.area(face) / most_m2))
    if len(buildings) > 4 * wanted:
        middle = inner_points(buildings)
        order = np.lexsort((middle[:, 0], middle[:, 1]))
        seeds = middle[order[:: max(1, len(order) // wanted)]]
        label = np.asarray(cKDTree(seeds).query(middle)[1], dtype=np.int64)
    part = np.repeat(np.arange(len(buildings)), shapely.get_num_geometries(buildings))
    walls = shapely.get_exterior_ring(shapely.get_parts(buildings))
    xy, ring = points_along(walls, every_m=WALL_POINT_M)
    return midlines(xy, label[part[ring]])


def _grouped(
    faces: GeometryArray, pieces: GeometryArray, large: BoolArray, amount: FloatArray, most: float
) -> GeometryArray:
    """Unite the cells of each large face in connected groups below the limit."""
    face = holder_of(inner_points(pieces), faces)
    left, right, _ = rook_edges(pieces)
    group = np.full(len(pieces), -1, dtype=np.int64)
    order = np.argsort(face, kind="stable")
    at = np.searchsorted(face[order], np.arange(len(faces) + 1))
    new = 0
    for f in range(len(faces)):
        own = order[at[f] : at[f + 1]]
        if not large[f] or own.size < 2:
            group[own] = new
            new += 1
            continue
        local = np.full(len(pieces), -1, dtype=np.int64)
        local[own] = np.arange(own.size)
        inside = (face[left] == f) & (face[right] == f)
        label = _even(local[left[inside]], local[right[inside]], amount[own], most)
        group[own] = new + label
        new += int(label.max()) + 1
    label = np.unique(group, return_inverse=True)[1].astype(np.int32)
    return single_parts(dissolve(pieces, label, int(label.max()) + 1))


def _even(left: IntArray, right: IntArray, size: FloatArray, most: float) -> LabelArray:
    """Split cells into as few even groups as keep each below the limit."""
    n = size.size
    source, target = np.concatenate([left, right]), np.concatenate([right, left])
    order = np.lexsort((target, source))
    start = np.searchsorted(source[order], np.arange(n + 1))
    wanted = min(n, int(np.ceil(size.sum() / most)))
    while True:
        label = split_evenly(wanted, start, target[order].astype(np.int32), size)
        if np.bincount(label, size).max() <= most or wanted >= n:
            return label
        wanted = min(n, wanted + max(1, wanted // 4))
