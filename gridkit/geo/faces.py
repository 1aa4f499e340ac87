"""Which areas do these lines enclose?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray

GRID_M = 1e-3
"""Lines are cut where they cross on a grid of one millimetre, so that neighbours share vertices."""


def segments(start: FloatArray, end: FloatArray) -> GeometryArray:
    """Make straight lines from their ends.

    Parameters
    ----------
    start, end : (s, 2)
        Coordinates.

    Returns
    -------
    (s,)
        Lines of two points.
    """
    both = np.stack([start, end], axis=1).reshape(-1, 2)
    made = shapely.linestrings(both, indices=np.repeat(np.arange(len(start)), 2))
    return np.asarray(made, dtype=object)


def node(lines: GeometryArray, *, grid_m: float = GRID_M) -> GeometryArray:
    """Cut lines at every place where they meet, and keep each piece once.

    Parameters
    ----------
    lines : (n,), metres
        Lines, in any number of parts.
    grid_m : m
        Coordinates are rounded to this grid.

    Returns
    -------
    (m,)
        Lines that touch at their ends only.
    """
    there = lines[~(shapely.is_missing(lines) | shapely.is_empty(lines))]
    return shapely.get_parts(shapely.union_all(there, grid_size=grid_m))


def enclosed(lines: GeometryArray) -> GeometryArray:
    """Give the areas enclosed by noded lines; dead ends enclose nothing and are ignored.

    Parameters
    ----------
    lines : (n,)
        Lines that touch at their ends only (see `node`).

    Returns
    -------
    (m,)
        Polygons, a valid coverage of everything that is enclosed.
    """
    return shapely.get_parts(shapely.polygonize(lines))


def pieces_within(
    lines: GeometryArray, area: shapely.Geometry, *, grid_m: float = GRID_M
) -> GeometryArray:
    """Cut an area along lines.

    Parameters
    ----------
    lines : (n,), metres
        Lines, crossing each other or not.
    area
        A polygon or multipolygon; its own borders cut as well.
    grid_m : m
        Rounding of coordinates.

    Returns
    -------
    (m,)
        Polygons whose union is the area (rounded to the grid).
    """
    area = shapely.set_precision(area, grid_m)
    border = np.array([shapely.boundary(area)], dtype=object)
    noded = node(np.concatenate([np.asarray(lines, dtype=object), border]), grid_m=grid_m)
    faces = enclosed(noded)
    shapely.prepare(area)
    return faces[shapely.contains(area, shapely.point_on_surface(faces))]
