import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridkit.errors import ConfigError, CRSError, InputError, SchemaError
from gridkit.io.hazards import read_hazards
from gridkit.model.hazard_source import HazardSource
from gridkit.model.hazards import Hazards
from gridkit.model.town import Town

CRS = "EPSG:4547"


@pytest.fixture(scope="module")
def town():
    x, y = 466_000 + 500.0 * np.arange(2), 2_538_000.0
    frame = gpd.GeoDataFrame(
        {"id": ["a", "b"], "pop": [10, 20]}, geometry=shapely.box(x, y, x + 500, y + 500), crs=CRS
    )
    return Town.from_frame(
        frame, name="Two", id_column="id", measures={"residents": ("pop", "persons")}
    )


def rows(n=20):
    return pd.DataFrame(
        {
            "no": [f"{i:03d}" for i in range(n)],
            "when": pd.date_range("2024-01-01", periods=n, freq="2D").strftime("%Y-%m-%d %H:%M"),
            "what": ["烟雾" if i % 2 else "堵塞" for i in range(n)],
            "x": 466_010.0 + 45 * np.arange(n),
            "y": 2_538_100.0,
        }
    )


def source(path, **more):
    base = {
        "path": str(path),
        "id_column": "no",
        "time_column": "when",
        "category_column": "what",
        "x_column": "x",
        "y_column": "y",
        "crs": CRS,
    }
    return HazardSource(**(base | more))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_chinese_encodings_comes_in_whole(tmp_path, town, encoding):
    rows().to_csv(tmp_path / "r.csv", index=False, encoding=encoding)
    hazards, report = read_hazards(source(tmp_path / "r.csv"), town)
    assert len(hazards) == report.n_read == report.n_kept == 20
    assert hazards.ids[3] == "003"
    assert hazards.category.words == ("堵塞", "烟雾")
    assert np.bincount(hazards.unit_pos).tolist() == [11, 9]


def test_every_refused_row_has_its_line_and_reason(tmp_path, town):
    frame = rows().astype(object)
    frame.loc[1, "no"] = "000"
    frame.loc[2, "when"] = "2024-13-40"
    frame.loc[3, "when"] = ""
    frame.loc[4, "x"] = "east"
    frame.loc[5, "what"] = ""
    frame.loc[6, "when"] = "2999-01-01"
    frame.loc[7, "no"] = ""
    frame.loc[8, ["x", "y"]] = 0
    frame.loc[9, "x"] = 999_000.0
    path = tmp_path / "r.csv"
    frame.to_csv(path, index=False)
    hazards, report = read_hazards(source(path, max_refused_share=0.5), town)
    assert report.n_read == 20 == report.n_kept + len(report.refused)
    assert report.refused == (
        (3, "000", "id occurs again"),
        (4, "002", "time cannot be read '2024-13-40'"),
        (5, "003", "no time"),
        (6, "004", "no coordinates"),
        (7, "005", "no category"),
        (8, "006", "reported in the future '2999-01-01 00:00:00'"),
        (9, "", "no id"),
        (10, "008", "coordinates are 0, 0"),
    )
    assert report.n_outside == 1
    assert hazards.unit_pos[hazards.ids.index("009")] == -1
    assert list(report.rejected.columns) == ["line", "hazard_id", "reason"]
    assert "20 rows read = 12 kept + 8 refused" in str(report)
    with pytest.raises(InputError, match=r"8 of 20 rows .* `max_refused_share` = 10% allows"):
        read_hazards(source(path), town)


def test_a_row_with_too_many_fields_is_refused_with_its_line(tmp_path, town):
    path = tmp_path / "r.csv"
    rows().to_csv(path, index=False)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[4] += ",more"
    path.write_text("\n".join(lines), encoding="utf-8")
    _, report = read_hazards(source(path), town)
    assert report.refused == ((5, "", "wrong number of fields"),)
    assert report.n_read == 20


@pytest.mark.parametrize("name", ["r.geojson", "r.gpkg", "r.parquet"])
def test_files_with_geometry_say_their_own_system(tmp_path, town, name):
    frame = rows()
    located = gpd.GeoDataFrame(
        frame.drop(columns=["x", "y"]), geometry=gpd.points_from_xy(frame.x, frame.y), crs=CRS
    ).to_crs(4326)
    path = tmp_path / name
    located.to_parquet(path) if name.endswith("parquet") else located.to_file(path)
    hazards, _ = read_hazards(source(path, x_column="", y_column="", crs=""), town)
    np.testing.assert_allclose(hazards.xy[:, 0], frame.x, atol=0.01)
    with pytest.raises(CRSError, match="says EPSG:4326"):
        read_hazards(source(path, x_column="", y_column=""), town)


def test_vocabularies_translate_and_unknown_words_are_refused_or_other(tmp_path, town):
    path = tmp_path / "r.csv"
    rows().to_csv(path, index=False)
    known = {"烟雾": "smoke"}
    with pytest.raises(InputError, match="10 unknown category"):
        read_hazards(source(path, categories=known), town)
    hazards, _ = read_hazards(source(path, categories=known, unknown_word="other"), town)
    assert hazards.category.words == ("other", "smoke")


def test_offsets_need_a_zone_and_become_local_time(tmp_path, town):
    frame = rows()
    frame["when"] += "Z"
    path = tmp_path / "r.csv"
    frame.to_csv(path, index=False)
    with pytest.raises(ConfigError, match="time_zone = 'Asia/Shanghai'"):
        read_hazards(source(path), town)
    hazards, _ = read_hazards(source(path, time_zone="Asia/Shanghai"), town)
    assert str(hazards.reported_at[0]) == "2024-01-01T08:00:00"
    frame.loc[3, "when"] = "2024-01-07 00:00"
    frame.to_csv(path, index=False)
    _, report = read_hazards(source(path, time_zone="Asia/Shanghai"), town)
    assert report.refused[0][2].startswith("time cannot be read")


