"""Is each bad layer one clear sentence, or a listed finding, and is nothing half-written?"""

from __future__ import annotations

import shutil

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import rasterio.warp
import shapely

from gridkit.geo.datum import convert
from tests.cli.raw import write_raw_town

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return write_raw_town(tmp_path_factory.mktemp("raw"))


@pytest.fixture
def raw(good, tmp_path):
    shutil.copytree(good, tmp_path, dirs_exist_ok=True)
    return tmp_path


def rewrite(folder, old, new):
    text = (folder / "town.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "town.toml").write_text(text.replace(old, new), encoding="utf-8")


def append(folder, text):
    config = folder / "town.toml"
    config.write_text(config.read_text(encoding="utf-8") + text, encoding="utf-8")


def change_layer(folder, name, change):
    file = folder / "wuzhen-data" / "town.gpkg"
    change(gpd.read_file(file, layer=name)).to_file(file, layer=name)


def bow_tie(frame):
    west, south, east, north = frame.total_bounds
    return frame.set_geometry(
        [shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])]
    )


def change_raster(folder, change=None, **profile):
    file = folder / "wuzhen-data" / "population.tif"
    with rasterio.open(file) as source:
        cells, old = source.read(1), source.profile
    file.unlink()
    with rasterio.open(file, "w", **(old | profile)) as target:
        target.write(cells if change is None else change(cells).astype(cells.dtype), 1)


def in_degrees(folder):
    file = folder / "wuzhen-data" / "population.tif"
    with rasterio.open(file) as source:
        west, south, east, north = rasterio.warp.transform_bounds(
            source.crs, "EPSG:4326", *source.bounds
        )
        rows, columns = source.shape
        step = rasterio.Affine((east - west) / columns, 0, west, 0, (south - north) / rows, north)
        cells = np.zeros(source.shape, dtype=np.float32)
        rasterio.warp.reproject(
            source.read(1), cells, src_transform=source.transform, src_crs=source.crs,
            dst_transform=step, dst_crs="EPSG:4326",
        )  # fmt: skip
    file.unlink()
    with rasterio.open(
        file, "w", driver="GTiff", count=1, dtype="float32", crs="EPSG:4326",
        transform=step, width=columns, height=rows,
    ) as target:  # fmt: skip
        target.write(cells, 1)


def change_objects(folder, change):
    file = folder / "wuzhen-data" / "objects.csv"
    table = change(pd.read_csv(file, encoding="gb18030", dtype=str))
    table.to_csv(file, index=False, encoding="gb18030")


def far(table):
    table.loc[table.index[:30], "lon"] = "121.9"
    return table


def shifted(table):
    xy = convert(table[["lon", "lat"]].to_numpy(dtype=float), "WGS84", "GCJ02")
    return table.assign(lon=xy[:, 0].astype(str), lat=xy[:, 1].astype(str))


def entities(folder, *boxes):
    line = gpd.read_file(folder / "wuzhen-data" / "town.gpkg", layer="town_line")
    west, south, east, north = line.total_bounds
    shapes = [
        shapely.box(
            west + a * (east - west), south + b * (north - south),
            west + c * (east - west), south + d * (north - south),
        ) for a, b, c, d in boxes
    ]  # fmt: skip
    ids = [f"P{i}" for i in range(len(boxes))]
    gpd.GeoDataFrame({"park": ids}, geometry=shapes, crs=line.crs).to_file(folder / "parks.gpkg")
    append(folder, '\n[layers.entity]\npath = "parks.gpkg"\nid_column = "park"\n')


def codes(folder, text):
    append(folder, f'\n[codes]\nvalid_from = "2026-01-01"\n{text}\n')


