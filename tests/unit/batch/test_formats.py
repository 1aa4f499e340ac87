"""Other formats on request: shapefile, GeoParquet, thinned borders, a GCJ-02 copy."""

from __future__ import annotations

import io
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridkit.batch.formats import in_gcj02, thinned
from gridkit.config.batch_file import OutputSettings
from gridkit.errors import ConfigError
from gridkit.geo.crs import to_wgs84
from gridkit.geo.datum import to_gcj02
from gridkit.io.shapefile import short_names, write_shapefiles
from tests.map_content import base_frame


def test_short_names_are_short_plain_and_each_a_different_one():
    columns = ["grid_id", *(f"workload_of_kind_{i}" for i in range(30)), "户数", "GRID_ID", "1st"]
    short = short_names(columns)
    assert list(short) == columns
    assert len({v.lower() for v in short.values()}) == len(columns)
    assert all(len(v) <= 10 and v.isascii() and v[0].isalpha() for v in short.values())


def test_a_shapefile_keeps_texts_and_numbers_and_says_its_names(tmp_path):
    frame = base_frame(density_per_km2=np.arange(9.0))
    write_shapefiles(tmp_path / "a.zip", {"base_grids": frame})
    again = tmp_path / "b.zip"
    write_shapefiles(again, {"base_grids": frame})
    assert (tmp_path / "a.zip").read_bytes() == again.read_bytes()
    with zipfile.ZipFile(again) as box:
        table = box.read("fields.csv").decode("utf-8-sig").splitlines()
        assert "base_grids,density_pe,density_per_km2" in table
        box.extractall(tmp_path / "out")
    back = gpd.read_file(tmp_path / "out" / "base_grids.shp")
    assert back["grid_id"].tolist() == frame["grid_id"].tolist()
    assert back["name"].tolist() == frame["name"].tolist()
    assert back["density_pe"].tolist() == frame["density_per_km2"].tolist()
    assert back.crs == frame.crs


def test_an_empty_layer_is_left_out_of_the_zip(tmp_path):
    write_shapefiles(
        tmp_path / "a.zip", {"base_grids": base_frame(), "hotspots": base_frame().iloc[:0]}
    )
    with zipfile.ZipFile(io.BytesIO((tmp_path / "a.zip").read_bytes())) as box:
        assert not [n for n in box.namelist() if n.startswith("hotspots")]


def wavy_grids() -> gpd.GeoDataFrame:
    """Two grids with a common border of many small bends."""
    y = np.linspace(0, 1000, 101)
    x = 500 + 2 * np.sin(y / 15)
    border = [*zip(x, y, strict=True)]
    west = shapely.Polygon([(0, 0), *border, (0, 1000)])
    east = shapely.Polygon([(1000, 0), (1000, 1000), *border[::-1]])
    return gpd.GeoDataFrame({"grid_id": ["w", "e"]}, geometry=[west, east], crs="EPSG:4547")


def test_thinned_borders_stay_shared():
    frame = wavy_grids()
    thin = thinned(frame, 10.0)
    assert shapely.get_num_coordinates(thin.geometry.array).sum() < 60
    assert shapely.coverage_is_valid(np.asarray(thin.geometry.array, dtype=object))
    assert thin.area.sum() == pytest.approx(frame.area.sum())
    assert thin["grid_id"].tolist() == ["w", "e"]


def test_a_gcj02_copy_is_shifted_and_says_so():
    frame = base_frame()
    copy = in_gcj02(frame)
    assert set(copy["datum"]) == {"GCJ-02"}
    corner = shapely.get_coordinates(frame.geometry.array[0])[:1]
    np.testing.assert_allclose(
        shapely.get_coordinates(copy.geometry.array[0])[:1], to_gcj02(to_wgs84(corner, frame.crs))
    )
    assert (
        np.abs(
            shapely.get_coordinates(copy.geometry.array[0])[:1] - to_wgs84(corner, frame.crs)
        ).max()
        > 1e-3
    )


@pytest.mark.parametrize("thin_m", [-1.0, 5000.0, float("nan")])
def test_a_thinning_without_sense_is_refused(thin_m):
    with pytest.raises(ConfigError, match="`thin_m`"):
        OutputSettings(thin_m=thin_m)
