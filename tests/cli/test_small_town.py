"""Does the batch file of Wuzhen run to the end, with micro-grids, contacts, mobile teams and hotspots?"""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pytest
import rasterio

from gridkit.cli.entry import run
from gridkit.io.geojson import check_rfc7946
from tests.cli.raw import write_raw_town

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = write_raw_town(tmp_path_factory.mktemp("wuzhen"))
    assert (
        run(["run", str(folder / "town.toml"), "--out", str(folder / "out"), "--no-progress"]) == 0
    )
    return folder / "out"


def test_every_file_of_the_contract_is_there(out):
    written = {p.name for p in out.iterdir()}
    assert {
        "plan.csv", "base_grids.geojson", "community_grids.geojson", "findings.json",
        "workload.csv", "headcount.csv", "roster.csv", "shortfalls.csv", "next_members.csv",
        "mobile.csv", "mobile.geojson",
        "micro_grids.geojson", "contacts.csv", "contact_coverage.csv",
        "hazards.parquet", "rejected.csv", "hotspots.geojson", "hotspot_surface.tif", "indicators.csv",
        "map.html", "report.html", "run.json",
    } <= written  # fmt: skip


def test_reports_in_a_shifted_datum_fall_on_the_town_and_all_are_accounted_for(out):
    kept = pd.read_parquet(out / "hazards.parquet")
    refused = pd.read_csv(out / "rejected.csv")
    assert len(kept) + len(refused) == 2_000
    assert kept["grid_id"].notna().mean() > 0.99  # GCJ-02 was declared and undone
    spots = json.loads((out / "hotspots.geojson").read_text(encoding="utf-8"))
    assert check_rfc7946(spots) == []
    assert spots["features"]
    with rasterio.open(out / "hotspot_surface.tif") as surface:
        cells = surface.read(1, masked=True)
        assert cells.min() >= 0


def test_levels_below_and_contacts_add_up(out):
    micro = gpd.read_file(out / "micro_grids.geojson")
    plan = pd.read_csv(out / "plan.csv", dtype=str)
    assert len(plan["base_grid_id"].unique()) == 9
    assert micro["households"].max() <= 100
    contacts = pd.read_csv(out / "contacts.csv", dtype=str)
    coverage = pd.read_csv(out / "contact_coverage.csv", dtype={"unit_id": str})
    assert coverage["contacts"].sum() == len(contacts)


def test_two_teams_stand_by_in_every_block_of_the_week(out):
    mobile = pd.read_csv(out / "mobile.csv")
    assert (mobile.groupby("block").size() == 2).all()
