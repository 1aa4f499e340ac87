"""What does a run do about teams, mobile teams, visits and rounds?"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.batch.staff import street_ways
from gridkit.datasets.members import make_members
from gridkit.errors import ConfigError, did_you_mean
from gridkit.hotspots.hours import expected_by_hour
from gridkit.io.atomic import write_bytes
from gridkit.io.geojson import write_geojson
from gridkit.io.sheets import write_csv
from gridkit.maps.sheets import draw_sheets
from gridkit.staffing.field import place_mobile_teams, place_over_week, plan_field
from gridkit.staffing.teams import assign_teams, teams_frame

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from gridkit._typing import FloatArray
    from gridkit.batch.chain import Work
    from gridkit.model.members import Members
    from gridkit.model.roster import Roster
    from gridkit.staffing.field import FieldPlan
    from gridkit.staffing.mobile import Deployment
    from gridkit.staffing.teams import TeamNeed
    from gridkit.staffing.town_rounds import TownRounds

FIELD_FILES = (
    "teams.csv",
    "team_shortfalls.csv",
    "mobile.csv",
    "mobile.geojson",
    "visits.csv",
    "rounds.csv",
    "rounds.geojson",
    "rounds.html",
    "unserved.csv",
)
"""Files of ``[[staffing.teams]]``, ``[staffing.mobile]`` and ``[staffing.field]``."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FieldWork:
    """What was worked out beyond workload, head counts and roster; None for what nobody asked for."""

    teams: dict[str, Roster] = field(default_factory=dict)
    mobile: Deployment | None = None
    rounds: FieldPlan | None = None
    mobile_for: str = "reports"


def plan_field_work(work: Work) -> Work:
    """Work out what the batch file asks for: teams, mobile teams, visits and rounds.

    Parameters
    ----------
    work
        Staffed; with reports, when mobile teams are asked for.
    """
    settings = work.batch.staffing
    if settings is None or work.plan is None:
        return work
    made = FieldWork(
        teams=_teams(work) if settings.teams else {},
        mobile=_mobile(work),
        rounds=_rounds(work),
        mobile_for="the reports to expect"
        if settings.mobile is not None and settings.mobile.demand == "expected"
        else "past reports",
    )
    return dataclasses.replace(work, field_work=made)


def _teams(work: Work) -> dict[str, Roster]:
    """Assign every team of the need tables, from the roster or made up."""
    settings, plan = work.batch.staffing, work.plan
    assert settings is not None  # noqa: S101  callers look first
    assert plan is not None  # noqa: S101  the same
    out: dict[str, Roster] = {}
    for number, need in enumerate(settings.teams):
        listed = work.members is not None and need.team in work.members.teams
        people = work.members if listed or not need.n_synthetic else _made_up(work, need, number)
        if people is None:
            people = make_members(work.town, 0)
        out |= assign_teams(people, plan, (need,), settings=settings.assign)
    return out


def _made_up(work: Work, need: TeamNeed, number: int) -> Members:
    """Make people of one team up; their ids say that they are synthetic and which team they are of."""
    seed = work.batch.solve.seed + 1000 * (number + 1)
    shares = dict.fromkeys(need.requires, 0.5)
    made = make_members(work.town, need.n_synthetic, seed=seed, skill_shares=shares)
    ids = tuple(f"S-{need.team}-{i[1:]}" for i in made.ids)
    return dataclasses.replace(made, ids=ids, teams=(need.team,) * len(made))


