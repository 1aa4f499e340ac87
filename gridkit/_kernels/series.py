"""How many pairs are close in time?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridkit._kernels._jit import lean

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray


@lean
def close_pairs(left: IntArray, right: IntArray, time: FloatArray, soon: float) -> int:
    """Count the pairs whose times differ by at most `soon`."""
    n = 0
    for k in range(left.size):
        if abs(time[left[k]] - time[right[k]]) <= soon:
            n += 1
    return n
