from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from gridkit.errors import SchemaError
from gridkit.model.graph import UnitGraph
from gridkit.model.plan import Level, Plan
from gridkit.model.town import nearest_links
from tests.conftest import square_town


def test_squares_touch_along_sides_not_corners(town):
    left, right, border_m = town.graph.edges()
    assert town.graph.n_edges == 3 * 3 + 2 * 4
    assert set(border_m.round(6)) == {100.0}
    assert not any((a, b) == (0, 5) for a, b in zip(left, right, strict=True))


def test_the_graph_comes_back_from_networkx(town):
    graph = town.graph.to_networkx()
    assert nx.is_connected(graph)
    back = UnitGraph.from_networkx(graph, town.units.ids)
    np.testing.assert_array_equal(back.neighbor, town.graph.neighbor)
    np.testing.assert_array_equal(back.border_m, town.graph.border_m)


def test_the_graph_agrees_with_libpysal(town):
    libpysal = pytest.importorskip("libpysal.graph", reason="the extra `pysal` is not installed")
    import geopandas as gpd

    frame = gpd.GeoDataFrame(
        geometry=list(town.units.shapes), index=list(town.units.ids), crs=town.units.crs
    )
    theirs = libpysal.Graph.build_contiguity(frame, rook=True)
    ours = town.graph.to_libpysal()
    assert ours.n == theirs.n
    assert set(ours.adjacency.index) == set(theirs.adjacency.index)


def test_a_networkx_graph_of_other_units_is_refused(town):
    graph = town.graph.to_networkx()
    graph.remove_node("u01")
    graph.add_node("stranger")
    with pytest.raises(
        SchemaError, match=r"1 units are missing \('u01'\) and 1 nodes are unknown \('stranger'\)"
    ):
        UnitGraph.from_networkx(graph, town.units.ids)


def test_a_declared_link_joins_and_has_no_border(town):
    linked = town.with_links([("u01", "u12")])
    assert linked.graph.n_edges == town.graph.n_edges + 1
    assert linked.graph.border_m.min() == 0
    with pytest.raises(
        SchemaError, match="declared links name units that are not in the town: 'nobody'"
    ):
        town.with_links([("u01", "nobody")])


def test_pieces_are_those_of_networkx(town):
    labels = np.array([0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0], dtype=np.int32)
    pieces = town.graph.pieces(labels)
    graph = town.graph.to_networkx()
    by_id = dict(zip(town.units.ids, labels, strict=True))
    graph.remove_edges_from([(a, b) for a, b in graph.edges if by_id[a] != by_id[b]])
    expected = {frozenset(c) for c in nx.connected_components(graph)}
    ids = np.array(town.units.ids)
    assert {frozenset(ids[pieces == p]) for p in np.unique(pieces)} == expected


def test_the_nearest_link_of_a_loose_piece_is_suggested(town):
    labels = np.array([0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1], dtype=np.int32)
    ((a, b, distance),) = nearest_links(town, labels)
    assert {town.units.ids[a], town.units.ids[b]} == {"u01", "u04"}
    assert distance == pytest.approx(200)


def test_grids_are_numbered_west_to_east_from_the_north():
    town = square_town(2, 2)
    plan = Plan.from_labels(town, np.array([7, 3, 5, 9], dtype=np.int32))
    frame = plan.to_frame().set_index("unit_id")
    assert frame["base_grid_id"].to_dict() == {
        "u01": "G01",
        "u02": "G02",
        "u03": "G03",
        "u04": "G04",
    }


def test_a_plan_adds_up(town):
    plan = Plan.from_labels(town, np.array([0, 0, 1, 1] * 3, dtype=np.int32))
    assert plan.total("residents").tolist() == [60, 60]
    assert plan.total("area_m2", level="community_grid").tolist() == pytest.approx([60_000, 60_000])
    assert plan.n_units().tolist() == [6, 6]
    assert [s.area for s in plan.shapes()] == pytest.approx([60_000, 60_000])


def test_a_plan_survives_its_table(town):
    plan = Plan.from_labels(town, np.array([0, 0, 1, 1, 2, 2, 1, 1, 2, 2, 1, 1], dtype=np.int32))
    table = plan.to_frame()
    assert list(table.columns) == ["unit_id", "base_grid_id", "community_grid_id"]
    back = Plan.from_frame(town, table.sample(frac=1, random_state=0))
    pd.testing.assert_frame_equal(back.to_frame(), table)


def test_units_that_a_table_leaves_out_are_unassigned(town):
    table = Plan.from_labels(town, np.zeros(12, dtype=np.int32)).to_frame().iloc[:10]
    plan = Plan.from_frame(town, table)
    assert (plan.base < 0).sum() == 2
    assert "2 units unassigned" in repr(plan)


def test_unknown_units_in_a_table_are_named(town):
    table = pd.DataFrame({"unit_id": ["u01", "u99"], "base_grid_id": ["a", "a"]})
    with pytest.raises(SchemaError, match=r"1 of 2 units of the plan are not in the town: 'u99'"):
        Plan.from_frame(town, table)


def test_a_base_grid_in_two_communities_is_refused(town):
    table = pd.DataFrame(
        {"unit_id": ["u01", "u02"], "base_grid_id": ["a", "a"], "community_grid_id": ["c", "d"]}
    )
    with pytest.raises(
        SchemaError,
        match=r"1 base grids of the plan are in more than one community grid: 'a' in 'c', 'd'",
    ):
        Plan.from_frame(town, table)


def test_positions_beyond_the_grids_are_refused():
    with pytest.raises(SchemaError, match="positions run from 0 to 5, there are 2 grids"):
        Level(name="base_grid", ids=("a", "b"), holder=np.array([0, 5], dtype=np.int32))


def test_nouns_print_in_a_notebook_with_texts_escaped(town):
    import dataclasses

    hostile = dataclasses.replace(town.community, names=("<script>", "b&c"))
    bad = type(town)(name="<b>", units=town.units, graph=town.graph, community=hostile)
    plan = Plan.from_labels(bad, np.array([0, 0, 1, 1] * 3, dtype=np.int32))
    assert "<script>" not in plan._repr_html_()
    assert "&lt;script&gt;" in plan._repr_html_()
    assert "&lt;b&gt;" in bad._repr_html_()
