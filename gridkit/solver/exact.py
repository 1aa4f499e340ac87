"""What is the smallest possible largest load of a small community, proven?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from gridkit._milp import milp

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray, LabelArray

MAX_UNITS, MAX_GRIDS = 40, 4
"""Communities up to this size are tried exactly."""
MAX_ROUNDS, MAX_NODES = 15, 300


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exact:
    """What was proven about the largest load.

    Parameters
    ----------
    bound
        No contiguous plan has a smaller largest load.
    label : (n,) or None
        A contiguous plan that has exactly this largest load, when one was found.
    n_rounds
        Programs that were solved.
    """

    bound: float
    label: LabelArray | None
    n_rounds: int = 0

    @property
    def is_proven(self) -> bool:
        """Whether the bound is reached."""
        return self.label is not None


def smallest_largest_load(
    load: FloatArray,
    left: IntArray,
    right: IntArray,
    k: int,
    *,
    known: float = np.inf,
    max_nodes: int = MAX_NODES,
    max_rounds: int = MAX_ROUNDS,
) -> Exact:
    """Minimise the largest load over all ways to cut a graph into `k` connected grids.

    A mixed-integer program (HiGHS) gives each unit to a grid; where a grid comes out in pieces, the
    units that part them are asked for, and it is solved again. Each round's bound holds; work is
    limited by nodes and rounds, not by time, so that equal input gives equal answers.

    Parameters
    ----------
    load : (n,)
        Load of each unit.
    left, right : (e,)
        Ends of the edges.
    k
        Number of grids.
    known
        Largest load of some contiguous plan: nothing heavier is looked at.
    max_nodes
        Branch-and-bound nodes of one round.
    max_rounds
        Rounds.

    References
    ----------
    Validi, H., Buchanan, A., Lykhovyd, E. (2022). Imposing contiguity constraints in political
    districting models. Operations Research 70(2): the (a, b)-separator inequalities.
    """
    from scipy.optimize import Bounds, LinearConstraint  # noqa: PLC0415  only for proofs

    n = len(load)
    scale = max(float(load.sum()) / k, 1e-300)
    rows = _base_rows(load / scale, n, k)
    lower, upper = np.zeros(n * k + 1), np.ones(n * k + 1)
    for p, u in enumerate(np.argsort(-load, kind="stable")[: k - 1]):
        upper[u * k + p + 1 : (u + 1) * k] = 0.0  # grids are alike: the heaviest units name them
    whole = bool(np.all(load == np.rint(load)))
    lower[-1] = _next_sum(max(1.0, float(load.max()) / scale), scale, whole=whole)
    upper[-1] = max(known / scale * (1 + 1e-9), lower[-1])
    cost = np.zeros(n * k + 1)
    cost[-1] = 1.0
    bound = float(lower[-1])
    cuts: list[tuple[list[int], list[int]]] = []
    n_rounds = 0
    while n_rounds < max_rounds:
        n_rounds += 1
        constraints = [LinearConstraint(*rows)]
        if cuts:
            constraints.append(LinearConstraint(*_cut_rows(cuts, n, k)))
        found = milp(
            cost, constraints=constraints, integrality=np.append(np.ones(n * k), 0), bounds=Bounds(lower, upper),
            options={"node_limit": max_nodes, "mip_rel_gap": 1e-6},
        )  # fmt: skip
        dual = getattr(found, "mip_dual_bound", None)
        if dual is not None and np.isfinite(dual):
            bound = max(bound, _next_sum(float(dual), scale, whole=whole))
            lower[-1] = min(bound, upper[-1])
        if found.status == 2:  # nothing is better than the plan that is known
            return Exact(bound=min(known, upper[-1] * scale), label=None, n_rounds=n_rounds)
        if found.x is None or found.status != 0:
            break
        label = found.x[:-1].reshape(n, k).argmax(axis=1).astype(np.int32)
        new = _separators(label, left, right, load, k)
        if not new:
            reached = float(np.bincount(label, load, k).max())
            return Exact(bound=reached, label=label, n_rounds=n_rounds)
        cuts += new
    return Exact(bound=bound * scale * (1 - 1e-9), label=None, n_rounds=n_rounds)


def _next_sum(value: float, scale: float, *, whole: bool) -> float:
    """Raise a bound to the next load there can be: loads of whole numbers add up to whole numbers."""
    return float(np.ceil(value * scale - 1e-6)) / scale if whole else value


def _base_rows(load: FloatArray, n: int, k: int) -> tuple[csr_array, FloatArray, FloatArray]:
    """Each unit in one grid; each load at most the largest; no grid empty."""
    unit, grid = np.divmod(np.arange(n * k), k)
    one = coo_array((np.ones(n * k), (unit, np.arange(n * k))), shape=(n, n * k + 1))
    weigh = coo_array(
        (np.append(load[unit], -np.ones(k)), (np.append(grid, np.arange(k)), np.append(np.arange(n * k), np.full(k, n * k)))),
        shape=(k, n * k + 1),
    )  # fmt: skip
    filled = coo_array((np.ones(n * k), (grid, np.arange(n * k))), shape=(k, n * k + 1))
    from scipy.sparse import vstack  # noqa: PLC0415  only for proofs

    low = np.concatenate([np.ones(n), np.full(k, -np.inf), np.ones(k)])
    high = np.concatenate([np.ones(n), np.zeros(k), np.full(k, np.inf)])
    return csr_array(vstack([one, weigh, filled])), low, high


def _cut_rows(
    cuts: list[tuple[list[int], list[int]]], n: int, k: int
) -> tuple[csr_array, FloatArray, FloatArray]:
    """For each pair (a, b) and its separator S, and each grid: x_a + x_b - sum x_S <= 1."""
    row, column, value = [], [], []
    at = 0
    for ends, parting in cuts:
        for r in range(k):
            row += [at] * (len(ends) + len(parting))
            column += [u * k + r for u in (*ends, *parting)]
            value += [1.0] * len(ends) + [-1.0] * len(parting)
            at += 1
    matrix = csr_array(coo_array((value, (row, column)), shape=(at, n * k + 1)))
    return matrix, np.full(at, -np.inf), np.ones(at)


def _separators(
    label: LabelArray, left: IntArray, right: IntArray, load: FloatArray, k: int
) -> list[tuple[list[int], list[int]]]:
    """For each loose piece of a grid: a unit of it, a unit of the rest, and the units that part them."""
    n = label.size
    same = label[left] == label[right]
    matrix = csr_array((np.ones(int(same.sum())), (left[same], right[same])), shape=(n, n))
    _, piece = connected_components(matrix, directed=False)
    near: list[set[int]] = [set() for _ in range(n)]
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        near[a].add(b)
        near[b].add(a)
    out = []
    for r in range(k):
        numbers = np.unique(piece[label == r])
        if numbers.size < 2:
            continue
        weights = [float(load[piece == p].sum()) for p in numbers]
        main = int(numbers[int(np.argmax(weights))])
        b = int(np.flatnonzero(piece == main)[np.argmax(load[piece == main])])
        for p in numbers:
            if p == main:
                continue
            own = set(np.flatnonzero(piece == p).tolist())
            ring = {v for u in own for v in near[u]} - own
            reached, stack, parting = {b}, [b], set()
            while stack:
                for v in near[stack.pop()]:
                    if v in ring:
                        parting.add(v)
                    elif v not in reached and v not in own:
                        reached.add(v)
                        stack.append(v)
            a = max(sorted(own), key=lambda u: float(load[u]))
            out.append(([a, b], sorted(parting)))
    return out
