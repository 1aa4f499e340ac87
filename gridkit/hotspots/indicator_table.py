"""How well are hazards handled, counted so that everybody can recount it?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from gridkit.errors import ConfigError, did_you_mean
from gridkit.hotspots.clock import TimeUnit, WorkClock, due_after, elapsed, read_limit
from gridkit.hotspots.local import empirical_bayes
from gridkit.model.hazards import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from gridkit._typing import BoolArray, FloatArray, IntArray
    from gridkit.model.hazards import Hazards, TimeArray
    from gridkit.model.plan import Plan

TABLES = ("grid", "community", "category", "urgency", "channel", "department", "period")
"""What indicators can be told apart by."""

COLUMNS = (
    "table",
    "group",
    "indicator",
    "value",
    "numerator",
    "denominator",
    "n_excluded",
    "excluded",
    "smoothed",
    "unit",
    "is_suppressed",
)
"""Of the table of indicators."""

_NAT = np.datetime64("NaT", "s")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorSettings:
    """How indicators are counted.

    Parameters
    ----------
    by
        Tables to make, of ``grid``, ``community``, ``category``, ``urgency``, ``channel``,
        ``department``, ``period``; the whole town always comes first. A table whose column the
        reports lack is left out.
    period
        Length of a period of the table ``period`` (by the time of reporting).
    as_of
        Day at whose end the books are closed, as ``"2016-12-31"``; empty for the last time in the
        data. What happened later does not count.
    limits
        Time limits by category or urgency, as ``{"exposed rubbish": "4 work hours"}``; they apply
        where the data have no due time of their own. The key ``"*"`` is for all others.
    time_unit
        In which durations are given: ``"hours"``, ``"work_hours"`` or ``"working_days"``.
    clock
        When the office works.
    suppress_below
        Groups with fewer reports than this are written without numbers.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    by: tuple[str, ...] = ("grid", "community", "category", "urgency", "department", "period")
    period: Literal["month", "quarter", "year"] = "month"
    as_of: str = ""
    limits: dict[str, str] = field(default_factory=dict)
    time_unit: TimeUnit = "hours"
    clock: WorkClock = field(default_factory=WorkClock)
    suppress_below: int = 5

    def __post_init__(self) -> None:
        for name in self.by:
            if name not in TABLES:
                msg = f"`by` has '{name}'{did_you_mean(name, TABLES) or '.'} Known: {', '.join(TABLES)}."
                raise ConfigError(msg)
        for limit in self.limits.values():
            read_limit(limit)


def indicators(
    hazards: Hazards, plan: Plan | None = None, *, settings: IndicatorSettings | None = None
) -> pd.DataFrame:
    """Count what was reported and what became of it.

    Each hazard counts once (repeated reports are excluded and their number is given). An indicator
    appears when the reports have the columns it needs:

    ``received``
        hazards / hazards of the whole table.
    ``due``
        limit run out by the closing of the books / received.
    ``closing_rate``, ``on_time_rate``
        of those due and not deferred: closed (or disposed of) at all, and within the limit.
    ``disposal_rate``
        closed or disposed of / received.
    ``self_disposal_rate``
        disposed of on the spot / disposed of and known how.
    ``rework_rate``, ``returned_rate``
        sent back at verification, sent back as wrongly addressed / known.
    ``response_median``, ``response_p90``, ``closing_median``, ``closing_p90``
        time from the report to the next known stage, and to the closing; the numerator is how many
        could be measured.
    ``from_..._to_..._median``
        time in each stage.
    ``open``, ``open_overdue``, ``open_age_median``, ``unanswered``
        not closed when the books are closed; of these past their limit; their age in days; without
        any stage after the report.

    Parameters
    ----------
    hazards
        Cleaned and located.
    plan
        For the tables by grid and community.
    settings
        Tables, limits, clock.

    Returns
    -------
    DataFrame
        ``table, group, indicator, value, numerator, denominator, n_excluded, excluded, smoothed,
        unit, is_suppressed``: one row for each group and indicator. ``smoothed`` pulls the rates of
        small groups towards that of the table (empirical Bayes).
    """
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    settings = settings or IndicatorSettings()
    book = _Book.of(hazards, settings)
    rows: list[dict[str, Any]] = []
    for table, group, at in _groups(hazards, plan, settings):
        own = book.take(at)
        n = int(own.counts.sum())
        rows += [{"table": table, "group": group, "n": n, **row} for row in _rows(own)]
    out = pd.DataFrame(rows)
    out["smoothed"] = _smoothed(out)
    hide = (out["table"] != "town") & (out["n"] > 0) & (out["n"] < settings.suppress_below)
    out["is_suppressed"] = hide
    for column in ("value", "numerator", "denominator", "n_excluded", "smoothed"):
        out[column] = out[column].astype("float64").mask(hide)
    return out[list(COLUMNS)]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Book:
    """Everything that indicators are counted from, row by row."""

    counts: BoolArray
    times: dict[str, TimeArray]
    marks: dict[str, IntArray]
    due: TimeArray | None
    done: TimeArray | None
    as_of: np.datetime64
    settings: IndicatorSettings
    n_all: int

    def take(self, at: IntArray) -> _Book:
        """Give the rows of one group."""
        return replace(
            self,
            counts=self.counts[at],
            times={k: v[at] for k, v in self.times.items()},
            marks={k: v[at] for k, v in self.marks.items()},
            due=None if self.due is None else self.due[at],
            done=None if self.done is None else self.done[at],
        )

    @classmethod
    def of(cls, hazards: Hazards, settings: IndicatorSettings) -> _Book:
        """Close the books: leave out what happened later, and find the limits."""
        known = [t[~np.isnat(t)] for k, t in hazards.times.items() if k != "due"]
        last = max((t.max() for t in known if t.size), default=np.datetime64(0, "s"))
        if settings.as_of:
            last = np.datetime64(settings.as_of, "s") + np.timedelta64(86_399, "s")
        times = {k: np.where(t > last, _NAT, t) for k, t in hazards.times.items() if k in STAGES}
        ends = [times[k] for k in ("disposed", "closed") if k in times]
        done = None
        if ends:
            done = ends[0] if len(ends) == 1 else np.fmin(ends[0], ends[1])
        counts = hazards.is_first & (hazards.reported_at <= last)
        return cls(
            counts=counts,
            n_all=int(counts.sum()),
            times=times,
            marks={k: v.astype(np.int64) for k, v in hazards.marks.items()},
            due=_due(hazards, settings),
            done=done,
            as_of=last,
            settings=settings,
        )


