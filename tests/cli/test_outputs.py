"""Is every file of a run what docs/files.md promises, recounted from the inputs by another way?"""

from __future__ import annotations

import json
import sqlite3

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio

from gridkit.io.geojson import check_rfc7946

GRID_COLUMNS = [
    "grid_id", "code", "name", "kind", "parent_id", "n_units", "area_km2", "residents", "households", "n_objects",
    "density_per_km2", "workload_h", "members", "load", "compactness",
]  # fmt: skip


@pytest.fixture
def folder(finished):
    return finished


@pytest.fixture
def out(finished):
    return finished / "out"


def properties(path):
    return pd.DataFrame(
        [f["properties"] for f in json.loads(path.read_text(encoding="utf-8"))["features"]]
    )


@pytest.mark.parametrize("name", ["base_grids", "community_grids", "hotspots"])
def test_geojson_keeps_rfc_7946(out, name):
    assert check_rfc7946(json.loads((out / f"{name}.geojson").read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("name", ["base_grids", "community_grids"])
def test_grids_have_the_columns_of_the_contract_first(out, name):
    table = properties(out / f"{name}.geojson")
    assert list(table.columns)[: len(GRID_COLUMNS)] == GRID_COLUMNS
    assert table["households"].isna().all()  # this town has no such data
    assert table["grid_id"].is_unique
    assert table["code"].is_unique


def test_totals_of_grids_are_those_of_their_units(out, folder):
    plan = pd.read_csv(out / "plan.csv", dtype=str)
    units = gpd.read_file(folder / "units.gpkg").set_index("id")
    plan["pop"] = units.loc[plan["unit_id"], "pop"].to_numpy()
    plan["area"] = units.loc[plan["unit_id"]].area.to_numpy()
    for name in ("base_grid", "community_grid"):
        table = properties(out / f"{name}s.geojson").set_index("grid_id")
        by = plan.groupby(f"{name}_id")
        pd.testing.assert_series_equal(
            table["residents"].sort_index(), by["pop"].sum(), check_names=False
        )
        np.testing.assert_allclose(table["area_km2"].sort_index(), by["area"].sum() / 1e6)
        np.testing.assert_array_equal(table["n_units"].sort_index(), by.size())


def test_objects_are_counted_as_by_a_spatial_join(out, folder):
    units = gpd.read_file(folder / "units.gpkg")
    points = gpd.read_file(folder / "objects.geojson").to_crs(units.crs)
    joined = gpd.sjoin(points, units, predicate="within")
    assert properties(out / "base_grids.geojson")["n_objects"].sum() == len(joined)
    assert (
        properties(out / "base_grids.geojson")["objects_shop"].sum()
        == (joined["kind"] == "shop").sum()
    )


def test_compactness_is_that_of_the_drawn_shapes(out):
    grids = gpd.read_file(out / "plan.gpkg", layer="base_grids")
    drawn = 4 * np.pi * grids.area / grids.length**2
    np.testing.assert_allclose(grids["compactness"], drawn, atol=1e-4)


def test_members_and_load_agree_between_the_files(out):
    grids = properties(out / "base_grids.geojson").set_index("grid_id").sort_index()
    heads = pd.read_csv(out / "headcount.csv").set_index("base_grid_id").sort_index()
    roster = pd.read_csv(out / "roster.csv")
    assert heads["members"].sum() == 14
    assert heads["members"].min() >= 2
    np.testing.assert_array_equal(grids["members"], heads["members"])
    np.testing.assert_allclose(grids["load"], heads["load"], atol=1e-4)
    assert roster.groupby("base_grid_id").size().sort_index().tolist() == heads["members"].tolist()
    assert list(roster.columns) == [
        "member_id",
        "base_grid_id",
        "role",
        "minutes",
        "kept",
        "skills_used",
    ]


def test_the_package_opens_with_another_tool(out):
    with sqlite3.connect(out / "plan.gpkg") as base:
        layers = {
            r[0]
            for r in base.execute(
                "SELECT table_name FROM gpkg_contents WHERE data_type = 'features'"
            )
        }
        styled = {
            r[0]
            for r in base.execute("SELECT f_table_name FROM layer_styles WHERE useAsDefault = 1")
        }
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert base.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    base.close()
    assert layers == {"units", "base_grids", "community_grids", "hazards", "hotspots", "members"}
    assert styled == layers


def test_the_surface_is_a_cloud_optimised_geotiff_that_holds_the_hazards(out):
    with rasterio.open(out / "hotspot_surface.tif") as raster:
        assert raster.crs.to_epsg() == 4547
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        density = raster.read(1, masked=True)
        cell_km2 = raster.res[0] * raster.res[1] / 1e6
    hazards = pd.read_parquet(out / "hazards.parquet")
    counted = (
        hazards["grid_id"].notna() & hazards["same_as"].isna()
        if hazards["same_as"].isna().any()
        else hazards["grid_id"].notna() & (hazards["same_as"] == "")
    )
    assert float(density.sum()) * cell_km2 == pytest.approx(int(counted.sum()), rel=0.02)


def test_every_hazard_lies_in_the_grid_it_names(out):
    hazards = gpd.read_file(out / "plan.gpkg", layer="hazards")
    grids = gpd.read_file(out / "plan.gpkg", layer="base_grids")[["grid_id", "geometry"]]
    joined = gpd.sjoin(hazards.drop(columns="grid_id"), grids, predicate="within", how="left")
    assert (joined["grid_id"].fillna("") == hazards["grid_id"].fillna("")).all()


def test_refused_rows_say_their_line_and_reason(out):
    rejected = pd.read_csv(out / "rejected.csv", dtype=str)
    assert rejected["line"].tolist() == ["122"]
    assert rejected["hazard_id"].tolist() == ["998"]
    assert "not a day" in rejected["reason"][0]


def test_pages_ask_for_nothing_outside(out):
    for name in ("map.html", "report.html"):
        page = (out / name).read_text(encoding="utf-8")
        assert "Content-Security-Policy" in page
        assert 'src="http' not in page


def test_nothing_tells_of_the_machine(out, folder):
    for name in ("run.json", "map.html", "report.html", "findings.json", "base_grids.geojson"):
        assert str(folder) not in (out / name).read_text(encoding="utf-8")


def test_the_record_says_how_it_was_made(out):
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert set(record["inputs"]) == {"town.toml", "units.gpkg", "objects.geojson", "hazards.csv"}
    assert record["is_synthetic"] is True
    assert {"gridkit", "numpy", "GEOS", "PROJ"} <= set(record["versions"])
