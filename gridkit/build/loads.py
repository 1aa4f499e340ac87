"""How much of everything does each unit hold, and what was lost on the way?"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely

from gridkit.errors import GeometryError, SchemaError, did_you_mean
from gridkit.geo.points import inner_points, locate
from gridkit.geo.raster import Raster, area_weighted_sums, covered_share
from gridkit.model.units import Measure, numbers, text_ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from gridkit._typing import FloatArray, GeometryArray, IntArray
    from gridkit.model.units import Units


LINE_PIECE_M = 10.0
SIDE_STEP_M = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Measures brought onto units, and the account of it.

    Parameters
    ----------
    measures
        One for each class (or one in all).
    total
        What the source holds.
    landed
        What fell on units.
    n_outside
        Features (or cells with something in them) that touch no unit.
    notes
        Where the rest went, one sentence each.
    """

    measures: tuple[Measure, ...]
    total: float
    landed: float
    n_outside: int
    notes: tuple[str, ...] = field(default=())

    @property
    def outside(self) -> float:
        """What fell on no unit."""
        return self.total - self.landed

    def __str__(self) -> str:
        """Say it in one line, and the notes."""
        names = ", ".join(m.name for m in self.measures)
        share = self.outside / self.total if self.total else 0.0
        first = f"{names}: {self.landed:,.6g} of {self.total:,.6g} landed on units; {self.outside:,.6g} ({share:.2%}) outside"
        return "\n".join([first, *self.notes])


# ---------------------------------------------------------------------- points
def count_points(
    units: Units,
    points: gpd.GeoDataFrame,
    *,
    name: str,
    unit: str = "objects",
    value_column: str = "",
    class_column: str = "",
    classes: Mapping[str, str] | None = None,
) -> Transfer:
    """Count points in units, or add up a value they carry, by class if asked.

    Parameters
    ----------
    units
        The units.
    points
        Points, in any reference system. A point on a border goes to the unit with the smaller position.
    name
        Of the measure; with classes, ``name_class``.
    unit
        Of the measure.
    value_column
        Numbers to add up; without, points are counted.
    class_column
        Column of classes.
    classes
        From the words in that column to the classes wanted; a word that is missing here is an error,
        never guessed. Without, every word is a class of its own.

    Returns
    -------
    Transfer

    Raises
    ------
    SchemaError
        If a column is missing, or words are not in `classes`.
    GeometryError
        If no point lies in the town.
    """
    shapes = _brought(points, units, name=name)
    if (shapely.get_dimensions(shapes) > 0).any():
        shapes = np.asarray(shapely.points(inner_points(shapes)), dtype=object)
    weight = numbers(points, value_column, name=name) if value_column else np.ones(len(points))
    at = locate(shapely.get_coordinates(shapes), units.shapes)
    inside = at >= 0
    _need_overlap(inside, name=name)
    group, names = _classes(points, class_column, classes, name=name)
    k = max(len(names), 1)
    table: FloatArray = np.bincount(
        at[inside].astype(np.int64) * k + group[inside],
        weights=weight[inside],
        minlength=len(units) * k,
    ).astype(np.float64)
    measures = _measures(table.reshape(len(units), k), name, names, unit)
    lost = int((~inside).sum())
    notes = (f"{lost} of {len(points)} points lie in no unit.",) if lost else ()
    return Transfer(
        measures=measures,
        total=float(weight.sum()),
        landed=float(table.sum()),
        n_outside=lost,
        notes=notes,
    )


# ---------------------------------------------------------------------- raster
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
        notes.append(f"{beyond:,.6g} lie beyond the town line in cells that it cuts.")
    made = Measure(name=name, values=to_whole(values) if whole else values, unit=unit)
    return Transfer(
        measures=(made,),
        total=total,
        landed=landed,
        n_outside=int(untouched.sum()),
        notes=tuple(notes),
    )


# ---------------------------------------------------------------------- areas
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
    shapes = _brought(areas, units, name=name)
    size = shapely.area(shapes)
    if kind == "intensive" and by is not None:
        msg = f"`{name}`: rates are averaged by area; `by` divides amounts. Leave one of them out."
        raise SchemaError(msg)
    notes: list[str] = []
    area, unit_at, part = _overlay(shapes, units.shapes)
    _need_overlap(part > 0, name=name)
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
    built = _brought(by, units, name=f"{name}.by")
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


