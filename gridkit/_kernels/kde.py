"""How are points shared among the cells of a raster?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import kernel

if TYPE_CHECKING:
    from gridkit._typing import FloatArray


@kernel
def linear_bin(
    x: FloatArray,
    y: FloatArray,
    weight: FloatArray,
    west: float,
    south: float,
    cell: float,
    rows: int,
    columns: int,
) -> FloatArray:
    """Share each point among the four nearest cell centres (row 0 is the southernmost).

    Points beyond the outermost centres go to them whole, so no weight is lost.
    """
    out = np.zeros((rows, columns))
    for m in range(x.size):
        fx = (x[m] - west) / cell - 0.5
        fy = (y[m] - south) / cell - 0.5
        fx = min(max(fx, 0.0), columns - 1.0)
        fy = min(max(fy, 0.0), rows - 1.0)
        i = min(int(fx), columns - 2) if columns > 1 else 0
        j = min(int(fy), rows - 2) if rows > 1 else 0
        a = fx - i
        b = fy - j
        w = weight[m]
        out[j, i] += w * (1 - a) * (1 - b)
        if columns > 1:
            out[j, i + 1] += w * a * (1 - b)
        if rows > 1:
            out[j + 1, i] += w * (1 - a) * b
        if columns > 1 and rows > 1:
            out[j + 1, i + 1] += w * a * b
    return out
