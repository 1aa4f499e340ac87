"""How do census areas and rasters come onto units?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely

from gridkit.build.transfer import Transfer, brought, need_overlap, to_whole
from gridkit.errors import GeometryError, SchemaError
from gridkit.geo.points import inner_points, locate
from gridkit.geo.raster import Raster, area_weighted_sums, covered_share
from gridkit.model.amounts import amount_text
from gridkit.model.units import Measure, numbers

if TYPE_CHECKING:
    import geopandas as gpd

    from gridkit._typing import FloatArray, GeometryArray, IntArray
    from gridkit.model.units import Units


def sum_raster(
    units: Units,
    raster: Raster,
    *,
    name: str,
    unit: str = "persons",
    edge: Literal["area", "share"] = "area",
    whole: bool = False,
) -> Transfer:
    """Bring a raster of amounts onto units, each cell by the exact share of its area.

    Parameters
    ----------
    units
        The units.
    raster
        Amounts by cell (people, not people per km²).
    name, unit
        Of the measure.
    edge
        What becomes of a cell that the town line cuts: ``"area"`` leaves what lies beyond the line
        outside; ``"share"`` gives all of it to the units that the cell touches.
    whole
        Round to whole numbers, so that the sum comes out (see `to_whole`).

    Returns
    -------
    Transfer
        Sums are kept to rounding: landed plus outside is the total of the raster as it was read.

    Raises
    ------
    GeometryError
        If raster and town do not overlap.
    """
    covered = covered_share(raster, units.shapes, units.crs, name=name)
    flat = raster.values.ravel()
    plain = np.nan_to_num(flat, nan=0.0)
    touched = covered > 0
    amount = plain
    if edge == "share":
        amount = np.divide(plain, covered, out=np.zeros(plain.size), where=touched)
    cells = amount.reshape(raster.values.shape)
    values = area_weighted_sums(cells, raster, units.shapes, units.crs)
    total = raster.total
    within = float((amount * covered)[touched].sum())
    if values.sum() > 0:  # shares are kept in single precision; this undoes what that costs
        values *= within / values.sum()
    untouched = ~touched & (plain > 0)
    notes = []
    unknown = int(np.isnan(flat[touched]).sum())
    if unknown:
        notes.append(f"{unknown} cells that touch the town hold no data and count as 0.")
    landed = float(values.sum())
    beyond = total - landed - float(plain[untouched].sum())
    if beyond > 1e-9 * max(total, 1.0):
        notes.append(f"{amount_text(beyond)} lie beyond the town line in cells that it cuts.")
    made = Measure(name=name, values=to_whole(values) if whole else values, unit=unit)
    return Transfer(
        measures=(made,),
        total=total,
        landed=landed,
        n_outside=int(untouched.sum()),
        notes=tuple(notes),
    )


def spread_areas(
    units: Units,
    areas: gpd.GeoDataFrame,
    column: str,
    *,
    name: str,
    unit: str = "persons",
    kind: Literal["extensive", "intensive"] = "extensive",
    by: gpd.GeoDataFrame | None = None,
    by_column: str = "",
    whole: bool = False,
) -> Transfer:
    """Bring numbers of census areas onto units (areal interpolation).

    Parameters
    ----------
    units
        The units.
    areas
        Polygons with numbers.
    column
        Which numbers.
    name, unit
        Of the measure.
    kind
        ``"extensive"``: amounts (people), divided by area; ``"intensive"``: rates and means (persons
        per household), averaged by area. The two are never mixed.
    by
        Buildings or lots: amounts are divided by their area (or `by_column`) instead of the ground,
        each at a point inside it (dasymetric).
    by_column
        What to weigh `by` with: floor area, dwellings.
    whole
        Round to whole numbers, so that the sum comes out.

    Returns
    -------
    Transfer
        Amounts: landed plus outside is the sum over areas.

    Raises
    ------
    SchemaError
        If a column is missing, or `by` is given for rates.
    GeometryError
        If the two do not overlap.

    References
    ----------
    Goodchild, M. F., Lam, N. S. (1980). Areal interpolation. Geo-Processing 1.
    """
    value = numbers(areas, column, name=name)
    shapes = brought(areas, units, name=name)
    size = shapely.area(shapes)
    if kind == "intensive" and by is not None:
        msg = f"`{name}`: rates are averaged by area; `by` divides amounts. Leave one of them out."
        raise SchemaError(msg)
    notes: list[str] = []
    area, unit_at, part = _overlay(shapes, units.shapes)
    need_overlap(part > 0, name=name)
    if kind == "intensive":
        weight = np.bincount(unit_at, weights=part, minlength=len(units))
        total = np.bincount(unit_at, weights=part * value[area], minlength=len(units))
        bare = int((weight == 0).sum())
        if bare:
            notes.append(f"{bare} units are touched by no area and get 0.")
        values = np.divide(total, weight, out=np.zeros(len(units)), where=weight > 0)
        made = Measure(name=name, values=values, unit=unit)
        return Transfer(measures=(made,), total=0.0, landed=0.0, n_outside=0, notes=tuple(notes))
    share = part / size[area]
    if by is not None:
        area, unit_at, share, note = _by_buildings(
            units, shapes, by, by_column, (area, unit_at, share), name
        )
        notes += note
    values = np.bincount(unit_at, weights=value[area] * share, minlength=len(units)).astype(
        np.float64
    )
    touched = np.bincount(area, minlength=len(areas)) > 0
    landed = float(values.sum())
    made = Measure(name=name, values=to_whole(values) if whole else values, unit=unit)
    return Transfer(
        measures=(made,),
        total=float(value.sum()),
        landed=landed,
        n_outside=int((~touched & (value > 0)).sum()),
        notes=tuple(notes),
    )


def cover_areas(
    units: Units, shapes: gpd.GeoDataFrame, *, name: str = "built_km2", grow_m: float = 0.0
) -> Transfer:
    """Measure how much of each unit is covered by polygons: buildings, lots, built-up land.

    Parameters
    ----------
    units
        The units.
    shapes
        Polygons, in any reference system; where they overlap, land counts once.
    name
        Of the measure, in km².
    grow_m : m
        Land this near to a polygon counts as covered too.

    Returns
    -------
    Transfer
        In km²; polygons that touch no unit are outside.

    Raises
    ------
    GeometryError
        If the two do not overlap, or nothing is a polygon.

    Examples
    --------
    >>> from gridkit import make_town
    >>> town = make_town(100, seed=1)
    >>> houses = town.units.to_frame().iloc[:3]
    >>> built = cover_areas(town.units, houses).measures[0].values
    >>> int((built > 0).sum()), bool(np.allclose(built[:3] * 1e6, town.units.area_m2[:3]))
    (3, True)
    """
    own = brought(shapes, units, name=name)
    if (shapely.get_dimensions(own) != 2).any():
        msg = f"`{name}` holds something else than polygons; only they cover land."
        raise GeometryError(msg)
    if grow_m:
        own = np.asarray(shapely.buffer(own, grow_m, quad_segs=4), dtype=object)
    row, at = shapely.STRtree(units.shapes).query(own, predicate="intersects")
    part = np.asarray(shapely.intersection(own[row], units.shapes[at]), dtype=object)
    need_overlap(shapely.area(part) > 0, name=name)
    order = np.argsort(at, kind="stable")
    at, part = at[order], part[order]
    values = np.zeros(len(units))
    for these in np.split(np.arange(at.size), np.flatnonzero(np.diff(at)) + 1):
        land = part[these[0]] if these.size == 1 else shapely.union_all(part[these])
        values[at[these[0]]] = shapely.area(land) / 1e6
    made = Measure(name=name, values=values, unit="km2")
    apart = np.bincount(row, minlength=len(own)) == 0
    beyond = float(shapely.area(own[apart]).sum()) / 1e6
    notes = (f"{int(apart.sum())} of {len(own)} polygons lie in no unit.",) if apart.any() else ()
    landed = float(values.sum())
    return Transfer(
        measures=(made,),
        total=landed + beyond,
        landed=landed,
        n_outside=int(apart.sum()),
        notes=notes,
    )


def _overlay(areas: GeometryArray, units: GeometryArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Measure the common area of every pair that has some."""
    area, unit = shapely.STRtree(units).query(areas, predicate="intersects")
    part = shapely.area(shapely.intersection(areas[area], units[unit]))
    use = part > 0
    return area[use], unit[use], part[use]


