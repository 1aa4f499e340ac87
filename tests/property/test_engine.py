"""Kernels and verbs of the plan engine against slow plain answers."""

from __future__ import annotations

import functools
import itertools
import os
import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridkit import metrics
from gridkit._kernels.moves import count_totals, keeps_together, move_unit
from gridkit.model.draft import Draft
from gridkit.model.plan import Plan
from gridkit.model.units import Measure
from gridkit.rules import Balance, GridCount, Limit, Rules, check, loosened
from gridkit.solver import certify, ensemble, finish, merge, repair, solve, split
from gridkit.solver.exact import smallest_largest_load
from tests.conftest import square_town

TOWN = square_town(5, 6)
N = len(TOWN.units)
labels_of = st.lists(st.integers(-1, 3), min_size=N, max_size=N)


def rows(town=TOWN):
    graph = town.graph
    return graph.start.astype(np.uint32), graph.neighbor.astype(np.uint32), graph.border_m.copy()


def loaded(rows_, columns, loads, **more):
    town = square_town(rows_, columns, **more)
    return town.with_measures(Measure(name="load", values=np.asarray(loads, float), unit="h"))


@given(
    labels_of,
    st.lists(st.tuples(st.integers(0, N - 1), st.integers(-1, 3)), max_size=20),
    st.integers(0, 9),
)
def test_totals_kept_by_moves_equal_totals_counted_afresh(labels, moves, seed):
    load = np.random.default_rng(seed).integers(0, 50, (N, 2)).astype(float)
    label = np.array(labels, dtype=np.int32)
    arrays = (
        *rows(),
        load,
        TOWN.units.area_m2.copy(),
        TOWN.units.perimeter_m.copy(),
        load[:, :1].copy(),
    )

    def fresh():
        return np.zeros((4, 2)), np.zeros(4), np.zeros(4), np.zeros(4, np.int64), np.zeros((4, 1))

    kept, again = fresh(), fresh()
    count_totals(*arrays, label, *kept)
    for u, to in moves:
        move_unit(u, to, *arrays, label, *kept)
    count_totals(*arrays, label, *again)
    for a, b in zip(kept, again, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    # and against plain NumPy
    for g in range(4):
        own = label == g
        np.testing.assert_array_equal(kept[0][g], load[own].sum(axis=0))
        assert kept[3][g] == own.sum()


@given(st.lists(st.booleans(), min_size=N, max_size=N), st.data())
def test_the_local_test_of_contiguity_agrees_with_networkx(inside, data):
    """Random pieces of a lattice have holes, pinches and islands."""
    label = np.array(inside, dtype=np.int32)
    own = np.flatnonzero(label == 1)
    if own.size == 0:
        return
    u = int(data.draw(st.sampled_from(own.tolist())))
    start, neighbor, _ = rows()
    is_open = np.ones(neighbor.size, dtype=bool)
    graph = nx.Graph()
    graph.add_nodes_from(own.tolist())
    for a in own:
        graph.add_edges_from(
            (int(a), int(b)) for b in neighbor[start[a] : start[a + 1]] if label[b] == 1
        )
    before = nx.number_connected_components(graph)
    alone = graph.degree(u) == 0
    graph.remove_node(u)
    after = nx.number_connected_components(graph) if len(graph) else 0
    found = keeps_together(
        u, start, neighbor, is_open, label, np.zeros(N, np.int64), 1, np.empty(N, np.uint32)
    )
    assert found == (after <= before - (1 if alone else 0))


@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, N - 1), min_size=1, max_size=4), st.integers(-1, 3)),
        max_size=12,
    )
)
def test_a_draft_agrees_with_a_recount_and_undo_restores_it(moves):
    begin = np.arange(N) % 4
    draft = Draft(Plan.from_labels(TOWN, begin.astype(np.int32)))
    base0 = draft.base.copy()
    for units, to in moves:
        draft.move(units, to)
    plan = draft.freeze()
    np.testing.assert_array_equal(draft.total("residents"), plan.total("residents"))
    np.testing.assert_allclose(draft.perimeter_m, metrics.perimeter_m(plan), atol=1e-6)
    while draft.undo():
        pass
    np.testing.assert_array_equal(draft.base, base0)
    while draft.redo():
        pass
    np.testing.assert_array_equal(draft.base, plan.base)


