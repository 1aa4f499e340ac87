"""Do counts scatter more than chance alone would make them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from gridkit._typing import FloatArray, IntArray

N_AROUND = 8
"""Units around that a unit is compared with."""

TRIM = 0.10
"""Share of units, those that differ most, that are left out."""

TRIED = 100_000
"""Counts simulated for each variance tried (two to ten maps)."""

MOST = 4.0
"""Largest variance of risk that is tried."""

AT_ONCE = 2**22
"""Counts that are looked at together."""


def overdispersion(
    cases: IntArray,
    expected: FloatArray,
    xy: FloatArray,
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
    ok = expected > 0
    return 0.0 if ok.sum() < 2 else Scatter(cases[ok], expected[ok], xy[ok]).variance


def neighbors_of(xy: FloatArray) -> IntArray:
    """Give the units around each unit that it is compared with: (n, at most `N_AROUND`)."""
    from scipy.spatial import cKDTree  # noqa: PLC0415  only where counts may scatter

    k = min(N_AROUND, len(xy) - 1)
    return np.asarray(cKDTree(xy).query(xy, k=k + 1)[1])[:, 1:]


def scatter(
    counts: NDArray[Any],
    expected: FloatArray,
    around: IntArray,
    weight: FloatArray,
    *,
    base: NDArray[Any] | int = 0,
) -> FloatArray:
    """Measure how much maps scatter: about 1 for Poisson counts, more where risk varies from unit to unit.

    Each unit is compared with the rate of the units around it; the mean square of the differences, each
    in units of what Poisson counts would give, is taken without the `TRIM` that differ most.

    Parameters
    ----------
    counts : (n, maps)
        Counts of one map or of many.
    expected : (n,)
        What is expected, above 0.
    around : (n, k)
        From `neighbors_of`.
    weight : (n,)
        Of each unit in the mean.
    base : (n, 1), optional
        Added to the counts of every map.

    Returns
    -------
    (maps,)
    """
    n, n_maps = counts.shape
    share = (expected / expected[around].sum(axis=1))[:, None]
    kept = max(1, int(n * (1 - TRIM)))
    out = np.empty(n_maps)
    step = max(1, AT_ONCE // n)
    for a in range(0, n_maps, step):
        own = np.ascontiguousarray(counts[:, a : a + step] + base, dtype=np.float64)
        near = own[around[:, 0]]
        for k in range(1, around.shape[1]):
            near += own[around[:, k]]
        local = share * np.maximum(near, 0.5)
        square = np.ascontiguousarray(((own - local) ** 2 / (local * (1 + share))).T)
        most = np.partition(square, kept - 1, axis=1)[:, kept - 1 : kept]
        heavy = np.where(square <= most, weight, 0.0)
        out[a : a + step] = (heavy * square).sum(axis=1) / heavy.sum(axis=1)
    return out


class Scatter:
    r"""How much a map scatters, and how much maps of chance do beside it.

    The variance :math:`\varphi` of risk is only estimated, and maps of chance that were drawn with one too
    small would make the map seen look special. So the statistic of each map of chance is divided by
    :math:`1 + \varphi_b \sum e^2 / \sum e`, by which a window's count varies more than Poisson with the
    variance :math:`\varphi_b` estimated from *that* map, as the statistic of the map seen is by its own.
    What is compared then hangs little on the estimate (a parametric bootstrap of a studentized statistic).

    Parameters
    ----------
    cases, expected : (n,)
        Of the map seen; what is expected is above 0.
    xy : (n, 2), metres
        Places.

    References
    ----------
    Davison, A. C. and Hinkley, D. V. (1997). Bootstrap methods and their application, chapter 4.
    """

    __slots__ = ("_around", "_expected", "_seen", "_slope", "_weight", "_zero", "variance")

    def __init__(self, cases: IntArray, expected: FloatArray, xy: FloatArray) -> None:
        self._expected = np.asarray(expected, dtype=np.float64)
        self._around = neighbors_of(xy)
        rough = 0.0
        for _ in range(2):  # the second time each unit counts by what it tells about the variance
            self._weight = self._expected / (1.0 + rough * self._expected) ** 2
            self._seen = float(self._of(cases[:, None])[0])
            self._zero = self._simulated(0.0)
            self.variance = rough = self._estimated()
        step = max(rough, 1.0 / self._mean)
        self._slope = (self._simulated(step) - self._zero) / step

    @property
    def _mean(self) -> float:
        """What is expected where the mean hazard is."""
        return float((self._expected**2).sum() / self._expected.sum())

    def times(self, counts: NDArray[Any], *, base: NDArray[Any] | int = 0) -> FloatArray:
        """Say by what the statistics of maps of chance are to be multiplied: (maps,)."""
        own = self._of(counts, base=base)
        return np.asarray(self._inflation(np.array([self._seen])) / self._inflation(own))

    def _inflation(self, seen: FloatArray) -> FloatArray:
        """Say by how much the counts of windows vary more than Poisson, from how much maps scatter."""
        return np.maximum(1.0 + (seen - self._zero) / self._slope * self._mean, 0.1)

    def _of(self, counts: NDArray[Any], *, base: NDArray[Any] | int = 0) -> FloatArray:
        return scatter(counts, self._expected, self._around, self._weight, base=base)

    def _simulated(self, variance: float) -> float:
        """Measure how much maps of this variance scatter; the same draws for every value tried."""
        rng = np.random.default_rng(20_240_501)
        n_maps = int(np.clip(TRIED // self._expected.size, 2, 10))
        mean = np.repeat(self._expected[:, None], n_maps, axis=1)
        if variance > 0:
            mean *= rng.gamma(1.0 / variance, variance, mean.shape)
        return float(self._of(rng.poisson(mean)).mean())

    def _estimated(self) -> float:
        """Find the variance of risk whose maps scatter like the one seen."""
        if self._seen <= self._zero:
            return 0.0
        known, at = (0.0, self._zero), min(1.0 / self._mean, MOST / 2)
        for _ in range(8):  # nearly a straight line, so the secant is soon there
            here = self._simulated(at)
            if abs(here - self._seen) < 1e-3 * self._seen or here == known[1]:
                break
            step = (self._seen - here) * (at - known[0]) / (here - known[1])
            known, at = (at, here), float(np.clip(at + step, at / 4, MOST))
        return at
