import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from gridkit.build import BarrierRules, add_barriers, build_units, check_datum
from gridkit.datasets import island_town, make_town, tiny_town
from gridkit.datasets.towns import CENTER
from gridkit.errors import ConfigError, CRSError, SchemaError
from gridkit.geo.crs import to_wgs84
from gridkit.geo.datum import convert
from gridkit.metrics import perimeter_m
from gridkit.model.plan import Plan
from gridkit.model.town import Town


def layer(*shapes, crs="EPSG:4547"):
    moved = [shapely.transform(s, lambda xy: xy + np.array(CENTER)) for s in shapes]
    return gpd.GeoDataFrame(geometry=moved, crs=crs)


RAIL = layer(shapely.LineString([(-50, 103), (350, 103)]))


def test_a_railway_parts_the_units_on_both_sides():
    town, report = add_barriers(tiny_town(), RAIL)
    assert report.removed == (("r1c1", "r2c1"), ("r1c2", "r2c2"), ("r1c3", "r2c3"))
    assert town.graph.pieces().max() == 1
    assert [(a, b) for a, b, _ in report.suggested] == [("r1c1", "r2c1")]
    assert "3 pairs of neighbors are parted" in str(report)


def test_a_level_crossing_opens_the_borders_near_it():
    street = layer(shapely.LineString([(150, 0), (150, 300)]))
    town, report = add_barriers(tiny_town(), RAIL, streets=street)
    assert report.opened == (("r1c2", "r2c2"),)
    assert report.removed == (("r1c1", "r2c1"), ("r1c3", "r2c3"))
    assert town.graph.pieces().max() == 0
    along = layer(shapely.LineString([(0, 103), (300, 103)]))
    assert add_barriers(tiny_town(), RAIL, streets=along)[1].opened == ()


def test_a_bridge_must_reach_both_banks():
    river = layer(shapely.box(-50, 90, 350, 110))
    bridge = layer(
        shapely.LineString([(150, 0), (150, 100)]), shapely.LineString([(150, 100), (150, 300)])
    )
    pier = layer(shapely.LineString([(150, 0), (150, 100)]))
    assert add_barriers(tiny_town(), river, streets=bridge)[1].opened == (("r1c2", "r2c2"),)
    assert add_barriers(tiny_town(), river, streets=pier)[1].opened == ()


def test_declared_links_and_forbidden_pairs():
    rules = BarrierRules(links=(("r1c3", "r2c3"),), forbidden=(("r3c2", "r3c1"),))
    town, _ = add_barriers(tiny_town(), RAIL, rules=rules)
    graph = town.graph.to_networkx()
    assert graph.has_edge("r1c3", "r2c3")
    assert not graph.has_edge("r3c1", "r3c2")
    assert town.graph.pieces().max() == 0
    with pytest.raises(SchemaError, match="`links` names units that are not in the town: 'r1c9'"):
        add_barriers(tiny_town(), rules=BarrierRules(links=(("r1c9", "r1c1"),)))
    with pytest.raises(CRSError, match="`barriers` has no reference"):
        add_barriers(tiny_town(), RAIL.set_crs(None, allow_override=True))
    with pytest.raises(ConfigError, match="0 < share <= 1"):
        BarrierRules(share=0)


def test_a_community_that_a_barrier_cuts_can_be_kept_together():
    wall = layer(shapely.LineString([(103, -50), (103, 350)]))
    town, report = add_barriers(tiny_town(), wall, rules=BarrierRules(keep_together=True))
    assert report.restored == (("r1c1", "r1c2"), ("r2c1", "r2c2"), ("r3c1", "r3c2"))
    assert report.removed == ()
    assert np.unique(town.graph.pieces(town.community.holder)).size == 3
    assert "kept open so that communities hang together" in str(report)
    assert np.unique(add_barriers(tiny_town(), wall)[0].graph.pieces()).size == 2


