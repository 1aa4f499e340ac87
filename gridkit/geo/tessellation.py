"""How is a large area divided where no street divides it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import QhullError, Voronoi

from gridkit.geo.crs import WGS84, to_wgs84, turn_between
from gridkit.geo.faces import segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit._typing import FloatArray, GeometryArray, IntArray, LabelArray


def square_lines(bounds: Sequence[float], *, side_m: float) -> GeometryArray:
    """Draw a square lattice over a rectangle.

    Parameters
    ----------
    bounds : m
        West, south, east, north.
    side_m : m
        Side of a square; the lattice starts at a whole multiple of it.

    Returns
    -------
    (n,)
        Lines.
    """
    west, south, east, north = bounds
    x = np.arange(np.floor(west / side_m), np.ceil(east / side_m) + 1) * side_m
    y = np.arange(np.floor(south / side_m), np.ceil(north / side_m) + 1) * side_m
    upright = np.column_stack([x, np.full(x.size, y[0]), x, np.full(x.size, y[-1])])
    level = np.column_stack([np.full(y.size, x[0]), y, np.full(y.size, x[-1]), y])
    all_ = np.concatenate([upright, level])
    return segments(all_[:, :2], all_[:, 2:])


def h3_lines(area: shapely.Geometry, crs: object, *, resolution: int) -> GeometryArray:
    """Draw the borders of the H3 cells that touch an area.

    Parameters
    ----------
    area
        Polygon, in `crs`.
    crs
        Its reference system.
    resolution
        Of H3: 8 has cells of about 0.7 km², 9 of 0.1 km², 10 of 0.015 km².

    Returns
    -------
    (n,)
        Lines, in `crs`.

    References
    ----------
    Uber Technologies (2018). H3: Uber's hexagonal hierarchical spatial index.
    """
    import h3

    edge_m = h3.average_hexagon_edge_length(resolution, unit="m")
    wide = shapely.segmentize(shapely.buffer(area, 2.5 * edge_m), 10 * edge_m)
    around = shapely.transform(wide, lambda xy: to_wgs84(xy, crs))
    cells = sorted({c for p in shapely.get_parts(around) for c in h3.geo_to_cells(p, resolution)})
    rings = [np.array([(lon, lat) for lat, lon in h3.cell_to_boundary(c)]) for c in cells]
    back = turn_between(WGS84, crs)
    made = np.array([shapely.Polygon(np.column_stack(back.transform(*r.T))) for r in rings])
    return np.asarray(shapely.boundary(made), dtype=object)


def h3_resolution(area_m2: float) -> int:
    """Give the coarsest H3 resolution whose mean cell is not larger than an area.

    Examples
    --------
    >>> h3_resolution(120_000.0)
    9
    """
    import h3

    for resolution in range(16):
        if h3.average_hexagon_area(resolution, unit="m^2") <= area_m2:
            return resolution
    return 15


def midlines(xy: FloatArray, label: IntArray | LabelArray) -> GeometryArray:
    """Draw the lines that run midway between points of different labels.

    Parameters
    ----------
    xy : (n, 2)
        Points, dense along the things that are to be told apart.
    label : (n,)
        Which thing each point belongs to.

    Returns
    -------
    (m,)
        Straight pieces, unclipped; those that run to infinity are left out, so a frame of points
        far out is added first.

    References
    ----------
    Fleischmann, M. et al. (2020). Morphological tessellation as a way of partitioning space.
    Computers, Environment and Urban Systems 80.
    """
    first = np.unique(np.round(xy, 3), axis=0, return_index=True)[1]
    xy = np.round(xy[first], 3)
    label = np.asarray(label, dtype=np.int64)[first]
    if np.unique(label).size < 2:
        return np.zeros(0, dtype=object)
    middle, reach = xy.mean(axis=0), 20 * max(float(np.ptp(xy, axis=0).max()), 1.0)
    angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    frame = middle + reach * np.column_stack([np.cos(angle), np.sin(angle)])
    try:
        found = Voronoi(np.concatenate([xy, frame]))
    except QhullError:
        return np.zeros(0, dtype=object)
    known = np.concatenate([label, np.full(12, -2)])
    side = found.ridge_points
    ends = np.array([r if len(r) == 2 else (-1, -1) for r in found.ridge_vertices])
    use = (
        (known[side[:, 0]] != known[side[:, 1]])
        & (side < len(xy)).all(axis=1)
        & (ends >= 0).all(axis=1)
    )
    return segments(found.vertices[ends[use, 0]], found.vertices[ends[use, 1]])


def points_along(lines: GeometryArray, *, every_m: float) -> tuple[FloatArray, IntArray]:
    """Put points along lines, their vertices included.

    Returns
    -------
    xy : (m, 2)
        Points.
    line : (m,)
        Line of each.
    """
    return shapely.get_coordinates(shapely.segmentize(lines, every_m), return_index=True)
