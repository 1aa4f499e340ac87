"""What was brought onto units, what was lost on the way, and how are amounts made whole?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.errors import GeometryError, SchemaError, did_you_mean
from gridkit.model.amounts import amount_text
from gridkit.model.units import Measure, text_ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from gridkit._typing import FloatArray, GeometryArray, IntArray
    from gridkit.model.units import Units


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
        """What fell on no unit; what only rounding took is nothing."""
        less = self.total - self.landed
        return 0.0 if abs(less) <= 1e-9 * abs(self.total) else less

    def __str__(self) -> str:
        """Say it in one line, and the notes."""
        names = ", ".join(m.name for m in self.measures)
        share = self.outside / self.total if self.total else 0.0
        first = (
            f"{names}: {amount_text(self.landed)} of {amount_text(self.total)} landed on units; "
            f"{amount_text(self.outside)} ({share:.2%}) outside"
        )
        return "\n".join([first, *self.notes])


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


def brought(frame: gpd.GeoDataFrame, units: Units, *, name: str) -> GeometryArray:
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


def need_overlap(inside: np.ndarray, *, name: str) -> None:
    """Refuse a layer of which nothing lies in the town."""
    if inside.size and not inside.any():
        msg = f"`{name}` and the town do not overlap: nothing of it lies in any unit. Is its reference system or datum wrong, or are x and y swapped?"
        raise GeometryError(msg)


def classes_of(
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


def measures_of(
    table: FloatArray, name: str, names: tuple[str, ...], unit: str
) -> tuple[Measure, ...]:
    """Make a measure of every class."""
    if not names:
        return (Measure(name=name, values=table[:, 0], unit=unit),)
    return tuple(
        Measure(name=f"{name}_{w}", values=table[:, i], unit=unit) for i, w in enumerate(names)
    )
