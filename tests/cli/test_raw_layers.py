"""From raw layers of a made-up town to a plan, by the commands alone."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest

CONFIG = Path(__file__).parents[2] / "configs" / "houjie.toml"


@pytest.mark.slow
def test_streets_rasters_and_points_become_a_plan(tmp_path, gridkit):
    code, out, err = gridkit(
        "synth", "houjie", "--seed", "1", "--out", tmp_path / "out" / "houjie-data"
    )
    assert code == 0, err
    assert "target" in out
    (tmp_path / "configs").mkdir()
    text = CONFIG.read_text(encoding="utf-8")
    (tmp_path / "configs" / "houjie.toml").write_text(text, encoding="utf-8")
    config = tmp_path / "configs" / "houjie.toml"
    code, out, err = gridkit("units", config, "--out", tmp_path / "units")
    assert code == 0, err
    units = gpd.read_file(tmp_path / "units" / "units.gpkg")
    assert units["residents"].sum() == pytest.approx(400_000, rel=1e-6)
    own = (
        80_600 - units["n_objects"].sum()
    )  # objects of parks, markets and schools have staff of their own
    assert 0 < own < 2_000
    assert units["migrants"].sum() == pytest.approx(300_000, abs=1)
    assert units.area.sum() == pytest.approx(126e6, rel=1e-6)
    code, out, err = gridkit("partition", config, "--out", tmp_path / "plan", "--json")
    assert code == 0, err
    figures = json.loads(out)["figures"]["plan"]
    assert figures["n_base_grids"] == 101 + 12  # 12 entity grids besides
    assert figures["deviation_max"] <= 0.2
    written = {p.name for p in (tmp_path / "plan").iterdir()}
    assert {
        "entity_grids.geojson",
        "road_grids.geojson",
        "overlay_grids.geojson",
        "crossings.csv",
        "codes.csv",
    } <= written
    entities = gpd.read_file(tmp_path / "plan" / "entity_grids.geojson")
    assert entities["objects_small_place"].sum() + entities["objects_rental_house"].sum() <= own


def test_a_file_changes_its_datum_and_comes_back(tmp_path, gridkit):
    # Houjie in GCJ-02, as published in docs/town.md: 113.675125903281, 22.937144209132.
    (tmp_path / "a.csv").write_text("id,lon,lat\n007,113.675125903281,22.937144209132\n")
    code, _, err = gridkit(
        "datum", tmp_path / "a.csv", "--from", "GCJ02", "--out", tmp_path / "b.csv"
    )
    assert code == 0, err
    row = (tmp_path / "b.csv").read_text().splitlines()[1].split(",")
    assert row[0] == "007"
    assert float(row[1]) == pytest.approx(113.67, abs=1e-8)
    assert float(row[2]) == pytest.approx(22.94, abs=1e-8)


def test_presets_are_listed_and_printed(gridkit):
    code, out, _ = gridkit("presets")
    assert code == 0
    assert "cn-urban" in out.split()
    code, out, _ = gridkit("presets", "cn-urban")
    assert code == 0
    assert "source" in out
    code, _, err = gridkit("presets", "cn-urbn")
    assert code == 2
    assert "did you mean 'cn-urban'" in err


def test_units_and_build_exclude_each_other(folder, gridkit):
    text = (folder / "town.toml").read_text() + "\n[build]\ntown_line = { path = 'x' }\n"
    (folder / "town.toml").write_text(text)
    code, _, err = gridkit("check", folder / "town.toml")
    assert code == 2
    assert "give either [units] (ready pieces) or [build] (map layers), and not both" in err
