"""How long do the links of the main job take? `make bench` prints a table; nothing fails on seconds."""

from __future__ import annotations

import pytest

import gridkit as gk
from gridkit.rules import Balance, GridCount, Rules


@pytest.fixture(scope="module")
def town():
    return gk.make_town(2_000, 1)


def test_make_a_town(benchmark):
    benchmark.pedantic(lambda: gk.make_town(2_000, 2), rounds=2, iterations=1)


def test_partition(benchmark, town):
    rules = Rules(
        grids=GridCount(total=50),
        balance=Balance(measure="residents", tolerance=0.05, within="town"),
    )
    result = benchmark.pedantic(
        lambda: gk.solve(town, rules), rounds=2, iterations=1, warmup_rounds=1
    )
    assert result.is_legal


def test_contiguity_graph(benchmark, town):
    assert benchmark(lambda: gk.UnitGraph.build_rook(town.units)).n_edges == town.graph.n_edges
