"""What is the cheapest assignment when each grid pays for the skills it lacks?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels.flow import cheapest_flow
from gridkit._milp import milp

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray
    from gridkit.model.roster import Candidates, Roster


MEMORY = 0.6
"""Weight of earlier slopes in the price search."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """The assignment in whole hundredths of a minute; pinned members are already placed.

    `member`, `grid`, `cost`: the pairs of members that are free, sorted. `room`: members that each
    grid still takes. `wanted`: holders it still lacks, given who is pinned; `held`: who holds what.
    """

    n_members: int
    member: LabelArray
    grid: LabelArray
    cost: IntArray
    room: IntArray
    need: IntArray
    wanted: IntArray
    held: BoolArray
    pinned: LabelArray
    pinned_cost: int
    head_price: int
    skill_price: int
    overfull: LabelArray

    @classmethod
    def build(
        cls,
        pairs: Candidates,
        *,
        n_members: int,
        need: LabelArray,
        wanted: IntArray,
        held: BoolArray,
        pinned: LabelArray,
        head_price: int,
        skill_price: int,
    ) -> Problem:
        """Fix the pinned members and keep the pairs of the others."""
        k = len(need)
        cost = np.rint(pairs.cost_min * 100.0).astype(np.int64)
        stuck = pinned >= 0
        at_pin = pairs.grid == pinned[pairs.member]
        free = ~stuck[pairs.member]
        fixed = np.flatnonzero(stuck)
        room = np.asarray(need, np.int64) - np.bincount(pinned[fixed], minlength=k)
        left = np.asarray(wanted, np.int64).copy()
        for s in range(left.shape[1]):
            left[:, s] -= np.bincount(pinned[fixed[held[fixed, s]]], minlength=k)
        return cls(
            n_members=n_members,
            member=pairs.member[free],
            grid=pairs.grid[free],
            cost=cost[free],
            room=np.maximum(room, 0),
            need=np.asarray(need, np.int64),
            wanted=np.maximum(left, 0),
            held=held,
            pinned=pinned,
            pinned_cost=int(cost[at_pin].sum()),
            head_price=head_price,
            skill_price=skill_price,
            overfull=np.flatnonzero(room < 0).astype(np.int32),
        )

    @property
    def free(self) -> IntArray:
        """Members that are not pinned."""
        return np.flatnonzero(self.pinned < 0)

    def missing(self, grid: LabelArray) -> tuple[IntArray, IntArray]:
        """Members and holders that each grid lacks under an assignment of the free members."""
        k = self.room.size
        ok = (grid >= 0) & (self.pinned < 0)
        heads = np.maximum(self.room - np.bincount(grid[ok], minlength=k), 0)
        have = np.zeros_like(self.wanted)
        for s in range(have.shape[1]):
            have[:, s] = np.bincount(grid[ok & self.held[:, s]], minlength=k)
        return heads, np.maximum(self.wanted - have, 0)

    def value(self, grid: LabelArray) -> int:
        """Cost of an assignment, with what is missing at its price."""
        used = grid[self.member] == self.grid
        heads, skills = self.missing(grid)
        return (
            self.pinned_cost
            + int(self.cost[used].sum())
            + self.head_price * int(heads.sum())
            + self.skill_price * int(skills.sum())
        )


def problem_of(roster: Roster) -> Problem:
    """Write the problem down again that a roster answers."""
    wanted = list(roster.requires.values())
    return Problem.build(
        roster.candidates,
        n_members=len(roster.members),
        need=roster.need,
        wanted=np.column_stack(wanted).astype(np.int64)
        if wanted
        else np.zeros((len(roster.grid_ids), 0), np.int64),
        held=roster.holders,
        pinned=np.where(roster.members.pinned, roster.current, -1).astype(np.int32),
        head_price=round(roster.head_price_min * 100),
        skill_price=round(roster.skill_price_min * 100),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """The best assignment found, and how good any can be."""

    grid: LabelArray
    value: int
    bound: int
    prices: FloatArray
    n_rounds: int = 0


def solve_priced(problem: Problem, *, n_rounds: int = 60) -> Answer:
    """Search prices of skills so that the cheapest assignment has them.

    A price on every (grid, skill), at most that of a missing skill, moves by a subgradient with a
    Polyak step; each round is a cheapest flow, which gives a bound and a roster.
    """
    network = _Network(problem)
    wanted, held = problem.wanted, problem.held
    price = np.zeros(wanted.shape)
    trend = np.zeros(wanted.shape)
    best_grid, best, bound = problem.pinned.copy(), problem.value(problem.pinned), -(2**62)
    best_price = price.copy()
    step, stall, rounds = 1.0, 0, 0
    k, n_skills = wanted.shape
    carries = held[problem.member] if n_skills else np.zeros((problem.member.size, 0), bool)
    for _ in range(max(n_rounds, 1)):
        rounds += 1
        whole = np.rint(price).astype(np.int64)
        cost = problem.cost - (carries * whole[problem.grid]).sum(axis=1)
        grid, low = network.solve(cost)
        low += int((whole * wanted).sum())
        value = problem.value(grid)
        if value < best:
            best, best_grid = value, grid
        if low > bound + 1:
            bound, best_price, stall = low, whole.astype(np.float64), 0
        else:
            stall += 1
            if stall >= 4:
                step, stall = step / 2, 0
        if n_skills == 0 or best <= bound:
            break
        have = np.stack(
            [
                np.bincount(grid[(grid >= 0) & (problem.pinned < 0) & held[:, s]], minlength=k)
                for s in range(n_skills)
            ],
            axis=1,
        )
        slope = (wanted - have).astype(np.float64)
        slope[(slope < 0) & (price <= 0)] = 0.0
        slope[(slope > 0) & (price >= problem.skill_price)] = 0.0
        if not slope.any() or best - bound <= 0.0005 * abs(bound):
            break
        # A mean of this and earlier slopes zigzags less (Crowder 1976).
        trend = slope + MEMORY * trend
        size = float((trend**2).sum())
        price = np.clip(
            price + step * max(best - bound, 1) / size * trend, 0.0, problem.skill_price
        )
    return Answer(grid=best_grid, value=best, bound=bound, prices=best_price, n_rounds=rounds)


class _Network:
    """The flow from members over grids to a sink; only its costs change from round to round.

    A member may also go straight to the sink (unplaced); an empty place costs as much, so that every
    place is filled as long as somebody can come.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.rows = problem.free
        k, n, pairs = problem.room.size, self.rows.size, problem.member.size
        row_of = np.full(problem.n_members, -1, dtype=np.int64)
        row_of[self.rows] = np.arange(n)
        self.root = n + k
        # Arcs: pairs, then grid -> sink, then member -> sink. The last two are the first tree.
        self.start = np.concatenate([row_of[problem.member], n + np.arange(k), np.arange(n)])
        self.end = np.concatenate([n + problem.grid, np.full(k + n, self.root)])
        self.start, self.end = self.start.astype(np.int32), self.end.astype(np.int32)
        self.room = np.concatenate(
            [np.ones(pairs, np.int64), problem.room.astype(np.int64), np.ones(n, np.int64)]
        )
        self.flow = np.concatenate([np.zeros(pairs + k, np.int64), np.ones(n, np.int64)])
        self.state = np.concatenate([np.ones(pairs, np.int32), np.zeros(k + n, np.int32)])
        nodes = n + k + 1
        self.parent = np.full(nodes, self.root, dtype=np.int32)
        self.parent[self.root] = -1
        self.arc = np.full(nodes, -1, dtype=np.int32)
        self.arc[:n] = pairs + k + np.arange(n)
        self.arc[n : n + k] = pairs + np.arange(k)
        self.child = np.full(nodes, -1, dtype=np.int32)
        self.child[self.root] = 0 if nodes > 1 else -1
        self.after = np.append(np.arange(1, nodes, dtype=np.int32), np.int32(-1))
        self.after[nodes - 2] = -1
        self.before = np.arange(-1, nodes - 1, dtype=np.int32)
        self.before[self.root] = -1
        self.depth = np.ones(nodes, dtype=np.int32)
        self.price = np.zeros(nodes, dtype=np.int64)

    def solve(self, cost: IntArray) -> tuple[LabelArray, int]:
        """Find the cheapest assignment of free members; its cost, missing members included."""
        problem = self.problem
        k, n, pairs = problem.room.size, self.rows.size, problem.member.size
        grid = problem.pinned.copy()
        full = np.concatenate(
            [cost, np.zeros(k, np.int64), np.full(n, problem.head_price, np.int64)]
        ).astype(np.int64)
        if n:
            cheapest_flow(
                self.start, self.end, self.room, full, self.flow, self.state, self.parent, self.arc,
                self.child, self.after, self.before, self.depth, self.price, self.root,
            )  # fmt: skip
        used = np.flatnonzero(self.flow[:pairs])
        grid[problem.member[used]] = problem.grid[used]
        # An unplaced member leaves a place empty that could have been filled.
        empty = int(problem.room.sum()) - n
        total = int((full * self.flow).sum())
        return grid, problem.pinned_cost + total + problem.head_price * empty


