"""How long did it take, by the clock that the limit is set in?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

import numpy as np

from gridkit.errors import ConfigError

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, IntArray
    from gridkit.model.hazards import TimeArray

TimeUnit: TypeAlias = Literal["hours", "work_hours", "working_days"]

_DAY_S = 86_400
_WORDS = {"hour": "hours", "hours": "hours", "h": "hours", "work hour": "work_hours"} | {
    "work hours": "work_hours",
    "working day": "working_days",
    "working days": "working_days",
    "day": "days",
    "days": "days",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkClock:
    """When an office works.

    Parameters
    ----------
    work_days
        Days of the week on which it works, 0 for Monday to 6 for Sunday.
    hours
        Times of work on such a day, as ``"08:30-12:00"``, in order and apart.
    holidays
        Days on which it does not work although the weekday says so, as ``"2024-02-10"``.
    extra_days
        Days on which it works although the weekday says no (made-up days).
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    work_days: tuple[int, ...] = (0, 1, 2, 3, 4)
    hours: tuple[str, ...] = ("08:30-12:00", "14:00-17:30")
    holidays: tuple[str, ...] = ()
    extra_days: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.work_days or not set(self.work_days) <= set(range(7)):
            msg = f"`work_days` are numbers from 0 (Monday) to 6 (Sunday); got {self.work_days}"
            raise ConfigError(msg)
        self.shifts()
        for name in ("holidays", "extra_days"):
            for text in getattr(self, name):
                _day(text, name)

    def shifts(self) -> list[tuple[int, int]]:
        """Give the times of work as seconds of the day."""
        out: list[tuple[int, int]] = []
        for text in self.hours:
            try:
                ends = [time.fromisoformat(t.strip()) for t in text.split("-")]
                start, end = (t.hour * 3600 + t.minute * 60 + t.second for t in ends)
            except ValueError as error:
                msg = f"`hours` are written as '08:30-12:00'; got '{text}'"
                raise ConfigError(msg) from error
            if start >= end or (out and start < out[-1][1]):
                msg = f"`hours` must run forward and not overlap; got {', '.join(self.hours)}"
                raise ConfigError(msg)
            out.append((start, end))
        return out

    def works(self, days: IntArray) -> BoolArray:
        """Whether the office works on each day (days since 1970-01-01, a Thursday)."""
        on = np.isin((days + 3) % 7, self.work_days)
        on &= ~np.isin(days, [_day(t, "holidays") for t in self.holidays])
        on |= np.isin(days, [_day(t, "extra_days") for t in self.extra_days])
        return np.asarray(on, dtype=bool)