REFUSED = {
    "a town line that crosses itself": (lambda f: change_layer(f, "town_line", bow_tie), "`town_line` crosses itself or is broken (Self-intersection"),
    "streets elsewhere": (lambda f: change_layer(f, "streets", lambda g: g.set_geometry(g.translate(3e5))), "`streets` and `town_line` do not overlap"),
    "a raster elsewhere": (lambda f: change_raster(f, transform=rasterio.Affine(100, 0, 7e5, 0, -100, 3e6)), "the raster lies in x 700,000 to"),
    "a raster without a system": (lambda f: change_raster(f, crs=None), "'population.tif' has no reference system"),
    "a raster whose no data is not declared": (lambda f: change_raster(f, lambda a: np.where(a == 0, -200, a), nodata=None), "declare what means no data: nodata = -200"),
    "an unknown class": (lambda f: rewrite(f, 'class_column = "class"', 'class_column = "class"\nclasses = { rental_house = "house" }'), "words that the mapping does not have: 'enterprise'"),
    "text for coordinates": (lambda f: change_objects(f, lambda t: t.assign(lat="north")), "'north' in row 1"),
    "an entity outside the town": (lambda f: entities(f, (2, 2, 2.2, 2.2)), "entity 'P0' lies"),
    "entities that overlap": (lambda f: entities(f, (0.2, 0.2, 0.5, 0.5), (0.4, 0.4, 0.7, 0.7)), "entities 'P0' and 'P1' overlap by"),
    "digits missing in a code": (lambda f: codes(f, 'scheme = "beijing-15"\nparts = { district = "441900" }'), "needs the digits of street"),
    "a code scheme too short": (lambda f: (codes(f, 'scheme = "sequence:1"'), rewrite(f, "total = 9", "total = 12")), "is too short: the town needs number 12, the largest is 9"),
    "an unknown code scheme": (lambda f: codes(f, 'scheme = "beijing-16"'), "did you mean 'beijing-15'"),
    "a load that is part of nothing": (lambda f: rewrite(f, 'part_of = "residents"', 'part_of = "resident"'), "did you mean 'residents'"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_layer_is_one_sentence_and_nothing_is_written(case, raw, gridkit):
    spoil, words = REFUSED[case]
    spoil(raw)
    before = sorted(p.name for p in raw.iterdir())
    code, out, err = gridkit("partition", raw / "town.toml", "--out", raw / "out", "--no-progress")
    assert code == 2, err
    assert words in err
    assert err.startswith("gridkit: ")
    assert err.count("\n") == 1
    assert out == ""
    assert sorted(p.name for p in raw.iterdir()) == before


LISTED = {
    "streets that do not close": (lambda f: change_layer(f, "streets", lambda g: g.iloc[:6]), "the streets may not close there"),
    "a raster in another system": (in_degrees, "residents: "),
    "points outside": (lambda f: change_objects(f, far), "30 of 860 points lie in no unit"),
    "a datum that contradicts the streets": (lambda f: change_objects(f, shifted), "If they are in GCJ02, declare it: datum = 'GCJ02'"),
}  # fmt: skip


@pytest.mark.parametrize("case", LISTED)
def test_what_stays_usable_is_listed(case, raw, gridkit):
    spoil, words = LISTED[case]
    spoil(raw)
    code, out, err = gridkit("units", raw / "town.toml", "--out", raw / "out")
    assert code == 0, err
    assert words in out


def test_units_tell_their_density_class_over_built_up_land(raw, gridkit):
    append(
        raw,
        """
[[build.loads]]
name = "built_km2"
path = "wuzhen-data/town.gpkg"
layer = "streets_land"
kind = "cover"
unit = "km2"
""",
    )
    rewrite(
        raw,
        "[rules]\n",
        """[rules]
density_area = "built_km2"
density_classes = [{ name = "thin", below_per_km2 = 20000 }, { name = "dense" }]
""",
    )
    streets = gpd.read_file(raw / "wuzhen-data" / "town.gpkg", layer="streets")
    land = streets.set_geometry(streets.buffer(20))[["geometry"]]
    land.to_file(raw / "wuzhen-data" / "town.gpkg", layer="streets_land")
    code, out, err = gridkit("units", raw / "town.toml", "--out", raw / "out")
    assert code == 0, err
    assert "by residents per km² of built_km2: thin" in out
    units = gpd.read_file(raw / "out" / "units.gpkg")
    built = units["built_km2"] > 0.001
    share = units["residents"][built] / units["built_km2"][built]
    np.testing.assert_allclose(units["density_per_km2"][built], share, rtol=0.1)  # 4 digits of km²
    assert ((units["density_per_km2"] < 20_000) == (units["density_class"] == "thin")).all()
    assert 0 < units["built_km2"].sum() < units.area.sum() / 1e6
