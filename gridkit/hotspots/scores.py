"""Which window stands out when counts scatter like a negative binomial, not like a Poisson?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels.scan_scores import scan_scores, scan_scores_seen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridkit._typing import FloatArray, IntArray
    from gridkit.hotspots.dispersion import Scatter
    from gridkit.hotspots.rings import Rings

LANES = 256
"""Chance maps that are scanned side by side."""

CHUNK = 1024
"""Centres whose windows are listed at once."""


def residuals(cases: FloatArray, mean: FloatArray, phi: float) -> tuple[FloatArray, FloatArray]:
    r"""Give each unit's score and information.

    Counts have mean :math:`\mu` and variance :math:`\mu(1 + \varphi \mu)`. The score of a higher rate in
    a window is :math:`\sum (c - \mu) / (1 + \varphi \mu)`, its information
    :math:`\sum \mu / (1 + \varphi \mu)`; the score of the whole map is taken off, because the level
    of the town is estimated from the same counts.

    Parameters
    ----------
    cases : (n,) or (n, lanes)
        Counts.
    mean : (n,)
        What is expected.
    phi
        Variance of the relative risk between units.

    Returns
    -------
    residual : as `cases`
    info : (n,)
    """
    weight = 1.0 / (1.0 + phi * mean)
    info = mean * weight
    wide = weight if cases.ndim == 1 else weight[:, None]
    level = mean if cases.ndim == 1 else mean[:, None]
    score = wide * (cases - level)
    share = info / info.sum()
    whole = score.sum(axis=0)
    return score - (share * whole if cases.ndim == 1 else np.outer(share, whole)), info


def best_scores(
    cases: IntArray,
    mean: FloatArray,
    phi: float,
    shapes: Iterable[tuple[Rings, float]],
    *,
    least: int,
    n_replicates: int,
    seed: int,
    level: Scatter,
) -> tuple[FloatArray, IntArray, IntArray, FloatArray, int]:
    """Scan the map seen and maps of chance; `level` puts those on the scatter of the map seen.

    Returns
    -------
    best, length, shape : (n,)
        Best window of every centre: its statistic, number of units, and shape.
    maxima : (n_replicates,)
    n_windows

    References
    ----------
    Tango, T., Takahashi, K., Kohriyama, K. (2011). A space-time scan statistic for detecting emerging
    outbreaks. Biometrics 67. Zhang, T., Zhang, Z., Lin, G. (2012). Spatial scan statistics with overdispersion.
    """
    n, total = cases.size, int(cases.sum())
    residual, info = residuals(cases.astype(np.float64), mean, phi)
    whole = float(info.sum())
    best, length, shape = np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int64)
    n_blocks = -(-n_replicates // LANES)
    maxima = np.zeros((n_blocks, LANES))
    acc = np.empty(LANES, np.float32)
    windows = list(shapes)
    n_windows = 0
    for block in range(-1, n_blocks):
        drawn = None if block < 0 else _drawn(mean, phi, total, [seed, block])
        side = (
            None
            if drawn is None
            else np.ascontiguousarray(residuals(drawn, mean, phi)[0], dtype=np.float32)
        )
        for k, (rings, penalty) in enumerate(windows):
            for a in range(0, n, CHUNK):
                centers = np.arange(a, min(a + CHUNK, n), dtype=np.int64)
                ids, start = rings.chunk(centers)
                if side is not None:
                    scan_scores(start, ids, info, side, whole, penalty, maxima[block], acc)
                    continue
                n_windows += ids.size
                top, units = np.zeros(centers.size), np.zeros(centers.size, np.int64)
                scan_scores_seen(start, ids, info, residual, cases, whole, least, top, units)
                better = top * penalty > best[centers]
                own = centers[better]
                best[own], length[own], shape[own] = top[better] * penalty, units[better], k
        if drawn is not None:
            maxima[block] *= level.times(drawn)
    return best, length, shape, maxima.ravel()[:n_replicates], n_windows


def _drawn(mean: FloatArray, phi: float, total: int, seed: list[int]) -> FloatArray:
    """Draw chance maps with the scatter of the map seen and its total: (n, LANES)."""
    rng = np.random.default_rng(seed)
    mixed = np.repeat(mean[:, None], LANES, axis=1)
    if phi > 0:
        mixed *= rng.gamma(1.0 / phi, phi, mixed.shape)
    return rng.multinomial(total, (mixed / mixed.sum(axis=0)).T).T.astype(np.float64)
