"""What do members do in the field: which objects on which day, and who walks where on the first one?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import SchemaError, did_you_mean, some_of
from gridkit.model.rounds import Stops
from gridkit.staffing.mobile import Deployment, deploy_teams
from gridkit.staffing.town_rounds import TownRounds, members_by_grid, plan_town_rounds
from gridkit.staffing.visits import VisitPlan, plan_visits

if TYPE_CHECKING:
    import pandas as pd

    from gridkit._typing import FloatArray, LabelArray
    from gridkit.model.plan import Plan
    from gridkit.model.roster import Roster
    from gridkit.staffing.settings import FieldSettings, MobileSettings
    from gridkit.staffing.standards import Standards
    from gridkit.staffing.streets import StreetWays

WEEK_H = 168
"""Hours of a week."""

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FieldPlan:
    """Visits of a period, and the rounds of its first working day.

    Parameters
    ----------
    visits
        Which object on which day.
    grid_ids
        Base grids.
    grid : (n,)
        Base grid of each object, as position; -1 for none.
    rounds
        The first working day.
    """

    visits: VisitPlan
    grid_ids: tuple[str, ...]
    grid: LabelArray
    rounds: TownRounds

    def visits_frame(self) -> pd.DataFrame:
        """Give one row for each visit: ``date, object_id, due_date, late_days, on_site_min, base_grid_id``."""
        frame = self.visits.to_frame()
        at = self.grid[self.visits.object]
        return frame.assign(base_grid_id=[self.grid_ids[g] if g >= 0 else "" for g in at])


def plan_field(
    plan: Plan,
    objects: pd.DataFrame,
    *,
    standards: Standards,
    roster: Roster,
    post_xy: FloatArray,
    settings: FieldSettings,
    streets: StreetWays | None = None,
    seed: int = 0,
) -> FieldPlan:
    """Plan the visits of a period from the standards, and the rounds of its first working day.

    Parameters
    ----------
    plan
        The plan.
    objects
        ``object_id, object_class, x_m, y_m, unit_pos`` and optionally ``risk`` (see
        `gridkit.io.objects.read_objects`).
    standards
        Visits a month and minutes on site by class and risk tier; an object whose tier is not known
        gets the mean over the tiers.
    roster
        Who serves which grid.
    post_xy : (k, 2), metres
        Where rounds start and end.
    settings
        Days, calendar, rounds.
    streets
        Walk along these instead of straight lines times detour.
    seed
        Of the search.

    Raises
    ------
    SchemaError
        If objects are of a class that the standards do not know.
    """
    often, minutes = _by_class(standards)
    classes = objects["object_class"].tolist()
    unknown = sorted(set(classes) - set(often))
    if unknown:
        msg = f"objects are of classes that the standards do not have: {some_of(unknown)}{did_you_mean(unknown[0], often) or '.'} Add them to the standards, with 0 visits if nobody goes there."
        raise SchemaError(msg)
    tiers = objects["risk"].tolist() if "risk" in objects.columns else [""] * len(classes)
    kinds = [
        f"{c}/{r}" if r and f"{c}/{r}" in often else c for c, r in zip(classes, tiers, strict=True)
    ]
    grid = plan.base[objects["unit_pos"].to_numpy()]
    xy = objects[["x_m", "y_m"]].to_numpy(dtype=np.float64)
    visits = plan_visits(
        objects["object_id"].tolist(),
        visits_per_month=np.array([often[c] for c in kinds]),
        on_site_min=np.array([minutes[c] for c in kinds]),
        start=settings.start,
        n_days=settings.n_days,
        calendar=settings.calendar,
        xy=xy,
        group=np.maximum(grid, 0),
        early_share=settings.early_share,
        late_share=settings.late_share,
    )
    today = visits.on(visits.days[0])
    stops = Stops(
        ids=tuple(visits.object_ids[i] for i in today),
        xy=xy[today],
        on_site_min=visits.on_site_min[today],
    )
    rounds = plan_town_rounds(
        stops,
        grid=grid[today],
        grid_ids=plan.levels[0].ids,
        post_xy=post_xy,
        members=members_by_grid(roster),
        settings=settings.rounds,
        streets=streets,
        seed=seed,
    )
    return FieldPlan(visits=visits, grid_ids=plan.levels[0].ids, grid=grid, rounds=rounds)


def place_mobile_teams(
    demand_xy: FloatArray,
    reported_at: np.ndarray,
    site_xy: FloatArray,
    *,
    settings: MobileSettings,
) -> Deployment:
    """Place mobile teams by part of the week over the reports of the past.

    Parameters
    ----------
    demand_xy : (n, 2), metres
        Where each report was (or the point of its unit).
    reported_at : (n,), datetime64
        When.
    site_xy : (m, 2), metres
        Where teams may stand.
    settings
        Teams, radius, blocks.

    Returns
    -------
    Deployment
        Demand is reports in one block of one week, the mean over the record.
    """
    when = np.asarray(reported_at, dtype="datetime64[s]")
    day = when.astype("datetime64[D]").astype(np.int64)
    points, where = np.unique(np.round(demand_xy, 0), axis=0, return_inverse=True)
    n_weeks = max((int(day.max() - day.min()) + 1) / 7.0, 1.0) if day.size else 1.0
    hour = (when.astype(np.int64) // 3600 + 72) % WEEK_H  # 1970-01-01 was a Thursday
    count = np.bincount(where.ravel() * WEEK_H + hour, minlength=len(points) * WEEK_H)
    return place_over_week(
        points, count.reshape(len(points), WEEK_H) / n_weeks, site_xy, settings=settings
    )


def place_over_week(
    points: FloatArray, by_hour: FloatArray, site_xy: FloatArray, *, settings: MobileSettings
) -> Deployment:
    """Place mobile teams by part of the week over the reports of each hour of a week, seen or expected.

    Parameters
    ----------
    points : (n, 2), metres
        Places of reports.
    by_hour : (n, 168)
        Reports at each place in each hour of a week, Monday 0:00 first.
    site_xy : (m, 2), metres
        Where teams may stand.
    settings
        Teams, radius, blocks.

    Returns
    -------
    Deployment
        Demand is reports in one block.
    """
    some = by_hour.sum(axis=1) > 0
    points, by_hour = points[some], by_hour[some]
    starts = np.array(settings.shift_starts)
    weekday, hour = np.divmod(np.arange(WEEK_H), 24)
    shift = np.searchsorted(starts, hour, side="right") - 1
    before = shift < 0  # the small hours belong to the last shift of the day before
    shift = np.where(before, starts.size - 1, shift)
    weekday = np.where(before, (weekday - 1) % 7, weekday)
    hours = np.diff(np.append(starts, starts[0] + 24))
    blocks: dict[str, FloatArray] = {}
    for d in range(7) if settings.by_weekday else (-1,):
        for s in range(starts.size):
            own = (shift == s) & ((weekday == d) if d >= 0 else True)
            name = f"{DAYS[d] + ' ' if d >= 0 else ''}{starts[s]:02d}-{(starts[s] + hours[s]) % 24:02d}"
            blocks[name] = by_hour[:, own].sum(axis=1) / (1.0 if d >= 0 else 7.0)
    away = settings.detour * np.hypot(
        points[:, None, 0] - site_xy[None, :, 0], points[:, None, 1] - site_xy[None, :, 1]
    )
    return deploy_teams(
        blocks,
        away,
        n_teams=settings.n_teams,
        radius_m=settings.radius_m,
        hours_per_block=float(hours.mean()),
        service_min=settings.service_min,
        speed_m_per_min=settings.speed_m_per_min,
    )


def _by_class(standards: Standards) -> tuple[dict[str, float], dict[str, float]]:
    """Visits a month and minutes a visit of each class over its tiers, and of each ``class/tier``."""
    often: dict[str, float] = {}
    work: dict[str, float] = {}
    for c in standards.classes:
        often[c.object_class] = often.get(c.object_class, 0.0) + c.share * c.visits_per_month
        made = c.share * c.visits_per_month * c.visit_min
        work[c.object_class] = work.get(c.object_class, 0.0) + made
    minutes = {k: work[k] / v if v > 0 else 0.0 for k, v in often.items()}
    for c in standards.classes:
        if c.risk:
            often[c.label], minutes[c.label] = c.visits_per_month, c.visit_min
    return often, minutes
