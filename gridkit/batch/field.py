"""What does a run write about teams, mobile teams, visits and rounds?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from gridkit.io.geojson import write_geojson
from gridkit.io.objects import read_objects
from gridkit.io.sheets import write_csv
from gridkit.staffing.field import place_mobile_teams, plan_field
from gridkit.staffing.teams import assign_teams, teams_frame

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from gridkit.batch.chain import Work
    from gridkit.staffing.town_rounds import TownRounds

FIELD_FILES = (
    "teams.csv",
    "team_shortfalls.csv",
    "mobile.csv",
    "visits.csv",
    "rounds.csv",
    "rounds.geojson",
    "unserved.csv",
)
"""Files of ``[staffing] teams``, ``[staffing.mobile]`` and ``[staffing.field]``, each on request."""


def write_field(folder: Path, work: Work) -> None:
    """Write what the batch file asks for beyond workload, head counts and roster."""
    settings = work.batch.staffing
    if settings is None or work.plan is None:
        return
    if settings.teams and work.members is not None:
        _write_teams(folder, work)
    if settings.mobile is not None and work.hazards is not None and len(work.hazards.ids):
        placed = place_mobile_teams(
            work.hazards.xy,
            work.hazards.times["reported"],
            work.grid_points(),
            settings=settings.mobile,
        )
        write_csv(folder / "mobile.csv", placed.to_frame(work.plan.levels[0].ids))
    if settings.field is not None and work.roster is not None and work.standards is not None:
        made = plan_field(
            work.plan,
            read_objects(work.batch.objects, work.town),
            standards=work.standards,
            roster=work.roster,
            post_xy=work.grid_points(),
            settings=settings.field,
            seed=work.batch.solve.seed,
        )
        write_csv(folder / "visits.csv", made.visits_frame())
        write_csv(folder / "rounds.csv", made.rounds.to_frame())
        write_csv(folder / "unserved.csv", made.rounds.unserved_frame())
        lines = round_lines(made.rounds, work.town.units.crs)
        write_geojson(folder / "rounds.geojson", lines, id_column="member_id")


def _write_teams(folder: Path, work: Work) -> None:
    """Write rosters and shortages of the other teams."""
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    assert work.batch.staffing is not None  # noqa: S101  callers look first
    assert work.members is not None  # noqa: S101  the same
    assert work.plan is not None  # noqa: S101  the same
    rosters = assign_teams(
        work.members, work.plan, work.batch.staffing.teams, settings=work.batch.staffing.assign
    )
    write_csv(folder / "teams.csv", teams_frame(rosters))
    short = [r.shortfalls.assign(team=t) for t, r in rosters.items()]
    write_csv(folder / "team_shortfalls.csv", pd.concat(short, ignore_index=True))


def round_lines(rounds: TownRounds, crs: object) -> gpd.GeoDataFrame:
    """Give the path of every member who walks: ``member_id, base_grid_id, n_stops, shift_min, walk_m``."""
    import geopandas as gpd  # noqa: PLC0415  frames cross the door only

    frame = rounds.shifts()
    paths = [line for r in rounds.rounds for line in r.lines()]
    shapes = [shapely.LineString(p) for p in paths]
    walks = (frame["n_stops"] > 0).to_numpy()
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=crs)[walks].reset_index(drop=True)
