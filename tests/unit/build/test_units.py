import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridkit.build import UnitRules, build_units
from gridkit.errors import ConfigError, CRSError, GeometryError
from gridkit.geo.merging import merge_small
from gridkit.model.units import Units

X, Y = 466_000.0, 2_538_000.0


def layer(*shapes, crs="EPSG:4547", **columns):
    moved = [shapely.transform(s, lambda xy: xy + np.array((X, Y))) for s in shapes]
    return gpd.GeoDataFrame(columns, geometry=moved, crs=crs)


def line(*xy):
    return shapely.LineString(xy)


TOWN = layer(shapely.box(0, 0, 400, 400))
CROSS = layer(line((200, -50), (200, 450)), line((-50, 200), (450, 200)))
PLAIN = UnitRules(min_area_m2=0, min_width_m=0)


def check_whole(built, area):
    Units.from_frame(built.frame, id_column="unit_id", measures={})
    assert built.report.units_m2 == pytest.approx(area, abs=area / 1e6)


def test_streets_that_cross_make_blocks_numbered_from_the_north_west():
    built = build_units(TOWN, streets=CROSS)
    assert built.frame["unit_id"].tolist() == ["U0001", "U0002", "U0003", "U0004"]
    np.testing.assert_allclose(built.frame["area_m2"], 40_000)
    at = shapely.get_coordinates(shapely.centroid(built.frame.geometry.values)) - [X, Y]
    np.testing.assert_allclose(at, [(100, 300), (300, 300), (100, 100), (300, 100)])
    assert "4 units on 0.16 km²" in str(built.report)


def test_a_dead_end_encloses_nothing_and_a_small_gap_is_closed():
    dead = layer(line((200, 0), (200, 150)), line((0, 200), (400, 200)))
    built = build_units(TOWN, streets=dead)
    assert built.report.n_units == 2
    assert built.report.n_dead_ends >= 1
    near = layer(line((200, 0), (200, 198.5)), line((0, 200), (400, 200)))
    assert build_units(TOWN, streets=near).report.n_gaps == 1
    assert build_units(TOWN, streets=near).report.n_units == 3
    assert build_units(TOWN, streets=near, rules=UnitRules(gap_m=1)).report.n_units == 2


def test_the_strip_between_two_carriageways_goes_to_a_neighbor():
    twin = layer(line((0, 196), (400, 196)), line((0, 204), (400, 204)))
    built = build_units(TOWN, streets=twin)
    assert built.report.n_units == 2
    assert built.report.n_merged == 1
    assert built.report.merged_area_m2 == pytest.approx(3200)
    assert build_units(TOWN, streets=twin, rules=PLAIN).report.n_units == 3
    check_whole(built, 160_000)


def test_an_estate_is_never_cut():
    estate = layer(shapely.box(150, 150, 250, 250))
    built = build_units(TOWN, streets=CROSS, whole=estate)
    kept = built.frame[built.frame["kind"] == "whole"]
    assert len(kept) == 1
    assert kept.geometry.iloc[0].area == pytest.approx(10_000)
    assert built.report.n_units == 5


def test_estates_that_overlap_or_leave_the_town_are_listed():
    bad = layer(
        shapely.box(0, 0, 100, 100), shapely.box(50, 50, 150, 150), shapely.box(350, 350, 450, 450)
    )
    with pytest.raises(
        GeometryError, match=r"1 and 2 of `whole` overlap by 2,500 m².*3 of `whole` lies 7,500 m²"
    ):
        build_units(TOWN, whole=bad)


def test_water_is_shared_out_to_its_banks_and_nothing_is_lost():
    river = layer(shapely.box(-10, 180, 410, 220))
    streets = layer(line((200, -50), (200, 180)))
    built = build_units(TOWN, streets=streets, water=river)
    assert built.report.n_units == 3
    check_whole(built, 160_000)
    north = built.frame.geometry.iloc[0]
    assert north.area == pytest.approx(400 * 200, rel=0.02), "the border runs along the middle"
    hole = build_units(TOWN, streets=streets, water=river, rules=UnitRules(water="hole"))
    assert hole.report.town_m2 == pytest.approx(160_000 - 400 * 40)
    own = build_units(TOWN, streets=streets, water=river, rules=UnitRules(water="unit"))
    assert sorted(own.frame["kind"]) == ["block", "block", "block", "water"]


@pytest.mark.parametrize("by", ["squares", "h3", "auto"])
def test_without_streets_cells_are_made_below_the_largest_size(by):
    built = build_units(TOWN, rules=UnitRules(max_area_m2=20_000, divide_by=by))
    assert built.report.largest_m2 <= 20_000 + 3_000, "a sliver may have been added"
    assert built.report.n_units >= 8
    assert built.report.n_divided == 1
    check_whole(built, 160_000)


def test_a_large_block_is_divided_between_its_buildings():
    houses = layer(*[shapely.box(x, y, x + 20, y + 20) for x in (90, 290) for y in (90, 290)])
    built = build_units(TOWN, buildings=houses, rules=UnitRules(max_area_m2=50_000))
    check_whole(built, 160_000)
    assert built.report.n_units == 4
    cut = [int(shapely.intersects(g, houses.geometry.values).sum()) for g in built.frame.geometry]
    assert cut == [1, 1, 1, 1]


