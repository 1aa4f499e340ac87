"""The pull on load over long distances against a dense solution of the same equation."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gridkit.rules import Balance, Contiguity, GridCount, Rules
from gridkit.solver.problem import compile_problem
from gridkit.solver.pull import LEAK, PULL, lift, open_edges, touching
from tests.conftest import square_town

TOWN = square_town(6, 7)
IDS = TOWN.units.ids
PLAIN = Rules(balance=Balance(measure="residents", tolerance=0.05), grids=GridCount(total=5))
WALLED = Rules(
    balance=Balance(measure="residents", tolerance=0.05),
    grids=GridCount(total=5),
    contiguity=Contiguity(barriers=((IDS[0], IDS[1]), (IDS[8], IDS[15]))),
)
PROBLEMS = [compile_problem(TOWN, rules) for rules in (PLAIN, WALLED)]
labels = st.lists(st.integers(0, 4), min_size=len(IDS), max_size=len(IDS))


def graph_of_grids(problem, label):
    start, neighbor, _, _, is_open = problem.graph
    graph = nx.Graph()
    graph.add_nodes_from(range(problem.k))
    for u in range(problem.n):
        for t in range(int(start[u]), int(start[u + 1])):
            if is_open[t] and label[u] != label[neighbor[t]]:
                graph.add_edge(int(label[u]), int(label[neighbor[t]]))
    return graph


@given(labels, st.sampled_from([0, 1]))
def test_grids_touch_where_units_of_theirs_share_an_open_border(labels, which):
    problem = PROBLEMS[which]
    label = np.array(labels, dtype=np.int32)
    a, b = touching(open_edges(problem), label, problem.k)
    graph = graph_of_grids(problem, label)
    assert sorted(zip(a.tolist(), b.tolist(), strict=True)) == sorted(
        [*graph.edges, *((y, x) for x, y in graph.edges)]
    )


@given(labels)
def test_load_flows_from_heavy_grids_to_light_ones(labels):
    problem = PROBLEMS[0]
    label = np.array(labels, dtype=np.int32)
    load = np.bincount(label, problem.load, problem.k)
    low, high, scale = (x[:, 0] for x in problem.soft)
    excess = load - np.clip(load, low, high)
    graph = graph_of_grids(problem, label)
    laplace = nx.laplacian_matrix(graph, nodelist=range(problem.k)).toarray()
    flow = np.linalg.solve(laplace + LEAK * np.eye(problem.k), excess)
    wanted = -2 * scale**2 * flow
    steepest = max((abs(wanted[a] - wanted[b]) for a, b in graph.edges), default=0.0)
    wanted *= min(1.0, PULL * 0.01 / max(steepest * problem.load.mean(), 1e-300))
    found = lift(problem, open_edges(problem), label, load, 1.0, 0.01)
    assert np.abs(found - wanted).max() <= 0.05 * np.abs(wanted).max(initial=0.0) + 1e-12
