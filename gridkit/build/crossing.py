"""How do two layers of grids over one town cut each other?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.errors import SchemaError
from gridkit.model.plan import Plan

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from gridkit._typing import FloatArray, GeometryArray, IntArray


def crossings(
    a: Plan | gpd.GeoDataFrame,
    b: Plan | gpd.GeoDataFrame,
    *,
    measure: str = "area_m2",
    levels: tuple[str, str] = ("", ""),
) -> pd.DataFrame:
    """Say how the grids of two layers cut each other.

    Two plans are compared unit by unit. Where one of them is a frame of entity or road grids, shapes
    are: square metres in common between polygons, metres of lines inside polygons.

    Parameters
    ----------
    a, b
        Plans over one town, or frames with ``grid_id`` as index (polygons, or lines on one side).
    measure
        What is shared out between two plans.
    levels
        Which level of each plan; its first by default.

    Returns
    -------
    DataFrame
        A row for each pair that has something in common: ``a_id, b_id, n_units, amount, share_of_a,
        share_of_b``; `n_units` is blank where shapes were compared. A grid of `a` with more than one
        row is cut by `b`.

    Raises
    ------
    SchemaError
        If the plans are of different towns, or both layers are lines.
    """
    if isinstance(a, Plan) and isinstance(b, Plan):
        return _by_units(a, b, measure, levels)
    crs = next(v.town.units.crs if isinstance(v, Plan) else v.crs for v in (a, b))
    ids_a, shapes_a = _shapes(a, levels[0], crs)
    ids_b, shapes_b = _shapes(b, levels[1], crs)
    lines = [bool((shapely.get_dimensions(s) == 1).any()) for s in (shapes_a, shapes_b)]
    if all(lines):
        msg = "both layers are lines; give one of them as polygons, for example the column `area` of road grids."
        raise SchemaError(msg)
    size = shapely.length if any(lines) else shapely.area
    left, right = shapely.STRtree(shapes_b).query(shapes_a, predicate="intersects")
    both: FloatArray = size(shapely.intersection(shapes_a[left], shapes_b[right]))
    use = both > 1e-6 * max(float(both.max(initial=0.0)), 1.0)
    left, right, both = left[use], right[use], both[use]
    order = np.lexsort((right, left))
    nothing = np.full(left.size, -1)
    whole_a, whole_b = (size(s) for s in (shapes_a, shapes_b))
    return _table(ids_a, ids_b, left[order], right[order], nothing, both[order], whole_a, whole_b)


def _by_units(a: Plan, b: Plan, measure: str, levels: tuple[str, str]) -> pd.DataFrame:
    if a.town.units.ids != b.town.units.ids:
        msg = f"the two layers are of different towns ({len(a.town.units)} and {len(b.town.units)} units)."
        raise SchemaError(msg)
    amount = a.town.units.measure(measure).values
    names = [v or p.levels[0].name for v, p in zip(levels, (a, b), strict=True)]
    of_a, of_b = a.labels(names[0]).astype(np.int64), b.labels(names[1]).astype(np.int64)
    ids_a, ids_b = a.level(names[0]).ids, b.level(names[1]).ids
    both = (of_a >= 0) & (of_b >= 0)
    n = max(len(ids_b), 1)
    key, inverse, count = np.unique(
        of_a[both] * n + of_b[both], return_inverse=True, return_counts=True
    )
    shared: FloatArray = np.bincount(inverse, amount[both], key.size).astype(np.float64)
    whole_a: FloatArray = np.bincount(of_a[of_a >= 0], amount[of_a >= 0], len(ids_a)).astype(float)
    whole_b: FloatArray = np.bincount(of_b[of_b >= 0], amount[of_b >= 0], n).astype(float)
    return _table(ids_a, ids_b, key // n, key % n, count, shared, whole_a, whole_b)


def _shapes(
    layer: Plan | gpd.GeoDataFrame, level: str, crs: object
) -> tuple[tuple[str, ...], GeometryArray]:
    if isinstance(layer, Plan):
        name = level or layer.levels[0].name
        return layer.level(name).ids, layer.shapes(level=name)
    shapes: GeometryArray = np.asarray(layer.geometry.to_crs(crs).array, dtype=object)
    return tuple(str(i) for i in layer.index), shapes


def _table(
    ids_a: tuple[str, ...],
    ids_b: tuple[str, ...],
    left: IntArray,
    right: IntArray,
    count: IntArray,
    shared: FloatArray,
    whole_a: FloatArray,
    whole_b: FloatArray,
) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    def share(whole: FloatArray, at: IntArray) -> FloatArray:
        return np.divide(shared, whole[at], out=np.zeros(shared.size), where=whole[at] > 0)

    return pd.DataFrame(
        {
            "a_id": [ids_a[i] for i in left],
            "b_id": [ids_b[i] for i in right],
            "n_units": pd.Series(count, dtype="Int64").mask(pd.Series(count) < 0),
            "amount": shared,
            "share_of_a": share(whole_a, left),
            "share_of_b": share(whole_b, right),
        }
    )
