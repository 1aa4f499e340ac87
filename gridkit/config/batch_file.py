"""What can stand in a batch file? The settings of every room, put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from gridkit.build.layer_settings import CodeSettings, LayerSettings, LevelSettings
from gridkit.build.settings import BuildSource
from gridkit.errors import ConfigError
from gridkit.hotspots import HotspotSettings, IndicatorSettings
from gridkit.io.streets import StreetSource
from gridkit.io.town import CommunitySource, CurrentSource, ObjectSource, TownSource, UnitSource
from gridkit.model.hazard_source import HazardSource
from gridkit.rules import Rules
from gridkit.staffing import StaffingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveSettings:
    """How long and from where a plan is searched.

    Parameters
    ----------
    seed
        Of every random choice; the same seed gives the same plan.
    from_current
        Start from the plan in force (``[current]``) instead of from nothing.
    max_seconds
        Stop searching after so long; 0 for no limit. A limit in seconds is the one thing that can
        make two runs differ.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    seed: int = 0
    from_current: bool = False
    max_seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.seed < 0 or self.max_seconds < 0:
            msg = (
                f"expected seed >= 0 and max_seconds >= 0; got {self.seed} and {self.max_seconds:g}"
            )
            raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSource:
    """A layer that is only drawn.

    Parameters
    ----------
    path, layer
        File and layer.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    path: str
    layer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSettings:
    """What the pages look like.

    Parameters
    ----------
    lang
        Language of map and report: ``"en"`` or ``"zh"``; the map can switch.
    color_by
        Column of the base grids that the map is coloured by at first.
    sources
        Lines on where the data are from, printed on map and report.
    streets, rail, water
        Layers drawn as a background.
    units
        Whether the map holds the units too, to be switched on; they make the page larger.
    atlas
        Whether to write ``atlas.pdf`` too, a page for each base grid; needs ``gridkit[plot]``.
    shapefile
        Whether to write the grids as ``plan_shapefile.zip`` too, with a table of the shortened field names.
    geoparquet
        Whether to write the grids as GeoParquet too.
    thin_m
        Write the grids as ``*_thin.geojson`` too, borders thinned by about so many metres; shared borders
        stay shared. 0 for none.
    gcj02
        Whether to write a copy of the grids for Chinese web maps, ``*_gcj02.geojson``; it fits no other map.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    lang: Literal["en", "zh"] = "en"
    color_by: str | None = None
    sources: tuple[str, ...] = ()
    streets: LayerSource | None = None
    rail: LayerSource | None = None
    water: LayerSource | None = None
    units: bool = True
    atlas: bool = False
    shapefile: bool = False
    geoparquet: bool = False
    thin_m: float = 0.0
    gcj02: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.thin_m <= 1000:
            msg = f"output: `thin_m` is {self.thin_m:g}; expected metres from 0 (no thinned copy) to 1000."
            raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFile:
    """One town, from layers to maps.

    Parameters
    ----------
    town
        Name and reference system.
    units
        The smallest pieces, ready made. Give either this or `build`.
    build
        The map layers that a town is built from, where there are no ready pieces.
    communities
        Names of the communities, or their polygons.
    objects
        What members visit.
    current
        The plan in force.
    rules
        What a plan must keep and should be good at.
    solve
        How a plan is searched.
    staffing
        Visits and minutes by object class, how many members there are, and who they are; without it
        there is no workload.
    hazards
        Reports; without them there are no hotspots.
    hotspots
        How hotspots are looked for.
    layers
        Other kinds of grid over the town: entity, road and overlay grids.
    levels
        Levels below the base grid: micro-grids, contacts.
    codes
        By which scheme base grids are coded; without, three digits for the community and three more.
    indicators
        What is counted of the handling of reports, by which limits and clock.
    streets
        Streets to walk along: they give the measure ``street_km`` (length in and along each unit), the
        methods along streets, and ``street_density.geojson``.
    output
        Language and background of the pages.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    town: TownSource
    units: UnitSource | None = None
    build: BuildSource | None = None
    communities: CommunitySource | None = None
    objects: tuple[ObjectSource, ...] = ()
    current: CurrentSource | None = None
    rules: Rules = field(default_factory=Rules)
    solve: SolveSettings = field(default_factory=SolveSettings)
    staffing: StaffingSettings | None = None
    hazards: HazardSource | None = None
    hotspots: HotspotSettings = field(default_factory=HotspotSettings)
    layers: LayerSettings = field(default_factory=LayerSettings)
    levels: LevelSettings = field(default_factory=LevelSettings)
    codes: CodeSettings | None = None
    indicators: IndicatorSettings = field(default_factory=IndicatorSettings)
    streets: StreetSource | None = None
    output: OutputSettings = field(default_factory=OutputSettings)

    def __post_init__(self) -> None:
        if (self.units is None) == (self.build is None):
            msg = "give either [units] (ready pieces) or [build] (map layers), and not both."
            raise ConfigError(msg)
        if self.build is not None and (self.communities is not None or self.objects):
            msg = "with [build], communities and objects are read from `build.communities` and `build.loads`."
            raise ConfigError(msg)
        if self.solve.from_current and self.current is None:
            msg = "`solve.from_current` needs [current], the plan to start from."
            raise ConfigError(msg)
