"""What is to be expected of each hotspot next, when, and of what kind?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import shapely

from gridkit.errors import ConfigError, InputError
from gridkit.hotspots.local import empirical_bayes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from gridkit._typing import FloatArray, IntArray
    from gridkit.model.hazards import Hazards
    from gridkit.model.hotspots import Hotspots


MONTH_DAYS = 365.25 / 12
"""Days of a month of the workload."""

COLUMNS = (
    "expected_next",
    "low_next",
    "high_next",
    "excess_next",
    "busy_from_h",
    "busy_to_h",
    "busy_share",
    "reports_per_hour",
    "worth_per_hour",
    "main_category",
    "main_share",
)
"""Of the outlook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookSettings:
    """How far and how surely to look ahead.

    Parameters
    ----------
    period_days
        Length of the next period, and of the past ones it is compared with.
    interval : 0..1
        Share of future periods that the interval is to hold.
    shift_h : h
        Length of the busiest time of day that is looked for.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    period_days: int = 28
    interval: float = 0.9
    shift_h: int = 6

    def __post_init__(self) -> None:
        if self.period_days < 1 or not 0 < self.interval < 1 or not 1 <= self.shift_h <= 24:
            msg = (
                "expected period_days >= 1, an interval between 0 and 1, and shift_h from 1 to 24."
            )
            raise ConfigError(msg)


def outlook(
    hotspots: Hotspots, hazards: Hazards, *, settings: OutlookSettings | None = None
) -> pd.DataFrame:
    """Say for each hotspot how many hazards the next period will bring, and when in the day.

    A place was called a hotspot because it had many; part of that was luck and will not come again.
    The forecast therefore leans towards what the exposure lets one expect, as if one more period with
    that number had been seen.

    Parameters
    ----------
    hotspots
        What `find_hotspots` gave.
    hazards
        The reports it was made from.
    settings
        Period, interval, shift.

    Returns
    -------
    DataFrame
        By hotspot id: ``expected_next, low_next, high_next`` (with the chosen probability),
        ``excess_next`` (above what the exposure lets one expect: what extra visits there are about;
        nan without an exposure), ``busy_from_h, busy_to_h, busy_share`` (the busiest hours of the day),
        ``reports_per_hour, worth_per_hour`` (what somebody who is there for an hour of the busiest time
        meets: reports, and those of them above the ordinary; what a visit is worth there),
        ``main_category, main_share``. Nothing is said about persons, and nothing at all about hotspots
        with fewer than `suppress_below` hazards.

    Raises
    ------
    InputError
        If the hazards cover less than two periods.
    """
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    settings = settings or OutlookSettings()
    used = hazards.inside()
    day = used.reported_at.astype("datetime64[D]").astype(np.int64)
    n_periods = int((day.max() - day.min() + 1) // settings.period_days) if len(used) else 0
    if n_periods < 2:
        msg = f"an outlook needs at least 2 periods of {settings.period_days} days; the hazards cover {n_periods}."
        raise InputError(msg)
    # whole periods, counted back from the last day
    back = (day.max() - day) // settings.period_days
    hour = (used.reported_at - used.reported_at.astype("datetime64[D]")).astype(np.int64) // 3600
    rows: list[dict[str, object]] = []
    for spot in hotspots:
        if spot.n < hotspots.suppress_below:
            rows.append({})  # too few to say anything about without pointing at somebody
            continue
        own = np.asarray(
            shapely.contains_xy(spot.outline, used.xy[:, 0], used.xy[:, 1]), dtype=bool
        )
        counts = np.bincount(back[own & (back < n_periods)], minlength=n_periods)
        base = (
            spot.expected / max(spot.n, 1) * counts.mean() if np.isfinite(spot.expected) else np.nan
        )
        expected, low, high = _next(counts, base, settings.interval)
        start, share = _busiest(hour[own], settings.shift_h)
        per_hour = share / (settings.period_days * settings.shift_h)
        word, part = _most(used.category.codes[own], used.category.words)
        rows.append(
            {
                "expected_next": expected,
                "low_next": low,
                "high_next": high,
                "excess_next": expected - base,
                "busy_from_h": start,
                "busy_to_h": (start + settings.shift_h) % 24,
                "busy_share": share,
                "reports_per_hour": expected * per_hour,
                "worth_per_hour": (expected if np.isnan(base) else max(expected - base, 0.0))
                * per_hour,
                "main_category": word,
                "main_share": part,
            }
        )
    return pd.DataFrame(
        rows, index=pd.Index(hotspots.ids, name="hotspot_id"), columns=list(COLUMNS)
    )


def next_month(
    hazards: Hazards,
    exposure: FloatArray,
    *,
    default_urgency: str = "routine",
    urgencies: Sequence[str] = (),
) -> dict[str, FloatArray]:
    """Say how many reports every unit will bring in a month, by urgency: work for the staff.

    A unit's own past is a poor forecast where it is short, so its rate leans towards the town's, the more
    the smaller its exposure (empirical Bayes, Marshall 1991). Repeated reports count here, because each of
    them has to be answered; the sum over the town is the mean of the record.

    Parameters
    ----------
    hazards
        The record.
    exposure : (n_units,)
        What makes reports: residents, objects.
    default_urgency
        Of reports without one.
    urgencies
        Urgencies that the standards know; others count as the default. Empty for all.

    Returns
    -------
    dict
        ``reports_<urgency>`` to reports a month of every unit: the measures that the workload reads.

    Raises
    ------
    InputError
        If no report lies in the town, or none where something is exposed.
    """
    used = hazards.take(hazards.is_inside)
    ok = exposure > 0
    if len(used) == 0 or not ok.any():
        msg = f"reports of a month need reports in the town and units with exposure; got {len(used):,} and {int(ok.sum()):,}."
        raise InputError(msg)
    day = hazards.reported_at.astype("datetime64[D]").astype(np.int64)
    months = max((int(day.max() - day.min()) + 1) / MONTH_DAYS, 1.0)
    words = used.urgency.texts() if used.urgency is not None else np.full(len(used), "")
    known = set(urgencies) or set(words.tolist())
    words = np.array([w if w and w in known else default_urgency for w in words.tolist()])
    out = {}
    for word in sorted(set(words.tolist())):
        count = np.bincount(used.unit_pos[words == word], minlength=exposure.size).astype(
            np.float64
        )
        made = np.zeros(exposure.size)
        made[ok] = empirical_bayes(count[ok], exposure[ok]) * exposure[ok]
        made = np.maximum(made, 0.0)
        total = made.sum()
        out[f"reports_{word}"] = made * (count.sum() / months / total) if total > 0 else made
    return out


def _next(counts: IntArray, base: float, interval: float) -> tuple[float, float, float]:
    """Forecast the next count: mean and an interval of the negative binomial predictive."""
    from scipy.stats import nbinom  # noqa: PLC0415  only for forecasts

    prior = base if np.isfinite(base) else float(counts.mean())
    shape, rate = float(counts.sum()) + prior + 0.5, counts.size + 1.0
    mean = shape / rate
    scatter = max(float(counts.var(ddof=1)) / max(float(counts.mean()), 1e-9), 1.0)
    variance = max(mean * scatter + mean**2 / shape, mean * 1.0001)
    size = mean**2 / (variance - mean)
    share = size / (size + mean)
    low, high = (
        float(nbinom.ppf(q, size, share)) for q in ((1 - interval) / 2, (1 + interval) / 2)
    )
    return mean, low, high


def _busiest(hour: FloatArray | IntArray, shift_h: int) -> tuple[int, float]:
    """Find the stretch of hours with most reports; it may run past midnight."""
    count = np.bincount(np.asarray(hour, dtype=np.int64), minlength=24)
    if count.sum() == 0:
        return 0, float("nan")
    around = np.concatenate([count, count])
    total = np.array([around[h : h + shift_h].sum() for h in range(24)])
    start = int(total.argmax())
    return start, float(total[start] / count.sum())


def _most(codes: IntArray, words: tuple[str, ...]) -> tuple[str, float]:
    """Find the most frequent category and its share."""
    known = np.asarray(codes)[np.asarray(codes) >= 0]
    if known.size == 0:
        return "", float("nan")
    count = np.bincount(known, minlength=len(words))
    return words[int(count.argmax())], float(count.max() / known.size)
