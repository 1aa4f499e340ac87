"""On which working day is each object visited, so that cycles are kept and days are even?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gridkit.errors import ConfigError, InputError, some_of
from gridkit.geo.order import hilbert_order
from gridkit.model._arrays import frozen
from gridkit.model.units import check_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from gridkit._typing import FloatArray, IntArray, LabelArray

MONTH_DAYS = 365.25 / 12


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCalendar:
    """Which days are worked.

    Parameters
    ----------
    weekdays
        Days of the week that are worked, 0 is Monday.
    holidays
        Days off, as ``"2026-10-01"``: always with the year, as holidays move.
    extra_workdays
        Days worked though they are not in `weekdays`.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    holidays: tuple[str, ...] = ()
    extra_workdays: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not set(self.weekdays) <= set(range(7)) or not self.weekdays:
            msg = (
                f"`weekdays` is {list(self.weekdays)}; use 0 (Monday) to 6 (Sunday), at least one."
            )
            raise ConfigError(msg)
        for name in ("holidays", "extra_workdays"):
            for text in getattr(self, name):
                _day(text, name=name)
        both = sorted(set(self.holidays) & set(self.extra_workdays))
        if both:
            msg = f"days are both in `holidays` and in `extra_workdays`: {some_of(both)}."
            raise ConfigError(msg)

    def is_worked(self, day: dt.date) -> bool:
        """Whether a day is worked."""
        text = day.isoformat()
        if text in self.extra_workdays:
            return True
        return day.weekday() in self.weekdays and text not in self.holidays

    def working_days(self, start: str | dt.date, *, n_days: int) -> tuple[dt.date, ...]:
        """List the working days of `n_days` days from `start`.

        Examples
        --------
        >>> days = WorkCalendar(holidays=("2026-10-01",)).working_days("2026-09-30", n_days=5)
        >>> [d.isoformat() for d in days]
        ['2026-09-30', '2026-10-02']
        """
        first = _day(start, name="start") if isinstance(start, str) else start
        days = (first + dt.timedelta(days=i) for i in range(n_days))
        return tuple(d for d in days if self.is_worked(d))


