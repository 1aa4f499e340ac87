"""What are the smallest pieces of a town, and how much of everything does each hold?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import shapely

from gridkit.errors import SchemaError, did_you_mean
from gridkit.geo.coverage import check_coverage, check_polygons
from gridkit.geo.crs import check_metric
from gridkit.geo.points import inner_points
from gridkit.model._arrays import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pyproj

    from gridkit._typing import FloatArray, GeometryArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How much of one thing each unit holds; it adds up when units are united.

    Parameters
    ----------
    name
        A word that carries its unit where it is not a count: ``residents``, ``workload_min``.
    values : (n,), not negative
        One amount for each unit. Whole numbers are added exactly.
    unit
        For legends and tables: ``"persons"``, ``"min"``, ``"objects"``.
    label
        A readable name; by default made from `name`.
    """

    name: str
    values: FloatArray
    unit: str
    label: str = ""

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float64)
        if not np.isfinite(values).all() or (values < 0).any():
            n_bad = int((~np.isfinite(values)).sum() + (values < 0).sum())
            msg = (
                f"measure `{self.name}` has {n_bad} of {values.size} values that are negative or not a "
                f"number; give 0 where there is none."
            )
            raise SchemaError(msg)
        object.__setattr__(self, "values", frozen(values))
        if not self.label:
            object.__setattr__(self, "label", self.name.replace("_", " "))

    @property
    def is_whole(self) -> bool:
        """Whether every amount is a whole number (then sums are exact)."""
        return bool((self.values == np.floor(self.values)).all())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Units:
    """The units of a town: a valid coverage in a metric reference system.

    Parameters
    ----------
    ids : (n,)
        Text ids, unique, not empty.
    shapes : (n,), metres
        Polygons or multipolygons; neighbours share their borders exactly.
    crs
        A projected system in which areas at the town are right within 0.5 %.
    measures
        By name; each with one amount for each unit.

    Raises
    ------
    SchemaError
        If ids are empty or occur twice.
    CRSError
        If areas cannot be measured in `crs`.
    GeometryError
        If shapes are broken or overlap.
    """

    ids: tuple[str, ...]
    shapes: GeometryArray
    crs: pyproj.CRS
    measures: Mapping[str, Measure] = field(default_factory=dict)
    area_m2: FloatArray = field(init=False)
    perimeter_m: FloatArray = field(init=False)
    xy: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        check_ids(self.ids, name="units")
        n = len(self.ids)
        if n == 0:
            msg = "`units` is empty; a town needs at least one unit."
            raise SchemaError(msg)
        shapes = np.asarray(self.shapes, dtype=object)
        check_polygons(shapes, self.ids, name="units")
        bounds = cast("tuple[float, float, float, float]", tuple(shapely.total_bounds(shapes)))
        object.__setattr__(self, "crs", check_metric(self.crs, bounds, name="units"))
        check_coverage(shapes, self.ids, name="units")
        for measure in self.measures.values():
            if measure.values.shape != (n,):
                msg = f"measure `{measure.name}` has {measure.values.size} values for {n} units."
                raise SchemaError(msg)
        object.__setattr__(self, "shapes", frozen(shapes))
        object.__setattr__(self, "measures", MappingProxyType(dict(self.measures)))
        object.__setattr__(self, "area_m2", frozen(shapely.area(shapes)))
        object.__setattr__(self, "perimeter_m", frozen(shapely.length(shapes)))
        object.__setattr__(self, "xy", frozen(inner_points(shapes)))

    @classmethod
    def from_frame(
        cls, frame: gpd.GeoDataFrame, *, id_column: str, measures: Mapping[str, tuple[str, str]]
    ) -> Units:
        """Take units from a GeoDataFrame.

        Parameters
        ----------
        frame
            One row for each unit, in a projected CRS.
        id_column
            Column of the ids; they are read as text.
        measures
            ``{name: (column, unit)}``.

        Raises
        ------
        SchemaError
            If a column is missing, or holds something other than numbers.
        """
        n = len(frame)
        made = {
            name: Measure(name=name, values=numbers(frame, column, name="units"), unit=unit)
            for name, (column, unit) in measures.items()
        }
        ids = text_ids(frame, id_column, name="units")
        geometry = (
            np.asarray(frame.geometry.array, dtype=object) if n else np.zeros(0, dtype=object)
        )
        return cls(ids=ids, shapes=geometry, crs=frame.crs, measures=made)

    def with_measures(self, *measures: Measure) -> Units:
        """Return the same units with more measures (or others of the same name).

        Parameters
        ----------
        *measures
            Each with one value for each unit.

        Returns
        -------
        Units
            Shapes are shared, not copied.
        """
        merged = {**self.measures, **{m.name: m for m in measures}}
        copy = object.__new__(Units)
        for name in ("ids", "shapes", "crs", "area_m2", "perimeter_m", "xy"):
            object.__setattr__(copy, name, getattr(self, name))
        for measure in measures:
            if measure.values.shape != (len(self.ids),):
                msg = f"measure `{measure.name}` has {measure.values.size} values for {len(self.ids)} units."
                raise SchemaError(msg)
        object.__setattr__(copy, "measures", MappingProxyType(merged))
        return copy

    def measure(self, name: str) -> Measure:
        """Look a measure up; ``area_m2`` is always there.

        Parameters
        ----------
        name
            Name of the measure.

        Returns
        -------
        Measure
            Values (n,), unit and label.

        Raises
        ------
        SchemaError
            If the town has no such measure, with the names it has.
        """
        if name == "area_m2":
            return Measure(name=name, values=self.area_m2, unit="m²", label="area")
        found = self.measures.get(name)
        if found is None:
            known = [*sorted(self.measures), "area_m2"]
            msg = f"the town has no measure `{name}`{did_you_mean(name, known)} It has: {', '.join(known)}."
            raise SchemaError(msg)
        return found

    def __len__(self) -> int:
        """Count the units."""
        return len(self.ids)

    def __repr__(self) -> str:
        """Say how many, how large, in what."""
        code = self.crs.to_epsg()
        return (
            f"<Units: {len(self):,} units, {self.area_m2.sum() / 1e6:.2f} km², "
            f"{'EPSG:' + str(code) if code else self.crs.name}, measures {', '.join(self.measures) or 'none'}>"
        )


