import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio
import shapely

from gridkit.build import (
    count_points,
    cover_areas,
    measure_lines,
    spread_areas,
    sum_raster,
    to_whole,
)
from gridkit.datasets import make_town, tiny_town
from gridkit.datasets.towns import CENTER
from gridkit.errors import CRSError, GeometryError, InputError, SchemaError
from gridkit.geo.raster import Raster
from gridkit.io.raster import read_raster
from gridkit.io.vector import read_layer

X, Y = CENTER
UNITS = tiny_town().units


def layer(*shapes, crs="EPSG:4547", **columns):
    moved = [shapely.transform(s, lambda xy: xy + np.array(CENTER)) for s in shapes]
    return gpd.GeoDataFrame(columns, geometry=moved, crs=crs)


def raster(values, *, side=50.0, crs="EPSG:4547", west=X, south=Y):
    values = np.array(values, dtype=float)
    return Raster(
        values=values,
        west=west,
        north=south + side * values.shape[0],
        cell_x=side,
        cell_y=side,
        crs=pyproj.CRS(crs),
    )


def values(transfer, i=0):
    return transfer.measures[i].values


# ---------------------------------------------------------------------- points
def test_points_are_counted_by_class_and_the_lost_ones_reported():
    shops = layer(
        *shapely.points([(50, 50), (50, 60), (250, 250), (900, 50)]),
        kind=["food", "fuel", "food", "food"],
    )
    got = count_points(UNITS, shops, name="n_shops", class_column="kind")
    assert [m.name for m in got.measures] == ["n_shops_food", "n_shops_fuel"]
    np.testing.assert_array_equal(values(got), [1, 0, 0, 0, 0, 0, 0, 0, 1])
    assert (got.total, got.landed, got.outside, got.n_outside) == (4, 3, 1, 1)
    assert got.notes == ("1 of 4 points lie in no unit.",)
    assert "3 of 4 landed on units; 1 (25.00%) outside" in str(got)


def test_points_add_up_a_value_in_any_system():
    homes = layer(shapely.Point(150, 150), shapely.Point(160, 150), people=[3, 4]).to_crs(4326)
    got = count_points(UNITS, homes, name="people", value_column="people")
    assert values(got)[4] == 7


def test_a_word_that_the_mapping_does_not_have_is_refused():
    shops = layer(shapely.Point(50, 50), shapely.Point(51, 50), kind=["餐饮", "fod"])
    with pytest.raises(
        SchemaError,
        match=r"holds 1 words that the mapping does not have: 'fod'; did you mean 'food'",
    ):
        count_points(
            UNITS, shops, name="n", class_column="kind", classes={"餐饮": "food", "food": "food"}
        )


def test_points_that_all_miss_the_town_are_refused():
    with pytest.raises(GeometryError, match="do not overlap"):
        count_points(UNITS, layer(shapely.Point(9000, 0)), name="n")
    with pytest.raises(GeometryError, match=r"rows without a shape \(rows 2"):
        count_points(
            UNITS, gpd.GeoDataFrame(geometry=[shapely.Point(X, Y), None], crs=4547), name="n"
        )


# ---------------------------------------------------------------------- raster
def test_a_raster_is_shared_by_exact_area():
    # 6 x 6 cells of 50 m fill the town; a shift by half a cell splits each cell in four quarters.
    cells = np.arange(36.0).reshape(6, 6)
    got = sum_raster(UNITS, raster(cells), name="residents")
    blocks = cells[::-1].reshape(3, 2, 3, 2).sum(axis=(1, 3))
    np.testing.assert_allclose(values(got), blocks.ravel())
    assert got.outside == pytest.approx(0, abs=1e-9)
    moved = sum_raster(UNITS, raster(cells, west=X + 25, south=Y + 25), name="residents")
    assert values(moved)[0] == pytest.approx(
        cells[5, 0] + cells[4, 0] / 2 + cells[5, 1] / 2 + cells[4, 1] / 4
    )


def test_what_lies_beyond_the_town_line_is_reported_or_shared():
    cells = np.ones((7, 7))
    strict = sum_raster(UNITS, raster(cells, west=X - 25, south=Y - 25), name="residents")
    assert strict.landed == pytest.approx(36)
    assert strict.outside == pytest.approx(13)
    assert "13 lie beyond the town line" in strict.notes[0]
    shared = sum_raster(
        UNITS, raster(cells, west=X - 25, south=Y - 25), name="r", edge="share", whole=True
    )
    assert shared.landed == pytest.approx(49, rel=1e-9)
    assert values(shared).sum() == 49


