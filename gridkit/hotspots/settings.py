"""How are hotspots looked for?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from gridkit.errors import ConfigError, did_you_mean
from gridkit.hotspots.adjust import Stratum
from gridkit.hotspots.clusters import ScanSettings
from gridkit.hotspots.forecast import OutlookSettings
from gridkit.hotspots.kde import SurfaceSettings
from gridkit.hotspots.scanning_time import SpaceTimeSettings
from gridkit.hotspots.warning import WarningSettings

METHODS = (
    "density",
    "density_time",
    "emerging",
    "gi_star",
    "hdbscan",
    "moran",
    "near_repeat",
    "scan",
    "scan_time",
    "street_crowds",
    "street_scan",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HotspotSettings:
    """How hotspots are looked for.

    Parameters
    ----------
    methods
        Some of ``"density"`` (crowds of hazards, tested by nothing), ``"hdbscan"`` (crowds without a
        distance to set), ``"density_time"`` (crowds in space and time), ``"gi_star"`` (units with
        high rates among high rates), ``"moran"`` (units with a high rate among high rates), ``"scan"``
        (circles with more hazards than any circle would have by chance), ``"scan_time"`` (the same for
        a circle over some periods), ``"emerging"`` (new, intensifying, persistent...), ``"near_repeat"``
        (does one hazard bring the next?), and, with streets, ``"street_scan"`` and
        ``"street_crowds"`` (the same along streets).
    exposure
        Measure that hazards are divided by: ``"residents"``, ``"n_objects"``, ``"street_km"``... Empty
        for counts, which show where people are rather than where danger is; ``"auto"`` takes
        residents, households or objects, the first that the town has, and says so.
    strata
        Kinds and times of hazards that go with another measure.
    covariates
        Measures that are known to change the risk: a Poisson regression takes them out.
    categories
        Only hazards of these categories; empty for all.
    alpha : 0..1
        Largest adjusted p-value of a hotspot.
    correction
        For looking at many units: ``"bh"`` Benjamini-Hochberg, ``"by"`` Benjamini-Yekutieli,
        ``"none"``.
    p_values
        Of Gi* and local Moran: by ``"permutation"``, or ``"analytic"`` from the normal curve.
    n_permutations
        Draws behind a permutation p.
    neighbor_m : m
        Units whose inner points are at most this far apart count as neighbours for Gi*, besides
        those that touch; 0 to choose (a unit in the middle of the ranking has 12).
    reach_m : m
        Hazards at most this far apart belong to one crowd.
    reach_days : days
        ...and, for crowds in time and near repeats, at most this long apart.
    min_hazards
        Hazards within reach that make a crowd; 0 to choose from the mean density.
    outline_ratio : 0..1
        How closely outlines follow the points; 1 is the convex hull.
    most
        At most this many hotspots for each method.
    suppress_below
        Hotspots with fewer hazards are exported without their numbers.
    scan, scan_time
        How the scans look.
    scan_model
        ``"poisson"``; ``"negative_binomial"`` for counts that scatter; ``"bernoulli"`` when the
        exposure counts things of which each is a hazard or not.
    distance
        Of the scan's windows: in the ``"plane"``, or along ``"streets"`` (a river divides).
    sharpen
        Fit the outline of the scan's clusters to the counts, unit by unit; p stays that of the window.
    period_days
        Length of a period of the scan in space and time.
    surface
        The density surface.
    risk_surface
        Whether a run also writes the relative risk as a surface, with p and contours.
    outlook
        How far ahead to look.
    warning
        How last periods are compared with the past.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    methods: tuple[str, ...] = ("density", "gi_star", "scan")
    exposure: str = "auto"
    strata: tuple[Stratum, ...] = ()
    covariates: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    alpha: float = 0.05
    correction: Literal["bh", "by", "none"] = "bh"
    p_values: Literal["permutation", "analytic"] = "permutation"
    n_permutations: int = 99_999
    neighbor_m: float = 0.0
    reach_m: float = 60.0
    reach_days: float = 14.0
    min_hazards: int = 0
    outline_ratio: float = 0.3
    most: int = 50
    suppress_below: int = 5
    scan: ScanSettings = field(default_factory=ScanSettings)
    scan_time: SpaceTimeSettings = field(default_factory=SpaceTimeSettings)
    scan_model: Literal["poisson", "negative_binomial", "bernoulli"] = "poisson"
    distance: Literal["plane", "streets"] = "plane"
    sharpen: bool = True
    period_days: int = 7
    surface: SurfaceSettings = field(default_factory=SurfaceSettings)
    risk_surface: bool = False
    outlook: OutlookSettings = field(default_factory=OutlookSettings)
    warning: WarningSettings = field(default_factory=WarningSettings)

    def __post_init__(self) -> None:
        for method in self.methods:
            if method not in METHODS:
                msg = f"`methods` has '{method}'{did_you_mean(method, METHODS) or '.'} Known: {', '.join(METHODS)}."
                raise ConfigError(msg)
        for name in ("alpha", "outline_ratio"):
            if not 0 < getattr(self, name) <= 1:
                msg = f"`{name}` is a share above 0 and at most 1; got {getattr(self, name)}"
                raise ConfigError(msg)
        if (
            self.n_permutations < 99
            or min(self.reach_m, self.reach_days) <= 0
            or self.neighbor_m < 0
            or min(self.min_hazards, self.period_days - 1) < 0
        ):
            msg = (
                f"expected n_permutations >= 99, reach_m and reach_days > 0, neighbor_m >= 0, min_hazards >= 0 and period_days >= 1; got {self.n_permutations}, "
                f"{self.reach_m} and {self.reach_days}, {self.neighbor_m}, {self.min_hazards} and {self.period_days}"
            )
            raise ConfigError(msg)