def check_ids(ids: Sequence[str], *, name: str) -> None:
    """Make sure that ids are text, not empty, and occur once.

    Raises
    ------
    SchemaError
        Naming the ids and their row numbers (from 1).
    """
    empty = [row for row, i in enumerate(ids, start=1) if not i.strip()]
    if empty:
        rows = ", ".join(str(r) for r in empty[:5]) + (
            f" and {len(empty) - 5} more" if len(empty) > 5 else ""
        )
        msg = f"{len(empty)} of {len(ids)} `{name}` have no id (rows {rows}). Give every row an id of its own."
        raise SchemaError(msg)
    first: dict[str, int] = {}
    twice: list[str] = []
    n_twice = 0
    for row, i in enumerate(ids, start=1):
        if i in first:
            n_twice += 1
            if len(twice) < 5:
                twice.append(f"'{i}' (rows {first[i]} and {row})")
        else:
            first[i] = row
    if n_twice:
        more = f" and {n_twice - 5} more" if n_twice > 5 else ""
        msg = f"{n_twice} ids of `{name}` occur more than once: {', '.join(twice)}{more}. Ids must be unique."
        raise SchemaError(msg)


def text_ids(frame: Any, column: str, *, name: str) -> tuple[str, ...]:
    """Read an id column as text; a missing value becomes the empty text.

    Raises
    ------
    SchemaError
        If the column is missing, or holds decimals.
    """
    need_column(frame, column, name=name)
    values = frame[column]
    if len(values) and values.dtype.kind == "f":
        msg = (
            f"column `{column}` of `{name}` holds decimals, so ids may already have lost digits "
            f"(an id column with one blank is read like this). Read it as text: dtype={{'{column}': str}}"
        )
        raise SchemaError(msg)
    blank = values.isna().tolist()
    return tuple("" if b else str(v) for v, b in zip(values.tolist(), blank, strict=True))


def need_column(frame: Any, column: str, *, name: str) -> None:
    """Make sure that a frame has a column.

    Raises
    ------
    SchemaError
        With the nearest names there are.
    """
    if column not in frame.columns:
        known = [str(c) for c in frame.columns if c != "geometry"]
        some = ", ".join(known[:12]) + (f" and {len(known) - 12} more" if len(known) > 12 else "")
        msg = (
            f"`{name}` has no column `{column}`{did_you_mean(column, known) or '.'} It has: {some}."
        )
        raise SchemaError(msg)


def numbers(frame: Any, column: str, *, name: str) -> FloatArray:
    """Read a column as numbers.

    Raises
    ------
    SchemaError
        If the column is missing, is text, or holds blanks, infinities or negative numbers, with rows.
    """
    need_column(frame, column, name=name)
    values = frame[column]
    if values.dtype.kind not in "iufb":
        example = next((repr(v) for v in values.tolist() if isinstance(v, str)), "a text")
        msg = (
            f"column `{column}` of `{name}` holds text (for example {example}), numbers are needed. "
            f"Convert it where the data are made."
        )
        raise SchemaError(msg)
    array = np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    bad = np.flatnonzero(~np.isfinite(array) | (array < 0))
    if bad.size:
        shown = ", ".join(f"{array[i]:g} in row {i + 1}" for i in bad[:5])
        more = f" and {bad.size - 5} more" if bad.size > 5 else ""
        msg = (
            f"column `{column}` of `{name}` has {bad.size} values that are blank, infinite or negative: "
            f"{shown}{more}. Give 0 where there is none."
        )
        raise SchemaError(msg)
    return array
