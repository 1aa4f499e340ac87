"""Which units stand out together with their neighbours, more than chance allows?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gridkit._kernels.localstats import (
    count_tails,
    draw_pool,
    occurrences,
    pool_column,
)
from gridkit.errors import InputError
from gridkit.model._arrays import frozen

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray, LabelArray


FEW = 16
"""Up to so many units draws are counted one by one rather than sorted."""


def neighbor_sums(values: FloatArray, start: IntArray, neighbor: LabelArray) -> FloatArray:
    """Add the values of the neighbours of each unit."""
    n = start.size - 1
    own = np.repeat(np.arange(n), np.diff(start))
    return np.bincount(own, weights=values[neighbor], minlength=n).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocalStatistic:
    """A figure for every unit, and how likely it is by chance.

    Parameters
    ----------
    statistic : (n,)
        z of Gi*, or the local Moran's I.
    lag : (n,)
        Mean of the neighbours' values; nan for a unit without neighbours.
    p_high, p_low : (n,)
        Probability of neighbours with values as high (as low) as these, by conditional
        permutation: the unit keeps its value, the others are dealt out again. The observed figure
        is counted, so the smallest possible p is 1 / (permutations + 1). 1 for a unit without
        neighbours.
    p_normal : (n,)
        Analytic two-sided p: for Gi* of its z-score, for Moran of the neighbours' sum with its mean and
        variance under conditional permutation.
    p_normal_high : (n,)
        The same, one-sided for high values.
    quadrant : (n,)
        0 high among high, 1 low among high, 2 low among low, 3 high among low.
    """

    statistic: FloatArray
    lag: FloatArray
    p_high: FloatArray
    p_low: FloatArray
    p_normal: FloatArray
    p_normal_high: FloatArray
    quadrant: LabelArray

    def __post_init__(self) -> None:
        for name in self.__slots__:
            object.__setattr__(self, name, frozen(getattr(self, name)))


def gi_star(
    values: FloatArray,
    start: IntArray,
    neighbor: LabelArray,
    *,
    star: bool = True,
    n_permutations: int = 99_999,
    seed: int = 0,
) -> LocalStatistic:
    r"""Compare the sum of a unit and its neighbours with what chance would give.

    .. math::

        z_i = \frac{\sum_j w_{ij} v_j - W_i \bar v}
                   {s \sqrt{(n \sum_j w_{ij}^2 - W_i^2) / (n - 1)}}

    with :math:`w_{ij} = 1` for neighbours (and the unit itself for Gi*).

    Parameters
    ----------
    values : (n,)
        Rates; counts only if every unit is exposed alike.
    start, neighbor : (n + 1,), (m,)
        Neighbours of unit ``i``: ``neighbor[start[i]:start[i + 1]]``, the unit itself not among them.
    star
        Count the unit itself (Gi*), or leave it out (Gi).
    n_permutations
        Number of draws; they are shared by all units with equally many neighbours.
    seed
        Of the draws.

    Returns
    -------
    LocalStatistic
        z, and one-sided p by conditional permutation.

    Raises
    ------
    InputError
        If there are fewer than 3 units, a value is not finite, or all values are equal.

    References
    ----------
    Getis, A., Ord, J. K. (1992). The analysis of spatial association by use of distance statistics.
    Ord, J. K., Getis, A. (1995). Local spatial autocorrelation statistics.

    Examples
    --------
    Five units in a row, the high values at one end:

    >>> start = np.array([0, 1, 3, 5, 7, 8])
    >>> neighbor = np.array([1, 0, 2, 1, 3, 2, 4, 3], np.int32)
    >>> gi_star(np.array([9.0, 8, 2, 1, 0]), start, neighbor).statistic.round(2)
    array([ 1.96,  1.53, -0.22, -1.96, -1.53])
    """
    values = _checked(values)
    n = values.size
    k = np.diff(start).astype(np.float64)
    sums = neighbor_sums(values, start, neighbor)
    if star:
        weight, total, mean = k + 1, sums + values, values.mean()
        spread = np.sqrt(values.var() * np.maximum(n * weight - weight**2, 0) / (n - 1))
    else:
        weight, total = k, sums
        mean = (values.sum() - values) / (n - 1)
        variance = ((values**2).sum() - values**2) / (n - 1) - mean**2
        spread = np.sqrt(
            np.maximum(variance, 0) * np.maximum((n - 1) * weight - weight**2, 0) / (n - 2)
        )
    z = np.zeros(n)
    np.divide(total - weight * mean, spread, out=z, where=spread > 0)
    from scipy.special import ndtr  # noqa: PLC0415  analytic p only

    p_high, p_low = permutation_p(values, start, sums, n_permutations=n_permutations, seed=seed)
    return LocalStatistic(
        statistic=z,
        lag=_mean_of(sums, k),
        p_high=p_high,
        p_low=p_low,
        p_normal=2 * ndtr(-np.abs(z)),
        p_normal_high=ndtr(-z),
        quadrant=_quadrant(values, _mean_of(sums, k)),
    )


def local_moran(
    values: FloatArray,
    start: IntArray,
    neighbor: LabelArray,
    *,
    n_permutations: int = 99_999,
    seed: int = 0,
) -> LocalStatistic:
    r"""Tell units that resemble their neighbours from those that stand out against them.

    .. math:: I_i = \frac{v_i - \bar v}{s^2} \frac{1}{k_i} \sum_j (v_j - \bar v)

    Parameters
    ----------
    values : (n,)
        Rates, best smoothed ones (`empirical_bayes`).
    start, neighbor : (n + 1,), (m,)
        Neighbours, as in `gi_star`.
    n_permutations, seed
        As in `gi_star`.

    Returns
    -------
    LocalStatistic
        I, and one-sided p of the neighbours' values; ``quadrant`` says high-high and so on.

    Raises
    ------
    InputError
        As `gi_star`.

    References
    ----------
    Anselin, L. (1995). Local indicators of spatial association - LISA.
    Sokal, R. R., Oden, N. L., Thomson, B. A. (1998). Local spatial autocorrelation in a biological
    model. (The moments behind the analytic p.)
    """
    from scipy.special import ndtr  # noqa: PLC0415  analytic p only

    values = _checked(values)
    k = np.diff(start).astype(np.float64)
    sums = neighbor_sums(values, start, neighbor)
    lag = _mean_of(sums, k)
    centred = values - values.mean()
    moran = centred * np.where(k > 0, lag - values.mean(), 0.0) / values.var(ddof=0)
    p_high, p_low = permutation_p(values, start, sums, n_permutations=n_permutations, seed=seed)
    z = _conditional_z(values, sums, k)
    return LocalStatistic(
        statistic=moran,
        lag=lag,
        p_high=p_high,
        p_low=p_low,
        p_normal=2 * ndtr(-np.abs(z)),
        p_normal_high=ndtr(-z),
        quadrant=_quadrant(values, lag),
    )


def _conditional_z(values: FloatArray, sums: FloatArray, k: FloatArray) -> FloatArray:
    """Standardise neighbourhood sums by drawing k of the other values without replacement."""
    n = values.size
    mean = (values.sum() - values) / (n - 1)
    variance = ((values**2).sum() - values**2) / (n - 1) - mean**2
    spread = np.sqrt(np.maximum(k * variance * (n - 1 - k) / max(n - 2, 1), 0.0))
    z = np.zeros(n)
    np.divide(sums - k * mean, spread, out=z, where=spread > 1e-12 * np.abs(values).max())
    return z


def permutation_p(
    values: FloatArray,
    start: IntArray,
    sums: FloatArray,
    *,
    n_permutations: int,
    seed: int,
) -> tuple[FloatArray, FloatArray]:
    """Give one-sided p of neighbourhood sums by conditional permutation.

    Units with equally many neighbours share one pool of draws; for each unit the draws that hold
    the unit itself are left out, which makes its permutation conditional.

    Returns
    -------
    p_high, p_low : (n,)
        1 for a unit without neighbours.
    """
    n = values.size
    k = np.diff(start)
    k_max = int(k.max(initial=0))
    p_high, p_low = np.ones(n), np.ones(n)
    if k_max == 0:
        return p_high, p_low
    if k_max >= n:
        msg = f"a unit has {k_max} neighbours among {n} units; neighbours must be other units."
        raise InputError(msg)
    drawn = draw_pool(n, k_max, n_permutations, seed)
    bits = int(k_max - 1).bit_length()
    narrow = n_permutations << bits < 2**31
    packed = np.empty(drawn.size, dtype=np.int32 if narrow else np.int64)
    first = occurrences(drawn, n, bits, packed)
    high, low, used = (np.zeros(n, dtype=np.int64) for _ in range(3))
    running = np.zeros(n_permutations)
    by_degree = np.argsort(k, kind="stable")
    bounds = np.searchsorted(k[by_degree], np.arange(k_max + 2))
    for degree in range(1, k_max + 1):
        pool_column(values, drawn, degree - 1, running)
        units = by_degree[bounds[degree] : bounds[degree + 1]]
        if not units.size:
            continue
        least, most = float(running.min()), float(running.max())
        near = 1e-9 * max(1.0, abs(least), abs(most))
        near = min(near, 1e-9 * max(most - least, 1e-300))
        if units.size > FEW:
            ordered = np.sort(running)
            high[units] = running.size - np.searchsorted(ordered, sums[units] - near)
            low[units] = np.searchsorted(ordered, sums[units] + near, side="right")
        else:
            for i in units.tolist():
                high[i] = np.count_nonzero(running >= sums[i] - near)
                low[i] = np.count_nonzero(running <= sums[i] + near)
        count_tails(units, sums, degree, running, first, bits, packed, near, high, low, used)
        p_high[units] = (high[units] + 1) / (used[units] + 1)
        p_low[units] = (low[units] + 1) / (used[units] + 1)
    return p_high, p_low


def empirical_bayes(cases: FloatArray, exposure: FloatArray) -> FloatArray:
    r"""Pull the rates of small units towards the mean rate.

    A unit's rate is weighted by how much of its spread cannot be chance (method of moments,
    Marshall 1991): :math:`\theta_i = w_i r_i + (1 - w_i) m`, :math:`w_i = s^2 / (s^2 + m / E_i)`.

    Parameters
    ----------
    cases : (n,)
        Hazards.
    exposure : (n,), above 0
        What they are divided by.

    Returns
    -------
    (n,)
        Smoothed rates.

    References
    ----------
    Marshall, R. J. (1991). Mapping disease and mortality rates using empirical Bayes estimators.

    Examples
    --------
    >>> empirical_bayes(np.array([0.0, 30.0, 5.0]), np.array([1.0, 100.0, 100.0])).round(3)
    array([0.162, 0.285, 0.065])
    """
    rate = cases / exposure
    mean = cases.sum() / exposure.sum()
    spread = (exposure * (rate - mean) ** 2).sum() / exposure.sum() - mean / exposure.mean()
    spread = max(float(spread), 0.0)
    weight = spread / (spread + mean / exposure) if spread > 0 else np.zeros(cases.size)
    return np.asarray(weight * rate + (1 - weight) * mean, dtype=np.float64)


def eb_index(cases: FloatArray, exposure: FloatArray) -> FloatArray:
    r"""Standardise rates by their own chance spread, for Moran's I of rates.

    :math:`z_i = (r_i - m) / \sqrt{s^2 + m / E_i}` (Assunção and Reis 1999).

    Parameters
    ----------
    cases : (n,)
        Hazards.
    exposure : (n,), above 0
        What they are divided by.

    Returns
    -------
    (n,)
        Deviations in standard errors.

    References
    ----------
    Assunção, R. M., Reis, E. A. (1999). A new proposal to adjust Moran's I for population density.
    """
    rate = cases / exposure
    mean = cases.sum() / exposure.sum()
    spread = (exposure * (rate - mean) ** 2).sum() / exposure.sum()
    a = spread - mean / exposure.mean()
    variance = a + mean / exposure
    variance = np.where(variance <= 0, mean / exposure, variance)
    return np.asarray((rate - mean) / np.sqrt(variance), dtype=np.float64)


def adjusted_p(p_value: FloatArray, *, method: Literal["bh", "by", "none"] = "bh") -> FloatArray:
    """Adjust p-values for having looked at many units.

    Calling every unit with an adjusted p of at most 0.05 a finding keeps the expected share of
    false ones among them at 5 %.

    Parameters
    ----------
    p_value : (n,)
        One for each unit.
    method
        ``"bh"`` Benjamini-Hochberg; ``"by"`` Benjamini-Yekutieli, which holds under any dependence
        and finds less; ``"none"``.

    Returns
    -------
    (n,)
        Adjusted p-values, in the same order.

    References
    ----------
    Benjamini, Y., Hochberg, Y. (1995). Controlling the false discovery rate.
    Benjamini, Y., Yekutieli, D. (2001). The control of the false discovery rate under dependency.
    Caldas de Castro, M., Singer, B. H. (2006). Controlling the false discovery rate [...] local statistics.

    Examples
    --------
    >>> adjusted_p(np.array([0.01, 0.04, 0.03, 0.5])).round(4)
    array([0.04  , 0.0533, 0.0533, 0.5   ])
    """
    n = p_value.size
    if method == "none" or n == 0:
        return p_value.copy()
    order = np.argsort(p_value, kind="stable")
    factor = float((1 / np.arange(1, n + 1)).sum()) if method == "by" else 1.0
    raw = p_value[order] * n * factor / np.arange(1, n + 1)
    out = np.empty(n)
    out[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return out


def _checked(values: FloatArray) -> FloatArray:
    values = np.ascontiguousarray(values, dtype=np.float64)
    if values.size < 3:
        msg = f"local statistics need at least 3 units; got {values.size}"
        raise InputError(msg)
    if not np.isfinite(values).all():
        msg = f"{int((~np.isfinite(values)).sum())} of {values.size} rates are not finite; leave units without exposure out."
        raise InputError(msg)
    if np.ptp(values) == 0:
        msg = f"all {values.size} rates are equal ({values[0]:g}), so no place stands out."
        raise InputError(msg)
    return values


def _mean_of(sums: FloatArray, k: FloatArray) -> FloatArray:
    out = np.full(sums.size, np.nan)
    np.divide(sums, k, out=out, where=k > 0)
    return out


def _quadrant(values: FloatArray, lag: FloatArray) -> LabelArray:
    mean = values.mean()
    high, high_around = values > mean, np.nan_to_num(lag, nan=mean) > mean
    out = np.where(high, np.where(high_around, 0, 3), np.where(high_around, 1, 2))
    return np.asarray(out, dtype=np.int32)
