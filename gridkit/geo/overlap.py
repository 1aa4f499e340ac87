"""Which of these polygons holds most of each of those?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray, LabelArray


def largest_overlap(units: GeometryArray, shapes: GeometryArray) -> tuple[LabelArray, FloatArray]:
    """Find the polygon that holds most of each unit, and its share of the unit's area.

    Parameters
    ----------
    units : (n,)
        Polygons.
    shapes : (m,)
        Polygons in the same system; of two that hold equally much, the earlier one counts.

    Returns
    -------
    held_by : (n,)
        Position in `shapes`; -1 where none holds any of it.
    share : (n,), 0..1
        How much of the unit it holds.

    Examples
    --------
    >>> largest_overlap(np.array([shapely.box(0, 0, 4, 1)]), np.array([shapely.box(1, 0, 9, 1)]))
    (array([0], dtype=int32), array([0.75]))
    """
    unit, polygon = shapely.STRtree(shapes).query(units, predicate="intersects")
    area = shapely.area(shapely.intersection(units[unit], shapes[polygon]))
    share = area / shapely.area(units)[unit]
    order = np.lexsort((-polygon, share, unit))
    base, best = np.full(len(units), -1, dtype=np.int32), np.zeros(len(units))
    keep = order[share[order] > 0]
    base[unit[keep]], best[unit[keep]] = polygon[keep], share[keep]
    return base, best
