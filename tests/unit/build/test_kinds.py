import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridkit.build import add_level_below, carve_entities, crossings, cut_roads, overlay
from gridkit.datasets import make_town, tiny_town
from gridkit.datasets.towns import CENTER
from gridkit.errors import GeometryError, SchemaError
from gridkit.geo.splitting import split_proportional
from gridkit.model.plan import Plan

TINY = tiny_town()


def layer(*shapes, **columns):
    moved = [shapely.transform(s, lambda xy: xy + np.array(CENTER)) for s in shapes]
    return gpd.GeoDataFrame(columns, geometry=moved, crs=4547)


def test_an_entity_takes_its_load_with_it():
    park = layer(shapely.box(100, 100, 200, 300), park=["P1"], kind=["park"])
    got = carve_entities(
        TINY, park, id_column="park", kind_column="kind", measures=["n_objects"], share=0.5
    )
    assert dict(got.units) == {"P1": ("r2c2", "r3c2")}
    before = TINY.units.measure("n_objects").values
    after = got.town.units.measure("n_objects").values
    assert before.sum() - after.sum() == got.frame.loc["P1", "n_objects"] == (10 + 16) / 2
    assert got.town.units.measure("residents").values.sum() == 450
    assert got.frame.loc["P1"].geometry.area == pytest.approx(20_000)


def test_entities_that_overlap_leave_the_town_or_hold_nothing_are_listed():
    bad = layer(
        shapely.box(0, 0, 100, 100),
        shapely.box(50, 0, 150, 100),
        shapely.box(250, 250, 400, 400),
        shapely.box(210, 10, 220, 20),
        e=["a", "b", "c", "d"],
    )
    with pytest.raises(
        GeometryError,
        match=r"'a' and 'b' overlap by 5,000 m².*'c' lies 20,000 m² outside.*'c', 'd' hold no unit",
    ):
        carve_entities(TINY, bad, id_column="e")


def test_roads_are_cut_into_connected_sections_of_even_length():
    town = make_town(300, 2)
    streets = gpd.GeoDataFrame(geometry=shapely.boundary(town.units.shapes), crs=4547)
    got = cut_roads(streets, 12)
    assert len(got) == 12
    assert (got["n_pieces"] == 1).all()
    assert got["load"].max() / got["load"].mean() < 1.25
    net = shapely.length(shapely.union_all(streets.geometry.values, grid_size=1e-3))
    assert got["length_m"].sum() == pytest.approx(net, rel=1e-6)
    assert got["area"].contains(got.geometry).all()


def test_a_busy_road_makes_a_short_section():
    streets = layer(
        *[shapely.LineString([(i * 100, 0), (i * 100 + 100, 0)]) for i in range(8)],
        load=[7.0, 1, 1, 1, 1, 1, 1, 1],
    )
    got = cut_roads(streets, 2, load_column="load")
    assert sorted(got["length_m"]) == [100, 700]
    assert got["load"].tolist() == [700, 700]


def test_a_part_of_the_network_that_hangs_on_nothing_is_counted():
    streets = layer(
        shapely.LineString([(0, 0), (1000, 0)]),
        shapely.LineString([(1000, 0), (2000, 0)]),
        shapely.LineString([(0, 50), (60, 50)]),
    )
    got = cut_roads(streets, 2)
    assert sorted(got["n_pieces"]) == [1, 2]
    with pytest.raises(SchemaError, match="`n_sections` is 9; 1 to 3"):
        cut_roads(streets, 9)


def rows_plan():
    return Plan.from_labels(TINY, np.repeat(np.arange(3), 3))


def columns_plan():
    town = type(TINY)(name="x", units=TINY.units, graph=TINY.graph)
    return Plan.from_labels(town, np.tile(np.arange(3), 3))


def test_crossings_say_how_two_layers_cut_each_other():
    got = crossings(rows_plan(), columns_plan(), measure="residents")
    assert len(got) == 9
    assert (got["n_units"] == 1).all()
    assert got["amount"].sum() == 450
    assert got.groupby("a_id")["share_of_a"].sum().round(9).eq(1).all()
    alone = crossings(rows_plan(), rows_plan())
    assert alone["share_of_a"].tolist() == [1, 1, 1]


def test_an_overlay_groups_base_grids():
    plan = rows_plan()
    ids = plan.levels[0].ids
    over = overlay(plan, {ids[0]: "police", ids[2]: "police"})
    assert over.layer == "overlay"
    assert sorted(over.levels[1].holder.tolist()) == [-1, 0, 0]
    with pytest.raises(SchemaError, match="'zz'"):
        overlay(plan, {"zz": "police"})


def test_a_level_below_keeps_its_limit_and_hangs_together():
    town = make_town(400, 3, n_communities=4)
    plan = Plan.from_labels(town, town.community.holder)
    deeper, over = add_level_below(plan, measure="households", high=300)
    assert [v.name for v in deeper.levels] == ["micro_grid", "base_grid", "community_grid"]
    load = np.bincount(deeper.base, town.units.measure("households").values)
    size = np.bincount(deeper.base)
    assert ((load <= 300) | (size == 1)).all()
    assert len(over) == (load > 300).sum()
    assert np.unique(town.graph.pieces(deeper.base)).size == len(deeper.levels[0])
    np.testing.assert_array_equal(deeper.levels[1].holder[deeper.base], plan.base)


@pytest.mark.parametrize("k", [1, 2, 3, 7, 20])
def test_parts_are_even_and_connected(k):
    town = make_town(500, 6)
    weight = np.ones(500)
    label = split_proportional(k, town.graph.start, town.graph.neighbor, weight)
    held = np.bincount(label, weight)
    assert held.size == k
    assert np.unique(town.graph.pieces(label)).size == k
    assert held.max() < 1.3 * 500 / k
