"""Files that reports give on request: streets, risk, outlook, warnings, work of a month."""

import json

import geopandas as gpd
import pandas as pd
import pytest
import rasterio
import shapely

from gridkit.cli.entry import run
from gridkit.io.geojson import check_rfc7946
from tests.cli.conftest import CONFIG, write_town
from tests.conftest import X0, Y0

MORE = (
    CONFIG.replace("n_synthetic = 14\n", 'n_synthetic = 14\nreports_exposure = "residents"\n')
    + """
methods = ["density", "scan", "street_scan", "emerging"]
exposure = "street_km"
risk_surface = true
[hotspots.outlook]
period_days = 30
[hotspots.warning]
history = 6
[indicators]
limits = { fire = "2 working days" }
by = ["category"]
[indicators.clock]
holidays = ["2024-02-12"]
[streets]
path = "streets.geojson"
id_column = "name"
"""
)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = write_town(tmp_path_factory.mktemp("more"))
    lines = [
        shapely.LineString([(X0 + 100 * c, Y0 - 100 * r), (X0 + 100 * (c + 1), Y0 - 100 * r)])
        for r in range(7)
        for c in range(8)
    ]
    names = [f"row {r}" for r in range(7) for _ in range(8)]
    frame = gpd.GeoDataFrame({"name": names}, geometry=lines, crs="EPSG:4547")
    frame.to_crs(4326).to_file(folder / "streets.geojson")
    (folder / "town.toml").write_text(MORE, encoding="utf-8")
    assert run(["run", str(folder / "town.toml"), "--out", str(folder / "out")]) in {0, 1}
    return folder / "out"


def test_streets_have_rates_and_small_counts_are_withheld(out):
    made = json.loads((out / "street_density.geojson").read_text(encoding="utf-8"))
    assert check_rfc7946(made) == []
    table = pd.DataFrame([f["properties"] for f in made["features"]])
    assert len(table) == 56
    assert table.loc[table["is_suppressed"], ["n", "n_per_km"]].isna().all().all()
    assert (table["n"].dropna().isin([0]) | (table["n"].dropna() >= 5)).all()
    hazards = gpd.read_parquet(out / "hazards.parquet")
    busiest = hazards["street_id"].value_counts().index[0]
    assert busiest in {"row 1", "row 2"}
    assert hazards["street_at_m"].between(0, 100).all()
    assert set(hazards["unit_id"]) != {""}


def test_risk_is_a_surface_with_contours(out):
    for name in ("hotspot_risk", "hotspot_risk_p"):
        with rasterio.open(out / f"{name}.tif") as made:
            assert made.crs.to_epsg() == 4547
            assert made.read(1, masked=True).max() > 0
    made = json.loads((out / "risk_contours.geojson").read_text(encoding="utf-8"))
    assert check_rfc7946(made) == []
    assert made["features"][0]["properties"]["p_value_below"] == 0.05


def test_the_outlook_says_what_a_visit_is_worth(out):
    table = pd.read_csv(out / "outlook.csv")
    spots = json.loads((out / "hotspots.geojson").read_text(encoding="utf-8"))["features"]
    assert table["hotspot_id"].tolist() == [f["properties"]["hotspot_id"] for f in spots]
    top = table[table["method"] == "scan"].iloc[0]
    assert top["low_next"] <= top["expected_next"] <= top["high_next"]
    assert 0 < top["worth_per_hour"] <= top["reports_per_hour"]


def test_warnings_state_their_false_alarms(out):
    table = pd.read_csv(out / "early_warning.csv")
    assert set(table["table"]) == {"town", "grid", "community", "category"}
    assert (table["false_alarm_rate"] == 0.01).all()
    said = json.loads((out / "findings.json").read_text(encoding="utf-8"))
    assert any(f["rule"] == "early_warning" and "by chance alone" in f["text"] for f in said)


def test_indicators_obey_the_batch_file(out):
    table = pd.read_csv(out / "indicators.csv")
    assert set(table["table"]) == {"town", "category"}


def test_reports_of_a_month_are_work(out):
    load = pd.read_csv(out / "workload.csv")
    hazards = gpd.read_parquet(out / "hazards.parquet")
    day = hazards["reported_at"].dt.floor("D")
    months = ((day.max() - day.min()).days + 1) / (365.25 / 12)
    # 12 minutes for a routine report, as the standards say; the table rounds to hundredths of an hour
    hours = hazards["is_inside"].sum() / months * 12 / 60
    assert load["report_h"].sum() == pytest.approx(hours, rel=0.02)
