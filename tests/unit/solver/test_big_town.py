from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

import gridkit as gk
from gridkit.rules import Balance, GridCount, Rules

RULES = Rules(
    grids=GridCount(total=500), balance=Balance(measure="residents", tolerance=0.05, within="town")
)


@pytest.mark.slow
def test_twenty_thousand_units_into_five_hundred_even_connected_grids_twice_the_same():
    town = gk.make_town(20_000, 1)
    plan = gk.solve(town, RULES, seed=3).plan
    load = np.bincount(plan.base, town.units.measure("residents").values, 500)
    assert len(plan.levels[0]) == 500
    assert np.abs(load / load.mean() - 1).max() <= 0.05 + 1e-9
    graph = town.graph.to_networkx()
    where = dict(zip(town.units.ids, plan.base.tolist(), strict=True))
    graph.remove_edges_from([(a, b) for a, b in graph.edges if where[a] != where[b]])
    assert nx.number_connected_components(graph) == 500
    again = gk.solve(town, RULES, seed=3).plan
    np.testing.assert_array_equal(again.base, plan.base)
