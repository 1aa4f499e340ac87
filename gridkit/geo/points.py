"""In which polygon does each point lie, and where is each polygon's own point?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray, LabelArray


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
    out = np.full(len(xy), -1, dtype=np.int32)
    if len(xy) == 0 or len(shapes) == 0:
        return out
    finite = np.flatnonzero(np.isfinite(xy).all(axis=1))
    point, polygon = shapely.STRtree(shapes).query(
        shapely.points(xy[finite]), predicate="intersects"
    )
    order = np.lexsort((-polygon, point))
    out[finite[point[order]]] = polygon[order]
    return out


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