def _mobile(work: Work) -> Deployment | None:
    """Place mobile teams over the reports to expect, or over those of the past."""
    assert work.batch.staffing is not None  # noqa: S101  callers look first
    use = work.batch.staffing.mobile
    if use is None or work.hazards is None or not len(work.hazards.ids):
        return None
    hazards = work.hazards
    theirs = np.ones(len(hazards.ids), dtype=bool)
    if use.urgencies:
        if hazards.urgency is None:
            msg = "`staffing.mobile.urgencies` is given, but the reports have no urgency; set `hazards.urgency_column`."
            raise ConfigError(msg)
        known = hazards.urgency.words
        unknown = [u for u in use.urgencies if u not in known]
        if unknown:
            msg = f"no report has urgency '{unknown[0]}'{did_you_mean(unknown[0], known) or '.'} The reports have {', '.join(known)}."
            raise ConfigError(msg)
        theirs = np.isin(hazards.urgency.codes, [known.index(u) for u in use.urgencies])
    hazards = hazards.take(theirs)
    if use.demand == "past" or not hazards.is_inside.any():
        return place_mobile_teams(
            hazards.xy, hazards.times["reported"], work.grid_points(), settings=use
        )
    units = work.town.units
    all_reports = bool(theirs.all())  # the outlook is of all reports, not of some urgencies
    expected = expected_by_hour(
        hazards,
        _what_makes_reports(work),
        units.xy,
        spots=work.hotspots if all_reports and work.outlook is not None else None,
        ahead=work.outlook if all_reports else None,
        period_days=work.batch.hotspots.outlook.period_days,
    )
    return place_over_week(units.xy, expected, work.grid_points(), settings=use)


def _what_makes_reports(work: Work) -> FloatArray:
    """Give the exposure that reports to expect lean towards: that of the staffing, of the hotspots, or area."""
    assert work.batch.staffing is not None  # noqa: S101  callers look first
    known, spots = work.town.units.measures, work.hotspots
    for name in (work.batch.staffing.reports_exposure, spots.exposure if spots else ""):
        if name and name in known:
            return known[name].values
    return work.town.units.area_m2


def _rounds(work: Work) -> FieldPlan | None:
    """Plan visits, and the rounds of the first working day."""
    assert work.batch.staffing is not None  # noqa: S101  callers look first
    assert work.plan is not None  # noqa: S101  the same
    use = work.batch.staffing.field
    if use is None or work.roster is None or work.standards is None or work.objects is None:
        return None
    return plan_field(
        work.plan,
        work.objects,
        standards=work.standards,
        roster=work.roster,
        post_xy=work.grid_points(),
        settings=use,
        streets=street_ways(work),
        seed=work.batch.solve.seed,
    )


def write_field(folder: Path, work: Work) -> None:
    """Write what was worked out."""
    made = work.field_work
    if made is None or work.plan is None:
        return
    ids, crs = work.plan.levels[0].ids, work.town.units.crs
    if made.teams:
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        write_csv(folder / "teams.csv", teams_frame(made.teams))
        short = [r.shortfalls.assign(team=t) for t, r in made.teams.items()]
        write_csv(folder / "team_shortfalls.csv", pd.concat(short, ignore_index=True))
    if made.mobile is not None:
        write_csv(folder / "mobile.csv", made.mobile.to_frame(ids))
        write_geojson(folder / "mobile.geojson", mobile_sites(work), id_column="site_id")
    if made.rounds is not None:
        rounds = made.rounds.rounds
        write_csv(folder / "visits.csv", made.rounds.visits_frame())
        write_csv(folder / "rounds.csv", rounds.to_frame())
        write_csv(folder / "unserved.csv", rounds.unserved_frame())
        write_geojson(folder / "rounds.geojson", round_lines(rounds, crs), id_column="member_id")
        page = draw_sheets(
            rounds,
            title=work.town.name,
            date=made.rounds.visits.days[0].isoformat(),
            lang=work.batch.output.lang,
            is_synthetic=work.town.is_synthetic
            or (work.members is not None and work.members.is_synthetic),
        )
        write_bytes(folder / "rounds.html", page.encode("utf-8"))