def _day(text: str, *, name: str) -> dt.date:
    """Read a day; it needs its year."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        pass
    msg = f"`{name}` has '{text}'; write year-month-day, for example '2026-10-01' (a day without its year would be another day next year)."
    raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VisitPlan:
    """Which object is visited on which day.

    Parameters
    ----------
    object_ids
        Ids of the objects.
    start
        First calendar day of the plan.
    days
        Working days.
    object, day : (v,)
        Object and working day of each visit, as positions; sorted by day, then object.
    due : (v,)
        Day on which the visit is due, counted from the first calendar day.
    late_days : (v,)
        Calendar days after the latest day allowed; 0 for in time.
    on_site_min : (n,), minutes
        On site, for each object.
    group : (n,)
        Grid of each object; days are level inside each.
    """

    object_ids: tuple[str, ...]
    start: dt.date
    days: tuple[dt.date, ...]
    object: LabelArray
    day: LabelArray
    due: FloatArray
    late_days: LabelArray
    on_site_min: FloatArray
    group: LabelArray

    def __post_init__(self) -> None:
        for name in ("object", "day", "due", "late_days", "on_site_min", "group"):
            object.__setattr__(self, name, frozen(np.asarray(getattr(self, name))))

    def on(self, day: str | dt.date) -> LabelArray:
        """Objects that are visited on a day, as positions.

        Raises
        ------
        InputError
            If the day is not a working day of the plan.
        """
        date = _day(day, name="day") if isinstance(day, str) else day
        if date not in self.days:
            msg = f"{date} is not a working day of this plan ({self.days[0]} to {self.days[-1]})."
            raise InputError(msg)
        found: LabelArray = self.object[self.day == self.days.index(date)]
        return found

    def load_min(self) -> FloatArray:
        """On-site minutes of each group on each working day: (groups, days)."""
        k = int(self.group.max(initial=-1)) + 1
        cell = self.group[self.object].astype(np.int64) * len(self.days) + self.day
        size = k * len(self.days)
        total = np.bincount(cell, self.on_site_min[self.object], size)
        return total.astype(np.float64).reshape(k, len(self.days))

    def to_frame(self) -> pd.DataFrame:
        """Give one row for each visit: ``date, object_id, due_date, late_days, on_site_min``."""
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        return pd.DataFrame(
            {
                "date": [self.days[d].isoformat() for d in self.day],
                "object_id": [self.object_ids[i] for i in self.object],
                "due_date": [
                    (self.start + dt.timedelta(days=int(x))).isoformat() for x in self.due
                ],
                "late_days": self.late_days,
                "on_site_min": self.on_site_min[self.object],
            }
        )

    def __repr__(self) -> str:
        """Say how many visits, on how many days, how even."""
        load = self.load_min().sum(axis=0)
        late = int((self.late_days > 0).sum())
        rest = f", {late} late" if late else ", none late"
        if not load.size:
            return "<VisitPlan: no working days>"
        return (
            f"<VisitPlan: {self.object.size} visits on {len(self.days)} working days, "
            f"{load.min():.0f} to {load.max():.0f} min a day{rest}>"
        )


def plan_visits(
    object_ids: Sequence[str],
    *,
    visits_per_month: FloatArray,
    on_site_min: FloatArray,
    start: str | dt.date,
    n_days: int = 28,
    calendar: WorkCalendar | None = None,
    xy: FloatArray | None = None,
    group: LabelArray | None = None,
    last_visit: Sequence[str] | None = None,
    early_share: float = 0.25,
    late_share: float = 0.25,
) -> VisitPlan:
    """Spread periodic visits over working days.

    Parameters
    ----------
    object_ids
        Unique ids.
    visits_per_month : (n,)
        How often; 0 for never.
    on_site_min : (n,), minutes
        How long.
    start
        First day of the plan.
    n_days : days
        Length of the plan.
    calendar
        Working days; by default Monday to Friday.
    xy : (n, 2), metres, optional
        Where the objects are: those near each other then come due together.
    group : (n,), optional
        Grid of each object; days are made level inside each grid.
    last_visit
        Day of the last visit of each object, ``""`` for not known. Without it the first due days are
        spread over the cycle.
    early_share, late_share : 0..1
        How far a visit may be moved, as a share of its cycle.

    Returns
    -------
    VisitPlan
        Every visit that comes due is in it; those that could not be in time say by how many days.

    Raises
    ------
    InputError
        If lengths differ, something is negative, or no day is worked.

    Notes
    -----
    Due days follow the cycle of each object. Every visit starts on the working day at or after its due
    day and is then moved inside its window to the day on which its grid has least to do, in sweeps
    until none moves. Two visits of one object that fall on one day become one.
    """
    n = len(object_ids)
    check_ids(tuple(object_ids), name="objects")
    often = np.asarray(visits_per_month, dtype=np.float64)
    minutes = np.asarray(on_site_min, dtype=np.float64)
    for name, values in (("visits_per_month", often), ("on_site_min", minutes)):
        if values.shape != (n,) or not np.isfinite(values).all() or (values < 0).any():
            msg = f"`{name}` needs {n} numbers that are not negative, one for each object."
            raise InputError(msg)
    if not (0 <= early_share <= 1 and 0 <= late_share <= 1):
        msg = f"`early_share` ({early_share:g}) and `late_share` ({late_share:g}) are shares of a cycle, 0 to 1."
        raise InputError(msg)
    first = _day(start, name="start") if isinstance(start, str) else start
    days = (calendar or WorkCalendar()).working_days(first, n_days=n_days)
    if not days:
        msg = f"no day of the {n_days} from {first} is worked. Check the calendar."
        raise InputError(msg)
    at = np.array([(d - first).days for d in days])
    of = np.zeros(n, dtype=np.int64) if group is None else np.asarray(group, dtype=np.int64)
    cycle = np.divide(MONTH_DAYS, often, out=np.full(n, np.inf), where=often > 0)
    due = _first_due(cycle, minutes, of, first, xy, last_visit)
    visit, when = _all_due(due, cycle, n_days)
    low = np.floor(when - early_share * cycle[visit])
    high = np.floor(when + late_share * cycle[visit])
    begin = np.searchsorted(at, np.maximum(low, 0.0))
    end = np.searchsorted(at, high, side="right")
    # No working day in the window: the next one, late; none left at all: beyond this plan.
    end = np.maximum(end, begin + 1)
    inside = begin < len(days)
    visit, when, high = visit[inside], when[inside], high[inside]
    begin, end = begin[inside], np.minimum(end[inside], len(days))
    day = _level(
        begin,
        end,
        np.clip(np.searchsorted(at, np.floor(when)), begin, end - 1),
        minutes[visit],
        np.maximum(of[visit], 0),
        len(days),
    )
    late = np.maximum(at[day] - high, 0).astype(np.int64)
    rows = _once_a_day(visit, day, when, late)
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    return VisitPlan(
        object_ids=tuple(object_ids),
        start=first,
        days=days,
        object=table[:, 1].astype(np.int32),
        day=table[:, 0].astype(np.int32),
        due=table[:, 2],
        late_days=table[:, 3].astype(np.int32),
        on_site_min=minutes,
        group=of.astype(np.int32),
    )


def _all_due(first: FloatArray, cycle: FloatArray, n_days: int) -> tuple[IntArray, FloatArray]:
    """List every visit that comes due within the plan: object and day."""
    count = np.zeros(first.size, dtype=np.int64)
    some = first < n_days
    count[some] = np.ceil((n_days - first[some]) / cycle[some]).astype(np.int64)
    who = np.repeat(np.arange(first.size), count)
    turn = np.arange(who.size) - np.repeat(np.cumsum(count) - count, count)
    return who, first[who] + turn * np.where(np.isfinite(cycle), cycle, 0.0)[who]


def _level(
    begin: IntArray,
    end: IntArray,
    start: IntArray,
    minutes: FloatArray,
    of: IntArray,
    n_days: int,
    *,
    n_sweeps: int = 8,
) -> IntArray:
    """Move visits inside their windows until every day of a group has about the same minutes."""
    day = start.astype(np.int64).copy()
    load = np.zeros((int(of.max(initial=0)) + 1, n_days))
    np.add.at(load, (of, day), minutes)
    wide = np.flatnonzero(end - begin > 1)
    order = wide[np.lexsort((wide, -minutes[wide]))].tolist()
    first, last, group, size = begin.tolist(), end.tolist(), of.tolist(), minutes.tolist()
    for _ in range(n_sweeps):
        moved = False
        for v in order:
            row, a, m = load[group[v]], first[v], size[v]
            now = int(day[v])
            best = a + int(row[a : last[v]].argmin())
            if row[best] + m < row[now] - 1e-9:
                row[now] -= m
                row[best] += m
                day[v] = best
                moved = True
        if not moved:
            break
    return day


def _once_a_day(
    visit: IntArray, day: IntArray, when: FloatArray, late: IntArray
) -> list[tuple[int, int, float, int]]:
    """Sort visits by day and object, and keep the first due of those that fall together."""
    rows: dict[tuple[int, int], tuple[int, int, float, int]] = {}
    order = np.lexsort((when, visit, day))
    for v in order.tolist():
        key = (int(day[v]), int(visit[v]))
        rows.setdefault(key, (*key, float(when[v]), int(late[v])))
    return list(rows.values())


def _first_due(
    cycle: FloatArray,
    minutes: FloatArray,
    of: IntArray,
    first: dt.date,
    xy: FloatArray | None,
    last_visit: Sequence[str] | None,
) -> FloatArray:
    """Day on which each object first comes due, counted from the first day."""
    n = cycle.size
    place = np.arange(n)
    if xy is not None:
        place = np.empty(n, dtype=np.int64)
        place[hilbert_order(np.asarray(xy, dtype=np.float64))] = np.arange(n)
    due = np.full(n, np.inf)
    for g in np.unique(of):
        for length in np.unique(cycle[(of == g) & np.isfinite(cycle)]):
            own = np.flatnonzero((of == g) & (cycle == length))
            own = own[np.argsort(place[own], kind="stable")]
            work = minutes[own] + 1e-9
            due[own] = (np.cumsum(work) - work / 2) / work.sum() * length
    if last_visit is not None:
        if len(last_visit) != n:
            msg = f"`last_visit` has {len(last_visit)} days for {n} objects; give '' where it is not known."
            raise InputError(msg)
        for i, text in enumerate(last_visit):
            if text:
                due[i] = max((_day(text, name="last_visit") - first).days + cycle[i], 0.0)
    return due
