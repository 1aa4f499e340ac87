"""In which order are places numbered, and in which order does a computer visit them best?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray


def band_order(xy: FloatArray, *, n_bands: int | None = None) -> IntArray:
    """Order places west to east within bands from north to south.

    The rule of the Chinese grid code standards ("west to east, north to south"). Bands have equal
    height; there are about as many bands as places in a band.

    Parameters
    ----------
    xy : (n, 2)
        One point for each place.
    n_bands
        Number of bands; by default the rounded square root of `n`.

    Returns
    -------
    (n,)
        Positions in the order of numbering.

    Examples
    --------
    >>> band_order(np.array([[5.0, 0.0], [0.0, 0.0], [3.0, 9.0]]), n_bands=2).tolist()
    [2, 1, 0]
    """
    if len(xy) == 0:
        return np.zeros(0, dtype=np.int64)
    bands = max(1, round(len(xy) ** 0.5)) if n_bands is None else n_bands
    top, height = xy[:, 1].max(), np.ptp(xy[:, 1])
    band = np.zeros(len(xy), dtype=np.int64)
    if height > 0:
        band = np.minimum(((top - xy[:, 1]) / height * bands).astype(np.int64), bands - 1)
    return np.lexsort((-xy[:, 1], xy[:, 0], band)).astype(np.int64)


def hilbert_order(xy: FloatArray) -> IntArray:
    """Order points along a Hilbert curve, so that neighbours in space are near in memory.

    Parameters
    ----------
    xy : (n, 2)
        Points.

    Returns
    -------
    (n,)
        Positions along the curve.

    References
    ----------
    Hilbert, D. (1891). Über die stetige Abbildung einer Linie auf ein Flächenstück.
    """
    span = max(float(np.ptp(xy, axis=0).max()) if len(xy) else 0.0, 1e-12)
    q = ((xy - xy.min(axis=0, initial=np.inf)) / span * 65535).astype(np.int64)
    x, y = q[:, 0].copy(), q[:, 1].copy()
    key = np.zeros(len(xy), dtype=np.int64)
    s = 32768
    while s > 0:
        rx, ry = (x & s) > 0, (y & s) > 0
        key += s * s * ((3 * rx) ^ ry)
        flip = ~ry & rx
        x[flip], y[flip] = 65535 - x[flip], 65535 - y[flip]
        swap = ~ry
        x[swap], y[swap] = y[swap], x[swap].copy()
        s >>= 1
    return np.argsort(key, kind="stable").astype(np.int64)
