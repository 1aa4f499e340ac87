"""How well are hazards handled, counted so that everybody can recount it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from gridkit.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from gridkit._typing import BoolArray, IntArray
    from gridkit.model.hazards import Hazards
    from gridkit.model.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorSettings:
    """How indicators are counted.

    Parameters
    ----------
    by
        Tables to make; each also has the whole town.
    period
        Length of a period of the table ``"period"``.
    suppress_below
        Groups with fewer reports are written without numbers.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    by: tuple[str, ...] = ("grid", "category", "period")
    period: Literal["month", "quarter", "year"] = "month"
    suppress_below: int = 5

    def __post_init__(self) -> None:
        known = ("grid", "community", "category", "urgency", "channel", "department", "period")
        for name in self.by:
            if name not in known:
                msg = f"`by` has '{name}'; known: {', '.join(known)}."
                raise ConfigError(msg)


def indicators(
    hazards: Hazards, plan: Plan | None = None, *, settings: IndicatorSettings | None = None
) -> pd.DataFrame:
    """Count what was reported and what became of it.

    Parameters
    ----------
    hazards
        Cleaned and located.
    plan
        For the tables by grid and community.
    settings
        Which tables; suppression.

    Returns
    -------
    DataFrame
        ``table, group, indicator, value, numerator, denominator, n_excluded, excluded,
        is_suppressed``, one row for each group and indicator.
    """
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    settings = settings or IndicatorSettings()
    rows: list[dict[str, Any]] = []
    for table, group, mask in _groups(hazards, plan, settings):
        rows += _received(hazards, table, group, mask)
    out = pd.DataFrame(rows)
    hide = (
        (out["table"] != "town")
        & (out["numerator"] > 0)
        & (out["numerator"] < settings.suppress_below)
    )
    out["is_suppressed"] = hide
    for column in ("value", "numerator", "denominator"):
        out[column] = out[column].astype("float64").mask(hide)
    return out


def _received(hazards: Hazards, table: str, group: str, mask: BoolArray) -> list[dict[str, Any]]:
    """Reports received, each hazard once."""
    again = mask & ~hazards.is_first
    n, total = int((mask & hazards.is_first).sum()), int(hazards.is_first.sum())
    row = {
        "table": table,
        "group": group,
        "indicator": "received",
        "value": float(n),
        "numerator": n,
        "denominator": total,
        "n_excluded": int(again.sum()),
        "excluded": "repeated reports",
    }
    return [row]


def _groups(
    hazards: Hazards, plan: Plan | None, settings: IndicatorSettings
) -> Iterator[tuple[str, str, BoolArray]]:
    """Give every group of every table, the whole town first."""
    yield "town", "all", np.ones(len(hazards), dtype=bool)
    for table in settings.by:
        if table in {"grid", "community"}:
            name = "base_grid" if table == "grid" else "community_grid"
            if plan is None or not plan.has_level(name):
                continue
            at = np.append(plan.labels(name), np.int32(-1))[hazards.unit_pos]
            yield from _each(table, at, plan.level(name).ids)
            yield table, "outside", np.asarray(at < 0)
        elif table == "period":
            code = {"month": "M", "quarter": "M", "year": "Y"}[settings.period]
            stamp = hazards.reported_at.astype(f"datetime64[{code}]").astype(np.int64)
            if settings.period == "quarter":
                stamp //= 3
            for value in np.unique(stamp):
                yield table, _period_name(int(value), settings.period), np.asarray(stamp == value)
        else:
            words = hazards.category if table == "category" else hazards.traits.get(table)
            if words is not None:
                yield from _each(table, words.codes, words.words)


def _each(
    table: str, at: IntArray | Any, names: tuple[str, ...]
) -> Iterator[tuple[str, str, BoolArray]]:
    for i, name in enumerate(names):
        yield table, name, np.asarray(at == i)


def _period_name(value: int, period: str) -> str:
    if period == "quarter":
        return f"{1970 + value // 4}-Q{value % 4 + 1}"
    return str(np.datetime64(value, "M" if period == "month" else "Y"))
