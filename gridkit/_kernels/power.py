"""To which of several weighted centres does each unit belong, when loads should be even?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridkit._kernels._jit import lean

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, LabelArray


@lean
def power_rounds(
    xy: FloatArray,
    load: FloatArray,
    area: FloatArray,
    ideal: FloatArray,
    center: FloatArray,
    shift: FloatArray,
    near: LabelArray,
    cell: LabelArray,
    label: LabelArray,
    work: FloatArray,
    n_rounds: int,
    n_inner: int,
    relax: float,
    gain: float,
) -> None:
    """Alternate between evening out the loads and moving the centres to the middle of their areas.

    A unit goes to the near centre with the least power distance ``|x - c|^2 - shift``. Shifts rise
    where load is missing. Centres overshoot the middle by the factor `relax`.

    Parameters
    ----------
    near : (k, q)
        The centres near each centre, itself first; -1 ends a list.
    cell : (n,)
        Centre near whose neighbours each unit is looked for.
    work : (k, 4)
        Scratch: loads, areas, moments.
    """
    k = len(center)
    q = near.shape[1]
    for step in range(n_rounds):
        for inner in range(n_inner):
            work[:] = 0.0
            for u in range(len(label)):
                c = cell[u]
                best = 1e300
                to = c
                x = xy[u, 0]
                y = xy[u, 1]
                for t in range(q):
                    r = near[c, t]
                    if r < 0:
                        break
                    dx = x - center[r, 0]
                    dy = y - center[r, 1]
                    value = dx * dx + dy * dy - shift[r]
                    if value < best:
                        best = value
                        to = r
                label[u] = to
                work[to, 0] += load[u]
                work[to, 1] += area[u]
                if inner == n_inner - 1:
                    work[to, 2] += area[u] * x
                    work[to, 3] += area[u] * y
            if step == n_rounds - 1 and inner == n_inner - 1:
                break
            for r in range(k):
                if ideal[r] > 0:
                    off = (ideal[r] - work[r, 0]) / ideal[r]
                    off = min(0.5, max(-0.5, off))
                    shift[r] += gain * (work[r, 1] + 1e-9) / 3.14159 * off
        for r in range(k):
            if work[r, 1] > 0:
                center[r, 0] += relax * (work[r, 2] / work[r, 1] - center[r, 0])
                center[r, 1] += relax * (work[r, 3] / work[r, 1] - center[r, 1])
