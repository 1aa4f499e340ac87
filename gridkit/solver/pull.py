"""What is load worth where, so that it travels from heavy grids to light ones far off?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray, LabelArray
    from gridkit.solver.problem import Problem

LEAK, PULL = 0.2, 1.5
"""How near load is dropped on its way, and the steepest pull on a mean unit, in temperatures."""
MOST_ROUNDS, CLOSE = 40, 0.01
"""Rounds of the solver, and the residual that is good enough for a hint."""


def lift(
    problem: Problem,
    ends: tuple[LabelArray, LabelArray],
    label: LabelArray,
    load: FloatArray,
    push: float,
    heat: float,
) -> FloatArray:
    """Work out what one unit of load more is worth in each grid.

    A screened Poisson equation over the graph of grids: what lies outside the bands flows to where
    there is room, as little as possible over each border.

    Parameters
    ----------
    ends
        Of the open edges, see `open_edges`.
    label : (n,)
        Grid of each node.
    load : (k,)
        Load of each grid.
    push, heat
        Penalty and temperature of the sweeps to come.

    Returns
    -------
    (k,)
        Zeros where nothing is outside.
    """
    p = problem
    out = np.zeros(p.k)
    if heat <= 0 or not p.bands:
        return out
    low, high, scale = (x[:, 0] for x in p.soft)
    excess = np.where(np.isfinite(low) & np.isfinite(high), load - np.clip(load, low, high), 0.0)
    if not excess.any():
        return out
    a, b = touching(ends, label, p.k)
    flow = _flow(a, b, excess)
    out = -2 * push * scale**2 * flow
    steepest = float(np.abs(out[a] - out[b]).max(initial=0.0)) * float(p.load.mean())
    return out * min(1.0, PULL * heat / max(steepest, 1e-300))


def open_edges(problem: Problem) -> tuple[LabelArray, LabelArray]:
    """List the two ends of every open edge, once."""
    start, neighbor, _, _, is_open = problem.graph
    source = np.repeat(np.arange(problem.n, dtype=np.int32), np.diff(start))
    once = np.flatnonzero(is_open & (source < neighbor))
    return source[once], neighbor[once].astype(np.int32)


def touching(
    ends: tuple[LabelArray, LabelArray], label: LabelArray, k: int
) -> tuple[IntArray, IntArray]:
    """List the pairs of `k` grids that share an open border, both ways round."""
    a, b = label[ends[0]], label[ends[1]]
    e = np.flatnonzero(a != b)
    a, b = a[e], b[e]
    key = np.sort(np.minimum(a, b).astype(np.int64) * k + np.maximum(a, b))
    key = key[np.append(True, key[1:] != key[:-1])] if key.size else key
    low, high = key // k, key % k
    return np.append(low, high), np.append(high, low)


def _flow(a: IntArray, b: IntArray, excess: FloatArray) -> FloatArray:
    """Solve ``(D + LEAK - N) x = excess`` by conjugate gradients; sums in a fixed order."""
    k = excess.size
    degree = np.bincount(a, minlength=k) + LEAK
    x = excess / degree
    r = excess - degree * x + np.bincount(a, x[b], k)
    z = r / degree
    d, rz = z, float((r * z).sum())
    enough = CLOSE**2 * float((excess * excess / degree).sum())
    for _ in range(MOST_ROUNDS):
        if rz <= enough:
            break
        q = degree * d - np.bincount(a, d[b], k)
        step = rz / float((d * q).sum())
        x = x + step * d
        r = r - step * q
        z = r / degree
        rz, before = float((r * z).sum()), rz
        d = z + (rz / before) * d
    return x
