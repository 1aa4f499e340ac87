import gzip
import json
import shutil
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from gridkit.errors import CRSError, GeometryError, InputError, SchemaError
from gridkit.io.vector import list_layers, read_layer
from gridkit.model.units import text_ids

CAMBRIDGE = Path("data/cambridge/cambridge.gpkg.zip")


@pytest.fixture
def frame():
    return gpd.GeoDataFrame(
        {"id": ["001", "1E5", "厚街社区甲"], "people": [1, 2, 3]},
        geometry=shapely.box([0, 1, 2], [0, 0, 0], [1, 2, 3], [1, 1, 1]),
        crs="EPSG:4547",
    )


@pytest.mark.parametrize("name", ["a.gpkg", "a.fgb", "a.shp", "a.parquet", "a.geojson"])
def test_every_kind_of_file_comes_in_the_same(name, frame, tmp_path):
    path = tmp_path / name
    if name.endswith("parquet"):
        frame.to_parquet(path)
    elif name.endswith("geojson"):
        frame.to_crs(4326).to_file(path, driver="GeoJSON")
    else:
        frame.to_file(path, encoding="utf-8" if name.endswith("shp") else None)
    got = read_layer(path).sort_values("people")
    assert got["id"].tolist() == ["001", "1E5", "厚街社区甲"]
    assert got["people"].tolist() == [1, 2, 3]
    assert got.crs.to_epsg() == (4326 if name.endswith("geojson") else 4547)
    assert read_layer(path, columns=["people"]).columns.tolist() == ["people", "geometry"]


def test_a_packed_geopackage_is_read_by_layer():
    assert len(read_layer(CAMBRIDGE, layer="blocks")) == 1044
    assert "incidents" in list_layers(CAMBRIDGE)


def test_a_gzipped_geojson_and_a_zipped_shapefile_are_read(frame, tmp_path):
    plain = tmp_path / "a.geojson"
    frame.to_crs(4326).to_file(plain, driver="GeoJSON")
    with gzip.open(tmp_path / "a.geojson.gz", "wb") as out:
        out.write(plain.read_bytes())
    assert len(read_layer(tmp_path / "a.geojson.gz")) == 3
    frame.to_file(tmp_path / "b.shp", encoding="gbk")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for part in sorted(tmp_path.glob("b.*")):
            if part.suffix != ".zip":
                archive.write(part, f"folder/{part.name}")
    assert read_layer(tmp_path / "b.zip")["id"].tolist()[2] == "厚街社区甲"


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_a_shapefile_without_cpg_keeps_its_chinese_names(encoding, frame, tmp_path):
    frame.to_file(tmp_path / "a.shp", encoding=encoding)
    (tmp_path / "a.cpg").unlink()
    dbf = bytearray((tmp_path / "a.dbf").read_bytes())
    dbf[29] = 0
    (tmp_path / "a.dbf").write_bytes(bytes(dbf))
    assert read_layer(tmp_path / "a.shp")["id"].tolist()[2] == "厚街社区甲"


def test_missing_files_layers_and_columns_are_named_with_the_nearest(frame, tmp_path):
    frame.to_file(tmp_path / "town.gpkg", layer="units")
    frame.to_file(tmp_path / "town.gpkg", layer="streets")
    with pytest.raises(InputError, match=r"`blocks`: there is no file .*did you mean 'town.gpkg'"):
        read_layer(tmp_path / "towns.gpkg", name="blocks")
    with pytest.raises(InputError, match="no folder"):
        read_layer(tmp_path / "none" / "a.gpkg")
    with pytest.raises(SchemaError, match="has 2 layers; say which"):
        read_layer(tmp_path / "town.gpkg")
    with pytest.raises(SchemaError, match="no layer 'unit'; did you mean 'units'"):
        read_layer(tmp_path / "town.gpkg", layer="unit")
    with pytest.raises(SchemaError, match="no column `peple`; did you mean 'people'"):
        read_layer(tmp_path / "town.gpkg", layer="units", columns=["peple"])


@pytest.mark.parametrize(
    "text",
    [
        "http://example.org/a.geojson",
        "/vsicurl/http://example.org/a.gpkg",
        '{"type":"FeatureCollection","features":[]}',
        "\\\\server\\share\\a.gpkg",
    ],
)
def test_only_files_on_this_machine_are_opened(text):
    with pytest.raises(InputError, match="no file on this machine"):
        read_layer(text)


VRT = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.shp", "a.vrt"])
def test_a_virtual_source_in_disguise_is_refused(name, tmp_path):
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    (tmp_path / name).write_text(VRT.format(tmp_path / "secret.csv"))
    with pytest.raises(InputError, match="of a kind that is not read"):
        read_layer(tmp_path / name)