def connected_sets(seed, free, near):
    """List every connected set of units inside `free` that holds `seed`, each once (as bits)."""
    out = []

    def grow(own, border, banned):
        out.append(own)
        while border:
            v = border & -border
            border ^= v
            banned |= v
            more = near[v.bit_length() - 1] & free & ~own & ~banned
            grow(own | v, border | more, banned)

    grow(1 << seed, near[seed] & free, 1 << seed)
    return out


def brute_force(load, left, right, k):
    """Smallest largest load over all connected partitions into k grids, by enumeration."""
    near = [0] * len(load)
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        near[a] |= 1 << b
        near[b] |= 1 << a

    def weight(units):
        return sum(x for i, x in enumerate(load) if units >> i & 1)

    @functools.cache
    def best(free, grids):
        seed = (free & -free).bit_length() - 1
        if grids == 1:
            return weight(free) if free in connected_sets(seed, free, near) else np.inf
        return min(
            (
                max(weight(own), best(free & ~own, grids - 1))
                for own in connected_sets(seed, free, near)
                if own != free
            ),
            default=np.inf,
        )

    return best((1 << len(load)) - 1, k)


def test_the_enumeration_itself_finds_every_connected_set_once():
    left, right, _ = square_town(3, 3).graph.edges()
    near = [0] * 9
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        near[a] |= 1 << b
        near[b] |= 1 << a
    graph = nx.Graph(zip(left.tolist(), right.tolist(), strict=True))
    want = {
        sum(1 << i for i in own)
        for n in range(1, 10)
        for own in itertools.combinations(range(9), n)
        if 4 in own and nx.is_connected(graph.subgraph(own))
    }
    found = connected_sets(4, (1 << 9) - 1, near)
    assert len(found) == len(set(found))
    assert set(found) == want


@pytest.mark.parametrize(
    ("rows_", "columns", "k"),
    [(r, c, k) for r in range(1, 5) for c in range(r, 5) for k in (2, 3, 4) if r * c >= k],
)
def test_the_exact_bound_agrees_with_brute_force_on_every_lattice_up_to_4x4(rows_, columns, k):
    load = np.random.default_rng([rows_, columns, k]).integers(1, 20, rows_ * columns).astype(float)
    left, right, _ = square_town(rows_, columns).graph.edges()
    best = brute_force(load, left, right, k)
    cut_short = smallest_largest_load(load, left, right, k, max_nodes=1, max_rounds=2)
    assert cut_short.bound <= best + 1e-9
    found = smallest_largest_load(load, left, right, k, max_nodes=5000, max_rounds=200)
    assert found.is_proven
    assert found.bound == best


@settings(max_examples=8)
@given(st.integers(0, 1000), st.integers(2, 6))
def test_solved_plans_keep_their_rules_and_bounds_never_exceed_them(seed, k):
    loads = np.random.default_rng(seed).integers(1, 9, 60)
    town = loaded(6, 10, loads, communities=True)
    rules = Rules(balance=Balance(measure="load", tolerance=0.3), grids=GridCount(total=k))
    result = solve(town, rules, seed=seed, relax=True)
    plan = result.plan
    assert (plan.base >= 0).all()
    assert metrics.n_pieces(plan).max() == 1
    assert metrics.n_communities(plan).max() == 1
    assert len(plan.levels[0]) == k
    assert result.report.is_legal == check(plan, rules).is_legal
    for bound in certify(plan, rules).bounds:
        assert bound.bound <= bound.achieved + 1e-9
        if bound.name == "largest_load":
            assert bound.bound - 1e-9 <= bound.best_known <= bound.achieved + 1e-9


