"""Where does the danger really end? The edges of a found cluster, unit by unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray


def sharpened(
    xy: FloatArray,
    cases: IntArray,
    exposure: FloatArray,
    clusters: Sequence[IntArray],
    start: IntArray,
    neighbor: LabelArray,
    *,
    smoothness: float = 1.5,
    grow: float = 1.8,
    rounds: int = 3,
) -> list[IntArray]:
    r"""Fit the outline of each cluster to the counts.

    A scan says *that* there is a cluster; its window is a circle, whatever the danger looks like. Here
    the set of units `S` around it is chosen that maximises

    .. math:: \sum_{i \in S} (c_i \ln r - e_i (r - 1)) - \beta \cdot \text{edges cut by } S

    exactly, by a minimum cut; the relative risk `r` of the set is estimated anew in each round. The
    p-value stays that of the window that was found.

    Parameters
    ----------
    xy : (n, 2), metres
        Places of the units.
    cases, exposure : (n,)
        Hazards, and what they are divided by.
    clusters
        Units of each cluster, as a scan gives them.
    start, neighbor : (n + 1,), (m,)
        Neighbours of each unit.
    smoothness
        :math:`\beta`: what a cut between two neighbours costs.
    grow
        Units up to so many radii from the middle of the cluster may be taken in.
    rounds
        Rounds of choosing and estimating.

    Returns
    -------
    list of arrays
        Units of each cluster, in rising order; one that would vanish stays as it was.

    Raises
    ------
    InputError
        If nothing is exposed outside the clusters.

    References
    ----------
    Greig, D. M., Porteous, B. T., Seheult, A. H. (1989). Exact maximum a posteriori estimation for
    binary images.
    """
    inside: BoolArray = np.zeros(len(xy), dtype=bool)
    for units in clusters:
        inside[units] = True
    rest = float(exposure[~inside].sum())
    if not rest > 0:
        msg = "clusters hold everything that is exposed, so there is nothing to compare them with."
        raise InputError(msg)
    # expected where the risk is as outside of all clusters
    expected = exposure * (float(cases[~inside].sum()) / rest)
    out = []
    for units in clusters:
        middle = xy[units].mean(axis=0)
        away = np.hypot(*(xy - middle).T)
        radius = float(away[units].max())
        step = _spacing(xy, start, neighbor, units)
        near = np.flatnonzero((away <= grow * radius + 2 * step) & (exposure > 0))
        own = np.asarray(units)
        for _ in range(rounds):
            risk = max(1.05, float(cases[own].sum()) / max(float(expected[own].sum()), 1e-9))
            gain = cases[near] * np.log(risk) - expected[near] * (risk - 1)
            chosen = near[_cut(near, gain, start, neighbor, smoothness)]
            if chosen.size == 0 or np.array_equal(chosen, np.sort(own)):
                break
            own = chosen
        out.append(np.sort(own).astype(np.int64))
    return out


def _spacing(xy: FloatArray, start: IntArray, neighbor: LabelArray, units: IntArray) -> float:
    """Typical distance from these units to their neighbours."""
    gaps = [
        np.hypot(*(xy[neighbor[start[i] : start[i + 1]]] - xy[i]).T) for i in np.asarray(units)[:50]
    ]
    every = np.concatenate(gaps) if gaps else np.zeros(0)
    return float(np.median(every)) if every.size else 0.0


def _cut(
    near: IntArray, gain: FloatArray, start: IntArray, neighbor: LabelArray, smoothness: float
) -> BoolArray:
    """Choose the units with the largest gain less the cost of their border, by a minimum cut."""
    from scipy.sparse import csr_array  # noqa: PLC0415  only here
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow  # noqa: PLC0415  the same

    n, scale = near.size, 1000.0
    number = np.full(int(start.size) - 1, -1, dtype=np.int64)
    number[near] = np.arange(n)
    degree = (start[near + 1] - start[near]).astype(np.int64)
    source = np.repeat(np.arange(n), degree)
    flat = np.concatenate([neighbor[start[i] : start[i + 1]] for i in near]) if n else neighbor[:0]
    target = number[flat]
    ok = target >= 0
    source, target = source[ok], target[ok]
    rows = np.concatenate([source, np.full(n, n), np.arange(n)])
    columns = np.concatenate([target, np.arange(n), np.full(n, n + 1)])
    worth = np.concatenate(
        [np.full(source.size, smoothness), np.maximum(gain, 0), np.maximum(-gain, 0)]
    )
    capacity = np.minimum(np.rint(worth * scale), 2**30).astype(np.int32)
    graph = csr_array((capacity, (rows, columns)), shape=(n + 2, n + 2))
    left = csr_array(graph - maximum_flow(graph, n, n + 1, method="dinic").flow)
    left.data[left.data < 0] = 0
    left.eliminate_zeros()
    reached = np.zeros(n + 2, dtype=bool)
    reached[breadth_first_order(left, n, return_predecessors=False)] = True
    return np.asarray(reached[:n], dtype=bool)
