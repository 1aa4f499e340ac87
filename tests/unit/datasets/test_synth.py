import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridkit.build import UnitRules, add_barriers, build_units, count_points, sum_raster
from gridkit.datasets import make_synthetic, town_specs
from gridkit.errors import InputError
from gridkit.geo.datum import from_gcj02
from gridkit.io.raster import read_raster
from gridkit.io.synth import FILES, write_synthetic
from gridkit.io.tables import read_table
from gridkit.io.vector import read_layer
from gridkit.model.town import Town

SMALL = dataclasses.replace(
    town_specs("houjie")[0],
    area_km2=12.0,
    n_blocks=300,
    n_communities=4,
    n_base_grids=12,
    n_members=40,
    residents=40_000,
    registered=10_000,
    objects={"rental_house": 900, "small_place": 1200, "other": 400},
    n_reports=5_000,
    n_parks=3,
)


@pytest.fixture(scope="module")
def small():
    return make_synthetic(SMALL, 7)


def test_counts_come_out_as_asked(small):
    assert small.population["residents"].total == pytest.approx(40_000, abs=1e-6)
    assert small.objects["class"].value_counts().to_dict() == SMALL.objects
    assert len(small.reports) == 5_000
    assert len(small.members) == 40
    assert small.layers["communities"]["community_id"].tolist() == ["C001", "C002", "C003", "C004"]
    for frame in (small.objects, small.members, small.reports, *small.layers.values()):
        assert frame["is_synthetic"].all()


def test_distributions_are_near_the_measured_ones(small):
    got = small.targets.set_index("quantity")["realised"]
    assert float(got["reports in the top 1 % of units"]) == pytest.approx(0.14, abs=0.04)
    assert float(got["reports in the top 10 % of units"]) == pytest.approx(0.64, abs=0.05)
    assert float(got["area without residents"]) == pytest.approx(0.31, abs=0.1)
    assert float(got["density at 50 % of residents per km2"].replace(",", "")) == pytest.approx(
        21_100, rel=0.2
    )
    assert "realised" in small.describe()


def test_reports_live_in_order_and_most_are_disposed(small):
    r = small.reports
    assert r["reported_at"].is_monotonic_increasing
    assert (r["reported_at"] <= r["accepted_at"]).all()
    assert (r["accepted_at"] <= r["dispatched_at"]).all()
    done = r.dropna(subset="closed_at")
    assert (done["dispatched_at"] <= done["disposed_at"]).all()
    assert (done["disposed_at"] <= done["closed_at"]).all()
    assert len(done) / len(r) == pytest.approx(0.972, abs=0.01)
    # From 9 to 15 h: 53 % of requests in Washington, 38 % of crashes in Cambridge (README of the data).
    routine = r["urgency"] == "routine"
    for kind, share in ((routine, 0.532), (~routine, 0.383)):
        assert r[kind]["reported_at"].dt.hour.between(9, 14).mean() == pytest.approx(
            share, abs=0.03
        )


def test_routine_reports_take_as_long_as_in_washington(small):
    r = small.reports[small.reports["urgency"] == "routine"].dropna(subset="closed_at")
    took = (r["closed_at"] - r["reported_at"]).dt.total_seconds() / 3600
    measured = [19.54, 47.88, 128.12, 214.53]  # hours, 25 to 90 % of the requests of summer 2016
    np.testing.assert_allclose(took.quantile([0.25, 0.5, 0.75, 0.9]), measured, rtol=0.08)


def test_residents_are_split_and_the_parts_add_up(small):
    cells = {k: r.values for k, r in small.population.items()}
    np.testing.assert_allclose(
        cells["registered"] + cells["migrants"], cells["residents"], atol=1e-9
    )
    assert cells["registered"].sum() == pytest.approx(SMALL.registered, rel=1e-6)
    assert (cells["elderly"] <= cells["residents"]).all()
    assert cells["households"].sum() == pytest.approx(40_000 / 2.6, rel=0.02)
    assert (
        small.targets.set_index("quantity").loc["migrants", "realised"]
        == f"{40_000 - SMALL.registered:,}"
    )


def test_communities_have_names_of_their_own():
    towns = (
        town_specs("wuzhen")[0].n_communities,
        max(t.n_communities for t in town_specs("dongguan")),
    )
    spec = dataclasses.replace(SMALL, n_communities=max(towns), n_blocks=400)
    names = make_synthetic(spec, 2).layers["communities"]["name"]
    assert names.is_unique


def test_reports_are_in_gcj02(small):
    area = small.layers["town_line"].to_crs(4326).geometry.iloc[0]
    plain = from_gcj02(small.reports[["lon", "lat"]].to_numpy())
    assert shapely.contains_xy(area, plain[:, 0], plain[:, 1]).mean() > 0.999


def test_a_town_is_built_from_its_layers_and_hangs_together(small):
    layers = small.layers
    built = build_units(
        layers["town_line"],
        streets=layers["streets"],
        rail=layers["rail"],
        water=layers["water"],
        whole=layers["whole"],
        communities=layers["communities"],
        community_id="community_id",
        rules=UnitRules(max_area_m2=60_000),
    )
    town = Town.from_frame(
        built.frame, name="x", id_column="unit_id", measures={}, community_column="community_id"
    )
    assert abs(built.report.town_m2 - built.report.units_m2) < 12
    assert (built.frame["kind"] == "whole").sum() == 3
    people = sum_raster(
        town.units, small.population["residents"], name="residents", edge="share", whole=True
    )
    assert people.landed == pytest.approx(40_000, rel=1e-9)
    shops = gpd.GeoDataFrame(
        small.objects,
        geometry=gpd.points_from_xy(small.objects["lon"], small.objects["lat"]),
        crs=4326,
    )
    assert count_points(town.units, shops, name="n", class_column="class").n_outside == 0
    walls = pd.concat([layers["rail"], layers["water"]])
    parted, report = add_barriers(town, walls, streets=layers["streets"])
    assert len(report.removed) > 10
    assert report.n_crossings > 0
    assert np.unique(parted.graph.pieces(parted.community.holder)).size <= 4 + 2


def test_files_are_the_same_bytes_and_come_back(small, tmp_path, monkeypatch):
    monkeypatch.setattr("gridkit.io.synth.town_specs", lambda _: (SMALL,))
    for folder in ("a", "b"):
        write_synthetic("houjie", tmp_path / folder, seed=7)
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    folder = tmp_path / "a"
    assert "SYNTHETIC" in (folder / "README.txt").read_text(encoding="utf-8")
    assert len(read_layer(folder / "town.gpkg", layer="streets")) == len(small.layers["streets"])
    objects = read_table(folder / "objects.csv")
    assert objects["object_id"].iloc[0] == "000000000001"
    assert objects["name"].iloc[0].startswith("出租屋")
    assert read_raster(folder / "population.tif").total == pytest.approx(40_000, rel=1e-5)


def test_an_unknown_town_is_refused():
    with pytest.raises(InputError, match="did you mean 'houjie'"):
        town_specs("houji")
    assert len(town_specs("dongguan")) == 33