def solve_exact(problem: Problem, start: Answer, *, time_limit_s: float) -> Answer:
    """Close the gap with the whole model (HiGHS): a variable for each pair and each lack."""
    from scipy import sparse  # noqa: PLC0415  scipy loads when somebody is assigned
    from scipy.optimize import (  # noqa: PLC0415  the same
        Bounds,
        LinearConstraint,
    )

    k, n_skills = problem.wanted.shape
    n = problem.member.size
    g_at, s_at = np.nonzero(problem.wanted)
    n_lack = g_at.size
    width = n + k + n_lack
    lack_of = np.full((k, max(n_skills, 1)), -1, dtype=np.int64)
    lack_of[g_at, s_at] = np.arange(n_lack)
    arcs = np.arange(n)
    ones = np.ones(n)
    each = sparse.csr_matrix((ones, (problem.member, arcs)), (problem.n_members, width))
    fill = sparse.csr_matrix(
        (np.ones(n + k), (np.r_[problem.grid, np.arange(k)], np.r_[arcs, n + np.arange(k)])),
        (k, width),
    )
    row, column = [np.arange(n_lack)], [n + k + np.arange(n_lack)]
    for s in range(n_skills):
        hit = np.flatnonzero(problem.held[problem.member, s] & (lack_of[problem.grid, s] >= 0))
        row.append(lack_of[problem.grid[hit], s])
        column.append(hit)
    rows, columns = np.concatenate(row), np.concatenate(column)
    skills = sparse.csr_matrix((np.ones(rows.size), (rows, columns)), (n_lack, width))
    cost = np.r_[
        problem.cost,
        np.full(k, problem.head_price),
        np.full(n_lack, problem.skill_price),
    ].astype(np.float64)
    most = np.r_[ones, problem.room, problem.wanted[g_at, s_at]].astype(np.float64)
    rules = [
        LinearConstraint(each, 0, 1),
        LinearConstraint(fill, problem.room, problem.room),
    ]
    if n_lack:
        rules.append(LinearConstraint(skills, problem.wanted[g_at, s_at], np.inf))
    scale = max(abs(start.value), 1)
    found = milp(
        cost,
        integrality=np.r_[ones, np.zeros(k + n_lack)],
        bounds=Bounds(0, most),
        constraints=rules,
        options={"time_limit": time_limit_s, "mip_rel_gap": 0.5 / scale},
    )
    answer = start
    if found.x is not None:
        grid = problem.pinned.copy()
        used = found.x[:n] > 0.5
        grid[problem.member[used]] = problem.grid[used]
        value = problem.value(grid)
        if value < start.value:
            answer = replace(answer, grid=grid, value=value)
    low = getattr(found, "mip_dual_bound", None)
    if low is not None and np.isfinite(low):
        # All costs are whole, so a bound just above a whole number proves the next one.
        proven = int(np.ceil(low - 1e-3)) + problem.pinned_cost
        answer = replace(answer, bound=max(start.bound, min(proven, answer.value)))
    return answer
