import geopandas as gpd
import pytest
import shapely

from gridkit.errors import ConfigError, CRSError, InputError
from gridkit.io.datum import convert_file
from gridkit.io.tables import read_table
from gridkit.io.vector import read_layer

HOUJIE, SHIFTED = (113.67, 22.94), (113.675125903281, 22.937144209132)


def test_a_table_is_converted_and_nothing_else_in_it_changes(tmp_path):
    text = f'id,店名,lon,lat\n007,"甲,乙",{SHIFTED[0]},{SHIFTED[1]}\n1E5,丙,,\n'
    (tmp_path / "a.csv").write_bytes(text.encode("gb18030"))
    assert convert_file(tmp_path / "a.csv", tmp_path / "b.csv", source="GCJ-02") == 2
    got = read_table(tmp_path / "b.csv")
    assert got.iloc[0].tolist() == ["007", "甲,乙", "113.67000000", "22.94000000"]
    assert got.iloc[1].tolist() == ["1E5", "丙", "", ""]


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
def test_a_layer_is_converted(suffix, tmp_path):
    frame = gpd.GeoDataFrame({"id": ["007"]}, geometry=[shapely.Point(SHIFTED)], crs=4326)
    frame.to_file(tmp_path / "a.gpkg")
    convert_file(tmp_path / "a.gpkg", tmp_path / f"b{suffix}", source="GCJ02")
    got = read_layer(tmp_path / f"b{suffix}")
    assert got["id"].tolist() == ["007"]
    assert shapely.get_coordinates(got.geometry.values)[0] == pytest.approx(HOUJIE, abs=1e-8)


def test_a_file_in_a_shifted_datum_must_say_so_in_its_name(tmp_path):
    (tmp_path / "a.csv").write_text(f"lon,lat\n{HOUJIE[0]},{HOUJIE[1]}\n")
    with pytest.raises(ConfigError, match=r"call it 'b_bd09\.csv'"):
        convert_file(tmp_path / "a.csv", tmp_path / "b.csv", source="WGS84", target="BD09")
    convert_file(tmp_path / "a.csv", tmp_path / "b_bd09.csv", source="WGS84", target="BD09")
    assert read_table(tmp_path / "b_bd09.csv")["lon"].tolist() == ["113.68165948"]
    with pytest.raises(ConfigError, match="converted twice"):
        convert_file(tmp_path / "a.csv", tmp_path / "a.csv", source="BD09")


def test_metres_and_tables_as_layers_are_refused(tmp_path):
    gpd.GeoDataFrame(geometry=[shapely.Point(466e3, 2538e3)], crs=4547).to_file(tmp_path / "m.gpkg")
    with pytest.raises(CRSError, match="not in degrees"):
        convert_file(tmp_path / "m.gpkg", tmp_path / "b.gpkg", source="GCJ02")
    (tmp_path / "a.csv").write_text("lon,lat\n1,2\n")
    with pytest.raises(InputError, match=r"write it to a \.csv"):
        convert_file(tmp_path / "a.csv", tmp_path / "b.gpkg", source="GCJ02")
