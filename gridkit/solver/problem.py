"""How do a town and its rules become arrays that loops can work on?

Units that must stay together become one node; carved-out and locked grids keep their nodes but
every passage to them is closed; community lines are removed edges; barriers are closed ones. Nodes
are numbered along a Hilbert curve, so that neighbours are near in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from gridkit.errors import InfeasibleError
from gridkit.geo.order import hilbert_order
from gridkit.model.finding import Finding
from gridkit.rules.bands import (
    apportion,
    base_bands,
    community_ids,
    community_names,
    community_of,
    grid_counts,
    main_load,
    positions,
    sums,
    unit_values,
)
from gridkit.rules.check import contiguity_graph

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town
    from gridkit.rules.bands import Band
    from gridkit.rules.settings import Rules

EDGE_OF_BAND = 0.15
"""The outer part of a band in which the penalty already begins, as a share of its half width."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """A town and its rules as arrays, in node numbers (see `compile_problem`).

    Parameters
    ----------
    town, rules
        What it was made from.
    node_of : (n units,)
        Node of each unit.
    graph
        ``start, neighbor, border, cut, is_open``: compressed rows; `cut` is what a cut costs.
    nodes
        ``amount (n, m), area, edge, feature (n, q), free``.
    xy : (n, 2), metres
        A point in each node.
    load : (n,)
        What is to be even: the first amount.
    part : (n,)
        Connected piece of a community to which a node belongs; -1 for carved-out nodes.
    grid_part, grid_community : (k,)
        Of each grid.
    bands
        One for each column of `amount`.
    hard, soft
        ``low, high, scale``, each (k, m): the rules, and the narrower bands where penalty begins.
    ideal : (k,)
        Load aimed at.
    loose : (k,)
        Whether the grid may be in several pieces.
    fixed : (n,)
        Grid of nodes that cannot move; -1 for the others.
    budget
        ``home, change, spent, cap, stay``: the current plan and what may change.
    weight
        Of the objective: roundness, then each feature.
    """

    town: Town
    rules: Rules
    node_of: IntArray
    graph: tuple[Any, ...]
    nodes: tuple[Any, ...]
    xy: FloatArray
    load: FloatArray
    part: LabelArray
    grid_part: IntArray
    grid_community: IntArray
    bands: tuple[Band, ...]
    hard: tuple[FloatArray, ...]
    soft: tuple[FloatArray, ...]
    ideal: FloatArray
    loose: BoolArray
    fixed: LabelArray
    budget: tuple[Any, ...]
    weight: FloatArray

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.part)

    @property
    def k(self) -> int:
        """Number of grids."""
        return len(self.grid_part)


def compile_problem(
    town: Town,
    rules: Rules,
    *,
    members: Mapping[str, int] | None = None,
    start: Plan | None = None,
) -> Problem:
    """Turn a town and its rules into arrays.

    Parameters
    ----------
    town, rules
        What is asked.
    members
        Head count of each community, by id; shared evenly over its grids.
    start
        The current plan, when one is redrawn.

    Raises
    ------
    InfeasibleError
        If a community has more pieces than grids.
    ConfigError
        If rules name units or communities that are not there.
    """
    graph = contiguity_graph(town, rules)
    left, right, border_m = graph.edges()
    of = community_of(town).astype(np.int64)
    dedicated = _dedicated(town, rules, start)
    inside = of[left] == of[right]
    left, right, border_m = left[inside], right[inside], border_m[inside]
    group = _groups(town, rules)
    n_nodes = int(group.max()) + 1
    barred = _barred_edges(town, rules, graph)
    if barred is not None:  # borders behind barriers still are no outer border
        left, right, border_m = (
            np.concatenate(x) for x in zip((left, right, border_m), barred, strict=True)
        )
        inside = of[left] == of[right]
        left, right, border_m = left[inside], right[inside], border_m[inside]
        shut = np.arange(left.size) >= left.size - int(inside[-len(barred[0]) :].sum())
    else:
        shut = np.zeros(left.size, dtype=bool)
    shut |= dedicated[left] != dedicated[right]
    area = sums(group, town.units.area_m2, n_nodes)
    weight_xy = np.maximum(town.units.area_m2, 1e-12)
    xy = np.column_stack(
        [
            np.bincount(group, weight_xy * town.units.xy[:, i], n_nodes)
            / np.bincount(group, weight_xy, n_nodes)
            for i in (0, 1)
        ]
    )
    order = hilbert_order(xy)
    rank = np.empty(n_nodes, dtype=np.int64)
    rank[order] = np.arange(n_nodes)
    node_of = rank[group]
    edge = np.bincount(node_of, town.units.perimeter_m, n_nodes)
    a, b = node_of[left], node_of[right]
    own = a == b
    edge -= 2 * np.bincount(a[own], border_m[own], n_nodes)
    rows = _rows(n_nodes, a[~own], b[~own], border_m[~own], shut[~own])
    home = np.full(n_nodes, -1, dtype=np.int32)
    first = np.zeros(n_nodes, dtype=np.int64)
    first[node_of[::-1]] = np.arange(len(town.units))[::-1]
    part, grid_part, grid_community = _parts(
        town, rules, rows, of[first], dedicated[first], node_of
    )
    k_free = len(grid_part)
    n_carved = len(rules.locks.carved)
    grid_part = np.concatenate([grid_part, np.full(n_carved, -1)])
    carved_of = [
        of[positions(town, u, where="locks.carved")[0]]
        for _, u in sorted(rules.locks.carved.items())
    ]
    grid_community = np.concatenate([grid_community, np.array(carved_of, dtype=np.int64)]).astype(
        np.int32
    )
    fixed = np.full(n_nodes, -1, dtype=np.int32)
    for i, (_, units) in enumerate(sorted(rules.locks.carved.items())):
        fixed[node_of[positions(town, units, where="locks.carved")]] = k_free + i
    k = k_free + n_carved
    ordinary = np.arange(k) < k_free
    heads = (
        None if members is None else _heads(members, community_ids(town), grid_community, ordinary)
    )
    bands = base_bands(town, rules, grid_community, heads=heads, free=ordinary)
    amount = np.column_stack(
        [sums(node_of, v.values, n_nodes) for v in bands]
        or [sums(node_of, main_load(town, rules), n_nodes)]
    )
    hard, soft, ideal = _bounds(bands, amount, part, grid_part)
    loose = np.array(
        [community_ids(town)[c] in rules.contiguity.multi_part for c in grid_community], dtype=bool
    )
    loose[~ordinary] = True
    feature, weight, cut = _objective(town, rules, node_of, area, order, xy[order], rows, k)
    free = fixed < 0
    change = np.zeros((n_nodes, 0))
    budget = (home, change, np.zeros(0), np.zeros(0), np.zeros(n_nodes))
    return Problem(
        town=town, rules=rules, node_of=node_of,
        graph=(*rows[:3], cut, rows[3]),
        nodes=(np.ascontiguousarray(amount), np.ascontiguousarray(area[order]), edge, feature, free),
        xy=np.ascontiguousarray(xy[order]), load=np.ascontiguousarray(amount[:, 0]),
        part=part, grid_part=grid_part, grid_community=grid_community, bands=tuple(bands),
        hard=hard, soft=soft, ideal=ideal, loose=loose, fixed=fixed, budget=budget, weight=weight,
    )  # fmt: skip


def _dedicated(town: Town, rules: Rules, start: Plan | None) -> IntArray:
    """Number the carved-out and locked grids at each unit; 0 for ordinary ground."""
    out = np.zeros(len(town.units), dtype=np.int64)
    for i, (name, units) in enumerate(sorted(rules.locks.carved.items()), start=1):
        out[positions(town, units, where=f"locks.carved['{name}']")] = i
    del start
    return out


def _groups(town: Town, rules: Rules) -> IntArray:
    """Number the nodes: a group that must stay together is one."""
    n = len(town.units)
    if not rules.locks.together:
        return np.arange(n, dtype=np.int64)
    a, b = [], []
    for group in rules.locks.together:
        own = positions(town, group, where="locks.together")
        a += [int(own[0])] * len(own)
        b += [int(x) for x in own]
    matrix = csr_array((np.ones(len(a), np.int8), (a, b)), shape=(n, n))
    return connected_components(matrix, directed=False)[1].astype(np.int64)


def _barred_edges(
    town: Town, rules: Rules, graph: Any
) -> tuple[IntArray, IntArray, FloatArray] | None:
    """Give the borders that barriers took out of the contiguity graph."""
    if not rules.contiguity.barriers:
        return None
    n = len(town.units)
    left, right, border_m = town.graph.edges()
    l2, r2, _ = graph.edges()
    gone = ~np.isin(left * n + right, l2 * n + r2)
    return left[gone], right[gone], border_m[gone]


def _rows(
    n: int, a: IntArray, b: IntArray, border_m: FloatArray, shut: BoolArray
) -> tuple[IntArray, LabelArray, FloatArray, BoolArray]:
    """Compress edges into rows; edges between the same nodes are united."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    key, inverse = np.unique(low * n + high, return_inverse=True)
    length = sums(inverse, border_m, key.size)
    n_open = np.bincount(inverse, ~shut, key.size)
    low, high = key // n, key % n
    source, target = np.concatenate([low, high]), np.concatenate([high, low])
    order = np.lexsort((target, source))
    start = np.searchsorted(source[order], np.arange(n + 1)).astype(np.int64)
    both, opened = np.tile(length, 2)[order], np.tile(n_open > 0, 2)[order]
    return start, target[order].astype(np.int32), both, opened


