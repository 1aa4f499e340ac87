"""Is a hotspot new, growing, fading, or has it always been there?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InputError
from gridkit.hotspots.local import adjusted_p, neighbor_sums
from gridkit.model._arrays import frozen

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray

CLASSES = (
    "none",
    "new",
    "consecutive",
    "intensifying",
    "persistent",
    "diminishing",
    "sporadic",
    "oscillating",
    "historical",
)
"""What a unit can be; the docs say what each means."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Emerging:
    """How every unit's hotspot developed.

    Parameters
    ----------
    kind : (n,)
        Position in `CLASSES`.
    z : (n, t)
        Gi* of every unit and period.
    is_hot : (n, t)
        Whether it was a hotspot then.
    trend_z, trend_p : (n,)
        Mann-Kendall test of the z-scores: above 0 rising; two-sided p.
    """

    kind: LabelArray
    z: FloatArray
    is_hot: BoolArray
    trend_z: FloatArray
    trend_p: FloatArray

    def words(self) -> list[str]:
        """Give the class of every unit as a word."""
        return [CLASSES[k] for k in self.kind]


def emerging_hotspots(
    values: FloatArray, start: IntArray, neighbor: LabelArray, *, alpha: float = 0.01
) -> Emerging:
    """Class units by when they were hotspots.

    Gi* is computed over all units and periods together; neighbours are the units around in the same
    period and all of these in the period before. A unit and period is hot (cold) when its two-sided
    p is at most `alpha`.

    Classes, the first that fits: *new* hot in the last period only; *consecutive* hot in the last
    periods without a break, never before, in less than nine tenths of all; *intensifying*,
    *diminishing*, *persistent* hot in at least nine tenths and in the last period, with a rising,
    falling or no trend; *historical* hot in at least nine tenths but not in the last; *oscillating*
    hot in the last and once cold; *sporadic* hot now and then, never cold.

    Parameters
    ----------
    values : (n, t)
        Rates of every unit and period.
    start, neighbor : (n + 1,), (m,)
        Neighbours, the unit itself not among them.
    alpha : 0..1
        Level of hot, cold and trend.

    Returns
    -------
    Emerging

    Raises
    ------
    InputError
        If there are fewer than 4 periods or all values are equal.

    References
    ----------
    Getis, A., Ord, J. K. (1992). The analysis of spatial association by use of distance statistics.
    Mann, H. B. (1945). Nonparametric tests against trend. Kendall, M. G. (1975). Rank correlation methods.
    """
    from scipy.special import ndtri  # noqa: PLC0415  one quantile

    values = np.ascontiguousarray(values, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] < 4 or np.ptp(values) == 0:
        msg = f"emerging hotspots need at least 4 periods and values that differ; got shape {values.shape}"
        raise InputError(msg)
    n_times = values.shape[1]
    around = np.column_stack([neighbor_sums(values[:, t], start, neighbor) for t in range(n_times)])
    total = around + values
    weight = np.repeat((np.diff(start) + 1.0)[:, None], n_times, axis=1)
    total[:, 1:] += (around + values)[:, :-1]
    weight[:, 1:] *= 2
    size = values.size
    spread = values.std() * np.sqrt((size * weight - weight**2) / (size - 1))
    z = (total - weight * values.mean()) / spread
    limit = float(ndtri(1 - alpha / 2))
    trend_z, trend_p = mann_kendall(z)
    kind = _kinds(z > limit, z < -limit, trend_z, trend_p <= alpha)
    return Emerging(
        kind=frozen(kind),
        z=frozen(z),
        is_hot=z > limit,
        trend_z=frozen(trend_z),
        trend_p=frozen(trend_p),
    )


