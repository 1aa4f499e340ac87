"""How are hotspots looked for?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from gridkit.errors import ConfigError, did_you_mean
from gridkit.hotspots.clusters import ScanSettings
from gridkit.hotspots.kde import SurfaceSettings
from gridkit.hotspots.scanning_time import SpaceTimeSettings

METHODS = ("density", "gi_star", "scan", "scan_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class HotspotSettings:
    """How hotspots are looked for.

    Parameters
    ----------
    methods
        Some of ``"density"`` (crowds of hazards, tested by nothing), ``"gi_star"`` (units with
        high rates among high rates), ``"scan"`` (circles with more hazards than any circle would
        have by chance) and ``"scan_time"`` (the same for a circle over some periods).
    exposure
        Measure that hazards are divided by: ``"residents"``, ``"objects"``, ``"visits"``... Empty
        for counts, which show where people are rather than where danger is.
    categories
        Only hazards of these categories; empty for all.
    alpha : 0..1
        Largest adjusted p-value of a hotspot.
    correction
        For looking at many units: ``"bh"`` Benjamini-Hochberg, ``"by"`` Benjamini-Yekutieli,
        ``"none"``.
    n_permutations
        Draws behind a permutation p.
    neighbor_m : m
        Units whose inner points are at most this far apart count as neighbours for Gi*, besides
        those that touch; 0 to choose (a unit in the middle of the ranking has 12).
    reach_m : m
        Hazards at most this far apart belong to one crowd.
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
    sharpen
        Fit the outline of the scan's clusters to the counts, unit by unit; p stays that of the window.
    period_days
        Length of a period of the scan in space and time.
    surface
        The density surface.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    methods: tuple[str, ...] = ("density", "gi_star", "scan")
    exposure: str = "residents"
    categories: tuple[str, ...] = ()
    alpha: float = 0.05
    correction: Literal["bh", "by", "none"] = "bh"
    n_permutations: int = 99_999
    neighbor_m: float = 0.0
    reach_m: float = 60.0
    min_hazards: int = 0
    outline_ratio: float = 0.3
    most: int = 50
    suppress_below: int = 5
    scan: ScanSettings = field(default_factory=ScanSettings)
    scan_time: SpaceTimeSettings = field(default_factory=SpaceTimeSettings)
    sharpen: bool = True
    period_days: int = 7
    surface: SurfaceSettings = field(default_factory=SurfaceSettings)

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
            or self.reach_m <= 0
            or self.neighbor_m < 0
            or min(self.min_hazards, self.period_days - 1) < 0
        ):
            msg = (
                f"expected n_permutations >= 99, reach_m > 0, neighbor_m >= 0, min_hazards >= 0 and period_days >= 1; got {self.n_permutations}, "
                f"{self.reach_m}, {self.neighbor_m}, {self.min_hazards} and {self.period_days}"
            )
            raise ConfigError(msg)
