"""How far can a window's counts lie above expectation when counts scatter more than Poisson counts do?

The score of a negative binomial model is a sum over units, so a window's statistic needs no logarithm and the
chance maps lie side by side as in `scan`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit._kernels._jit import lean

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray


@lean
def scan_scores(
    start: IntArray,
    ids: IntArray,
    info: FloatArray,
    lanes: Any,
    whole: float,
    penalty: float,
    best: FloatArray,
    acc: Any,
) -> None:
    """Lift `best` (lanes) to the best statistic of each chance map.

    `lanes` (units, lanes) are score residuals, `info` the information of each unit, `whole` their sum;
    `acc` (lanes,) float32 is scratch.
    """
    n_lanes = lanes.shape[1]
    floor = 0.0
    for i in range(start.size - 1):
        if i % 8 == 0:
            floor = best[0]
            for q in range(n_lanes):
                floor = min(floor, best[q])
            floor /= penalty
        for q in range(n_lanes):
            acc[q] = 0.0
        v = 0.0
        for a in range(start[i], start[i + 1]):
            row = lanes[ids[a]]
            v += info[ids[a]]
            spread = v * (1.0 - v / whole)
            limit = np.float32(math.sqrt(2.0 * floor * spread))
            top = np.float32(-1.0)
            for q in range(n_lanes):
                acc[q] += row[q]
                top = max(top, acc[q])
            if top > limit and spread > 0.0:
                for q in range(n_lanes):
                    if acc[q] > limit:
                        w = penalty * float(acc[q]) * float(acc[q]) / (2.0 * spread)
                        best[q] = max(best[q], w)


@lean
def scan_scores_seen(
    start: IntArray,
    ids: IntArray,
    info: FloatArray,
    residual: FloatArray,
    cases: IntArray,
    whole: float,
    least_cases: int,
    best: FloatArray,
    length: IntArray,
) -> None:
    """Find the best window of every centre on the map that was seen."""
    for i in range(start.size - 1):
        v = 0.0
        u = 0.0
        c = 0
        for a in range(start[i], start[i + 1]):
            v += info[ids[a]]
            u += residual[ids[a]]
            c += cases[ids[a]]
            spread = v * (1.0 - v / whole)
            if c >= least_cases and u > 0.0 and spread > 0.0:
                w = u * u / (2.0 * spread)
                if w > best[i]:
                    best[i] = w
                    length[i] = a - start[i] + 1
