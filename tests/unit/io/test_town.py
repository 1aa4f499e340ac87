from __future__ import annotations

import dataclasses

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gridkit.errors import CRSError, InputError, SchemaError
from gridkit.io.current import read_current
from gridkit.io.town import (
    CommunitySource,
    CurrentSource,
    MeasureSource,
    ObjectSource,
    TownSource,
    UnitSource,
    read_town,
)
from tests.conftest import X0, Y0, square_frame

TOWN = TownSource(name="T", crs="EPSG:4547")


@pytest.fixture
def units(tmp_path):
    square_frame(3, 4).to_file(tmp_path / "u.gpkg", layer="u")
    return UnitSource(
        path=str(tmp_path / "u.gpkg"),
        id_column="id",
        community_column="side",
        measures={"residents": MeasureSource(column="pop", unit="persons", label="people")},
    )


def write_points(path, xy, **columns):
    frame = gpd.GeoDataFrame(columns, geometry=shapely.points(xy), crs="EPSG:4547")
    frame.to_crs(4326).to_file(path)
    return str(path)


def test_a_town_is_read_in_its_own_system(units, tmp_path):
    square_frame(3, 4).to_crs(4326).to_file(tmp_path / "deg.geojson")
    source = UnitSource(path=str(tmp_path / "deg.geojson"), id_column="id")
    town, _ = read_town(TOWN, source)
    assert town.units.crs.to_epsg() == 4547
    assert town.units.area_m2.tolist() == pytest.approx([10_000] * 12, rel=1e-5)
    assert town.graph.n_edges == 17


def test_measures_keep_their_label(units):
    town, _ = read_town(TOWN, units)
    assert town.units.measure("residents").label == "people"


def test_objects_are_counted_by_renamed_class_and_the_lost_are_said(units, tmp_path):
    xy = [(X0 + 50, Y0 - 50), (X0 + 60, Y0 - 50), (X0 + 150, Y0 - 150), (X0 - 500, Y0)]
    path = write_points(
        tmp_path / "o.geojson", xy, kind=["mill", None, "shop", "shop"], n=[2, 1, 3, 9]
    )
    source = ObjectSource(
        path=path, class_column="kind", classes={"mill": "workshop"}, count_column="n"
    )
    town, report = read_town(TOWN, units, objects=[source])
    measures = town.units.measures
    assert measures["objects_workshop"].values[0] == 2
    assert measures["objects_other"].values[0] == 1
    assert measures["objects_shop"].values[5] == 3
    assert measures["n_objects"].values.sum() == 6
    assert "3 of 4 objects of `o.geojson` lie in the town" in str(report)
    assert report.findings[0].severity == "warning"


def test_a_class_that_nothing_has_cannot_be_renamed(units, tmp_path):
    path = write_points(tmp_path / "o.geojson", [(X0 + 50, Y0 - 50)], kind=["mill"])
    source = ObjectSource(path=path, class_column="kind", classes={"mil": "workshop"})
    with pytest.raises(
        SchemaError, match=r"renames 'mil', which `o.geojson` does not hold. It holds 'mill'"
    ):
        read_town(TOWN, units, objects=[source])


def test_a_listed_community_without_units_is_refused(units, tmp_path):
    names = pd.DataFrame({"id": ["east", "west", "north"], "n": ["E", "W", "N"]})
    frame = gpd.GeoDataFrame(
        names, geometry=[shapely.box(X0, Y0, X0 + 1, Y0 + 1)] * 3, crs="EPSG:4547"
    )
    frame.to_file(tmp_path / "c.gpkg", layer="c")
    source = CommunitySource(path=str(tmp_path / "c.gpkg"), id_column="id", name_column="n")
    with pytest.raises(SchemaError, match=r"1 of 3 communities have no unit: 'N'"):
        read_town(TOWN, units, communities=source)


def test_metres_labelled_as_degrees_are_refused(units, tmp_path):
    square_frame(2, 2).set_crs(4326, allow_override=True).to_file(tmp_path / "m.gpkg")
    with pytest.raises(InputError):
        read_town(TOWN, UnitSource(path=str(tmp_path / "m.gpkg"), id_column="id"))


def test_a_layer_without_a_system_is_refused_with_a_guess(tmp_path):
    with pytest.warns(UserWarning, match="crs"):
        square_frame(2, 2).to_crs(4326).set_crs(None, allow_override=True).to_file(
            tmp_path / "n.gpkg"
        )
    with pytest.raises(CRSError, match=r"look like degrees.*EPSG:4326.*EPSG:4547"):
        read_town(TOWN, UnitSource(path=str(tmp_path / "n.gpkg"), id_column="id"))


def test_the_current_plan_goes_to_the_grid_that_holds_most_of_a_unit(units, tmp_path):
    town, _ = read_town(TOWN, units)
    boxes = [shapely.box(X0, Y0 - 300, X0 + 130, Y0), shapely.box(X0 + 130, Y0 - 300, X0 + 300, Y0)]
    grids = gpd.GeoDataFrame({"g": ["a", None]}, geometry=boxes, crs="EPSG:4547")
    grids.to_file(tmp_path / "g.gpkg")
    plan, report = read_current(town, CurrentSource(path=str(tmp_path / "g.gpkg"), id_column="g"))
    ids = plan.to_frame().set_index("unit_id")["base_grid_id"]
    assert ids[["u01", "u02", "u03", "u04"]].tolist() == ["a", "unnamed-2", "unnamed-2", ""]
    said = str(report)
    assert "1 of 2 grids of the current plan have no name (rows 2)" in said
    assert "Units in no grid of the current plan: 3 of 12: 'u04', 'u08', 'u12'" in said
    assert "less than 90 % lies in one grid of the current plan: 3 of 12" in said


def test_the_current_plan_can_be_a_table(units, tmp_path):
    town, _ = read_town(TOWN, units)
    (tmp_path / "p.csv").write_text("unit_id,base_grid_id\nu01,007\nu02,007\n")
    plan, _ = read_current(town, CurrentSource(path=str(tmp_path / "p.csv")))
    assert plan.levels[0].ids == ("007",)
    assert plan.n_units().tolist() == [2]


def test_units_are_in_the_community_that_holds_most_of_them(units, tmp_path):
    west, east = X0 - 10, X0 + 160  # 60 % of the second column lies in the west
    places = gpd.GeoDataFrame(
        {"code": ["007", "008"], "name": ["西", "东"]},
        geometry=[shapely.box(west, Y0 - 999, east, Y0), shapely.box(east, Y0 - 999, X0 + 999, Y0)],
        crs="EPSG:4547",
    )
    places.to_file(tmp_path / "c.gpkg")
    given = CommunitySource(path=str(tmp_path / "c.gpkg"), id_column="code", name_column="name")
    source = dataclasses.replace(units, community_column=None)
    town, report = read_town(TOWN, source, communities=given)
    assert town.community.ids == ("007", "008")
    assert town.community.names == ("西", "东")
    assert town.community.holder.tolist() == [0, 0, 1, 1] * 3
    (said,) = [f for f in report if f.rule == "communities"]
    assert said.severity == "warning"
    assert "less than 90 % lies in one community: 3 of 12" in said.text
