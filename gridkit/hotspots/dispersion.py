"""Do counts scatter more than chance alone would make them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit.hotspots.rings import memory_order

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

ENOUGH = 5.0
"""Hazards that a group of units must let one expect: single hazards tell nothing about scatter."""

FEWEST = 12
"""Groups below which nothing can be said about scatter, and none is taken."""

MOST = 25.0
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
    variance :math:`\varphi`, independent between units. Units are united in groups that let one
    expect a handful of hazards; each group is compared with the rate of those around it, so that a
    hotspot of several units does not pass for scatter; the tenth of the
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


def groups_of(expected: FloatArray, xy: FloatArray) -> tuple[IntArray, IntArray]:
    """Unite units that lie near each other until each group expects `ENOUGH` hazards.

    Returns
    -------
    order : (n,)
        Units along a curve through the town.
    start : (n groups,)
        Where in `order` each group begins.

    Examples
    --------
    >>> order, start = groups_of(np.array([2.0, 2, 2, 2, 9]), np.arange(10.0).reshape(5, 2))
    >>> np.add.reduceat(np.array([2.0, 2, 2, 2, 9])[order], start).tolist()
    [6.0, 11.0]
    """
    order = memory_order(xy)
    start, held = [0], 0.0
    for at, e in enumerate(expected[order].tolist()):
        if held >= ENOUGH:
            start.append(at)
            held = 0.0
        held += e
    if held < ENOUGH and len(start) > 1:
        start.pop()  # the last few go to the group before
    return order, np.array(start, dtype=np.int64)


def neighbors_of(xy: FloatArray) -> IntArray:
    """Give the units around each unit that it is compared with: (n, at most `N_AROUND`)."""
    from scipy.spatial import cKDTree  # noqa: PLC0415  only where counts may scatter

    k = min(N_AROUND, len(xy) - 1)
    if k < 1:
        return np.zeros((len(xy), 0), dtype=np.int64)
    return np.asarray(cKDTree(xy).query(xy, k=k + 1)[1])[:, 1:]


def scatter(
    counts: FloatArray, expected: FloatArray, around: IntArray, weight: FloatArray
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

    Returns
    -------
    (maps,)
    """
    share = (expected / expected[around].sum(axis=1))[:, None]
    kept = max(1, int(len(counts) * (1 - TRIM)))
    near = counts[around[:, 0]]
    for k in range(1, around.shape[1]):
        near += counts[around[:, k]]
    local = share * np.maximum(near, 0.5)
    square = np.ascontiguousarray(((counts - local) ** 2 / (local * (1 + share))).T)
    most = np.partition(square, kept - 1, axis=1)[:, kept - 1 : kept]
    heavy = np.where(square <= most, weight, 0.0)
    return np.asarray((heavy * square).sum(axis=1) / heavy.sum(axis=1))


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

    __slots__ = (
        "_around", "_expected", "_mean", "_order", "_seen", "_slope", "_start", "_sum", "_weight", "_zero", "variance"
    )  # fmt: skip

    def __init__(self, cases: IntArray, expected: FloatArray, xy: FloatArray) -> None:
        self._expected = np.asarray(expected, dtype=np.float64)
        self._order, self._start = groups_of(self._expected, xy)
        self._sum = self._of_groups(self._expected[:, None])[:, 0]
        square = self._of_groups(self._expected[:, None] ** 2)[:, 0]
        self._mean = float(square.sum() / self._sum.sum())
        middle = self._of_groups(xy * self._expected[:, None]) / self._sum[:, None]
        self._around = neighbors_of(middle)
        self._slope = self._zero = self._seen = self.variance = 0.0
        if self._start.size < FEWEST:
            return
        rough, own = 0.0, square / self._sum
        for _ in range(2):  # the second time each group counts by what it tells about the variance
            self._weight = own / (1.0 + rough * own) ** 2
            self._seen = float(self._measured(cases[:, None])[0])
            self._zero = self._simulated(0.0)
            self.variance = rough = self._estimated()
        step = max(rough, 1.0 / self._mean)
        self._slope = (self._simulated(step) - self._zero) / step

    def times(self, counts: NDArray[Any], *, base: NDArray[Any] | int = 0) -> FloatArray:
        """Say by what the statistics of maps of chance are to be multiplied: (maps,)."""
        if self._slope <= 0:  # too few hazards to tell
            return np.ones(counts.shape[1])
        own = self._measured(counts, base=base)
        return np.asarray(self._inflation(np.array([self._seen])) / self._inflation(own))

    def _inflation(self, seen: FloatArray) -> FloatArray:
        """Say by how much the counts of windows vary more than Poisson, from how much maps scatter."""
        return np.maximum(1.0 + (seen - self._zero) / self._slope * self._mean, 0.5)

    def _of_groups(self, values: NDArray[Any]) -> NDArray[Any]:
        """Add units up to groups."""
        return np.asarray(np.add.reduceat(values[self._order], self._start, axis=0))

    def _measured(self, counts: NDArray[Any], *, base: NDArray[Any] | int = 0) -> FloatArray:
        out = np.empty(counts.shape[1])
        step = max(1, AT_ONCE // counts.shape[0])
        for a in range(0, out.size, step):
            own = self._of_groups(counts[:, a : a + step].astype(np.float64) + base)
            out[a : a + step] = scatter(own, self._sum, self._around, self._weight)
        return out

    def _simulated(self, variance: float) -> float:
        """Measure how much maps of this variance scatter; the same draws for every value tried."""
        rng = np.random.default_rng(20_240_501)
        n_maps = int(np.clip(TRIED // self._expected.size, 2, 10))
        mean = np.repeat(self._expected[:, None], n_maps, axis=1)
        if variance > 0:
            mean *= rng.gamma(1.0 / variance, variance, mean.shape)
        return float(self._measured(rng.poisson(mean)).mean())

    def _estimated(self) -> float:
        """Find the variance of risk whose maps scatter like the one seen."""
        if self._seen <= self._zero:
            return 0.0
        low, below = 0.0, self._zero
        high = min(1.0 / self._mean, MOST)
        above = self._simulated(high)
        while above < self._seen and high < MOST:
            low, below, high = high, above, min(4 * high, MOST)
            above = self._simulated(high)
        if above <= self._seen:
            return high
        for _ in range(6):  # nearly a straight line, so the chord is soon there
            at = low + (high - low) * (self._seen - below) / (above - below)
            here = self._simulated(at)
            if abs(here - self._seen) < 1e-3 * self._seen:
                return at
            if here < self._seen:
                low, below = at, here
            else:
                high, above = at, here
        return at
