"""How do a town and its rules become arrays that loops can work on?

Units that must stay together become one node; carved-out and locked grids keep their nodes but
every passage to them is closed; community lines are removed edges; barriers are closed ones. Nodes
are numbered along a Hilbert curve, so that neighbours are near in memory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gridkit.rules.bands import (
    base_bands,
    class_of,
    community_ids,
    density_area_km2,
    main_load,
    positions,
    sums,
    unit_values,
)
from gridkit.rules.whole import is_whole
from gridkit.solver.ground import build_ground
from gridkit.solver.heads import share_heads
from gridkit.solver.seats import (
    current_seats,
    dedicated_ground,
    new_seats,
    read_current,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit._typing import Arrays, BoolArray, FloatArray, IntArray, LabelArray
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town
    from gridkit.rules.bands import Band
    from gridkit.rules.settings import Rules
    from gridkit.solver.ground import Ground
    from gridkit.solver.seats import Seats

FROM_THE_MIDDLE = ("longest_walk_m", "inertia_compactness")
"""Measures of whole grids that are good when the ground is near the middle of its grid."""
PRESSURE, FOLLOW = 0.2, 3.0
"""Weight of inertia at least, where such a measure is limited; weight of following community lines."""
EDGE_OF_BAND = 0.1
"""The outer part of a band in which the penalty already begins, as a share of its half width."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """A town and its rules as arrays, in node numbers (see `compile_problem`).

    Parameters
    ----------
    town, rules, ground, seats
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
    rule, hard, soft
        ``low, high, scale``, each (k, m): the rules; the bands searched for, narrower where evenness
        is a goal; and those where penalty begins.
    line : (n,) or None
        Community of each node, where grids may cross the lines of communities.
    ideal : (k,)
        Load aimed at.
    loose : (k,)
        Whether the grid may be in several pieces.
    fixed : (n,)
        Grid of nodes that cannot move; -1 for the others.
    home : (n,)
        Grid of each node in the current plan; -1 for none.
    counts : (k,)
        Whether the search can do anything about a grid (False for locked and carved-out ones).
    heads : (k,) or None
        Members of each grid.
    budget
        ``home, change, spent, cap, stay``: the current plan and what may change.
    weight
        Of the objective: roundness, then each feature.
    """

    town: Town
    rules: Rules
    ground: Ground
    seats: Seats
    node_of: IntArray
    graph: Arrays
    nodes: Arrays
    xy: FloatArray
    load: FloatArray
    part: LabelArray
    grid_part: IntArray
    grid_community: IntArray
    bands: tuple[Band, ...]
    rule: tuple[FloatArray, ...]
    hard: tuple[FloatArray, ...]
    soft: tuple[FloatArray, ...]
    ideal: FloatArray
    loose: BoolArray
    fixed: LabelArray
    home: LabelArray
    counts: BoolArray
    heads: FloatArray | None
    budget: Arrays
    weight: FloatArray
    line: LabelArray | None = None

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
    members: int | Mapping[str, int] | None = None,
    start: Plan | None = None,
    line: LabelArray | None = None,
) -> Problem:
    """Turn a town and its rules into arrays.

    Parameters
    ----------
    town, rules
        What is asked.
    members
        Head count of the town, or of each community, by id; see `share_heads`.
    start
        The current plan, when one is redrawn.
    line : (n units,), optional
        Communities whose lines grids may cross, but rather follow.

    Raises
    ------
    InfeasibleError
        If a community has more pieces than grids.
    ConfigError
        If rules name units or communities that are not there.
    """
    current = None if start is None else read_current(town, rules, start)
    ground = build_ground(
        town, rules, dedicated_ground(town, rules, current), is_new=current is None
    )
    seats = (
        new_seats(town, rules, ground)
        if current is None
        else current_seats(town, rules, ground, current)
    )
    n, k = ground.n, len(seats.part)
    ordinary = np.arange(k) < k - len(rules.locks.carved)
    home, fixed, free = _who_stays(town, rules, ground, seats)
    heads = (
        None if members is None else share_heads(town, rules, members, seats.community, ordinary)
    )
    bands = base_bands(town, rules, seats.community, heads=heads, free=ordinary)
    columns = [sums(ground.node_of, v.values, n) for v in bands]
    amount = np.column_stack(columns or [sums(ground.node_of, main_load(town, rules), n)])
    rule, hard, soft, ideal = _bounds(
        bands, amount, ground.part, seats.part, rules.objective.evenness
    )
    at_line = None if line is None else _of_nodes(ground, line)
    spread = [community_ids(town)[c] in rules.contiguity.multi_part for c in seats.community]
    # a new plan has pieces only where the ground has them; a current one may have them anywhere
    loose = (np.array(spread, dtype=bool) & (start is not None)) | ~ordinary
    feature, weight, cut = _objective(town, rules, ground, k, at_line)
    budget = _budget(town, rules, ground, home, seats, start)
    return Problem(
        town=town, rules=rules, ground=ground, seats=seats, node_of=ground.node_of,
        graph=(ground.start, ground.neighbor, ground.border, cut, ground.is_open),
        nodes=(np.ascontiguousarray(amount), ground.area, ground.edge, feature, free),
        xy=ground.xy, load=np.ascontiguousarray(amount[:, 0]), part=ground.part,
        grid_part=seats.part, grid_community=seats.community, bands=tuple(bands),
        rule=rule, hard=hard, soft=soft, ideal=ideal, loose=loose, fixed=fixed, home=home,
        counts=seats.part >= 0, heads=heads, budget=budget, weight=weight, line=at_line,
    )  # fmt: skip


def class_bands(problem: Problem, label: LabelArray) -> None:
    """Set the bounds of limits that depend on the density class, by the classes grids have now."""
    p, rules = problem, problem.rules
    if not rules.density_classes:
        return
    residents = sums(p.node_of, unit_values(p.town, rules.density_measure), p.n)
    built = sums(p.node_of, density_area_km2(p.town, rules), p.n)
    area = np.maximum(sums(label, built, p.k), 1e-12)
    classes = class_of(rules, sums(label, residents, p.k) / area)
    ordinary = np.arange(p.k) < p.k - len(rules.locks.carved)
    bands = base_bands(
        p.town, rules, p.grid_community, heads=p.heads, free=ordinary, density_class=classes
    )
    rule, hard, soft, _ = _bounds(bands, p.nodes[0], p.part, p.grid_part, rules.objective.evenness)
    for old, new in zip((*p.rule, *p.hard, *p.soft), (*rule, *hard, *soft), strict=True):
        old[:] = new


def with_heads(problem: Problem, heads: FloatArray) -> Problem:
    """Return the problem with other members of each grid."""
    p, rules = problem, problem.rules
    ordinary = np.arange(p.k) < p.k - len(rules.locks.carved)
    bands = base_bands(p.town, rules, p.grid_community, heads=heads, free=ordinary)
    rule, hard, soft, ideal = _bounds(
        bands, p.nodes[0], p.part, p.grid_part, rules.objective.evenness
    )
    return replace(p, heads=heads, bands=tuple(bands), rule=rule, hard=hard, soft=soft, ideal=ideal)


def _of_nodes(ground: Ground, line: LabelArray) -> LabelArray:
    """Give the community of the first unit of each node."""
    out = np.zeros(ground.n, dtype=np.int32)
    out[ground.node_of[::-1]] = line[::-1]
    return out


def _who_stays(
    town: Town, rules: Rules, ground: Ground, seats: Seats
) -> tuple[LabelArray, LabelArray, BoolArray]:
    """Find the current grid of each node, the grid it is fixed to, and whether it may move."""
    n, k = ground.n, len(seats.part)
    home = np.full(n, -1, dtype=np.int32)
    order = np.argsort(town.units.area_m2, kind="stable")  # in a group the largest unit decides
    home[ground.node_of[order]] = seats.home[order]
    fixed = np.full(n, -1, dtype=np.int32)
    n_carved = len(rules.locks.carved)
    for i, (_, units) in enumerate(sorted(rules.locks.carved.items())):
        own = ground.node_of[positions(town, units, where="locks.carved")]
        fixed[own] = k - n_carved + i
    locked = (ground.dedicated > n_carved) & (home >= 0)
    fixed[locked] = home[locked]
    free = fixed < 0
    if rules.locks.units:
        own = ground.node_of[positions(town, rules.locks.units, where="locks.units")]
        same = home[own] >= 0
        same &= seats.community[np.maximum(home[own], 0)] == ground.community[own]
        free[own[same]] = False
    return home, fixed, free


def _budget(
    town: Town, rules: Rules, ground: Ground, home: LabelArray, seats: Seats, start: Plan | None
) -> Arrays:
    """Set up what may change: ``home, change, spent, cap, stay``; `spent` is counted by the search."""
    n, k = ground.n, len(seats.part)
    if start is None:
        return home, np.zeros((n, 0)), np.zeros(0), np.zeros(0), np.zeros(n)
    had = start.base >= 0
    change, cap = [], []
    for budget in rules.change:
        if budget.measure == "members":  # decided with the head counts, see `gridkit.solver.heads`
            continue
        values = unit_values(town, budget.measure)
        change.append(sums(ground.node_of, np.where(had, values, 0.0), n))
        cap.append(min(budget.share * values.sum(), budget.amount) * (1 + 1e-9))
    stay = (
        rules.objective.stability
        * k
        * sums(ground.node_of, np.ones(len(town.units)), n)
        / len(town.units)
    )
    table = np.ascontiguousarray(np.column_stack(change)) if change else np.zeros((n, 0))
    return home, table, np.zeros(len(change)), np.array(cap, dtype=np.float64), stay


def _bounds(
    bands: list[Band],
    amount: FloatArray,
    part: LabelArray,
    grid_part: IntArray,
    evenness: float = 0.0,
) -> tuple[tuple[FloatArray, ...], tuple[FloatArray, ...], tuple[FloatArray, ...], FloatArray]:
    """Stack the bands: as ruled, as searched for, and where penalty begins, a little inside."""
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
    slack = 1e-9 * size
    rule = (low - slack, high + slack, 1.0 / half)
    if evenness > 0 and bands and bands[0].rule == "balance":
        aimed = half.copy()
        aimed[:, 0] /= 1 + evenness
        low, high = low + (half - aimed), high - (half - aimed)
        half = aimed
    hard = (low - slack, high + slack, 1.0 / half)
    soft = (low + EDGE_OF_BAND * half, high - EDGE_OF_BAND * half, 1.0 / half)
    return rule, hard, soft, ideal


def _objective(
    town: Town, rules: Rules, ground: Ground, k: int, line: LabelArray | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Make the features, weights and cut costs; each part is scaled to a value of about k at most."""
    goal, own = rules.objective, ground.area
    columns: list[FloatArray] = []
    weights = [goal.roundness]
    inertia = goal.inertia
    if any(v.measure in FROM_THE_MIDDLE and is_whole(town, v) for v in rules.limits):
        inertia = max(inertia, PRESSURE)
    if inertia > 0:
        middle = np.average(ground.xy, axis=0, weights=own)
        z = (ground.xy - middle) / np.sqrt(own.sum() / k)
        columns += [own * z[:, 0], own * z[:, 1]]
        weights += [inertia * k / own.sum()] * 2
    if goal.even_density > 0:
        name = goal.density_measure or (rules.balance.measure if rules.balance else "residents")
        values = sums(ground.node_of, unit_values(town, name), len(own))
        density = np.log1p(values / np.maximum(own, 1e-9) * 1e6)
        density -= np.average(density, weights=own)
        spread = max(float(np.sqrt(np.average(density**2, weights=own))), 1e-9)
        columns.append(own * density / spread)
        weights.append(goal.even_density * k / own.sum())
    feature = np.column_stack(columns) if columns else np.zeros((len(own), 0))
    border = ground.border
    cut = np.zeros(border.size)
    if goal.short_borders > 0:
        cut += goal.short_borders * k * border / max(border.sum() / 2, 1e-12)
    if goal.few_cuts > 0:
        cut += goal.few_cuts * k / max(border.size / 2, 1)
    if goal.visible_borders > 0:
        cut += goal.visible_borders * k * ground.hidden / max(border.sum() / 2, 1e-12)
    if line is not None:
        source = np.repeat(np.arange(ground.n), np.diff(ground.start))
        inner = line[source] == line[ground.neighbor]
        cut += FOLLOW * k * np.where(inner, border, 0.0) / max(border.sum() / 2, 1e-12)
    return np.ascontiguousarray(feature), np.array(weights), cut
