import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridkit.datasets import make_town, ragged_town
from gridkit.errors import CRSError, GeometryError, InputError, SchemaError
from gridkit.io.atomic import write_atomic, write_text
from gridkit.io.geojson import check_rfc7946, geojson_text, write_geojson


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_interrupted_write_leaves_the_old_file_and_no_other(error, tmp_path):
    write_text(tmp_path / "a.txt", "old")

    def torn():
        with write_atomic(tmp_path / "a.txt") as part:
            part.write_text("ne")
            raise error

    with pytest.raises(error):
        torn()
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_write_makes_its_folder_keeps_the_suffix_and_ends_in_line_feeds(tmp_path):
    with write_atomic(tmp_path / "new" / "a.gpkg") as part:
        assert part.suffix == ".gpkg"
        part.write_bytes(b"x")
    write_text(tmp_path / "b.csv", "a\nb\n")
    assert (tmp_path / "b.csv").read_bytes() == b"a\nb\n"
    with pytest.raises(InputError, match="is a folder"):
        write_text(tmp_path, "x")
    with pytest.raises(InputError, match="nothing was written"), write_atomic(tmp_path / "c"):
        pass


def frame_of(town):
    values = {n: m.values for n, m in town.units.measures.items()}
    return gpd.GeoDataFrame(
        values, geometry=town.units.shapes, index=list(town.units.ids), crs=town.units.crs
    )


def test_a_written_town_has_no_findings_and_comes_back(tmp_path):
    frame = frame_of(make_town(60, 2))
    write_geojson(tmp_path / "a.geojson", frame)
    assert check_rfc7946(tmp_path / "a.geojson") == []
    back = gpd.read_file(tmp_path / "a.geojson").to_crs(4547)
    assert (
        shapely.hausdorff_distance(back.geometry.values, frame.geometry.sort_index().values).max()
        < 0.02
    )
    np.testing.assert_array_equal(back["residents"], frame["residents"].sort_index())


def test_shared_borders_stay_shared_after_rounding(tmp_path):
    text = geojson_text(frame_of(make_town(80, 3)), decimals=6)
    shapes = [shapely.geometry.shape(f["geometry"]) for f in json.loads(text)["features"]]
    assert shapely.coverage_is_valid(np.array(shapes))


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_and_the_start_of_rings_do_not_matter_for_the_order_of_features(seed):
    frame = frame_of(ragged_town())
    mixed = frame.iloc[np.random.default_rng(seed).permutation(len(frame))]
    assert geojson_text(mixed) == geojson_text(frame)


def test_values_become_json_or_are_refused():
    frame = gpd.GeoDataFrame(
        {
            "a": [1.5, np.nan],
            "b": pd.array([1, None], dtype="Int64"),
            "when": pd.to_datetime(["2025-01-02", None]),
            "t": ['"quoted"', None],
            "ok": [True, False],
        },
        geometry=[shapely.Point(113.67, 22.94), None],
        index=["x", "y"],
        crs=4326,
    )
    one, two = json.loads(geojson_text(frame))["features"]
    assert one["properties"] == {
        "a": 1.5,
        "b": 1,
        "when": "2025-01-02T00:00:00",
        "t": '"quoted"',
        "ok": True,
    }
    assert one["geometry"] == {"type": "Point", "coordinates": [113.67, 22.94]}
    assert two["geometry"] is None
    assert set(two["properties"].values()) == {None, False}
    with pytest.raises(SchemaError, match="infinite"):
        geojson_text(frame.assign(a=np.inf))
    with pytest.raises(SchemaError, match="no place in JSON"):
        geojson_text(frame.assign(a=[object(), 1]))
    with pytest.raises(CRSError, match="set_crs"):
        geojson_text(frame.set_crs(None, allow_override=True))
    with pytest.raises(SchemaError, match="more than once"):
        geojson_text(frame.set_axis(["x", "x"]))
    wide = gpd.GeoDataFrame(geometry=[shapely.Point(-170, 0), shapely.Point(170, 0)], crs=4326)
    with pytest.raises(GeometryError, match="antimeridian"):
        geojson_text(wide)


BAD = [
    ({"type": "FeatureCollection", "features": [], "crs": {}}, "crs"),
    ({"type": "Feature", "geometry": None}, "needs"),
    ({"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]]}, "counter-clockwise"),
    ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}, "not closed"),
    ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]}, "3 positions"),
    ({"type": "Point", "coordinates": [1]}, "no position"),
    ({"type": "Point", "coordinates": [1, 91]}, "latitude"),
    ({"type": "LineString", "coordinates": [[1, 2]]}, "1 positions"),
    ({"type": "Circle", "coordinates": [1, 2]}, "no geometry type"),
    ('{"type":"Point","coordinates":[NaN,2]}', "not a JSON number"),
    ("{", "not JSON"),
]


@pytest.mark.parametrize(("data", "what"), BAD)
def test_the_checker_finds_what_is_not_allowed(data, what):
    problems = check_rfc7946(data)
    assert len(problems) == 1
    assert what in problems[0]


polygons = st.builds(
    lambda x, y, r, n: shapely.Point(x, y).buffer(r, quad_segs=n),
    st.floats(-179, 179),
    st.floats(-89, 89),
    st.floats(1e-9, 0.5),
    st.integers(1, 3),
)


@settings(max_examples=60)
@given(st.lists(polygons, min_size=1, max_size=3), st.integers(5, 9))
def test_whatever_is_written_has_no_findings(shapes, decimals):
    near = [s for s in shapes if abs(s.centroid.x - shapes[0].centroid.x) < 170]
    frame = gpd.GeoDataFrame(geometry=[*near, shapely.MultiPolygon(near[:1])], crs=4326)
    assert check_rfc7946(geojson_text(frame, decimals=decimals)) == []
