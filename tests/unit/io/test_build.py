import dataclasses

import numpy as np
import pytest

from gridkit.build import BuildSource, CommunityLayer, LayerFile, LoadSource, UnitRules
from gridkit.datasets import town_specs
from gridkit.errors import ConfigError, SchemaError
from gridkit.io.build import read_built_town
from gridkit.io.synth import write_synthetic

SMALL = dataclasses.replace(
    town_specs("houjie")[0],
    area_km2=8.0,
    n_blocks=200,
    n_communities=3,
    n_base_grids=9,
    n_members=20,
    residents=20_000,
    objects={"rental_house": 500, "small_place": 700},
    n_reports=500,
    n_parks=2,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("town")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gridkit.io.synth.town_specs", lambda _: (SMALL,))
        write_synthetic("houjie", out, seed=3)
    return out


def source(folder, **changes):
    town = str(folder / "town.gpkg")
    base = BuildSource(
        town_line=LayerFile(path=town, layer="town_line"),
        streets=LayerFile(path=town, layer="streets"),
        rail=LayerFile(path=town, layer="rail"),
        water=LayerFile(path=town, layer="water"),
        whole=LayerFile(path=town, layer="whole"),
        communities=CommunityLayer(
            path=town, layer="communities", id_column="community_id", name_column="name"
        ),
        rules=UnitRules(max_area_m2=60_000),
        loads=(
            LoadSource(
                name="residents",
                path=str(folder / "population.tif"),
                kind="raster",
                unit="persons",
                edge="share",
            ),
            LoadSource(name="objects", path=str(folder / "objects.csv"), class_column="class"),
            LoadSource(name="street_m", path=town, layer="streets", kind="lines", unit="m"),
        ),
    )
    return dataclasses.replace(base, **changes)


def test_a_town_comes_in_from_raw_files(folder):
    town, report = read_built_town(source(folder), name="x", is_synthetic=True)
    measures = town.units.measures
    assert measures["residents"].values.sum() == 20_000
    assert measures["objects_rental_house"].values.sum() == 500
    assert measures["n_objects"].values.sum() == 1_200
    assert len(town.community) == 3
    assert town.community.names[0].endswith("社区")
    assert [f.rule for f in report.of("load")] == ["load"] * 3
    assert report.of("build_units")[0].facts["n_units"] == len(town.units)
    assert len(report.of("barriers")) == 1
    assert not report.of("datum")


def test_the_same_files_give_the_same_town(folder):
    one, two = (read_built_town(source(folder, loads=()), name="x")[0] for _ in range(2))
    assert one.units.ids == two.units.ids
    np.testing.assert_array_equal(one.units.area_m2, two.units.area_m2)
    np.testing.assert_array_equal(one.graph.neighbor, two.graph.neighbor)


@pytest.mark.parametrize("datum", ["gcj02", "GCJ02"])
def test_a_datum_that_contradicts_the_streets_is_said(folder, datum):
    wrong = LoadSource(name="reports", path=str(folder / "objects.csv"), datum=datum)
    _, report = read_built_town(source(folder, loads=(wrong,)), name="x")
    assert "declare it: datum = 'WGS84'" in report.of("datum")[0].text


def test_only_the_wanted_rows_of_a_layer_are_taken(folder):
    main = LayerFile(
        path=str(folder / "town.gpkg"),
        layer="streets",
        column="class",
        values=("primary", "secondary"),
    )
    few, said = read_built_town(source(folder, streets=main, loads=(), rules=UnitRules()), name="x")
    assert "never holds" not in str([f.text for f in said])
    all_, _ = read_built_town(source(folder, loads=(), rules=UnitRules()), name="x")
    assert len(few.units) < len(all_.units) / 3
    with pytest.raises(SchemaError, match=r"never holds 'primry'; did you mean 'primary'"):
        read_built_town(
            source(folder, streets=dataclasses.replace(main, values=("primry",))), name="x"
        )
    more = dataclasses.replace(main, values=(*main.values, "primry"))
    same, said = read_built_town(
        source(folder, streets=more, loads=(), rules=UnitRules()), name="x"
    )
    assert len(same.units) == len(few.units)
    (note,) = (f for f in said if "never holds" in f.text)
    assert note.severity == "warning"
    assert "did you mean 'primary'" in note.text


def test_a_part_that_is_larger_than_the_whole_is_listed(folder):
    def raster(name, file, **more):
        return LoadSource(
            name=name, path=str(folder / file), kind="raster", unit="persons", edge="share", **more
        )

    people = raster("residents", "population.tif")
    fine = raster("migrants", "migrants.tif", part_of="residents")
    _, report = read_built_town(source(folder, loads=(people, fine)), name="t")
    assert not [f for f in report if "of which they are a part" in f.text]
    wrong = (
        raster("migrants", "migrants.tif"), raster("residents", "population.tif", part_of="migrants")
    )  # fmt: skip
    _, report = read_built_town(source(folder, loads=wrong), name="t")
    (said,) = [f for f in report if "of which they are a part" in f.text]
    assert "units hold more residents than migrants" in said.text
    with pytest.raises(
        ConfigError, match="part of 'resident', which is no load; did you mean 'residents'"
    ):
        source(folder, loads=(people, raster("migrants", "m.tif", part_of="resident")))


def test_units_are_divided_by_a_load_from_a_file(folder):
    rules = UnitRules(max_load={"objects": 12}, min_area_m2=300)
    town, report = read_built_town(source(folder, rules=rules), name="t")
    held = town.units.measure("n_objects").values
    over = held > 12
    assert over.mean() < 0.03  # estates, and pieces too small to divide
    note = next(f for f in report if f.rule == "build_units")
    assert over.any() == ("units hold more than 12 objects" in note.text)
    with pytest.raises(
        ConfigError, match="`max_load` names 'object', which is no load; did you mean"
    ):
        source(folder, rules=UnitRules(max_load={"object": 12}))


def test_settings_refuse_what_cannot_be():
    with pytest.raises(ConfigError, match="areas need `column`"):
        LoadSource(name="x", path="a", kind="areas")
    with pytest.raises(ConfigError, match="belong together"):
        LayerFile(path="a", column="b")
    with pytest.raises(ConfigError, match="occur more than once"):
        BuildSource(
            town_line=LayerFile(path="a"),
            loads=(LoadSource(name="x", path="a"), LoadSource(name="x", path="b")),
        )
