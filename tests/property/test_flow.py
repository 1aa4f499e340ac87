from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from gridkit.staffing._prices import Problem, _Network

HEAD = 1000


def problem(seed):
    rng = np.random.default_rng(seed)
    m, k = int(rng.integers(1, 9)), int(rng.integers(1, 5))
    room = rng.integers(0, 4, k)
    may = rng.random((m, k)) < 0.6
    member, grid = np.nonzero(may)
    cost = rng.integers(-50, 200, member.size)
    return Problem(
        n_members=m, member=member.astype(np.int32), grid=grid.astype(np.int32), cost=cost.astype(np.int64),
        room=room.astype(np.int64), need=room.astype(np.int64), wanted=np.zeros((k, 0), np.int64),
        held=np.zeros((m, 0), bool), pinned=np.full(m, -1, np.int32), pinned_cost=0, head_price=HEAD,
        skill_price=0, overfull=np.zeros(0, np.int32),
    ), may, rng  # fmt: skip


def best_by_another_method(p, cost):
    """The dense Hungarian method on places, with a dear dummy place for each member."""
    places = np.repeat(np.arange(p.room.size), p.room)
    dense = np.full((p.n_members, p.room.size), 10**7)
    dense[p.member, p.grid] = cost
    table = np.hstack([dense[:, places], np.full((p.n_members, p.n_members), HEAD)])
    row, column = linear_sum_assignment(table)
    return int(table[row, column].sum()) + HEAD * (places.size - p.n_members)


@given(st.integers(0, 100_000))
def test_the_flow_costs_what_the_hungarian_method_finds(seed):
    p, _, _ = problem(seed)
    grid, total = _Network(p).solve(p.cost)
    assert total == best_by_another_method(p, p.cost)
    assert total == p.value(grid)
    placed = grid[grid >= 0]
    assert (np.bincount(placed, minlength=p.room.size) <= p.room).all()


@given(st.integers(0, 100_000))
def test_a_start_from_the_last_answer_ends_at_the_same_cost(seed):
    p, _, rng = problem(seed)
    network = _Network(p)
    for _ in range(5):
        cost = p.cost + rng.integers(-60, 60, p.cost.size)
        assert network.solve(cost)[1] == best_by_another_method(p, cost)