def test_an_island_is_reported_with_the_nearest_link():
    report = add_barriers(island_town())[1]
    assert report.suggested == (("i1c1", "r1c4", pytest.approx(300.0)),)


def test_a_town_built_on_a_river_hangs_together_by_its_bridge():
    river = layer(shapely.box(-10, 180, 410, 220))
    streets = layer(
        shapely.LineString([(200, -10), (200, 410)]), shapely.LineString([(300, -10), (300, 180)])
    )
    line = layer(shapely.box(0, 0, 400, 400))
    built = build_units(line, streets=streets, water=river)
    town = Town.from_frame(built.frame, name="x", id_column="unit_id", measures={})
    parted, report = add_barriers(town, river, streets=streets)
    assert report.n_crossings == 1
    assert parted.graph.pieces().max() == 0
    assert len(report.removed) >= 1
    without = add_barriers(town, river, streets=streets.iloc[1:])[0]
    assert without.graph.pieces().max() == 1


# ---------------------------------------------------------------------- datums
TOWN = make_town(300, 5)
OUTLINE = shapely.union_all(TOWN.units.shapes)
STREETS = shapely.get_parts(shapely.boundary(TOWN.units.shapes))


def houses(seed, n=400):
    """Places 5 to 15 m from a street."""
    rng = np.random.default_rng(seed)
    line = STREETS[rng.integers(0, len(STREETS), n)]
    xy = shapely.get_coordinates(
        shapely.line_interpolate_point(line, rng.uniform(0, 1, n), normalized=True)
    )
    return to_wgs84(xy + rng.uniform(-12, 12, (n, 2)), TOWN.units.crs)


@pytest.mark.parametrize("datum", ["GCJ02", "BD09"])
@pytest.mark.parametrize("seed", range(2))
def test_shifted_points_are_noticed_and_the_datum_is_named(datum, seed):
    shifted = convert(houses(seed), "WGS84", datum)
    guess = check_datum(shifted, area=OUTLINE, crs=TOWN.units.crs, streets=STREETS, name="reports")
    assert guess.is_suspect
    assert guess.likely == datum
    assert f"declare it: datum = '{datum}'" in guess.message
    right = check_datum(shifted, declared=datum, area=OUTLINE, crs=TOWN.units.crs, streets=STREETS)
    assert not right.is_suspect
    assert right.message == ""


@pytest.mark.parametrize("seed", range(3))
def test_points_in_the_right_datum_raise_no_alarm(seed):
    for n in (20, 400):
        guess = check_datum(houses(seed, n), area=OUTLINE, crs=TOWN.units.crs, streets=STREETS)
        assert not guess.is_suspect
        assert not check_datum(houses(seed, n), area=OUTLINE, crs=TOWN.units.crs).is_suspect


def test_outside_china_no_other_datum_is_thought_of():
    area = shapely.box(320_000, 4_690_000, 330_000, 4_700_000)
    boston = to_wgs84(
        np.random.default_rng(1).uniform((320e3, 469e4), (330e3, 470e4), (100, 2)), "EPSG:32619"
    )
    guess = check_datum(boston, area=area, crs=pyproj.CRS("EPSG:32619"))
    assert (guess.likely, guess.is_suspect) == ("WGS84", False)


def test_a_border_that_is_shut_is_no_outline_of_a_grid_that_holds_both_sides():
    town, _ = add_barriers(tiny_town(), rules=BarrierRules(forbidden=(("r1c1", "r1c2"),)))
    plan = Plan.from_labels(town, np.zeros(9, dtype=np.int32))
    assert perimeter_m(plan).tolist() == [1200.0]  # three by three squares of 100 m
    assert town.graph.n_edges == 11
    assert len(town.graph.borders()[0]) == 12
    linked = town.with_links([("r1c1", "r3c3")])
    assert perimeter_m(Plan.from_labels(linked, np.zeros(9, dtype=np.int32))).tolist() == [1200.0]