def elapsed(
    start: TimeArray, end: TimeArray, *, unit: TimeUnit = "hours", clock: WorkClock | None = None
) -> FloatArray:
    """Measure the time between two moments.

    Parameters
    ----------
    start, end : (n,)
        Local times; NaT where unknown.
    unit
        ``"hours"`` of the calendar; ``"work_hours"`` only while the office works;
        ``"working_days"`` counts the working days after the day of the start up to the day of the
        end, so that what ends on the same day took 0.
    clock
        When the office works.

    Returns
    -------
    (n,), in `unit`
        nan where a moment is unknown.

    Examples
    --------
    From Friday 17:00 to Monday 09:00, half an hour of work on each of the two days:

    >>> friday, monday = np.array(["2024-05-03T17:00", "2024-05-06T09:00"], "datetime64[s]")
    >>> [elapsed(friday, monday, unit=u).item() for u in ("hours", "work_hours", "working_days")]
    [64.0, 1.0, 1.0]
    """
    start, end = np.asarray(start, "datetime64[s]"), np.asarray(end, "datetime64[s]")
    unknown = np.isnat(start) | np.isnat(end)
    a = np.where(unknown, 0, start.astype(np.int64))
    b = np.where(unknown, 0, end.astype(np.int64))
    if unit == "hours":
        out = (b - a) / 3600.0
    else:
        table = _Calendar(clock or WorkClock(), a, b)
        if unit == "work_hours":
            out = (table.work_s(b) - table.work_s(a)) / 3600.0
        else:
            out = (table.days_to(b // _DAY_S) - table.days_to(a // _DAY_S)).astype(np.float64)
    return np.where(unknown, np.nan, out)


def due_after(start: TimeArray, limit: str, *, clock: WorkClock | None = None) -> TimeArray:
    """Say when a limit runs out.

    Parameters
    ----------
    start : (n,)
        Local times; NaT where unknown.
    limit
        ``"72 hours"``, ``"3 days"`` (calendar), ``"4 work hours"`` or ``"2 working days"``; the
        last runs out at the end of work of the second working day after the day of the start.
    clock
        When the office works.

    Returns
    -------
    (n,)
        Local times.

    Raises
    ------
    ConfigError
        If the limit cannot be read.

    Examples
    --------
    >>> due_after(np.array(["2024-05-03T17:00"], "datetime64[s]"), "4 work hours").astype(
    ...     str
    ... ).tolist()
    ['2024-05-06T12:00:00']
    """
    amount, unit = read_limit(limit)
    start = np.asarray(start, "datetime64[s]")
    unknown = np.isnat(start)
    a = np.where(unknown, 0, start.astype(np.int64))
    if unit == "hours":
        out = a + round(amount * 3600)
    else:
        clock = clock or WorkClock()
        per_day = sum(e - s for s, e in clock.shifts())
        ahead = (
            int(4 * (amount if unit == "working_days" else amount * 3600 / per_day) + 60) * _DAY_S
        )
        table = _Calendar(clock, a, a + ahead)
        if unit == "work_hours":
            out = table.moment(table.work_s(a) + round(amount * 3600))
        else:
            day = table.nth_day(table.days_to(a // _DAY_S) + int(amount))
            out = day * _DAY_S + clock.shifts()[-1][1]
    return np.where(unknown, np.datetime64("NaT", "s"), out.astype("datetime64[s]"))


def read_limit(text: str) -> tuple[float, TimeUnit]:
    """Read a limit such as ``"4 work hours"``.

    Returns
    -------
    amount, unit

    Raises
    ------
    ConfigError
        If it cannot be read.

    Examples
    --------
    >>> read_limit("3 days")
    (72.0, 'hours')
    """
    head, _, tail = text.strip().partition(" ")
    unit = _WORDS.get(tail.strip().replace("_", " ").lower(), "")
    try:
        amount = float(head)
    except ValueError:
        amount = -1.0
    if unit == "days":
        amount, unit = amount * 24, "hours"
    if not unit or not amount > 0 or (unit == "working_days" and amount != int(amount)):
        msg = f"a limit is written as '72 hours', '3 days', '4 work hours' or '2 working days'; got '{text}'"
        raise ConfigError(msg)
    known: dict[str, TimeUnit] = {
        "hours": "hours",
        "work_hours": "work_hours",
        "working_days": "working_days",
    }
    return amount, known[unit]


class _Calendar:
    """Work done until each day, for the days that are asked about."""

    def __init__(self, clock: WorkClock, first: IntArray, last: IntArray) -> None:
        self.shifts = clock.shifts()
        self.start = (
            int(min(first.min(initial=0), last.min(initial=0)) // _DAY_S) - 1 if first.size else 0
        )
        if first.size:
            self.start = int(min(first.min(), last.min()) // _DAY_S) - 1
        end = int(max(first.max(), last.max()) // _DAY_S) + 2 if first.size else 2
        self.days = np.arange(self.start, end, dtype=np.int64)
        self.on = clock.works(self.days)
        self.upto = np.concatenate([[0], np.cumsum(self.on)]).astype(np.int64)
        self.per_day = sum(e - s for s, e in self.shifts)

    def work_s(self, t: IntArray) -> IntArray:
        """Seconds of work until each moment."""
        day, second = np.divmod(t, _DAY_S)
        at = day - self.start
        today = sum(np.clip(second - s, 0, e - s) for s, e in self.shifts)
        return np.asarray(self.upto[at] * self.per_day + self.on[at] * today, dtype=np.int64)

    def days_to(self, day: IntArray) -> IntArray:
        """Working days up to and with each day."""
        return np.asarray(self.upto[day - self.start + 1], dtype=np.int64)

    def nth_day(self, n: IntArray) -> IntArray:
        """The day on which the n-th working day falls."""
        return np.asarray(self.days[np.searchsorted(self.upto[1:], n, side="left")], dtype=np.int64)

    def moment(self, work: IntArray) -> IntArray:
        """First moment at which so much work is done."""
        full = (work - 1) // self.per_day
        rest = work - full * self.per_day
        day = self.nth_day(full + 1)
        out = np.zeros_like(rest)
        before = 0
        for s, e in self.shifts:
            inside = (rest > before) & (rest <= before + e - s)
            out = np.where(inside, s + rest - before, out)
            before += e - s
        return np.asarray(day * _DAY_S + out, dtype=np.int64)


def _day(text: str, name: str) -> int:
    """Days since 1970-01-01."""
    try:
        return date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError as error:
        msg = f"`{name}` are days like '2024-02-10'; got '{text}'"
        raise ConfigError(msg) from error
