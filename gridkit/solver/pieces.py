"""What is the least change that brings grids back into one piece?"""

from __future__ import annotations

import heapq
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridkit.rules.check import contiguity_graph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray
    from gridkit.model.graph import UnitGraph
    from gridkit.model.plan import Plan
    from gridkit.rules.settings import Rules


def join_strays(plan: Plan, rules: Rules, *, grids: Sequence[str] | None = None) -> Plan:
    """Give the stray pieces of grids, and the loose units beside them, to a grid that they touch.

    Each grid keeps the piece that holds most of the balanced load (without balance: of the area).
    Every other unit of it goes to a neighboring grid: one of the unit's own community first, then the
    one with the longest common border. Nothing else moves, and no band is looked at: this mends a
    stroke of the brush, also in plans that break many other rules.

    Parameters
    ----------
    plan
        A plan with grids in several pieces or units in no grid.
    rules
        Contiguity (links, barriers, grids that may be in pieces) and locks.
    grids
        Base grids to mend, with the loose units that touch them; all by default.

    Returns
    -------
    Plan
        Locked grids as they were; what touches no grid that may take it stays where it was.
    """
    town, level = plan.town, plan.levels[0]
    graph = contiguity_graph(town, rules)
    locked = np.array([i in set(rules.locks.grids) for i in level.ids], dtype=bool)
    exempt = set(rules.contiguity.multi_part) | set(rules.locks.carved)
    wanted = np.array(
        [(grids is None or i in set(grids)) and i not in exempt for i in level.ids], dtype=bool
    )
    stray = _strays(plan, rules, graph, wanted & ~locked) | _loose(plan, graph, wanted)
    label = plan.base.copy()
    label[stray] = -1
    label = _taken(plan, graph, label, stray, may_take=~locked)
    label = np.where(label < 0, plan.base, label).astype(np.int32)
    first = replace(level, holder=label)
    return replace(plan, levels=(first, *plan.levels[1:]))


def _strays(plan: Plan, rules: Rules, graph: UnitGraph, mend: BoolArray) -> BoolArray:
    """Find the units outside the heaviest piece of their grid."""
    weight = _weight(plan, rules)
    piece = graph.pieces(plan.base)
    load = np.bincount(piece, weight)
    best = np.full(len(plan.levels[0]), -1, dtype=np.int64)
    heaviest = np.full(len(plan.levels[0]), -np.inf)
    for u in np.flatnonzero(plan.base >= 0):
        g, p = plan.base[u], piece[u]
        if load[p] > heaviest[g]:
            best[g], heaviest[g] = p, load[p]
    own = np.maximum(plan.base, 0)
    out: BoolArray = (plan.base >= 0) & mend[own] & (piece != best[own])
    return out


def _weight(plan: Plan, rules: Rules) -> FloatArray:
    units = plan.town.units
    if rules.balance is None:
        return units.area_m2
    # a unit without load still counts a little, so that pieces of empty units have an order
    load = units.measure(rules.balance.measure).values
    return np.asarray(load + 1e-9 * load.sum() * units.area_m2 / units.area_m2.sum())


def _loose(plan: Plan, graph: UnitGraph, wanted: BoolArray) -> BoolArray:
    """Find the units in no grid whose loose piece touches a grid to be mended."""
    source = np.repeat(np.arange(len(graph.ids)), np.diff(graph.start))
    free = plan.base < 0
    piece = graph.pieces(plan.base)
    there = plan.base[graph.neighbor]
    beside = free[source] & (there >= 0) & wanted[np.maximum(there, 0)]
    out: BoolArray = free & np.isin(piece, np.unique(piece[source[beside]]))
    return out


def _taken(
    plan: Plan, graph: UnitGraph, label: LabelArray, stray: BoolArray, *, may_take: BoolArray
) -> LabelArray:
    """Let stray units be taken, the longest common border first."""
    of, home = _communities(plan)
    out = label.copy()
    heap: list[tuple[int, float, int, int]] = []

    def offer(u: int) -> None:
        span = slice(int(graph.start[u]), int(graph.start[u + 1]))
        near = out[graph.neighbor[span]]
        for g in np.unique(near[near >= 0]).tolist():
            if may_take[g]:
                border = float(graph.border_m[span][near == g].sum())
                heapq.heappush(heap, (int(home[g] != of[u]), -border, u, g))

    for u in np.flatnonzero(stray).tolist():
        offer(u)
    while heap:
        _, _, u, g = heapq.heappop(heap)
        if out[u] >= 0:
            continue
        out[u] = g
        for v in graph.neighbor[int(graph.start[u]) : int(graph.start[u + 1])].tolist():
            if stray[v] and out[v] < 0:
                offer(v)
    return out


def _communities(plan: Plan) -> tuple[IntArray, IntArray]:
    """Give the community of every unit and of every base grid; zeros where there are none."""
    n, k = len(plan.base), len(plan.levels[0])
    if plan.town.community is None:
        return np.zeros(n, dtype=np.int64), np.zeros(k, dtype=np.int64)
    of = plan.town.community.holder.astype(np.int64)
    counts = np.zeros((k, len(plan.town.community)), dtype=np.int64)
    ok = plan.base >= 0
    np.add.at(counts, (plan.base[ok], of[ok]), 1)
    return of, counts.argmax(axis=1)