def test_a_close_before_the_report_is_listed_and_set_aside(tmp_path, town):
    frame = rows()
    frame["closed"] = frame["when"]
    frame.loc[2, "closed"] = "2020-01-01"
    path = tmp_path / "r.csv"
    frame.to_csv(path, index=False)
    hazards, report = read_hazards(source(path, time_columns={"closed": "closed"}), town)
    assert np.isnat(hazards.times["closed"]).tolist() == [i == 2 for i in range(20)]
    assert report.doubtful[0][:2] == (4, "002")


def test_what_is_missing_is_said_in_one_sentence(tmp_path, town):
    path = tmp_path / "r.csv"
    rows().to_csv(path, index=False)
    with pytest.raises(InputError, match="there is no file of hazards"):
        read_hazards(source(tmp_path / "none.csv"), town)
    with pytest.raises(SchemaError, match="no column `whn`; did you mean 'when'"):
        read_hazards(source(path, time_column="whn"), town)
    with pytest.raises(CRSError, match="does not say in which reference system"):
        read_hazards(source(path, crs=""), town)
    with pytest.raises(CRSError, match=r"none of 20 hazards .* lies in Two"):
        read_hazards(source(path, crs="EPSG:4548"), town)
    (tmp_path / "e.csv").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="is empty"):
        read_hazards(source(tmp_path / "e.csv"), town)
    rows(0).to_csv(path, index=False)
    with pytest.raises(InputError, match="has no rows"):
        read_hazards(source(path), town)


def test_frames_come_back_as_the_same_hazards(tmp_path, town):
    path = tmp_path / "r.csv"
    frame = rows()
    frame.loc[1, ["when", "what", "x"]] = frame.loc[0, ["when", "what", "x"]]
    frame.to_csv(path, index=False)
    hazards, report = read_hazards(source(path), town)
    assert report.n_linked == 1
    back = Hazards.from_frame(hazards.to_frame(town), town)
    assert back.ids == hazards.ids
    np.testing.assert_array_equal(back.first_pos, hazards.first_pos)
    np.testing.assert_array_equal(back.reported_at, hazards.reported_at)


@pytest.mark.parametrize("datum", ["gcj02", "GCJ02"])
def test_a_declared_datum_is_undone(tmp_path, town, datum):
    from gridkit.geo.datum import to_gcj02

    frame = rows()
    located = gpd.GeoSeries(gpd.points_from_xy(frame.x, frame.y), crs=CRS).to_crs(4326)
    shifted = to_gcj02(np.column_stack([located.x, located.y]))
    frame["lon"], frame["lat"] = shifted[:, 0], shifted[:, 1]
    path = tmp_path / "r.csv"
    frame.to_csv(path, index=False)
    found, _ = read_hazards(source(path, x_column="lon", y_column="lat", crs="", datum=datum), town)
    np.testing.assert_allclose(found.xy[:, 0], frame.x, atol=0.01)
    with pytest.raises(CRSError, match="is of longitudes and latitudes"):
        read_hazards(source(path, datum="bd09"), town)


def reporters(frame, who):
    frame["who"] = who
    return frame


def test_repeated_reports_tell_whether_another_person_confirms(tmp_path, town):
    frame = reporters(rows(4), ["ann", "ann", "bob", ""])
    frame["x"], frame["what"], frame["when"] = 466_100.0, "烟雾", "2024-01-01 08:00"
    path = tmp_path / "r.csv"
    frame.to_csv(path, index=False)
    hazards, report = read_hazards(source(path, trait_columns={"reporter": "who"}), town)
    assert hazards.repeated_by.tolist() == ["", "same", "other", ""]
    assert hazards.n_reports.tolist() == [4, 4, 4, 4]
    assert "1 are by the same reporter, 1 by another, which confirms" in report.notes[0]
    assert "reporter" not in hazards.to_frame().columns
    assert "reporter" in hazards.to_frame(reporters=True).columns
    linked = {"same": [0, 0, 2, 3], "other": [0, 1, 0, 3]}
    for by, first in linked.items():
        wanted = source(path, trait_columns={"reporter": "who"}, duplicate_reporter=by)
        assert read_hazards(wanted, town)[0].first_pos.tolist() == first
    with pytest.raises(ConfigError, match="needs to know who reported"):
        source(path, duplicate_reporter="same")


def test_reports_outside_are_kept_apart_or_snapped_to_the_nearest_unit(tmp_path, town):
    frame = rows(3)
    frame["x"], frame["y"] = (
        [466_100.0, 466_100.0, 467_012.0],
        [2_538_100.0, 2_537_988.0, 2_538_100.0],
    )
    path = tmp_path / "r.csv"
    frame.to_csv(path, index=False)
    hazards, report = read_hazards(source(path), town)
    assert hazards.unit_pos.tolist() == [0, -1, -1]
    assert hazards.outside().ids == ("001", "002")
    assert hazards.to_frame()["is_inside"].tolist() == [True, False, False]
    hazards, report = read_hazards(source(path, snap_m=12.0), town)
    assert hazards.unit_pos.tolist() == [0, 0, 1]
    assert hazards.xy[1].tolist() == [466_100.0, 2_537_988.0]
    assert "2 reports lie outside the town but within 12 m of a unit" in report.notes[0]
    assert read_hazards(source(path, snap_m=11.9), town)[0].unit_pos.tolist() == [0, -1, -1]