def mann_kendall(series: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Test every row for a trend, with the correction for ties.

    Parameters
    ----------
    series : (n, t)
        One series for each row.

    Returns
    -------
    z : (n,)
        Above 0 rising, below 0 falling.
    p : (n,)
        Two-sided.

    References
    ----------
    Mann, H. B. (1945). Nonparametric tests against trend. Kendall, M. G. (1975). Rank correlation methods.

    Examples
    --------
    >>> z, p = mann_kendall(np.array([[1.0, 2, 3, 4, 5, 6], [3, 1, 2, 3, 1, 2]]))
    >>> z.round(3).tolist(), p.round(4).tolist()
    ([2.63, -0.199], [0.0085, 0.8425])
    """
    from scipy.special import ndtr  # noqa: PLC0415  one tail

    n, t = series.shape
    score = np.zeros(n)
    for lag in range(1, t):
        score += np.sign(series[:, lag:] - series[:, :-lag]).sum(axis=1)
    ordered = np.sort(series, axis=1)
    tied = np.zeros(n)
    run = np.ones(n)
    for k in range(1, t + 1):
        same = ordered[:, k] == ordered[:, k - 1] if k < t else np.zeros(n, dtype=bool)
        ended = ~same & (run > 1)
        tied[ended] += (run * (run - 1) * (2 * run + 5))[ended]
        run = np.where(same, run + 1, 1)
    variance = (t * (t - 1) * (2 * t + 5) - tied) / 18.0
    z = np.zeros(n)
    np.divide(score - np.sign(score), np.sqrt(variance), out=z, where=variance > 0)
    return z, 2 * ndtr(-np.abs(z))


def _kinds(hot: BoolArray, cold: BoolArray, trend: FloatArray, sure: BoolArray) -> LabelArray:
    """Class units by their history of hot and cold periods."""
    n_hot, n_times = hot.sum(axis=1), hot.shape[1]
    last = hot[:, -1].astype(bool)
    often = n_hot >= 0.9 * n_times
    run = np.cumprod(hot[:, ::-1], axis=1).sum(axis=1)  # hot periods at the end without a break
    was_cold = cold.any(axis=1)
    rules = [
        (last & (n_hot == 1), "new"),
        (last & (run == n_hot) & ~often, "consecutive"),
        (often & last & sure & (trend > 0), "intensifying"),
        (often & last & sure & (trend < 0), "diminishing"),
        (often & last, "persistent"),
        (often & ~last, "historical"),
        (last & was_cold, "oscillating"),
        ((n_hot > 0) & ~was_cold, "sporadic"),
    ]
    out = np.select([r for r, _ in rules], [CLASSES.index(w) for _, w in rules], default=0)
    return np.asarray(out, dtype=np.int32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EarlyWarning:
    """Which groups had more hazards in a period than their own history lets one expect.

    Parameters
    ----------
    expected : (n, t)
        From the periods before; nan while there are too few.
    p_value : (n, t)
        Probability of so many or more.
    is_alarm : (n, t)
        p at most the false-alarm rate.
    """

    expected: FloatArray
    p_value: FloatArray
    is_alarm: BoolArray


def early_warning(
    counts: IntArray,
    *,
    history: int = 12,
    gap: int = 1,
    false_alarm_rate: float = 0.01,
    for_all: bool = False,
) -> EarlyWarning:
    """Compare every group and period with the group's own history (a control chart).

    The history's mean is itself uncertain, and counts scatter more than Poisson counts; both are
    allowed for: hazards of the next period are taken as negative binomial around the mean of the
    last `history` periods. Where nothing changes, at most `false_alarm_rate` of the group-periods
    raise an alarm, that is one alarm a group in ``1 / false_alarm_rate`` periods.

    Parameters
    ----------
    counts : (n, t)
        Hazards of every group (grid, category) and period.
    history
        Periods that are compared with.
    gap
        Periods between the history and the one judged, so that a slow rise does not hide itself.
    false_alarm_rate : 0..1
        See above.
    for_all
        Adjust the p-values of a period for the number of groups (Benjamini-Hochberg).

    Returns
    -------
    EarlyWarning

    Raises
    ------
    InputError
        If there are not more periods than history and gap.

    References
    ----------
    Farrington, C. P. et al. (1996). A statistical algorithm for the early detection of outbreaks.
    Shewhart, W. A. (1931). Economic control of quality of manufactured product.

    Examples
    --------
    >>> counts = np.array([[4, 5, 3, 4, 6, 4, 5, 4, 3, 5, 4, 5, 4, 19]])
    >>> np.flatnonzero(early_warning(counts).is_alarm[0]).tolist()
    [13]
    """
    from scipy.special import betainc  # noqa: PLC0415  one tail

    counts = np.asarray(counts, dtype=np.int64)
    if counts.ndim != 2 or counts.shape[1] <= history + gap or history < 3:
        msg = f"an early warning needs a history of at least 3 periods, and more periods than history and gap; got {counts.shape}, {history} and {gap}"
        raise InputError(msg)
    n, n_times = counts.shape
    expected = np.full((n, n_times), np.nan)
    p = np.full((n, n_times), np.nan)
    for t in range(history + gap, n_times):
        past = counts[:, t - gap - history : t - gap]
        mean = past.mean(axis=1)
        # a gamma prior worth half a hazard keeps empty histories from alarming at the first report
        shape, rate = past.sum(axis=1) + 0.5, float(history)
        extra = np.maximum(past.var(axis=1, ddof=1) / np.maximum(mean, 1e-9), 1.0)
        # predictive: negative binomial with the history's own scatter and the doubt about its mean
        centre = shape / rate
        variance = centre * extra + centre**2 / shape * extra
        size = centre**2 / np.maximum(variance - centre, 1e-9)
        share = size / (size + centre)
        x = counts[:, t].astype(np.float64)
        tail = np.where(x > 0, betainc(np.maximum(x, 1), size, 1 - share), 1.0)
        expected[:, t], p[:, t] = centre, tail
    judged = p.copy()
    if for_all:
        for t in range(history + gap, n_times):
            judged[:, t] = adjusted_p(np.ascontiguousarray(p[:, t]))
    with np.errstate(invalid="ignore"):
        alarm = judged <= false_alarm_rate
    return EarlyWarning(expected=frozen(expected), p_value=frozen(judged), is_alarm=alarm)
