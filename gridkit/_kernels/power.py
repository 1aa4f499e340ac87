"""To which of several weighted centres does each unit belong?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridkit._kernels._jit import kernel

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, LabelArray


@kernel
def power_assign(
    xy: FloatArray,
    load: FloatArray,
    area: FloatArray,
    center: FloatArray,
    shift: FloatArray,
    near: LabelArray,
    cell: LabelArray,
    label: LabelArray,
    W: FloatArray,
    A: FloatArray,
) -> None:
    """Give each unit to the centre with the least power distance among the near ones.

    ``|x - c|^2 - shift``; `near` (k, q) lists the centres near each centre (-1 ends a list), `cell`
    (n,) says where each unit lay before. Loads `W` and areas `A` of the centres are added up.
    """
    W[:] = 0.0
    A[:] = 0.0
    for u in range(len(label)):
        best = 1e300
        to = cell[u]
        for t in range(near.shape[1]):
            r = near[cell[u], t]
            if r < 0:
                break
            dx = xy[u, 0] - center[r, 0]
            dy = xy[u, 1] - center[r, 1]
            x = dx * dx + dy * dy - shift[r]
            if x < best:
                best = x
                to = r
        label[u] = to
        W[to] += load[u]
        A[to] += area[u]