@pytest.mark.parametrize("crs", ["EPSG:4547", "EPSG:4326", "EPSG:54009"])
def test_sums_are_kept_to_a_millionth_in_any_system(crs):
    town = make_town(80, 4)
    crs = "ESRI:54009" if crs == "EPSG:54009" else crs
    outline = gpd.GeoSeries(town.units.shapes, crs=4547).to_crs(crs)
    west, south, east, north = outline.total_bounds
    side = (east - west) / 40
    rows = int((north - south) / side) + 6
    rng = np.random.default_rng(1)
    made = raster(
        rng.gamma(0.5, 30, (rows, 46)),
        side=side,
        crs=crs,
        west=west - 3 * side,
        south=south - 3 * side,
    )
    got = sum_raster(town.units, made, name="r", edge="share")
    touched = made.total - got.outside
    assert got.landed == pytest.approx(touched, rel=1e-9)
    whole = shapely.union_all(outline.values)
    cells = [
        shapely.box(
            made.west + j * side,
            made.north - (i + 1) * side,
            made.west + (j + 1) * side,
            made.north - i * side,
        )
        for i in range(rows)
        for j in range(46)
    ]
    part = shapely.area(shapely.intersection(np.array(cells), whole)) / side**2
    strict = sum_raster(town.units, made, name="r")
    assert strict.landed == pytest.approx(float((part * made.values.ravel()).sum()), rel=1e-6)


def test_the_embedded_raster_gives_back_the_residents(tmp_path):
    blocks = read_layer("data/cambridge/cambridge.gpkg.zip", layer="blocks").to_crs(26986)
    from gridkit.model.units import Units

    units = Units.from_frame(blocks, id_column="geoid20", measures={})
    got = sum_raster(
        units, read_raster("data/cambridge/population_2010_100m.tif"), name="r", edge="share"
    )
    assert got.total == pytest.approx(105_162, rel=1e-5)
    assert got.landed == pytest.approx(105_162, rel=1e-5)
    estimate = blocks["residents_2010_est"].to_numpy()
    assert np.corrcoef(values(got), estimate)[0, 1] > 0.85


def test_a_raster_elsewhere_is_refused():
    with pytest.raises(GeometryError, match="`residents` and the town do not overlap"):
        sum_raster(UNITS, raster(np.ones((3, 3)), west=X + 9000), name="residents")


def tif(path, cells, *, crs="EPSG:4547", nodata=None, **options):
    cells = np.array(cells, dtype="float32")
    profile = {
        "driver": "GTiff",
        "height": cells.shape[0],
        "width": cells.shape[1],
        "count": 1,
        "dtype": "float32",
        "crs": crs,
        "nodata": nodata,
        "transform": rasterio.Affine(50, 0, X, 0, -50, Y + 300),
        **options,
    }
    with rasterio.open(path, "w", **profile) as out:
        out.write(cells, 1)
    return path


def test_a_geotiff_comes_in_with_nan_for_no_data(tmp_path):
    cells = np.full((6, 6), 2.0)
    cells[0, 0] = -9999
    got = read_raster(tif(tmp_path / "a.tif", cells, nodata=-9999))
    assert got.total == 70
    assert np.isnan(got.values[0, 0])
    assert got.bounds == (X, Y, X + 300, Y + 300)
    near = read_raster(tmp_path / "a.tif", near=((X + 100, Y + 100, X + 110, Y + 110), "EPSG:4547"))
    assert near.values.shape == (5, 5)
    assert "1 cells that touch the town hold no data" in sum_raster(UNITS, got, name="r").notes[0]


def test_rasters_that_cannot_be_used_are_refused(tmp_path):
    low = np.full((6, 6), -200.0)
    with pytest.raises(
        SchemaError, match=r"36 cells below 0 .* declare what means no data: nodata = -200"
    ):
        read_raster(tif(tmp_path / "a.tif", low))
    assert read_raster(tmp_path / "a.tif", nodata=-200).total == 0
    with pytest.raises(CRSError, match="has no reference system"):
        read_raster(tif(tmp_path / "b.tif", low, crs=None))
    turned = rasterio.Affine(50, 5, X, 0, -50, Y)
    with pytest.raises(InputError, match="is turned"):
        read_raster(tif(tmp_path / "c.tif", np.ones((6, 6)), transform=turned))
    with pytest.raises(SchemaError, match="has 1 bands, band 2"):
        read_raster(tif(tmp_path / "d.tif", np.ones((6, 6))), band=2)
    (tmp_path / "e.tif").write_text('<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>')
    with pytest.raises(InputError, match="not read"):
        read_raster(tmp_path / "e.tif")


# ---------------------------------------------------------------------- areas
def test_amounts_are_divided_and_rates_are_averaged():
    halves = layer(
        shapely.box(0, 0, 150, 300), shapely.box(150, 0, 300, 300), people=[450, 900], rate=[2, 4]
    )
    got = spread_areas(UNITS, halves, "people", name="residents")
    np.testing.assert_allclose(values(got).reshape(3, 3), [[100, 150, 200]] * 3)
    assert got.outside == pytest.approx(0, abs=1e-9)
    rate = spread_areas(UNITS, halves, "rate", name="per_household", kind="intensive")
    np.testing.assert_allclose(values(rate).reshape(3, 3), [[2, 3, 4]] * 3)