def _parts(
    town: Town,
    rules: Rules,
    rows: tuple[Any, ...],
    of: IntArray,
    dedicated: IntArray,
    node_of: IntArray,
) -> tuple[LabelArray, IntArray, IntArray]:
    """Find the connected pieces of the communities, and give each its grids."""
    start, neighbor, _, is_open = rows
    n = len(start) - 1
    source = np.repeat(np.arange(n), np.diff(start))
    keep = is_open
    matrix = csr_array(
        (np.ones(int(keep.sum()), np.int8), (source[keep], neighbor[keep])), shape=(n, n)
    )
    piece = connected_components(matrix, directed=False)[1].astype(np.int64)
    ids, names = community_ids(town), community_names(town)
    spread = np.array([i in rules.contiguity.multi_part for i in ids], dtype=bool)
    n_pieces = int(piece.max()) + 1
    piece = np.where(spread[of], n_pieces + of, piece)
    piece[dedicated > 0] = -1
    used, at = np.unique(piece[piece >= 0], return_inverse=True)
    part = np.full(n, -1, dtype=np.int32)
    part[piece >= 0] = at.astype(np.int32)
    community = np.zeros(used.size, dtype=np.int64)
    community[part[part >= 0]] = of[part >= 0]
    load = sums(node_of, main_load(town, rules), n)
    loads = sums(part, load, used.size)
    counts = grid_counts(town, rules)
    seats = np.zeros(used.size, dtype=np.int64)
    findings = []
    for c in range(len(ids)):
        own = np.flatnonzero(community == c)
        if own.size > counts[c]:
            text = (
                f"{names[c]} is in {own.size} pieces that do not touch, and has {counts[c]} base grids: give it "
                f"{own.size} grids, declare links between the pieces, or allow its grids to be in several pieces."
            )
            findings.append(
                Finding(
                    rule="contiguity",
                    severity="broken",
                    text=text,
                    level="community_grid",
                    ids=(ids[c],),
                )
            )
            continue
        if own.size:
            seats[own] = apportion(loads[own], int(counts[c]), np.ones(own.size, dtype=np.int64))
    n_inside = np.bincount(part[part >= 0], minlength=used.size)
    for p in np.flatnonzero(seats > n_inside):
        text = f"{names[community[p]]} has {n_inside[p]} units that can be moved for {seats[p]} base grids; every grid needs one."
        findings.append(
            Finding(
                rule="grid_count",
                severity="broken",
                text=text,
                level="community_grid",
                ids=(ids[community[p]],),
            )
        )
    if findings:
        raise InfeasibleError(findings[0].text, findings=findings)
    grid_part = np.repeat(np.arange(used.size), seats)
    return part, grid_part, community[grid_part]