def _by_buildings(
    units: Units,
    shapes: GeometryArray,
    by: gpd.GeoDataFrame,
    by_column: str,
    plain: tuple[IntArray, IntArray, FloatArray],
    name: str,
) -> tuple[IntArray, IntArray, FloatArray, list[str]]:
    """Divide by buildings where an area has some, else by ground."""
    built = brought(by, units, name=f"{name}.by")
    weight = numbers(by, by_column, name=f"{name}.by") if by_column else shapely.area(built)
    xy = inner_points(built)
    area, unit = locate(xy, shapes), locate(xy, units.shapes)
    held = np.bincount(area[area >= 0], weights=weight[area >= 0], minlength=len(shapes))
    use = (area >= 0) & (weight > 0)
    with_buildings = held > 0
    use_unit = use & (unit >= 0)
    rest = ~with_buildings[plain[0]]
    bare = int((~with_buildings).sum())
    notes = [f"{bare} areas have no buildings and are divided by ground."] if bare else []
    return (
        np.concatenate([area[use_unit].astype(np.int64), plain[0][rest]]),
        np.concatenate([unit[use_unit].astype(np.int64), plain[1][rest]]),
        np.concatenate([weight[use_unit] / held[area[use_unit]], plain[2][rest]]),
        notes,
    )
