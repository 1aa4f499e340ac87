"""Do counts scatter more than chance alone would make them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray


def overdispersion(
    cases: IntArray,
    expected: FloatArray,
    xy: FloatArray,
    *,
    n_around: int = 8,
    trim: float = 0.10,
    n_trials: int = 5,
) -> float:
    r"""Estimate how much the relative risk varies from unit to unit beyond chance.

    Counts are taken as Poisson around :math:`e_i g_i` with gamma-distributed :math:`g_i` of mean 1 and
    variance :math:`\varphi`, independent between units. Each unit is compared with the rate of the
    units around it, so that a hotspot of several units does not pass for scatter; the tenth of the
    units that differ most is left out. What both take away is made good by doing the same to simulated
    maps: :math:`\varphi` is the value whose maps scatter like the one seen.

    Parameters
    ----------
    cases, expected : (n,)
        Hazards of every unit.
    xy : (n, 2), metres
        Places.
    n_around
        Units around that a unit is compared with.
    trim : 0..1
        Share of units left out.
    n_trials
        Maps for each value tried.

    Returns
    -------
    float
        :math:`\varphi`; 0 when the counts scatter no more than Poisson counts do.

    References
    ----------
    Zhang, T., Zhang, Z., Lin, G. (2012). Spatial scan statistics with overdispersion. (The idea; the
    estimate by comparison with neighbours is ours.)

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> mean, xy = np.full(2000, 20.0), rng.uniform(size=(2000, 2))
    >>> overdispersion(rng.poisson(mean), mean, xy) < 0.01
    True
    >>> 0.06 < overdispersion(rng.poisson(mean * rng.gamma(10, 0.1, 2000)), mean, xy) < 0.15
    True
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415  only where counts may scatter

    ok = expected > 0
    c, e = cases[ok].astype(np.float64), np.asarray(expected[ok], dtype=np.float64)
    k = min(n_around, e.size - 1)
    if k < 1:
        return 0.0
    around = np.asarray(cKDTree(xy[ok]).query(xy[ok], k=k + 1)[1])[:, 1:]
    e_around = e[around].sum(axis=1)

    def spread(count: FloatArray) -> float:
        local = e * np.maximum(count[around].sum(axis=1), 0.5) / e_around
        square = (count - local) ** 2 / (local * (1 + e / e_around))
        return float(np.sort(square)[: max(1, int(square.size * (1 - trim)))].mean())

    seen = spread(c)

    def simulated(phi: float) -> float:
        rng = np.random.default_rng(20_240_501)  # the same draws for every value tried
        made = []
        for _ in range(n_trials):
            mean = e if phi <= 0 else e * rng.gamma(1.0 / phi, phi, e.size)
            made.append(spread(rng.poisson(mean).astype(np.float64)))
        return float(np.mean(made))

    # a map of chance scatters about the mean of such maps, by about this much
    slack = 2.0 * np.sqrt(2.0 / e.size)
    if seen <= simulated(0.0) * (1 + slack):
        return 0.0
    low, high = 0.0, 4.0
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if simulated(middle) < seen else (low, middle)
    return (low + high) / 2