def _heads(
    members: Mapping[str, int], ids: tuple[str, ...], community: IntArray, free: BoolArray
) -> FloatArray:
    """Share the members of each community over its grids, as evenly as whole people go."""
    out = np.zeros(len(community))
    for c, name in enumerate(ids):
        own = np.flatnonzero((community == c) & free)
        total = int(members.get(name, 0))
        if own.size:
            out[own] = total // own.size + (np.arange(own.size) < total % own.size)
    return out


def _bounds(
    bands: list[Band], amount: FloatArray, part: LabelArray, grid_part: IntArray
) -> tuple[tuple[FloatArray, ...], tuple[FloatArray, ...], FloatArray]:
    """Stack the bands; where one has two sides, penalty begins a little inside."""
    k, m = len(grid_part), amount.shape[1]
    seats = np.maximum(
        np.bincount(grid_part[grid_part >= 0], minlength=int(part.max(initial=0)) + 1), 1
    )
    totals = np.bincount(part[part >= 0], amount[part >= 0, 0], seats.size)
    ideal = np.where(grid_part >= 0, (totals / seats)[np.maximum(grid_part, 0)], np.nan)
    low, high = np.full((k, m), -np.inf), np.full((k, m), np.inf)
    for j, band in enumerate(bands):
        low[:, j], high[:, j] = band.low, band.high
        if band.rule == "balance":
            ideal = band.ideal
    size = np.maximum(
        np.abs(np.where(np.isfinite(high), high, 0)), np.abs(np.where(np.isfinite(low), low, 0))
    )
    size = np.maximum(size, np.abs(amount).sum(axis=0) / max(k, 1))
    two = np.isfinite(low) & np.isfinite(high)
    half = np.where(two, (np.where(two, high, 0) - np.where(two, low, 0)) / 2, 0.05 * size)
    half = np.maximum(half, 1e-4 * size)
    scale = 1.0 / half
    slack = 1e-9 * size
    hard = (low - slack, high + slack, scale)
    soft = (low + EDGE_OF_BAND * half, high - EDGE_OF_BAND * half, scale)
    return hard, soft, ideal


