"""What does a scan find, and how sure is it?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from gridkit.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit._typing import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanSettings:
    """How a scan looks for clusters.

    Parameters
    ----------
    shape
        ``"circular"`` or ``"elliptic"`` windows.
    max_share : 0..0.5
        Largest share of the exposure that a window may hold. Large windows melt neighbouring
        hotspots into one; 0.02 to 0.10 is right for places where somebody is to be sent.
    choose_share
        Choose the largest share, up to `max_share`, by the Gini coefficient: the one whose clusters tell
        hazards and exposure apart best (Han et al. 2016).
    max_radius_m : m
        Largest radius of a window; 0 for no limit.
    min_hazards
        Fewest hazards of a cluster.
    n_replicates
        Maps of chance.
    overdispersed
        Let the chance maps scatter as much as the map itself does beyond Poisson (estimated from
        the units that stand out least). Real reports scatter; without this, every map has "clusters".
    early_stop
        Stop drawing chance maps once 25 of them beat the best cluster: it is no cluster.
    penalty
        Exponent of the penalty on long ellipses, ``(4 s / (s + 1)²) ** penalty`` for long axis over
        short axis `s`; 0 for none.
    secondary
        ``"apart"``: further clusters share no unit with a stronger one and are compared with the
        best window of chance maps, which is cautious; ``"iterative"``: each cluster found is taken
        out of map and exposure before the next is looked for.
    most
        At most this many clusters.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    shape: Literal["circular", "elliptic"] = "circular"
    max_share: float = 0.05
    choose_share: bool = False
    max_radius_m: float = 0.0
    min_hazards: int = 2
    n_replicates: int = 999
    overdispersed: bool = True
    early_stop: bool = False
    penalty: float = 0.5
    secondary: Literal["apart", "iterative"] = "apart"
    most: int = 100

    def __post_init__(self) -> None:
        if not 0 < self.max_share <= 0.5:
            msg = f"`max_share` is a share above 0 and at most 0.5; got {self.max_share}"
            raise ConfigError(msg)
        if self.n_replicates < 0 or self.min_hazards < 1 or self.max_radius_m < 0 or self.most < 1:
            msg = "expected n_replicates >= 0, min_hazards >= 1, max_radius_m >= 0 and most >= 1."
            raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cluster:
    """One window with more hazards than expected.

    Parameters
    ----------
    units : (k,)
        Positions of its units, the centre first.
    n, expected
        Hazards seen and expected (for Bernoulli: cases, and persons times the share of cases).
    llr
        Log-likelihood ratio; `statistic` is the same after the penalty on shape.
    p_value
        Share of maps of chance whose best window is as good, the seen map counted; nan without
        replicates.
    p_gumbel
        The same from a Gumbel curve through the chance maps' best windows: finer for small p.
    relative_risk
        Rate inside divided by the rate outside.
    first, last
        First and last period, for a cluster in time; -1 else.
    """

    units: IntArray
    n: int
    expected: float
    llr: float
    statistic: float
    p_value: float
    p_gumbel: float
    relative_risk: float
    first: int = -1
    last: int = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScanResult:
    """What a scan found.

    Parameters
    ----------
    clusters
        The strongest first; they share no unit.
    maxima : (r,)
        Best statistic of each map of chance; values below 0.5 are given as 0.
    dispersion
        Variance of the relative risk between units that chance maps were given; 0 is Poisson.
    n_windows
        Windows looked at on the map seen.
    share
        Largest share of the exposure of a window.
    gini
        Gini coefficient of every share tried, when it was chosen.
    """

    clusters: tuple[Cluster, ...]
    maxima: FloatArray
    dispersion: float
    n_windows: int
    share: float = float("nan")
    gini: Mapping[float, float] = field(default_factory=dict)


def monte_carlo_p(statistic: float, maxima: FloatArray) -> float:
    """Rank the statistic among those of chance maps; the seen map counts as one of them.

    Examples
    --------
    >>> monte_carlo_p(5.0, np.array([1.0, 2.0, 7.0]))
    0.5
    """
    if maxima.size == 0:
        return float("nan")
    return (1 + int((maxima >= statistic - 1e-9).sum())) / (maxima.size + 1)


def gumbel_p(statistic: float, maxima: FloatArray) -> float:
    """Read p off a Gumbel curve with mean and variance of the chance maps' statistics.

    Examples
    --------
    >>> round(gumbel_p(12.0, np.array([4.0, 5.0, 6.0, 7.0])), 5)
    0.00088
    """
    if maxima.size < 2 or maxima.std() == 0:
        return float("nan")
    beta = float(maxima.std(ddof=1)) * np.sqrt(6.0) / np.pi
    mode = float(maxima.mean()) - 0.5772156649015329 * beta
    return float(-np.expm1(-np.exp(-(statistic - mode) / beta)))