def round_lines(rounds: TownRounds, crs: object) -> gpd.GeoDataFrame:
    """Give the path of every member who walks: ``member_id, base_grid_id, n_stops, shift_min, walk_m``."""
    import geopandas as gpd  # noqa: PLC0415  frames cross the door only

    frame = rounds.shifts()
    paths = [line for r in rounds.rounds for line in r.lines()]
    shapes = [shapely.LineString(p) for p in paths]
    walks = (frame["n_stops"] > 0).to_numpy()
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=crs)[walks].reset_index(drop=True)


def mobile_sites(work: Work) -> gpd.GeoDataFrame:
    """Give every standby site: ``site_id, n_blocks, blocks, all_week``.

    `blocks` names the parts of the week in which a team stands there (twice for two teams), `all_week`
    how many teams would stand there if teams never moved.
    """
    import geopandas as gpd  # noqa: PLC0415  frames cross the door only

    assert work.field_work is not None  # noqa: S101  callers look first
    placed, plan = work.field_work.mobile, work.plan
    assert placed is not None  # noqa: S101  the same
    assert plan is not None  # noqa: S101  the same
    stay = np.bincount(placed.fixed_sites, minlength=len(plan.levels[0]))
    used = np.unique(np.concatenate([placed.sites.ravel(), placed.fixed_sites]))
    rows = []
    for s in used.tolist():
        times = (placed.sites == s).sum(axis=1)
        blocks = [b for b, n in zip(placed.blocks, times.tolist(), strict=True) for _ in range(n)]
        rows.append((plan.levels[0].ids[s], len(blocks), ", ".join(blocks), int(stay[s])))
    xy = work.grid_points()[used]
    return gpd.GeoDataFrame(
        {
            name: [r[i] for r in rows]
            for i, name in enumerate(("site_id", "n_blocks", "blocks", "all_week"))
        },
        geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]),
        crs=work.town.units.crs,
    )


def contact_shares(work: Work, level: str) -> FloatArray | None:
    """Share of the contacts needed that each grid has; None where nobody asked for contacts."""
    if work.layers is None or work.layers.contacts is None or work.plan is None:
        return None
    found, at = work.layers.contacts, work.plan.labels(level)
    k = len(work.plan.level(level))
    need = np.bincount(at[at >= 0], found.needed[at >= 0], k)
    have = np.bincount(at[at >= 0], np.minimum(found.chosen, found.needed)[at >= 0], k)
    out = np.ones(k)
    np.divide(have, need, out=out, where=need > 0)
    return np.round(out, 4)


def contact_units(work: Work) -> gpd.GeoDataFrame:
    """Give the units that lack contacts: ``unit_id, households, contacts_needed, contacts, coverage``."""
    import geopandas as gpd  # noqa: PLC0415  frames cross the door only

    assert work.layers is not None  # noqa: S101  callers look first
    assert work.layers.contacts is not None  # noqa: S101  the same
    units = work.town.units
    frame = work.layers.contacts.coverage_frame()
    short = np.flatnonzero(work.layers.contacts.coverage < 1)
    return gpd.GeoDataFrame(
        frame.iloc[short].reset_index(drop=True),
        geometry=list(units.shapes[short]),
        crs=units.crs,
    )


def team_points(work: Work) -> gpd.GeoDataFrame:
    """Give a point for each person of the other teams, at the middle of the grid they serve (never at home)."""
    import geopandas as gpd  # noqa: PLC0415  frames cross the door only

    assert work.field_work is not None  # noqa: S101  callers look first
    assert work.plan is not None  # noqa: S101  the same
    position = {i: p for p, i in enumerate(work.plan.levels[0].ids)}
    frame = teams_frame(work.field_work.teams)
    placed = frame[frame["base_grid_id"].isin(position)][
        ["team", "member_id", "base_grid_id", "role"]
    ]
    xy = work.grid_points()[[position[g] for g in placed["base_grid_id"]]]
    return gpd.GeoDataFrame(
        placed.reset_index(drop=True),
        geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]),
        crs=work.town.units.crs,
    )
