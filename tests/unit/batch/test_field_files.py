from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

import gridkit as gk
from gridkit.batch.field import FIELD_FILES
from gridkit.io.geojson import check_rfc7946

ROOT = Path(__file__).parents[3]
MORE = """
[[staffing.teams]]
team = "guard"
measure = "residents"
amount_per_person = 4000

[staffing.mobile]
radius_m = 1200

[staffing.field]
start = "2026-03-02"
n_days = 14
calendar = { holidays = ["2026-03-03"] }
rounds = { searches_per_stop = 5 }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Cambridge with a roster of two teams, mobile teams, visits and rounds."""
    here = tmp_path_factory.mktemp("field")
    members = "member_id,skills,team\n" + "".join(f"M{i:03d},lead,grid_member\n" for i in range(80))
    members += "".join(f"W{i:03d},,guard\n" for i in range(40))
    (here / "members.csv").write_text(members)
    text = (ROOT / "configs" / "cambridge.toml").read_text(encoding="utf-8")
    text = text.replace("../data", (ROOT / "data").as_posix())
    text = text.replace(
        '"standards_cambridge.csv"',
        f'"{(ROOT / "configs" / "standards_cambridge.csv").as_posix()}"',
    )
    text = text.replace(
        'class_column = "use_group"', 'class_column = "use_group"\nid_column = "map_lot"'
    )
    text = text.replace("n_synthetic = 80", 'members_file = "members.csv"')
    (here / "town.toml").write_text(text + MORE, encoding="utf-8")
    job = gk.Job(config=here / "town.toml", out=here / "out", parts=("plan", "staff", "hazards"))
    gk.run_job(job)
    return here / "out"


def test_every_file_on_request_is_written(folder):
    assert [f for f in FIELD_FILES if not (folder / f).is_file()] == []


def test_the_roster_holds_grid_members_only_and_guards_have_their_own(folder):
    assert pd.read_csv(folder / "roster.csv")["member_id"].str.startswith("M").all()
    teams = pd.read_csv(folder / "teams.csv")
    assert teams["member_id"].str.startswith("W").all()
    placed = teams["base_grid_id"].notna().sum()
    lack = pd.read_csv(folder / "team_shortfalls.csv")["missing"].sum()
    assert placed == 40
    assert lack > 0  # 38 grids ask for at least two guards each


def test_visits_fall_on_working_days_and_rounds_serve_the_first(folder):
    visits = pd.read_csv(folder / "visits.csv", dtype={"object_id": str})
    days = pd.to_datetime(visits["date"].unique())
    assert (days.day_of_week < 5).all()
    assert "2026-03-03" not in set(visits["date"])
    rounds = pd.read_csv(folder / "rounds.csv", dtype={"stop_id": str})
    left = pd.read_csv(folder / "unserved.csv", dtype={"stop_id": str})
    due = set(visits.loc[visits["date"] == "2026-03-02", "object_id"])
    assert set(rounds["stop_id"]) | set(left["stop_id"]) == due
    assert not set(rounds["stop_id"]) & set(left["stop_id"])


def test_lines_are_geojson_and_blocks_are_parts_of_the_week(folder):
    assert check_rfc7946(folder / "rounds.geojson") == []
    lines = gpd.read_file(folder / "rounds.geojson")
    rounds = pd.read_csv(folder / "rounds.csv")
    assert lines["n_stops"].sum() == len(rounds)
    mobile = pd.read_csv(folder / "mobile.csv")
    assert len(mobile) == 21 * 4
    assert (
        mobile.groupby("block")["expected_covered"].first()
        <= mobile.groupby("block")["demand"].first() + 0.01
    ).all()