def test_a_wood_with_two_houses_is_divided_too():
    houses = layer(shapely.box(10, 10, 20, 20), shapely.box(40, 10, 50, 20))
    rules = UnitRules(min_area_m2=100, min_width_m=0, max_area_m2=20_000)
    built = build_units(TOWN, buildings=houses, rules=rules)
    assert built.frame["area_m2"].max() <= 20_000
    assert 8 <= len(built.frame) <= 16
    check_whole(built, 160_000)


def test_a_block_that_holds_too_many_households_is_divided_evenly_in_them():
    # 400 households in the west of the town, 40 in the east: by load 5 parts and none.
    def households(shapes, *, crs):
        assert crs.to_epsg() == 4547
        west = shapely.transform(shapely.box(0, 0, 200, 400), lambda xy: xy + np.array((X, Y)))
        east = shapely.transform(shapely.box(200, 0, 400, 400), lambda xy: xy + np.array((X, Y)))
        return 400 * shapely.area(shapely.intersection(shapes, west)) / 80_000 + 40 * (
            shapely.area(shapely.intersection(shapes, east)) / 80_000
        )

    rules = UnitRules(min_area_m2=500, min_width_m=0, max_load={"households": 100})
    streets = layer(line((200, 0), (200, 400)))
    built = build_units(TOWN, streets=streets, rules=rules, load_of={"households": households})
    held = households(built.frame.geometry.values, crs=built.frame.crs)
    assert held.max() <= 100
    assert held.sum() == pytest.approx(440)
    assert 5 <= len(built.frame) <= 8
    check_whole(built, 160_000)
    estate = layer(shapely.box(0, 0, 200, 400))
    built = build_units(
        TOWN, streets=streets, whole=estate, rules=rules, load_of={"households": households}
    )
    assert len(built.frame) == 2
    assert "1 units hold more than 100 households (the fullest 400): they are never cut" in str(
        built.report
    )
    with pytest.raises(ConfigError, match="`load_of` does not say how much"):
        build_units(TOWN, streets=streets, rules=rules)


def test_no_unit_crosses_the_border_of_a_community():
    halves = layer(shapely.box(0, 0, 130, 400), shapely.box(130, 0, 400, 400), id=["007", "1E5"])
    built = build_units(TOWN, streets=CROSS, communities=halves)
    assert sorted(set(built.frame["community_id"])) == ["007", "1E5"]
    west = built.frame[built.frame["community_id"] == "007"]
    assert west["area_m2"].sum() == pytest.approx(130 * 400)
    with pytest.raises(GeometryError, match=r"leave 0\.108 km² of the town out"):
        build_units(TOWN, communities=halves.iloc[:1])


def test_layers_in_degrees_are_brought_to_a_fit_system():
    built = build_units(TOWN.to_crs(4326), streets=CROSS.to_crs(3857))
    assert built.frame.crs.to_epsg() == 4547
    assert built.report.n_units == 4


def test_the_order_of_streets_does_not_matter():
    rng = np.random.default_rng(3)
    mess = layer(*[line(*rng.uniform(-20, 420, (3, 2))) for _ in range(25)])
    one = build_units(TOWN, streets=mess)
    two = build_units(TOWN, streets=mess.iloc[::-1])
    assert (
        shapely.to_wkb(one.frame.geometry.values).tolist()
        == shapely.to_wkb(two.frame.geometry.values).tolist()
    )
    check_whole(one, 160_000)


def test_layers_that_do_not_fit_are_refused():
    bow = layer(shapely.Polygon([(0, 0), (400, 400), (400, 0), (0, 400)]))
    with pytest.raises(GeometryError, match="`town_line` crosses itself or is broken"):
        build_units(bow)
    with pytest.raises(GeometryError, match="encloses nothing"):
        build_units(CROSS)
    far = layer(line((9000, 0), (9100, 0)))
    with pytest.raises(GeometryError, match="`streets` and `town_line` do not overlap"):
        build_units(TOWN, streets=far)
    with pytest.raises(CRSError, match="`streets` has no reference system"):
        build_units(TOWN, streets=layer(line((0, 0), (1, 1)), crs=None))
    with pytest.raises(CRSError, match="come out"):
        build_units(TOWN, crs="EPSG:3857")
    with pytest.raises(ConfigError, match="less than four times"):
        UnitRules(max_area_m2=3000)
    with pytest.raises(ConfigError, match="`gap_m` is -1"):
        UnitRules(gap_m=-1)


def test_streets_that_do_not_close_are_noted():
    built = build_units(TOWN, streets=layer(line((10, 10), (390, 390))))
    assert "the largest piece that lines enclose holds 100% of the town" in built.report.notes[0]


def test_small_pieces_go_smallest_first_to_the_longest_border():
    shapes = np.array(
        [shapely.box(0, 0, 10, 10), shapely.box(10, 0, 11, 8), shapely.box(11, 0, 20, 8)]
    )
    shapes[0] = shapely.Polygon([(0, 0), (10, 0), (10, 8), (10, 10), (0, 10)])
    assert merge_small(shapes, shapely.area(shapes), least=20).tolist() == [0, 0, 1]
    keep = np.array([False, True, False])
    assert merge_small(shapes, shapely.area(shapes), least=20, keep=keep).tolist() == [0, 1, 2]
    within = np.array([0, 1, 1], dtype=np.int32)
    assert merge_small(shapes, shapely.area(shapes), least=20, within=within).tolist() == [0, 1, 1]
    assert merge_small(shapes, shapely.area(shapes), n_most=1).tolist() == [0, 0, 0]