def test_buildings_say_where_in_an_area_people_live():
    area = layer(shapely.box(0, 0, 300, 300), people=[90])
    houses = layer(shapely.box(10, 10, 20, 20), shapely.box(210, 210, 230, 220), floors=[1, 2])
    got = spread_areas(UNITS, area, "people", name="r", by=houses)
    np.testing.assert_allclose(values(got), [30, 0, 0, 0, 0, 0, 0, 0, 60])
    by_floor = spread_areas(
        UNITS, area, "people", name="r", by=houses, by_column="floors", whole=True
    )
    np.testing.assert_allclose(values(by_floor), [30, 0, 0, 0, 0, 0, 0, 0, 60])
    two = layer(shapely.box(0, 0, 300, 150), shapely.box(0, 150, 300, 300), people=[9, 45])
    half = spread_areas(UNITS, two, "people", name="r", by=houses.iloc[:1])
    assert half.notes == ("1 areas have no buildings and are divided by ground.",)
    assert half.landed == pytest.approx(54)
    with pytest.raises(SchemaError, match="rates are averaged by area"):
        spread_areas(UNITS, two, "people", name="r", kind="intensive", by=houses)


def test_areas_partly_outside_lose_their_share():
    wide = layer(shapely.box(0, 0, 600, 300), people=[100])
    got = spread_areas(UNITS, wide, "people", name="r")
    assert (got.landed, got.outside) == (pytest.approx(50), pytest.approx(50))


# ---------------------------------------------------------------------- lines
def test_a_street_on_a_border_counts_half_for_each_side():
    streets = layer(
        shapely.LineString([(100, 0), (100, 300)]),
        shapely.LineString([(150, 20), (150, 80)]),
        shapely.LineString([(0, 0), (-50, 0)]),
        kind=["main", "lane", "main"],
    )
    got = measure_lines(UNITS, streets, name="street_m", class_column="kind")
    lane, main = values(got, 0), values(got, 1)
    np.testing.assert_allclose(main.reshape(3, 3), [[50, 50, 0]] * 3)
    np.testing.assert_allclose(lane, [0, 60, 0, 0, 0, 0, 0, 0, 0])
    assert (got.total, got.landed, got.n_outside) == (410, 360, 1)


# ---------------------------------------------------------------------- shared
def test_whole_numbers_keep_the_sum():
    rng = np.random.default_rng(2)
    for _ in range(20):
        plain = rng.gamma(0.3, 5, 200)
        whole = to_whole(plain)
        assert whole.sum() == round(plain.sum())
        assert np.abs(whole - plain).max() < 1


def test_cover_counts_land_once_and_says_what_lies_outside():
    import geopandas as gpd
    import shapely

    x, y = shapely.bounds(UNITS.shapes[0])[:2]
    lots = gpd.GeoSeries(
        [
            shapely.box(x + 10, y + 10, x + 60, y + 60),  # 2,500 m² in the first unit
            shapely.box(x + 40, y + 10, x + 80, y + 60),  # 2,000 m², half of it the same land
            shapely.box(x - 900, y, x - 800, y + 100),  # 10,000 m² elsewhere
        ],
        crs=UNITS.crs,
    ).to_frame("geometry")
    got = cover_areas(UNITS, lots)
    assert got.measures[0].values[0] == pytest.approx(0.0035)
    assert got.measures[0].values[1:].sum() == 0
    assert (got.landed, got.total, got.n_outside) == (
        pytest.approx(0.0035),
        pytest.approx(0.0135),
        1,
    )
    grown = cover_areas(UNITS, lots.iloc[[0]], grow_m=10).measures[0].values
    # 70 m x 70 m with round corners: 4,900 less the four corners, (4 - pi) * 100 and a little
    assert grown.sum() == pytest.approx(0.0049 - 0.0001 * (4 - np.pi), rel=5e-3)
    with pytest.raises(GeometryError, match="something else than polygons"):
        cover_areas(UNITS, lots.set_geometry(lots.centroid))


def test_amounts_are_said_with_the_digits_that_mean_something():
    from gridkit.build.transfer import Transfer

    said = str(Transfer(measures=(), total=4910.0812, landed=4909.9, n_outside=1))
    assert "4,910 of 4,910 landed on units; 0.1812 (0.00%) outside" in said
    none = Transfer(measures=(), total=105_163.0, landed=105_163.0 - 5.82077e-11, n_outside=0)
    assert "landed on units; 0 (0.00%) outside" in str(none)