def _objective(
    town: Town, rules: Rules, node_of: IntArray, area: FloatArray, order: IntArray, xy: FloatArray,
    rows: tuple[Any, ...], k: int,
) -> tuple[FloatArray, FloatArray, FloatArray]:  # fmt: skip
    """Make the features, weights and cut costs; each part is scaled to a value of about k at most."""
    goal = rules.objective
    own = area[order]
    columns: list[FloatArray] = []
    weights = [goal.roundness]
    if goal.inertia > 0:
        middle = np.average(xy, axis=0, weights=own)
        z = (xy - middle) / np.sqrt(own.sum() / k)
        columns += [own * z[:, 0], own * z[:, 1]]
        weights += [goal.inertia * k / own.sum()] * 2
    if goal.even_density > 0:
        name = goal.density_measure or (rules.balance.measure if rules.balance else "residents")
        density = np.log1p(np.bincount(node_of, unit_values(town, name), len(own)) / own * 1e6)
        spread = max(
            float(
                np.sqrt(np.average((density - np.average(density, weights=own)) ** 2, weights=own))
            ),
            1e-9,
        )
        columns.append(own * (density - np.average(density, weights=own)) / spread)
        weights.append(goal.even_density * k / own.sum())
    feature = np.column_stack(columns) if columns else np.zeros((len(own), 0))
    border = rows[2]
    cut = np.zeros(border.size)
    if goal.short_borders > 0:
        cut += goal.short_borders * k * border / max(border.sum() / 2, 1e-12)
    if goal.few_cuts > 0:
        cut += goal.few_cuts * k / max(border.size / 2, 1)
    return np.ascontiguousarray(feature), np.array(weights), cut
