"""Which grids and categories had more reports lately than their own past lets one expect?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gridkit.errors import ConfigError
from gridkit.hotspots.emerging import early_warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from gridkit._typing import IntArray
    from gridkit.model.hazards import Hazards
    from gridkit.model.plan import Plan

COLUMNS = (
    "table",
    "group",
    "first_day",
    "last_day",
    "n",
    "expected",
    "p_value",
    "is_alarm",
    "false_alarm_rate",
    "is_suppressed",
)
"""Of the table of warnings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningSettings:
    """How a group's last periods are compared with its own past.

    Parameters
    ----------
    period_days
        Length of a period.
    history
        Periods that are compared with.
    gap
        Periods between the history and the one judged, so that a slow rise does not hide itself.
    false_alarm_rate : 0..1
        Share of the periods in which a group raises an alarm although nothing has changed.
    last_periods
        How many of the last periods are listed.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    period_days: int = 7
    history: int = 12
    gap: int = 1
    false_alarm_rate: float = 0.01
    last_periods: int = 4

    def __post_init__(self) -> None:
        if min(self.period_days, self.last_periods) < 1 or self.history < 3 or self.gap < 0:
            msg = "expected period_days >= 1, history >= 3, gap >= 0 and last_periods >= 1."
            raise ConfigError(msg)
        if not 0 < self.false_alarm_rate < 1:
            msg = f"`false_alarm_rate` is a share above 0 and below 1; got {self.false_alarm_rate}"
            raise ConfigError(msg)


def warning_table(
    hazards: Hazards,
    plan: Plan | None = None,
    *,
    settings: WarningSettings | None = None,
    suppress_below: int = 5,
) -> pd.DataFrame:
    """Judge the last periods of the town, its grids, communities and categories (control charts).

    Parameters
    ----------
    hazards
        Cleaned and located; only first reports inside the town count.
    plan
        For grids and communities.
    settings
        Periods, history, rate of false alarms.
    suppress_below
        Counts below this are withheld; the alarm stays.

    Returns
    -------
    DataFrame
        ``table, group, first_day, last_day, n, expected, p_value, is_alarm, false_alarm_rate,
        is_suppressed``, one row for each group and period. Empty when the record is shorter than history,
        gap and one period.
    """
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    s = settings or WarningSettings()
    used = hazards.inside()
    rows: list[dict[str, Any]] = []
    day = used.reported_at.astype("datetime64[D]").astype(np.int64)
    # whole periods, counted back from the last day
    n_periods = int((day.max() - day.min() + 1) // s.period_days) if len(used) else 0
    if n_periods > s.history + s.gap:
        end = int(day.max())
        period = n_periods - 1 - (end - day) // s.period_days
        ok = period >= 0
        for table, label, names in _tables(used, plan):
            count = np.zeros((len(names), n_periods), dtype=np.int64)
            own = ok & (label >= 0)
            np.add.at(count, (label[own], period[own]), 1)
            made = early_warning(
                count, history=s.history, gap=s.gap, false_alarm_rate=s.false_alarm_rate
            )
            for t in range(max(s.history + s.gap, n_periods - s.last_periods), n_periods):
                last = np.datetime64(end - (n_periods - 1 - t) * s.period_days, "D")
                for g, name in enumerate(names):
                    small = 0 < count[g, t] < suppress_below and table != "town"
                    rows.append(
                        {
                            "table": table,
                            "group": name,
                            "first_day": str(last - (s.period_days - 1)),
                            "last_day": str(last),
                            "n": None if small else int(count[g, t]),
                            "expected": round(float(made.expected[g, t]), 2),
                            "p_value": np.nan if small else float(f"{made.p_value[g, t]:.3g}"),
                            "is_alarm": bool(made.is_alarm[g, t]),
                            "false_alarm_rate": s.false_alarm_rate,
                            "is_suppressed": small,
                        }
                    )
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"n": "Int64"})


def _tables(used: Hazards, plan: Plan | None) -> Iterator[tuple[str, IntArray, tuple[str, ...]]]:
    """Give the group of each hazard, table by table."""
    yield "town", np.zeros(len(used), dtype=np.int64), ("all",)
    if plan is not None:
        for level in plan.levels:
            at = plan.labels(level.name)[used.unit_pos].astype(np.int64)
            yield level.name.removesuffix("_grid").replace("base", "grid"), at, level.ids
    yield "category", used.category.codes.astype(np.int64), used.category.words