@settings(max_examples=6)
@given(st.integers(0, 1000))
def test_a_proposed_relaxation_makes_the_plan_legal(seed):
    loads = np.random.default_rng(seed).integers(1, 60, 24)
    town = loaded(4, 6, loads)
    rules = Rules(balance=Balance(measure="load", tolerance=0.01), grids=GridCount(total=5))
    result = solve(town, rules, relax=True)
    hints = [f for f in result.report if f.rule == "relaxation"]
    if result.is_legal:
        assert not hints
        return
    assert hints
    for hint in hints:
        if hint.facts["how"] == "plan":
            assert check(result.plan, loosened(rules, hint)).is_legal
        else:
            assert solve(town, loosened(rules, hint)).is_legal


@settings(max_examples=8)
@given(labels_of)
def test_a_repaired_plan_is_whole_and_contiguous(labels):
    plan = Plan.from_labels(TOWN, np.array(labels, dtype=np.int32))
    fixed = repair(plan, Rules(), relax=True).plan
    assert (fixed.base >= 0).all()
    assert metrics.n_pieces(fixed).max() == 1


@settings(max_examples=5)
@given(st.integers(0, 100))
def test_a_partial_plan_is_finished_without_moving_anything(seed):
    rng = np.random.default_rng(seed)
    whole = solve(
        TOWN, Rules(balance=Balance(measure="residents", tolerance=0.2), grids=GridCount(total=3))
    ).plan
    labels = whole.base.copy()
    labels[rng.choice(N, 8, replace=False)] = -1
    partial = Plan.from_labels(TOWN, labels)
    done = finish(partial, Rules(), relax=True).plan
    kept = partial.base >= 0
    number = {g: i for i, g in enumerate(done.levels[0].ids)}
    want = np.array([number[g] for g in partial.levels[0].ids])[partial.base[kept]]
    np.testing.assert_array_equal(done.base[kept], want)
    assert (done.base >= 0).all()


def test_split_and_merge_are_inverse():
    rules = Rules(balance=Balance(measure="residents", tolerance=0.2), grids=GridCount(total=3))
    plan = solve(TOWN, rules).plan
    name = plan.levels[0].ids[1]
    parts = split(plan, rules, name).plan
    assert len(parts.levels[0]) == 4
    assert metrics.n_pieces(parts).max() == 1
    assert abs(np.subtract(*parts.total("residents")[[1, 3]])) <= 20
    back = merge(parts, [name, parts.levels[0].ids[3]])
    np.testing.assert_array_equal(back.base, plan.base)


def test_an_ensemble_keeps_the_rules_and_ranks_the_plan():
    rules = Rules(limits=(Limit(measure="residents", low=60, high=140),), grids=GridCount(total=3))
    plan = solve(TOWN, rules).plan
    found = ensemble(plan, rules, n_plans=50, seed=1)
    assert found.n_steps > 0
    assert 0 <= found.rank("mean_compactness") <= 1
    again = ensemble(plan, rules, n_plans=50, seed=1)
    np.testing.assert_array_equal(found.drawn["n_cut_edges"], again.drawn["n_cut_edges"])
    assert found.to_frame().shape == (5, 5)


SCRIPT = """
import hashlib
from tests.conftest import square_town
from gridkit.rules import Balance, GridCount, Rules
from gridkit.solver import solve
plan = solve(square_town(8, 9, communities=True),
             Rules(balance=Balance(measure="residents", tolerance=0.1), grids=GridCount(total=6)), seed=5).plan
print(hashlib.sha256(plan.base.tobytes() + "".join(plan.levels[0].ids).encode()).hexdigest())
"""


def test_hash_seed_and_thread_count_change_nothing():
    seen = set()
    for hash_seed, threads in (("1", "1"), ("77", "2")):
        env = {
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "NUMBA_NUM_THREADS": threads,
            "OMP_NUM_THREADS": threads,
        }
        env["PYTHONPATH"] = os.pathsep.join(
            p for p in (str(Path.cwd()), env.get("PYTHONPATH", "")) if p
        )
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=True
        )
        seen.add(run.stdout)
    assert len(seen) == 1
