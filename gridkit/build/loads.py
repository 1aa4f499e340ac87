"""How many points, and what length of lines, does each unit hold?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.build.transfer import Transfer, brought, classes_of, measures_of, need_overlap
from gridkit.errors import GeometryError
from gridkit.geo.points import inner_points, locate
from gridkit.model.units import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from gridkit._typing import FloatArray
    from gridkit.model.units import Units

LINE_PIECE_M = 10.0
SIDE_STEP_M = 0.5


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
    shapes = brought(points, units, name=name)
    if (shapely.get_dimensions(shapes) > 0).any():
        shapes = np.asarray(shapely.points(inner_points(shapes)), dtype=object)
    weight = numbers(points, value_column, name=name) if value_column else np.ones(len(points))
    at = locate(shapely.get_coordinates(shapes), units.shapes)
    inside = at >= 0
    need_overlap(inside, name=name)
    group, names = classes_of(points, class_column, classes, name=name)
    k = max(len(names), 1)
    table: FloatArray = np.bincount(
        at[inside].astype(np.int64) * k + group[inside],
        weights=weight[inside],
        minlength=len(units) * k,
    ).astype(np.float64)
    measures = measures_of(table.reshape(len(units), k), name, names, unit)
    lost = int((~inside).sum())
    notes = (f"{lost} of {len(points)} points lie in no unit.",) if lost else ()
    return Transfer(
        measures=measures,
        total=float(weight.sum()),
        landed=float(table.sum()),
        n_outside=lost,
        notes=notes,
    )


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
    shapes, row = shapely.get_parts(brought(lines, units, name=name), return_index=True)
    if (shapely.get_dimensions(shapes) != 1).any():
        msg = f"`{name}` holds something else than lines; use count_points or spread_areas for it."
        raise GeometryError(msg)
    group, names = classes_of(lines, class_column, classes, name=name)
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
    need_overlap(touched, name=name)
    return Transfer(
        measures=measures_of(table.reshape(len(units), k), name, names, "m"),
        total=float(length.sum()),
        landed=float(table.sum()),
        n_outside=int((~touched).sum()),
    )
