from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gridkit.errors import GridkitWarning, InputError, SchemaError
from gridkit.io.members import read_members
from gridkit.io.standards import read_standards, write_standards
from tests.conftest import X0, Y0

ROOT = Path(__file__).parents[3]


def test_the_example_standards_of_cambridge_name_their_sources():
    got = read_standards(ROOT / "configs" / "standards_cambridge.csv", support_share=0.1)
    assert len(got.classes) == 11
    assert got.support_share == 0.1
    assert all("assumed" in c.source for c in got.classes)


def test_standards_written_are_standards_read(tmp_path):
    got = read_standards(ROOT / "configs" / "standards_cambridge.csv")
    write_standards(got, tmp_path / "s.csv")
    assert read_standards(tmp_path / "s.csv").classes == got.classes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("object_class,on_site_min,visits\na,1,1", "unknown column `visits`; did you mean"),
        ("object_class,visits_per_month\na,1", "no column `on_site_min`"),
        ("object_class,visits_per_month,on_site_min\na,1,-4", "row 1 of 's.csv': `on_site_min` of a is -4"),
        ("object_class,visits_per_month,on_site_min\na,1,ten", "row 1 of 's.csv': `on_site_min` is 'ten'"),
        ("object_class,visits_per_month,on_site_min\na,,4", "row 1 of 's.csv' needs"),
        ("object_class,cycle,on_site_min\na,weakly,4", "unknown cycle 'weakly'; did you mean 'weekly'"),
        ("", "cannot be read as a CSV table"),
    ],
)  # fmt: skip
def test_bad_standards_are_refused_with_their_row(tmp_path, text, words):
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(SchemaError, match=words):
        read_standards(tmp_path / "s.csv")


def test_a_missing_file_is_named(tmp_path):
    (tmp_path / "members.csv").write_text("member_id\nM1")
    with pytest.raises(InputError, match=r"no members file .*did you mean 'members.csv'"):
        read_members(tmp_path / "member.csv", None)
    with pytest.raises(InputError, match="no standards file"):
        read_standards(tmp_path / "x.csv")


def test_members_come_from_csv_with_degrees(tmp_path, town):
    home = gpd.GeoSeries([shapely.Point(X0 + 50, Y0 - 50)], crs=town.units.crs).to_crs(4326)[0]
    (tmp_path / "m.csv").write_text(
        f"staff_no,lon,lat,skills,base_grid_id,pinned,name\n007,{home.x:.8f},{home.y:.8f},lead; fire,G1,yes,Ann\n"
        "008,,,,,,Bob\n"
    )
    got = read_members(tmp_path / "m.csv", town, columns={"member_id": "staff_no"})
    assert got.ids == ("007", "008")
    assert got[0].home_xy == pytest.approx((X0 + 50, Y0 - 50), abs=0.01)
    assert got[1].home_xy is None
    assert got[0].skills == ("fire", "lead")
    assert got[0].is_pinned
    assert got.names == ()
    assert "Ann" not in got.to_frame().to_csv()


def test_members_come_from_points(town):
    frame = gpd.GeoDataFrame(
        {"member_id": ["a"]}, geometry=[shapely.Point(X0, Y0)], crs=town.units.crs
    )
    assert read_members(frame.to_crs(4326), town)[0].home_xy == pytest.approx((X0, Y0), abs=0.01)


def test_odd_rosters_are_refused_or_warned_about(town):
    with pytest.raises(SchemaError, match="occur more than once"):
        read_members(pd.DataFrame({"member_id": ["a", "a"]}), town)
    with pytest.raises(SchemaError, match="are not degrees"):
        read_members(pd.DataFrame({"member_id": ["a"], "lon": [466000.0], "lat": [2.5e6]}), town)
    with pytest.raises(SchemaError, match="`pinned` of member 'a' is 'maybe'"):
        read_members(pd.DataFrame({"member_id": ["a"], "pinned": ["maybe"]}), town)
    with pytest.raises(SchemaError, match="pinned and have no grid"):
        read_members(pd.DataFrame({"member_id": ["a"], "pinned": ["yes"]}), town)
    with pytest.warns(GridkitWarning, match="1 of 1 members live more than"):
        read_members(pd.DataFrame({"member_id": ["a"], "x_m": [0.0], "y_m": [0.0]}), town)


def test_a_roster_in_gb18030_keeps_its_letters(tmp_path, town):
    (tmp_path / "m.csv").write_bytes(
        "member_id,skills,seniority_years\n张三01,消防;组长,12\n李四02,,\n".encode("gb18030")
    )
    got = read_members(tmp_path / "m.csv", town)
    assert got.ids == ("张三01", "李四02")
    assert got[0].skills == ("消防", "组长")
    assert got.years.tolist() == [12, 0]


def test_a_hash_inside_a_cell_of_the_standards_is_no_remark(tmp_path):
    text = "# a remark\nobject_class,visits_per_month,on_site_min,source\nshop,1,2,rule #7\n"
    (tmp_path / "s.csv").write_text(text)
    assert read_standards(tmp_path / "s.csv").classes[0].source == "rule #7"