def test_a_list_of_gdal_commands_is_not_run(tmp_path):
    text = {"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read secret.csv"}
    (tmp_path / "a.geojson").write_text(json.dumps(text))
    with pytest.raises(InputError, match="it is not run"):
        read_layer(tmp_path / "a.geojson")


def test_content_that_contradicts_the_name_is_refused(frame, tmp_path):
    frame.to_file(tmp_path / "a.gpkg")
    shutil.copy(tmp_path / "a.gpkg", tmp_path / "b.geojson")
    with pytest.raises(InputError, match=r"called \.geojson but holds gpkg"):
        read_layer(tmp_path / "b.geojson")
    (tmp_path / "c.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="holds text, where shapes are needed"):
        read_layer(tmp_path / "c.csv")
    (tmp_path / "empty.gpkg").write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        read_layer(tmp_path / "empty.gpkg")
    (tmp_path / "torn.gpkg").write_bytes((tmp_path / "a.gpkg").read_bytes()[:5000])
    with pytest.raises(InputError, match=r"'torn.gpkg'"):
        read_layer(tmp_path / "torn.gpkg")


def feature(coordinates, kind="Polygon"):
    return {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def write(path, *features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return path


def test_an_unclosed_ring_is_named_by_its_row(tmp_path):
    good = feature([[[0, 0], [1, 0], [1, 1], [0, 0]]])
    bad = feature([[[0, 0], [1, 0], [1, 1], [0, 1]]])
    with pytest.raises(
        GeometryError, match=r"1 features of 'a\.geojson' have a broken outline .rows 2"
    ):
        read_layer(write(tmp_path / "a.geojson", good, bad))


def test_impossible_coordinates_are_refused(tmp_path):
    metres = write(tmp_path / "m.geojson", feature([466152.5, 2537930.9], "Point"))
    with pytest.raises(CRSError, match="look like metres; perhaps a CGCS2000"):
        read_layer(metres)
    zone = write(tmp_path / "z.geojson", feature([38466152.5, 2537930.9], "Point"))
    with pytest.raises(CRSError, match="EPSG:4526"):
        read_layer(zone)
    swapped = write(tmp_path / "s.geojson", feature([22.94, 113.67], "Point"))
    with pytest.raises(CRSError, match="look swapped"):
        read_layer(swapped)
    nan = tmp_path / "n.geojson"
    nan.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
        '{"type":"Point","coordinates":[NaN, 2]}}]}'
    )
    with pytest.raises(InputError, match="not finite"):
        read_layer(nan)


def test_heights_are_dropped(tmp_path):
    got = read_layer(write(tmp_path / "a.geojson", feature([1, 2, 3], "Point")))
    assert not shapely.has_z(np.asarray(got.geometry.array)).any()


@pytest.mark.parametrize(
    ("names", "match"),
    [
        (["../a.geojson"], "leads outside"),
        (["a.geojson", "b/a.geojson"], "occurs twice"),
        (["a.geojson", "x.exe"], "no place there"),
        (["a.geojson", "b.geojson"], "holds 2 data files; say which"),
        (["readme.txt"], "no data file"),
        ([f"{i}.txt" for i in range(101)], "has 101 files"),
    ],
)
def test_archives_that_hide_something_are_refused(names, match, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in names:
            archive.writestr(name, "{}")
    with pytest.raises(InputError, match=match):
        read_layer(tmp_path / "a.zip")


def test_a_zip_bomb_is_stopped_while_unpacking(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", b" " * 30_000_000)
    with pytest.raises(InputError, match="times its size"):
        read_layer(tmp_path / "a.zip")


def test_a_zip_with_several_files_is_read_by_name(frame, tmp_path):
    frame.to_crs(4326).to_file(tmp_path / "a.geojson", driver="GeoJSON")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.geojson", "a.geojson")
        archive.write(tmp_path / "a.geojson", "b.geojson")
    assert len(read_layer(tmp_path / "a.zip", layer="b")) == 3


def test_tables_without_shapes_are_refused(frame, tmp_path):
    frame.drop(columns="geometry").to_parquet(tmp_path / "a.parquet")
    with pytest.raises(SchemaError, match="without shapes"):
        read_layer(tmp_path / "a.parquet")
    pyogrio.write_dataframe(frame.drop(columns="geometry"), tmp_path / "a.gpkg")
    with pytest.raises((SchemaError, InputError), match=r"a\.gpkg"):
        read_layer(tmp_path / "a.gpkg")


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson"])
def test_a_blank_does_not_cost_ids_their_last_digits(name, frame, tmp_path):
    ids = [441900121001001001, None, 441900121001001003]
    long = frame.assign(code=pd.array(ids, dtype="Int64")).to_crs(4326)
    long.to_file(tmp_path / name)
    got = read_layer(tmp_path / name)
    assert text_ids(got, "code", name="x") == ("441900121001001001", "", "441900121001001003")