def _due(hazards: Hazards, settings: IndicatorSettings) -> TimeArray | None:
    """Limits: those in the data, else by category or urgency."""
    due = hazards.times.get("due")
    if not settings.limits:
        return due
    out = np.full(len(hazards), _NAT) if due is None else due.copy()
    words = [hazards.category.texts()]
    if hazards.urgency is not None:
        words.append(hazards.urgency.texts())
    for key, limit in settings.limits.items():
        for text in words:
            own = np.isnat(out) & (text == key)
            out[own] = due_after(hazards.reported_at[own], limit, clock=settings.clock)
    if "*" in settings.limits:
        own = np.isnat(out)
        out[own] = due_after(hazards.reported_at[own], settings.limits["*"], clock=settings.clock)
    return out


def _rows(book: _Book) -> Iterator[dict[str, Any]]:
    """Count every indicator of one group."""
    mask = book.counts
    again = int((~mask).sum())
    yield _row("received", int(mask.sum()), book.n_all, again, "repeated or later reports")
    if book.done is not None:
        done = mask & ~np.isnat(book.done)
        yield _row(
            "disposal_rate", int(done.sum()), int(mask.sum()), again, "repeated or later reports"
        )
        if book.due is not None:
            yield from _limits(book, mask, done)
        yield from _open(book, mask & ~done)
    yield from _marked(book, mask)
    yield from _durations(book, mask)


def _limits(book: _Book, mask: BoolArray, done: BoolArray) -> Iterator[dict[str, Any]]:
    """Rates against time limits; what was deferred does not count."""
    assert book.due is not None  # noqa: S101  asked before
    assert book.done is not None  # noqa: S101  asked before
    due = mask & (book.due <= book.as_of)
    none = int((mask & np.isnat(book.due)).sum())
    yield _row("due", int(due.sum()), int(mask.sum()), none, "without a limit")
    deferred = book.marks.get("deferred")
    put_off = due & (deferred > 0) if deferred is not None else np.zeros_like(due)
    base = due & ~put_off
    what = "deferred"
    in_time = base & done & (book.done <= book.due)
    yield _row("closing_rate", int((base & done).sum()), int(base.sum()), int(put_off.sum()), what)
    yield _row("on_time_rate", int(in_time.sum()), int(base.sum()), int(put_off.sum()), what)


def _open(book: _Book, mask: BoolArray) -> Iterator[dict[str, Any]]:
    """What is still open, how old it is, and what nobody has answered."""
    n = int(mask.sum())
    yield _row("open", n, book.n_all, 0, "")
    if book.due is not None:
        yield _row("open_overdue", int((mask & (book.due < book.as_of)).sum()), n, 0, "")
    answered = np.zeros_like(mask)
    for stage in STAGES[1:]:
        if stage in book.times:
            answered |= ~np.isnat(book.times[stage])
    yield _row("unanswered", int((mask & ~answered).sum()), n, 0, "")
    age = (book.as_of - book.times["reported"][mask]).astype(np.int64) / 86_400
    yield _measure("open_age_median", age, 0.5, n, "days")


def _marked(book: _Book, mask: BoolArray) -> Iterator[dict[str, Any]]:
    """Rates of what happened to a report, among those of which it is known."""
    for indicator, mark in (
        ("self_disposal_rate", "self_disposed"),
        ("rework_rate", "rework"),
        ("returned_rate", "returned"),
    ):
        if mark in book.marks:
            known = mask & (book.marks[mark] >= 0)
            if mark == "self_disposed" and book.done is not None:
                known &= ~np.isnat(book.done)
            hit = int((known & (book.marks[mark] > 0)).sum())
            yield _row(indicator, hit, int(known.sum()), int((mask & ~known).sum()), "not known")


