"""How are limits on whole grids kept: longest walk, communities touched, compactness?

No running total tells them, so that annealing only leans towards them. What is left over is mended
here: unit by unit, each step the one that helps most, valued exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from gridkit._kernels.moves import FOUR_PI, flip_gain, keeps_together, move_unit, stay_gain
from gridkit.rules.whole import is_whole

if TYPE_CHECKING:
    from gridkit._typing import IntArray
    from gridkit.rules.settings import Limit
    from gridkit.solver.problem import Problem
    from gridkit.solver.search import Search

MOST_STEPS = 300
"""Steps of one mending."""
ROUNDS = 3
"""Mendings, with annealing under more pressure in between."""
N_CANDIDATES = 24
"""Moves valued exactly in one step."""
STRICT = 100.0
"""What a whole limit missed costs, beside the goals."""


def limits_on_whole(problem: Problem) -> tuple[Limit, ...]:
    """List the limits on whole base grids that the search can work on."""
    return tuple(
        v
        for v in problem.rules.limits
        if v.level == "base_grid"
        and not v.density_class
        and is_whole(problem.town, v)
        and v.measure in VALUES
    )


def whole_excess(search: Search) -> float:
    """Add up how far all grids are outside their limits on whole grids, as shares of the limits."""
    limits = limits_on_whole(search.problem)
    if not limits:
        return 0.0
    return float(
        sum(_excess(search, int(g), limits) for g in np.flatnonzero(search.problem.counts))
    )


def mend(search: Search) -> None:
    """Move units until the limits on whole grids hold, or nothing helps; then shorten walks, if asked.

    Every step lowers what is outside these limits (or what the goal counts), keeps contiguity and
    budgets, and takes no grid further out of its bands. Between rounds the search leans harder
    towards ground near the middle.
    """
    limits = limits_on_whole(search.problem)
    if limits and not search.is_stopped:
        _mend_limits(search, limits)
    wish = search.problem.rules.objective.short_walks
    if wish > 0 and not search.is_stopped:
        mean = float(np.mean([_longest_walk(search, g) for g in _sample(search.problem.k)]))
        cost = _Cost(limits=limits, walk=wish / max(mean, 1e-9))
        _descend(
            search, cost, order=np.array([cost.of(search, g) for g in range(search.problem.k)])
        )


def _sample(k: int) -> range:
    return range(0, k, max(1, k // 200))


def _mend_limits(search: Search, limits: tuple[Limit, ...]) -> None:
    from gridkit.solver.search import improve  # noqa: PLC0415  the search does not know mending

    cost = _Cost(limits=limits, walk=0.0)
    for i in range(ROUNDS):
        counts = search.problem.counts
        off = [cost.of(search, g) if counts[g] else 0.0 for g in range(search.problem.k)]
        _descend(search, cost, order=np.array(off))
        left = whole_excess(search)
        if left <= 0 or i == ROUNDS - 1:
            return
        before = search.label.copy()
        search.problem.weight[1:3] *= 4.0
        improve(search, sweeps=400, is_warm=True)
        if (search.excess(as_ruled=True) > 0).any() or whole_excess(search) > left:
            search.restore(before)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cost:
    """What a step should lower: excess over limits, and the length of walks by weight."""

    limits: tuple[Limit, ...]
    walk: float

    def of(self, search: Search, g: int) -> float:
        out = _excess(search, g, self.limits) if self.limits else 0.0
        return STRICT * out + (self.walk * _longest_walk(search, g) if self.walk else 0.0)


def _descend(search: Search, cost: _Cost, *, order: Any) -> None:
    """Work on the worst grid until nothing helps it, then on the next."""
    p = search.problem
    left = np.where(p.counts, order, 0.0)
    for _ in range(MOST_STEPS):
        worst = int(np.argmax(left))
        if left[worst] <= 0 or search.is_stopped:
            break
        step = _step(search, worst, cost)
        if step is None:
            left[worst] = 0.0
        elif cost.walk:
            left[worst] *= 0.7  # once more, but others first
        else:
            for g in step:
                left[g] = cost.of(search, g)


def _step(search: Search, a: int, cost: _Cost) -> tuple[int, int] | None:
    """Take the move at the border of grid `a` that lowers the cost most; None when none does."""
    p = search.problem
    start, neighbor, border, cut, is_open = p.graph
    _, area, edge, feature, _ = p.nodes
    label, _, A, P, _, S = search.grids[:6]
    stamp, queue = np.zeros(p.n, np.int64), np.empty(p.n, np.uint32)
    now = {a: cost.of(search, a)}
    best, chosen = -1e-9, None
    for tick, (u, to) in enumerate(_candidates(search, a, cost)):
        source, unit = int(label[u]), np.int64(u)
        if not p.loose[source] and not keeps_together(
            unit, start, neighbor, is_open, label, stamp, 2 * tick + 1, queue
        ):
            continue
        gain = flip_gain(
            unit, np.int64(source), np.int64(to), start, neighbor, border, cut, area, edge, feature,
            label, A, P, S, p.weight,
        ) + stay_gain(unit, np.int64(source), np.int64(to), p.budget[0], search.stay)  # fmt: skip
        for g in (source, to):
            if g not in now:
                now[g] = cost.of(search, g)
        band = _outside(search, source) + _outside(search, to)
        _put(search, u, to)
        if (
            search.is_within_budget()
            and _outside(search, source) + _outside(search, to) <= band + 1e-9
        ):
            change = cost.of(search, source) + cost.of(search, to) - now[source] - now[to]
            if change < -1e-9 and change - gain < best:
                best, chosen = change - gain, (u, to)
        _put(search, u, source)
    if chosen is None:
        return None
    source = int(label[chosen[0]])
    _put(search, *chosen)
    return source, chosen[1]


def _outside(search: Search, g: int) -> float:
    """Tell how far one grid is outside its bands, in half widths."""
    if not search.problem.bands:
        return 0.0
    low, high, scale = (x[g] for x in search.problem.rule)
    W = search.grids[1][g]
    return float((np.maximum(np.maximum(low - W, W - high), 0.0) * scale).sum())


def _candidates(search: Search, a: int, cost: _Cost) -> list[tuple[int, int]]:
    """List moves over the border of grid `a`, those of its far ends first."""
    p, label = search.problem, search.label
    start, neighbor, _, _, is_open = p.graph
    out: list[tuple[float, int, int]] = []
    own = np.flatnonzero(label == a)
    walks = bool(cost.walk) or any(v.measure == "longest_walk_m" for v in cost.limits)
    far = _reach(search, own) if walks and own.size > 1 else np.zeros(own.size)
    for i, u in enumerate(own.tolist()):
        for t in range(start[u], start[u + 1]):
            v, g = int(neighbor[t]), int(label[neighbor[t]])
            if g == a or g < 0 or not is_open[t] or not p.counts[g]:
                continue
            if p.nodes[4][u] and own.size > 1:
                out.append((-float(far[i]), u, g))
            if p.nodes[4][v] and not walks and search.grids[4][g] > 1:
                out.append((0.0, v, a))
    out.sort()
    return list(dict.fromkeys((u, g) for _, u, g in out))[:N_CANDIDATES]


def _put(search: Search, u: int, to: int) -> None:
    """Move one node and bring totals and spent budgets up to date."""
    p = search.problem
    start, neighbor, border, _, _ = p.graph
    amount, area, edge, feature, _ = p.nodes
    home, change, spent, _, _ = p.budget
    was = search.label[u] != home[u]
    move_unit(
        np.int64(u),
        np.int64(to),
        start,
        neighbor,
        border,
        amount,
        area,
        edge,
        feature,
        *search.grids[:6],
    )
    if home[u] >= 0:
        spent += change[u] * (float(search.label[u] != home[u]) - float(was))


def _excess(search: Search, g: int, limits: tuple[Limit, ...]) -> float:
    """Tell how far one grid is outside its limits on whole grids, as shares of the limits."""
    out = 0.0
    for limit in limits:
        value = VALUES[limit.measure](search, int(g))
        if value > limit.high * (1 + 1e-9):
            out += (value - limit.high) / max(limit.high, 1e-9)
        elif value < limit.low * (1 - 1e-9):
            out += (limit.low - value) / max(limit.low, 1e-9)
    return out


def _reach(search: Search, own: IntArray) -> Any:
    """Tell how far it is from each node of a grid to the one farthest away, inside the grid."""
    p = search.problem
    start, neighbor, _, _, _ = p.graph
    count = (start[own + 1] - start[own]).astype(np.int64)
    row = np.repeat(np.arange(own.size), count)
    at = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count) + start[own][row]
    other = neighbor[at]
    inside = search.label[other] == search.label[own[0]]
    row, other = row[inside], other[inside]
    length = np.maximum(np.hypot(*(p.xy[own[row]] - p.xy[other]).T), 1e-6)
    column = np.searchsorted(own, other)
    matrix = csr_array((length, (row, column)), shape=(own.size, own.size))
    away = dijkstra(matrix, directed=False)
    return np.where(np.isfinite(away), away, 0.0).max(axis=1)


def _longest_walk(search: Search, g: int) -> float:
    own = np.flatnonzero(search.label == g)
    return float(_reach(search, own).max(initial=0.0)) if own.size > 1 else 0.0


def _compactness(search: Search, g: int) -> float:
    return float(FOUR_PI * search.grids[2][g] / max(search.grids[3][g], 1e-12) ** 2)


def _perimeter(search: Search, g: int) -> float:
    return float(search.grids[3][g])


def _inertia(search: Search, g: int) -> float:
    p = search.problem
    own = np.flatnonzero(search.label == g)
    area = p.nodes[1][own]
    middle = np.average(p.xy[own], axis=0, weights=area)
    J = float(
        (area**2 / (2 * np.pi)).sum() + (area * ((p.xy[own] - middle) ** 2).sum(axis=1)).sum()
    )
    return float(area.sum()) ** 2 / (2 * np.pi * max(J, 1e-12))


def _communities(search: Search, g: int) -> float:
    line = search.problem.line
    return 1.0 if line is None else float(np.unique(line[search.label == g]).size)


VALUES: dict[str, Any] = {
    "longest_walk_m": _longest_walk,
    "compactness": _compactness,
    "perimeter_m": _perimeter,
    "inertia_compactness": _inertia,
    "n_communities": _communities,
}
"""Measures of whole grids, from the arrays of a search."""
