"""Do counts scatter more than chance alone would make them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray


def overdispersion(
    cases: IntArray, expected: FloatArray, *, trim: float = 0.10, n_trials: int = 9
) -> float:
    r"""Estimate how much the relative risk varies between units beyond chance.

    Counts are taken as Poisson around :math:`e_i g_i` with gamma-distributed :math:`g_i` of mean 1 and
    variance :math:`\varphi`. The tenth of the units that stand out most is left out, so that hotspots
    do not pass for noise; what that trimming takes away is made good by simulating it.

    Parameters
    ----------
    cases, expected : (n,)
        Hazards of every unit.
    trim : 0..1
        Share of units left out.
    n_trials
        Simulations for each value tried.

    Returns
    -------
    float
        :math:`\varphi`; 0 when the counts scatter no more than Poisson counts do.

    References
    ----------
    Zhang, T., Zhang, Z., Lin, G. (2012). Spatial scan statistics with overdispersion.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> mean = np.full(2000, 20.0)
    >>> overdispersion(rng.poisson(mean), mean) < 0.005
    True
    >>> 0.06 < overdispersion(rng.poisson(mean * rng.gamma(10, 0.1, 2000)), mean) < 0.15
    True
    """
    ok = expected > 0
    c, e = cases[ok].astype(np.float64), expected[ok]

    def spread(count: FloatArray) -> float:
        square = (count - e) ** 2 / e
        return float(np.sort(square)[: max(1, int(square.size * (1 - trim)))].mean())

    seen = spread(c)

    def simulated(phi: float) -> float:
        rng = np.random.default_rng(20_240_501)  # the same draws for every value tried
        made = []
        for _ in range(n_trials):
            mean = e if phi <= 0 else e * rng.gamma(1.0 / phi, phi, e.size)
            made.append(spread(rng.poisson(mean).astype(np.float64)))
        return float(np.mean(made))

    if simulated(0.0) >= seen:
        return 0.0
    low, high = 0.0, 4.0
    for _ in range(14):
        middle = (low + high) / 2
        low, high = (middle, high) if simulated(middle) < seen else (low, middle)
    return (low + high) / 2 if high > 0.002 else 0.0
