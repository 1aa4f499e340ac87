"""What is a good first plan, round and nearly even, before units are moved one by one?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from gridkit._kernels.power import power_rounds
from gridkit.model.graph import connected
from gridkit.rules.bands import sums

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray
    from gridkit.solver.problem import Problem

N_NEAR = 12
N_INNER, N_KEEP, RELAX = 4, 5, 1.5


def first_labels(problem: Problem, *, n_rounds: int = 60, turn: float = 0.0) -> LabelArray:
    """Draw a first plan: bisection, then a balanced power diagram, then loose bits are given away.

    Parameters
    ----------
    problem
        The town as arrays.
    n_rounds
        Rounds of the power diagram.
    turn
        Radians by which the axes of the bisection are turned, for another start.

    Returns
    -------
    (n,)
        Grid of each node.

    References
    ----------
    Aurenhammer, F., Hoffmann, F., Aronov, B. (1998). Minkowski-type theorems and least-squares
    clustering. Algorithmica 20. Cohen-Addad, V., Klein, P., Young, N. (2018). Balanced centroidal
    power diagrams for redistricting. SIGSPATIAL.
    """
    if (problem.home >= 0).any():
        return join_pieces(problem, fill_empty(problem, current_labels(problem)))
    label = bisect(problem, turn=turn)
    movable = problem.part >= 0
    if n_rounds:
        label = power_diagram(problem, label, movable, n_rounds=n_rounds)
        label = fill_empty(problem, label)
    return join_pieces(problem, label)


def current_labels(problem: Problem) -> LabelArray:
    """Take the grids of the current plan over; -1 where a node has none or may not stay in it."""
    home, part = problem.home, problem.part
    allowed = (home >= 0) & (part >= 0) & (problem.grid_part[np.maximum(home, 0)] == part)
    allowed |= (home >= 0) & ~problem.nodes[4] & (part >= 0)
    label = np.where(allowed, home, -1).astype(np.int32)
    return np.where(problem.fixed >= 0, problem.fixed, label).astype(np.int32)


def bisect(problem: Problem, *, turn: float = 0.0) -> LabelArray:
    """Halve every part along its longer side again and again, load in proportion to the ideals."""
    label = problem.fixed.copy()
    c, s = np.cos(turn), np.sin(turn)
    xy = problem.xy @ np.array([[c, -s], [s, c]])
    for p in range(int(problem.part.max(initial=-1)) + 1):
        own = np.flatnonzero(problem.part == p)
        _halve(problem, label, own, np.flatnonzero(problem.grid_part == p), xy)
    return label


def _halve(
    problem: Problem, label: LabelArray, nodes: IntArray, grids: IntArray, xy: FloatArray
) -> None:
    """Give nodes to grids by halving along the longer side; `label` is changed."""
    load = np.maximum(problem.load, 1e-9 * max(float(problem.load.mean()), 1e-12))
    aim = np.where(np.isfinite(problem.ideal), problem.ideal, 0.0)
    stack = [(nodes, grids)]
    while stack:
        own, seats = stack.pop()
        if seats.size == 1:
            label[own] = seats[0]
            continue
        axis = int(np.argmax(np.ptp(xy[own], axis=0)))
        order = own[np.argsort(xy[own, axis], kind="stable")]
        half = seats.size // 2
        whole = aim[seats].sum()
        share = aim[seats[:half]].sum() / whole if whole > 0 else half / seats.size
        running = np.cumsum(load[order])
        cut = int(np.searchsorted(running, running[-1] * share))
        cut = min(max(cut, half), order.size - (seats.size - half))
        stack += [(order[:cut], seats[:half]), (order[cut:], seats[half:])]


def power_diagram(
    problem: Problem,
    label: LabelArray,
    movable: BoolArray,
    *,
    n_rounds: int,
    n_inner: int = N_INNER,
    relax: float = RELAX,
    n_keep: int = N_KEEP,
) -> LabelArray:
    """Move centres to the middle of their areas, and shift the borders until loads are even."""
    k = problem.k
    xy = np.ascontiguousarray(problem.xy[movable])
    load, area = problem.load[movable], problem.nodes[1][movable]
    at = label[movable].astype(np.int32)
    ideal = np.where(np.isfinite(problem.ideal), problem.ideal, 0.0)
    size = np.maximum(sums(at, area, k), 1e-12)
    center = np.column_stack([sums(at, area * xy[:, i], k) / size for i in (0, 1)])
    shift, work = np.zeros(k), np.zeros((k, 4))
    done = 0
    while done < n_rounds:
        step = min(n_keep, n_rounds - done)
        near = _near(problem, center)
        power_rounds(
            xy, load, area, ideal, center, shift, near, at.copy(), at, work, step, n_inner, relax, 0.5
        )  # fmt: skip
        done += step
    out = label.copy()
    out[movable] = at
    return out


def _near(problem: Problem, center: FloatArray) -> LabelArray:
    """List the centres of the same part near each centre; -1 fills up."""
    k = problem.k
    near = np.full((k, N_NEAR), -1, dtype=np.int32)
    order = np.argsort(problem.grid_part, kind="stable")
    parts, first = np.unique(problem.grid_part[order], return_index=True)
    for p, own in zip(parts, np.split(order, first[1:]), strict=True):
        if p < 0:
            continue
        q = min(N_NEAR, own.size)
        _, found = cKDTree(center[own]).query(center[own], q)
        near[own, :q] = own[np.asarray(found).reshape(own.size, q)]
    return near


def fill_empty(problem: Problem, label: LabelArray) -> LabelArray:
    """Give every empty grid ground of its part: what belongs to no grid, else half of the heaviest."""
    label = label.copy()
    free = problem.nodes[4] & (problem.part >= 0)
    count = np.bincount(label[label >= 0], minlength=problem.k)
    for p in np.unique(problem.grid_part[(count == 0) & (problem.grid_part >= 0)]):
        grids = np.flatnonzero((count == 0) & (problem.grid_part == p))
        loose = np.flatnonzero((label < 0) & free & (problem.part == p))
        if loose.size:
            _halve(problem, label, loose, grids[: loose.size], problem.xy)
    for _ in range(problem.k):
        count = np.bincount(label[label >= 0], minlength=problem.k)
        empty = np.flatnonzero((count == 0) & (problem.grid_part >= 0))
        if not empty.size:
            break
        W = sums(np.where(free, label, -1), problem.load, problem.k)
        W[np.bincount(label[free & (label >= 0)], minlength=problem.k) < 2] = -1
        W[problem.grid_part != problem.grid_part[empty[0]]] = -1
        if W.max() < 0:
            break
        own = np.flatnonzero(free & (label == int(np.argmax(W))))
        _halve(problem, label, own, np.array([int(np.argmax(W)), empty[0]]), problem.xy)
    return label


def pieces_of(problem: Problem, label: LabelArray) -> tuple[int, IntArray]:
    """Number the connected pieces of all grids."""
    start, neighbor, _, _, is_open = problem.graph
    own = np.repeat(label, np.diff(start))
    keep = is_open & (own == label[neighbor]) & (own >= 0)  # each loose node alone
    del own
    piece = connected(start, neighbor, keep).astype(np.int64)
    return int(piece.max(initial=-1)) + 1, piece


def join_pieces(problem: Problem, label: LabelArray) -> LabelArray:
    """Give every loose piece of a grid, and every node in none, to a neighbour.

    The heaviest piece of a grid is the grid. A loose piece goes to the neighbour with the longest
    common border; what belongs to no grid goes node by node to the lightest neighbour. Grids that
    may be in several pieces stay as they are.
    """
    start, neighbor, border, _, is_open = problem.graph
    source = np.repeat(np.arange(problem.n, dtype=np.int32), np.diff(start))
    label = label.copy()
    stays = (label >= 0) & (problem.loose[np.maximum(label, 0)] | ~problem.nodes[4])
    for _ in range(100_000):
        n_pieces, piece = pieces_of(problem, label)
        weight = sums(piece, np.maximum(problem.load, 0) + 1e-6, n_pieces)
        grid = np.zeros(n_pieces, dtype=np.int64)
        grid[piece] = label
        is_main = np.zeros(n_pieces, dtype=bool)
        is_main[piece[stays]] = True
        heaviest = np.full(problem.k, -1, dtype=np.int64)
        order = np.argsort(weight, kind="stable")
        order = order[grid[order] >= 0]
        heaviest[grid[order]] = order
        is_main[heaviest[heaviest >= 0]] = True
        if is_main.all():
            break
        e = is_open & ~is_main[piece[source]] & is_main[piece[neighbor]]
        e &= (problem.fixed[neighbor] < 0) & problem.nodes[4][source]
        if not e.any():
            break
        total = sums(label, problem.load, problem.k)
        size = border[e] + 1e-9
        rank = np.where(label[source[e]] < 0, -total[label[neighbor[e]]], size)
        best = np.lexsort((neighbor[e], rank, piece[source[e]]))
        last = np.append(piece[source[e]][best][1:] != piece[source[e]][best][:-1], True)
        to = np.full(n_pieces, -1, dtype=np.int64)
        to[piece[source[e]][best][last]] = label[neighbor[e]][best][last]
        moved = to[piece] >= 0
        label[moved] = to[piece[moved]].astype(np.int32)
    return label