def _durations(book: _Book, mask: BoolArray) -> Iterator[dict[str, Any]]:
    """Times from the report onwards, and in each stage."""
    s, start = book.settings, book.times["reported"]
    there = [k for k in STAGES if k in book.times]

    def took(a: TimeArray, b: TimeArray) -> FloatArray:
        made = elapsed(a[mask], b[mask], unit=s.time_unit, clock=s.clock)
        return made[~np.isnan(made)]

    n = int(mask.sum())
    if len(there) > 1:
        first = book.times[there[1]]
        for stage in there[2:]:
            first = np.fmin(first, book.times[stage])
        made = took(start, first)
        yield _measure("response_median", made, 0.5, n, s.time_unit)
        yield _measure("response_p90", made, 0.9, n, s.time_unit)
    if book.done is not None:
        made = took(start, book.done)
        yield _measure("closing_median", made, 0.5, n, s.time_unit)
        yield _measure("closing_p90", made, 0.9, n, s.time_unit)
    if len(there) > 2:
        for a, b in pairwise(there):
            made = took(book.times[a], book.times[b])
            yield _measure(f"from_{a}_to_{b}_median", made[made >= 0], 0.5, n, s.time_unit)


def _row(indicator: str, hit: int, of: int, n_excluded: int, excluded: str) -> dict[str, Any]:
    value = float(hit) if indicator in {"received", "due", "open"} else hit / of if of else np.nan
    return {
        "indicator": indicator,
        "value": value,
        "numerator": hit,
        "denominator": of,
        "n_excluded": n_excluded,
        "excluded": excluded,
        "unit": "hazards" if indicator in {"received", "due", "open"} else "share",
    }


def _measure(indicator: str, values: FloatArray, q: float, n: int, unit: str) -> dict[str, Any]:
    return {
        "indicator": indicator,
        "value": float(np.quantile(values, q)) if values.size else np.nan,
        "numerator": int(values.size),
        "denominator": n,
        "n_excluded": n - int(values.size),
        "excluded": "time not known",
        "unit": unit,
    }


def _smoothed(frame: pd.DataFrame) -> FloatArray:
    """Pull rates of small groups towards the rate of their table."""
    out = np.full(len(frame), np.nan)
    rate = (
        (frame["unit"] == "share") & (frame["table"] != "town") & (frame["denominator"] > 0)
    ).to_numpy()
    for _, rows in frame[rate].groupby(["table", "indicator"], sort=True):
        hit = rows["numerator"].to_numpy(dtype=np.float64)
        of = rows["denominator"].to_numpy(dtype=np.float64)
        if hit.sum() > 0:
            out[rows.index.to_numpy()] = np.clip(empirical_bayes(hit, of), 0, 1)
        else:
            out[rows.index.to_numpy()] = 0.0
    return out


def _groups(
    hazards: Hazards, plan: Plan | None, settings: IndicatorSettings
) -> Iterator[tuple[str, str, IntArray]]:
    """Give the rows of every group of every table, the whole town first."""
    yield "town", "all", np.arange(len(hazards), dtype=np.int64)
    for table in settings.by:
        if table in {"grid", "community"}:
            name = "base_grid" if table == "grid" else "community_grid"
            if plan is None or not plan.has_level(name):
                continue
            at = np.append(plan.labels(name), np.int32(-1))[hazards.unit_pos]
            ids = plan.level(name).ids
            yield from _each(table, np.where(at < 0, len(ids), at), (*ids, "outside"))
        elif table == "period":
            code = "Y" if settings.period == "year" else "M"
            stamp = hazards.reported_at.astype(f"datetime64[{code}]").astype(np.int64)
            if settings.period == "quarter":
                stamp = stamp // 3
            found, which = np.unique(stamp, return_inverse=True)
            names = tuple(_period_name(int(v), settings.period) for v in found)
            yield from _each(table, which, names)
        else:
            words = hazards.category if table == "category" else hazards.traits.get(table)
            if words is not None:
                yield from _each(table, words.codes, words.words)


def _each(
    table: str, at: NDArray[np.integer[Any]], names: tuple[str, ...]
) -> Iterator[tuple[str, str, IntArray]]:
    """Give the rows of every label 0, 1, ...; those with -1 are in no group."""
    order = np.argsort(at, kind="stable")
    start = np.searchsorted(at[order], np.arange(len(names) + 1))
    for i, name in enumerate(names):
        yield table, name, np.sort(order[start[i] : start[i + 1]]).astype(np.int64)


def _period_name(value: int, period: str) -> str:
    if period == "quarter":
        return f"{1970 + value // 4}-Q{value % 4 + 1}"
    return str(np.datetime64(value, "M" if period == "month" else "Y"))