# ---------------------------------------------------------------------- lines
def measure_lines(
    units: Units,
    lines: gpd.GeoDataFrame,
    *,
    name: str,
    class_column: str = "",
    classes: Mapping[str, str] | None = None,
) -> Transfer:
    """Measure the length of lines in units, by class if asked.

    Lines are cut into pieces of at most 10 m; each side of a piece counts for the unit that lies there,
    so a street along the border of two units counts half for each, and nothing is counted twice.

    Parameters
    ----------
    units
        The units.
    lines
        Lines, in any reference system.
    name
        Of the measure, in metres; with classes, ``name_class``.
    class_column, classes
        As in `count_points`.

    Returns
    -------
    Transfer
    """
    shapes, row = shapely.get_parts(_brought(lines, units, name=name), return_index=True)
    if (shapely.get_dimensions(shapes) != 1).any():
        msg = f"`{name}` holds something else than lines; use count_points or spread_areas for it."
        raise GeometryError(msg)
    group, names = _classes(lines, class_column, classes, name=name)
    xy, line = shapely.get_coordinates(shapely.segmentize(shapes, LINE_PIECE_M), return_index=True)
    same = line[:-1] == line[1:]
    step, middle = (xy[1:] - xy[:-1])[same], (xy[1:] + xy[:-1])[same] / 2
    length = np.hypot(step[:, 0], step[:, 1])
    across = np.column_stack([-step[:, 1], step[:, 0]]) / np.maximum(length, 1e-12)[:, None]
    of = row[line[:-1][same]]
    k = max(len(names), 1)
    table = np.zeros(len(units) * k)
    touched = np.zeros(len(lines), dtype=bool)
    for side in (-SIDE_STEP_M, SIDE_STEP_M):
        at = locate(middle + across * side, units.shapes)
        inside = at >= 0
        touched[of[inside]] = True
        table += np.bincount(
            at[inside].astype(np.int64) * k + group[of[inside]],
            weights=length[inside] / 2,
            minlength=table.size,
        )
    _need_overlap(touched, name=name)
    return Transfer(
        measures=_measures(table.reshape(len(units), k), name, names, "m"),
        total=float(length.sum()),
        landed=float(table.sum()),
        n_outside=int((~touched).sum()),
    )


# ---------------------------------------------------------------------- shared
def to_whole(values: FloatArray) -> FloatArray:
    """Round amounts to whole numbers whose sum is the rounded sum (largest remainders).

    Parameters
    ----------
    values : (n,), not negative
        Amounts.

    Returns
    -------
    (n,)
        Whole numbers.

    Examples
    --------
    >>> to_whole(np.array([1.4, 1.4, 1.2])).tolist()
    [2.0, 1.0, 1.0]
    """
    low = np.floor(values)
    missing = round(float(values.sum()) - float(low.sum()))
    order = np.argsort(-(values - low), kind="stable")
    low[order[:missing]] += 1
    return low


def _brought(frame: gpd.GeoDataFrame, units: Units, *, name: str) -> GeometryArray:
    """Bring shapes to the town's system; rows without shape stay, at no place."""
    if frame.crs is None:
        msg = f"`{name}` has no reference system. Say which one its coordinates are in: {name} = {name}.set_crs('EPSG:...')"
        raise GeometryError(msg)
    moved: GeometryArray = np.asarray(frame.geometry.to_crs(units.crs).array, dtype=object)
    missing = shapely.is_missing(moved) | shapely.is_empty(moved)
    if missing.any():
        rows = ", ".join(str(r + 1) for r in np.flatnonzero(missing)[:5])
        msg = f"`{name}` has {int(missing.sum())} rows without a shape (rows {rows}). Remove them, or give them a place."
        raise GeometryError(msg)
    return moved


def _need_overlap(inside: np.ndarray, *, name: str) -> None:
    if inside.size and not inside.any():
        msg = f"`{name}` and the town do not overlap: nothing of it lies in any unit. Is its reference system or datum wrong, or are x and y swapped?"
        raise GeometryError(msg)


def _classes(
    frame: gpd.GeoDataFrame, column: str, classes: Mapping[str, str] | None, *, name: str
) -> tuple[IntArray, tuple[str, ...]]:
    """Number the class of each row."""
    if not column:
        return np.zeros(len(frame), dtype=np.int64), ()
    words = text_ids(frame, column, name=name)
    if classes is not None:
        unknown = sorted(set(words) - set(classes))
        if unknown:
            msg = (
                f"column `{column}` of `{name}` holds {len(unknown)} words that the mapping does not have: "
                f"{', '.join(repr(u) for u in unknown[:5])}{did_you_mean(unknown[0], classes)}{'' if did_you_mean(unknown[0], classes) else '.'} Add them to `classes`."
            )
            raise SchemaError(msg)
        words = tuple(classes[w] for w in words)
    names = tuple(sorted(set(words)))
    number = {w: i for i, w in enumerate(names)}
    return np.array([number[w] for w in words], dtype=np.int64), names


def _measures(
    table: FloatArray, name: str, names: tuple[str, ...], unit: str
) -> tuple[Measure, ...]:
    if not names:
        return (Measure(name=name, values=table[:, 0], unit=unit),)
    return tuple(
        Measure(name=f"{name}_{w}", values=table[:, i], unit=unit) for i, w in enumerate(names)
    )


def density_classes(
    units: Units,
    residents: str = "residents",
    *,
    built_m2: FloatArray | None = None,
    breaks_per_km2: tuple[float, ...] = (2_500.0, 10_000.0, 25_000.0),
) -> IntArray:
    """Class each unit by its residents per built-up km².

    Parameters
    ----------
    units
        The units.
    residents
        Measure of people.
    built_m2 : (n,), m², optional
        Built-up area of each unit; by default all of it.
    breaks_per_km2
        Rising limits between classes.

    Returns
    -------
    (n,)
        0 below the first break, 1 below the second, ...

    Raises
    ------
    SchemaError
        If breaks do not rise.
    """
    if any(b <= a for a, b in pairwise(breaks_per_km2)):
        msg = f"expected breaks that rise; got {breaks_per_km2}."
        raise SchemaError(msg)
    area = units.area_m2 if built_m2 is None else built_m2
    people = units.measure(residents).values
    density = np.divide(people * 1e6, area, out=np.zeros(len(units)), where=area > 0)
    return np.searchsorted(np.array(breaks_per_km2), density, side="right").astype(np.int64)
