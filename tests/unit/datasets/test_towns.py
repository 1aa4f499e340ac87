import numpy as np
import pytest
import shapely

from gridkit.datasets import (
    island_town,
    make_reports,
    make_town,
    ragged_town,
    river_town,
    tiny_town,
)
from gridkit.errors import InputError
from gridkit.geo.points import locate


def as_bytes(town):
    return (
        b"".join(shapely.to_wkb(town.units.shapes))
        + b"".join(m.values.tobytes() for m in town.units.measures.values())
        + ("|".join(town.units.ids)).encode()
        + (town.community.holder.tobytes() if town.community else b"")
    )


@pytest.mark.parametrize(("n", "seed"), [(4, 0), (31, 5), (300, 1), (301, 2), (1200, 3)])
def test_a_made_town_has_exactly_the_units_asked_for_in_one_piece(n, seed):
    town = make_town(n, seed)
    assert len(town.units) == n
    assert town.graph.pieces().max() == 0
    assert town.is_synthetic
    assert town.units.crs.to_epsg() == 4547


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_town():
    one, two, other = (make_town(150, s, n_communities=5) for s in (1, 1, 2))
    assert as_bytes(one) == as_bytes(two)
    assert as_bytes(one) != as_bytes(other)


@pytest.mark.parametrize("seed", range(4))
def test_communities_are_contiguous_and_of_similar_load(seed):
    town = make_town(400, seed, n_communities=9)
    assert len(town.community) == 9
    assert np.unique(town.graph.pieces(town.community.holder)).size == 9
    load = np.bincount(town.community.holder, town.units.measure("residents").values)
    assert load.min() > 0.2 * load.mean()


def test_the_river_is_a_hole_and_blocks_are_irregular():
    town = make_town(500, 3)
    outline = shapely.union_all(town.units.shapes)
    assert len(shapely.get_parts(outline)) == 1
    assert shapely.get_num_interior_rings(outline) == 1
    dry = shapely.union_all(make_town(500, 3, river=False).units.shapes)
    assert shapely.get_num_interior_rings(dry) == 0
    area = town.units.area_m2
    assert area.max() > 5 * np.median(area)
    assert abs(town.area_km2 - 500 * 0.0315) < 1e-3


def test_loads_are_whole_and_have_a_heavy_tail():
    town = make_town(1000, 4)
    residents = town.units.measure("residents")
    assert residents.is_whole
    assert residents.values.sum() == 100_000
    top = np.sort(residents.values)[-100:].sum()
    assert 25_000 < top < 70_000, "the top tenth of units holds a quarter to two thirds"
    objects = sum(
        town.units.measure(m).values
        for m in town.units.measures
        if m.startswith("n_") and m != "n_objects"
    )
    np.testing.assert_array_equal(objects, town.units.measure("n_objects").values)
    assert town.units.measure("workload_min").is_whole


@pytest.mark.parametrize("bad", [{"n_units": 3}, {"n_units": 20, "n_communities": 7}])
def test_an_impossible_town_is_refused(bad):
    with pytest.raises(InputError, match="expected n_units >= 4"):
        make_town(**bad)


def test_tiny_town_is_three_by_three():
    town = tiny_town()
    assert town.graph.n_edges == 12
    assert town.area_km2 == pytest.approx(0.09)
    assert [town.community.ids[c] for c in town.community.holder[[0, 4, 8]]] == [
        "south",
        "middle",
        "north",
    ]


def test_river_town_is_held_together_by_its_bridge():
    town = river_town()
    assert town.graph.pieces().max() == 0
    left, right, border = town.graph.edges()
    (bridge,) = np.flatnonzero(border == 0)
    assert {town.units.ids[left[bridge]], town.units.ids[right[bridge]]} == {"r3c3", "r4c3"}
    assert town.graph.without(border == 0).pieces().max() == 1


def test_island_town_is_in_two_pieces():
    assert island_town().graph.pieces().max() == 1


def test_ragged_town_has_a_hole_a_sliver_two_parts_and_a_corner_contact():
    town = ragged_town()
    graph = town.graph.to_networkx()
    assert set(graph["core"]) == {"ring"}
    assert set(graph["corner"]) == {"twin"}
    assert set(graph["sliver"]) == {"ring", "twin", "waist", "c"}
    twin = town.units.shapes[town.position["twin"]]
    assert len(shapely.get_parts(twin)) == 2


def test_reports_lie_in_the_town_and_the_planted_ones_in_their_circles():
    town = make_town(120, 1)
    frame = make_reports(town, 600, 3, n_hotspots=2, share_in_hotspots=0.5)
    xy = shapely.get_coordinates(frame.geometry)
    assert (locate(xy, town.units.shapes) >= 0).all()
    for i, truth in enumerate(frame.attrs["planted"]):
        own = frame[frame["planted"] == i]
        assert len(own) == truth["n"] == 150
        assert set(own["category"]) == {truth["category"]}
        far = own.geometry.distance(shapely.Point(truth["center"]))
        assert far.max() <= truth["radius_m"] + 1e-6
    assert frame["reported_at"].is_monotonic_increasing
    assert frame.equals(make_reports(town, 600, 3, n_hotspots=2, share_in_hotspots=0.5))


def test_reports_without_hotspots_are_all_background():
    frame = make_reports(make_town(40, 1), 50, n_hotspots=0)
    assert (frame["planted"] == -1).all()
    with pytest.raises(InputError, match="share_in_hotspots"):
        make_reports(make_town(40, 1), 50, share_in_hotspots=2)
