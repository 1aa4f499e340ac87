"""Entity, road and overlay grids, levels below and codes, asked for in a batch file."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gridkit.batch.job import Job, run_job
from gridkit.batch.layers import left_to_members
from gridkit.build import Carved
from gridkit.errors import ConfigError, SchemaError
from gridkit.io.geojson import check_rfc7946
from tests.cli.conftest import write_town
from tests.conftest import X0, Y0, square_town

ASKED = """
[layers.entity]
path = "parks.gpkg"
id_column = "park"
kind_column = "kind"

[layers.road]
path = "streets.gpkg"
n_sections = 4
report_m = 20

[layers.overlay]
n_grids = 2
measure = "residents"
tolerance = 0.5

[levels.micro]
measure = "residents"
low = 1
high = 60

[levels.contacts]
members_file = "volunteers.csv"
households = "residents"
per_households = 20

[codes]
scheme = "beijing-15"
parts = { district = "441900", street = "119" }
valid_from = "2026-01-01"
"""
PARTS = ("plan", "staff", "hazards")


def box(column, row, wide=1, high=1):
    west, north = X0 + 100 * column, Y0 - 100 * row
    return shapely.box(west, north - 100 * high, west + 100 * wide, north)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = write_town(tmp_path_factory.mktemp("layers"))
    parks = gpd.GeoDataFrame(
        {"park": ["P1", "P2"], "kind": ["park", "market"]},
        geometry=[box(0, 0, 2), box(6, 5)],
        crs="EPSG:4547",
    )
    parks.to_file(path / "parks.gpkg")
    cells = [shapely.boundary(box(c, r)) for c in range(8) for r in range(6)]
    gpd.GeoDataFrame(geometry=cells, crs="EPSG:4547").to_file(path / "streets.gpkg")
    people = pd.DataFrame(
        [(f"V{c}{r}", X0 + 100 * c + 50, Y0 - 100 * r - 50) for c in range(6) for r in range(6)],
        columns=["member_id", "x_m", "y_m"],
    )
    people.to_csv(path / "volunteers.csv", index=False)
    (path / "town.toml").write_text((path / "town.toml").read_text() + ASKED, encoding="utf-8")
    run_job(Job(config=path / "town.toml", out=path / "out", parts=PARTS))
    return path


def read(folder, name):
    file = folder / "out" / name
    return gpd.read_file(file) if file.suffix == ".geojson" else pd.read_csv(file, dtype=str)


def said(folder, rule):
    found = json.loads((folder / "out" / "findings.json").read_text(encoding="utf-8"))
    return next(f["text"] for f in found if f["rule"] == rule)


def test_entities_are_base_grids_of_their_own_and_take_their_objects_along(folder):
    entities, base = read(folder, "entity_grids.geojson"), read(folder, "base_grids.geojson")
    assert entities["kind"].tolist() == ["park", "market"]
    assert entities["n_units"].tolist() == [2, 1]
    assert entities["own_workload_h"].min() > 0
    dedicated = base[base["kind"] == "entity"].set_index("grid_id")
    assert set(dedicated.index) == {"P1", "P2"}
    assert dedicated["n_objects"].sum() == 0  # all of them have own staff
    assert base["n_objects"].sum() + entities["n_objects"].sum() == 200
    assert dedicated["members"].tolist() == [
        1,
        1,
    ]  # for the fixed duties; the floor of 2 is for area grids
    assert base[base["kind"] == "area"]["members"].min() >= 2
    assert len(base) == 6 + 2
    assert "each is a base grid of its own" in said(folder, "layer_entity")


def test_roads_are_sections_with_lines_and_areas(folder):
    lines, areas = read(folder, "road_grids.geojson"), read(folder, "road_areas.geojson")
    assert len(lines) == len(areas) == 4
    assert (lines["n_pieces"] == 1).all()
    # 9 streets of 600 m and 7 of 800 m, and 20 m for each of 120 reports
    assert lines["length_m"].sum() == pytest.approx(9 * 600 + 7 * 800, abs=1)
    assert lines["load"].sum() == pytest.approx(11_000 + 120 * 20, abs=1)
    inside = areas.to_crs(4547).contains(lines.to_crs(4547))
    assert inside.all()
    assert "4 road grids share 11.0 km of street" in said(folder, "layer_road")


def test_layers_say_how_they_cut_each_other(folder):
    table = read(folder, "crossings.csv").astype({"amount": float, "share_of_a": float})
    pairs = set(zip(table["layer_a"], table["layer_b"], strict=True))
    assert pairs == {
        ("area", "overlay"),
        ("area", "entity"),
        ("area", "road"),
        ("overlay", "entity"),
        ("overlay", "road"),
        ("entity", "road"),
    }
    whole = table[(table["layer_a"] == "area") & (table["layer_b"] == "overlay")]
    assert (whole["share_of_a"] == 1).all()  # an overlay groups whole base grids
    assert len(whole) == 8
    roads = table[(table["layer_a"] == "entity") & (table["layer_b"] == "road")]
    assert (roads["unit"] == "m").all()
    assert roads["n_units"].isna().all()
    # the border of P1 (2 x 1 blocks) is 600 m and 100 m run through it; P2's border is 400 m
    assert roads.groupby("a_id")["amount"].sum().to_dict() == {"P1": 700.0, "P2": 400.0}


def test_overlays_micro_grids_and_contacts_are_checked(folder):
    assert len(read(folder, "overlay_grids.geojson")) == 2
    assert "2 overlay grids group 8 base grids" in said(folder, "layer_overlay")
    micro = read(folder, "micro_grids.geojson")
    assert micro["residents"].max() <= 60
    units = read(folder, "micro.csv")
    assert list(units) == ["unit_id", "micro_grid_id", "base_grid_id", "community_grid_id"]
    assert all(
        m.startswith(b) for m, b in zip(units["micro_grid_id"], units["base_grid_id"], strict=True)
    )
    coverage = read(folder, "contact_coverage.csv").astype({"coverage": float})
    assert (coverage["coverage"] == 0).any()  # nobody offered in the two eastern columns
    assert "have none" in said(folder, "level_contacts")


def test_codes_are_written_and_kept_by_grids_that_go_on(folder, tmp_path):
    first = read(folder, "codes.csv")
    assert first["code"].str.fullmatch(r"441900119\d{6}").all()
    assert first["valid_to"].isna().all()
    base = read(folder, "base_grids.geojson").set_index("grid_id")["code"]
    assert base.to_dict() == dict(zip(first["grid_id"], first["code"], strict=True))
    community = read(folder, "community_grids.geojson")["code"]
    assert sorted(community) == ["441900119001", "441900119002"]
    # Three columns go to one grid the next year: its community's other grids end.
    plan = read(folder, "plan.csv")
    west = plan["community_grid_id"] == plan["community_grid_id"].iloc[0]
    keep = plan["base_grid_id"].isin({"P1", "P2"})
    changed = plan.copy()
    changed.loc[west & ~keep, "base_grid_id"] = "new"
    changed.to_csv(tmp_path / "next.csv", index=False)
    book = (folder / "out" / "codes.csv").as_posix()
    old = (folder / "out" / "plan.csv").as_posix()
    text = (folder / "town.toml").read_text(encoding="utf-8")
    text = text.replace(
        'valid_from = "2026-01-01"', f'valid_from = "2027-01-01"\nbook_file = "{book}"'
    )
    config = folder / "next.toml"
    config.write_text(text + f'\n[current]\npath = "{old}"\n', encoding="utf-8")
    run_job(Job(config=config, out=tmp_path / "out", plan=tmp_path / "next.csv", parts=("plan",)))
    second = pd.read_csv(tmp_path / "out" / "codes.csv", dtype=str)
    gone = second[second["valid_to"].notna()]
    assert gone["valid_to"].unique().tolist() == ["2026-12-31"]
    new = second[second["valid_from"] == "2027-01-01"]
    assert new["grid_id"].tolist() == ["new"]
    assert not set(new["code"]) & set(first["code"])
    assert second["code"].is_unique
    today = second[second["valid_to"].isna()]
    assert set(today["grid_id"]) == set(changed["base_grid_id"])


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("[codes]\nscheme='beijing-15'\nvalid_from='2026-01-01'\n", ConfigError, "needs the digits of district, street"),
        ("[codes]\nscheme='community:3 sequence:3'\nvalid_from='soon'\n", ConfigError, "`valid_from` is 'soon'"),
        ("[codes]\nscheme='community:1 sequence:3'\nvalid_from='2026-01-01'\ncommunities={X='1'}\n", SchemaError, "`communities` names 'X'"),
        ("[codes]\nscheme='beijng-15'\nvalid_from='2026-01-01'\n", ConfigError, "did you mean 'beijing-15'"),
        ("[codes]\nscheme='town:6'\nvalid_from='2026-01-01'\n", ConfigError, "one of them 'sequence'"),
        ("[codes]\nscheme='community:3 sequence:3'\nvalid_from='2026-01-01'\nbook_file='town.toml'\n", ConfigError, "needs \\[current\\]"),
        ("[layers.overlay]\nn_grids=2\npath='x'\n", ConfigError, "give either `path`"),
        ("[layers.road]\npath='streets.gpkg'\nn_sections=0\n", ConfigError, "n_sections >= 1"),
        ("[layers.road]\npath='streets.gpkg'\nn_sections=900\n", SchemaError, "`n_sections` is 900"),
        ("[levels.micro]\nlow=9\nhigh=3\n", ConfigError, "0 <= low <= high"),
        ("[levels.micro]\nmeasure='househlds'\n", SchemaError, "househlds"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_one_sentence(folder, tmp_path, text, error, words):
    plain = (folder / "town.toml").read_text(encoding="utf-8").replace(ASKED, "")
    config = folder / "wrong.toml"
    config.write_text(plain + "\n" + text, encoding="utf-8")
    with pytest.raises(error, match=words):
        run_job(Job(config=config, out=tmp_path / "out", parts=("plan",)))


def test_every_geojson_of_a_layer_is_rfc_7946(folder):
    for name in ("entity_grids", "road_grids", "road_areas", "overlay_grids", "micro_grids"):
        assert check_rfc7946(folder / "out" / f"{name}.geojson") == []


def test_single_objects_leave_with_the_entity_that_looks_after_them():
    """Five green shops in the entity, half of them its own staff's: two stay out, three are left."""
    town = square_town(2, 1)
    objects = pd.DataFrame(
        {
            "object_id": [f"o{i}" for i in range(9)],
            "object_class": ["shop"] * 7 + ["house"] * 2,
            "risk": ["green"] * 5 + ["red", "green", "", ""],
            "unit_pos": [0, 0, 0, 0, 0, 0, 1, 1, 0],
        }
    )
    carved = Carved(town=town, units={"E1": (town.units.ids[0],)}, frame=gpd.GeoDataFrame())
    half = left_to_members(objects, town, carved, 0.5)
    assert half["object_id"].tolist() == ["o2", "o3", "o4", "o5", "o6", "o7", "o8"]
    none = left_to_members(objects, town, carved, 1.0)
    assert none["object_id"].tolist() == ["o6", "o7"]
    assert left_to_members(objects, town, carved, 0.0).equals(objects)
