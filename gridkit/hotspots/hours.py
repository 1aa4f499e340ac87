"""How many reports will each unit bring in each hour of a week?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.errors import InputError
from gridkit.hotspots.local import empirical_bayes

if TYPE_CHECKING:
    import pandas as pd

    from gridkit._typing import FloatArray
    from gridkit.model.hazards import Hazards
    from gridkit.model.hotspots import Hotspots

WEEK_H = 168
"""Hours of a week."""

LEAN = 20.0
"""A unit's hours are taken as if so many more of its reports had come at the hours of the whole town."""


def expected_by_hour(
    hazards: Hazards,
    exposure: FloatArray,
    unit_xy: FloatArray,
    *,
    spots: Hotspots | None = None,
    ahead: pd.DataFrame | None = None,
    period_days: int = 28,
) -> FloatArray:
    """Say how many reports every unit will bring in every hour of a week.

    The past of one unit in one hour of the week is a handful of reports, and mostly luck. So a unit's rate
    leans towards the town's, the more the smaller its exposure (empirical Bayes, Marshall 1991), its hours
    lean towards the hours of the town, and the units of a hotspot together bring what the outlook of the
    hotspot says. Repeated reports count, because each of them has to be answered.

    Parameters
    ----------
    hazards
        The record.
    exposure : (n_units,)
        What makes reports: residents, objects. Units without any keep their own past.
    unit_xy : (n_units, 2), metres
        A point in each unit.
    spots, ahead
        Hotspots and their `outlook`; a unit belongs to the first that holds its point.
    period_days
        Period of the outlook.

    Returns
    -------
    (n_units, 168)
        Reports in each hour of a week, Monday 0:00 first.

    Raises
    ------
    InputError
        If no report lies in the town.
    """
    used = hazards.take(hazards.is_inside)
    if not len(used):
        msg = "reports to expect need reports in the town; there are none."
        raise InputError(msg)
    day = hazards.reported_at.astype("datetime64[D]").astype(np.int64)
    weeks = max((int(day.max() - day.min()) + 1) / 7.0, 1.0)
    past = np.bincount(
        used.unit_pos * WEEK_H + hour_of_week(used.reported_at), minlength=exposure.size * WEEK_H
    ).reshape(exposure.size, WEEK_H)
    count = past.sum(axis=1).astype(np.float64)
    made = count.copy()
    ok = exposure > 0
    if ok.any() and count[ok].sum() > 0:
        leant = np.maximum(empirical_bayes(count[ok], exposure[ok]) * exposure[ok], 0.0)
        made[ok] = leant * count[ok].sum() / leant.sum()
    town = past.sum(axis=0) / count.sum()
    hours = (past + LEAN * town) / (count + LEAN)[:, None]
    out: FloatArray = made[:, None] / weeks * hours
    if spots is not None and ahead is not None:
        again = len(used) / max(len(hazards.inside()), 1)
        _as_outlook_says(out, count, used.xy, unit_xy, spots, ahead, again * 7.0 / period_days)
    return out


def _as_outlook_says(
    out: FloatArray,
    count: FloatArray,
    xy: FloatArray,
    unit_xy: FloatArray,
    spots: Hotspots,
    ahead: pd.DataFrame,
    times: float,
) -> None:
    """Bring the units of each hotspot to the reports that its outlook expects."""
    taken = np.zeros(len(unit_xy), dtype=bool)
    for spot, expected in zip(spots, ahead["expected_next"].to_numpy(dtype=float), strict=True):
        own = shapely.contains_xy(spot.outline, unit_xy[:, 0], unit_xy[:, 1]) & ~taken
        if not np.isfinite(expected) or out[own].sum() <= 0:
            continue
        inside = max(int(shapely.contains_xy(spot.outline, xy[:, 0], xy[:, 1]).sum()), 1)
        share = min(float(count[own].sum()) / inside, 1.0)  # units at the edge hold the rest
        out[own] *= share * expected * times / out[own].sum()
        taken |= own


def hour_of_week(when: np.ndarray) -> np.ndarray:
    """Number the hour of the week of local times, Monday 0:00 is 0.

    Examples
    --------
    >>> hour_of_week(np.array(["2024-05-06T07:30", "2024-05-05T23:00"], "datetime64[s]")).tolist()
    [7, 167]
    """
    seconds = np.asarray(when, dtype="datetime64[s]").astype(np.int64)
    return (seconds // 3600 + 72) % WEEK_H  # 1970-01-01 was a Thursday
