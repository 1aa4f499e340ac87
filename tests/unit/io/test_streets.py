import geopandas as gpd
import pytest
import shapely

from gridkit.errors import ConfigError, CRSError, SchemaError
from gridkit.hotspots.network import Streets
from gridkit.io.streets import StreetSource, read_streets
from gridkit.model.town import Town

CRS = "EPSG:4547"


@pytest.fixture(scope="module")
def town():
    frame = gpd.GeoDataFrame(
        {"id": ["a"]}, geometry=[shapely.box(466_000, 2_538_000, 466_500, 2_538_500)], crs=CRS
    )
    return Town.from_frame(frame, name="One", id_column="id", measures={})


@pytest.fixture
def path(tmp_path):
    lines = [
        shapely.LineString([(466_000, 2_538_250), (466_500, 2_538_250)]),
        shapely.LineString([(466_250, 2_538_000), (466_250, 2_538_500)]),
        shapely.LineString([(499_000, 2_538_000), (499_000, 2_538_500)]),
    ]
    frame = gpd.GeoDataFrame({"no": ["x", "y", "far"]}, geometry=lines, crs=CRS)
    frame.to_crs(4326).to_file(tmp_path / "s.geojson")
    return tmp_path / "s.geojson"


def test_streets_near_the_town_come_in_with_their_ids(path, town):
    streets = read_streets(StreetSource(path=str(path), id_column="no"), town)
    assert streets.ids == ("x", "y")
    assert streets.length_m.round(1).tolist() == [500.0, 500.0]
    assert streets.n_nodes == 4
    assert read_streets(StreetSource(path=str(path)), town).ids == ("1", "2")


def test_streets_that_cross_can_be_cut_there(path, town):
    streets = read_streets(StreetSource(path=str(path), id_column="no", split=True), town)
    assert sorted(streets.ids) == ["x", "x", "y", "y"]
    assert streets.n_nodes == 5
    assert streets.length_m.round(1).tolist() == [250.0] * 4


def test_what_is_wrong_with_streets_is_one_sentence(path, town, tmp_path):
    with pytest.raises(SchemaError, match="number"):
        read_streets(StreetSource(path=str(path), id_column="number"), town)
    with pytest.raises(ConfigError, match="`beyond_m` is a distance"):
        StreetSource(path="s", beyond_m=-1)
    bare = gpd.GeoSeries([shapely.LineString([(0, 0), (1, 1)])])
    bare.to_frame("geometry").to_parquet(tmp_path / "bare.parquet")
    with pytest.raises(CRSError, match="does not say in which reference system"):
        read_streets(StreetSource(path=str(tmp_path / "bare.parquet")), town)
    assert len(Streets.from_lines(gpd.read_file(path).to_crs(CRS).geometry)) == 3
