"""By which rules are units made from map layers, and what may be set?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from gridkit.errors import ConfigError, did_you_mean
from gridkit.geo.datum import DatumWord


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRules:
    """How streets, rail, water and the town line become units.

    Parameters
    ----------
    min_area_m2 : m²
        Smaller pieces are united with the neighbour they share the longest border with.
    min_width_m : m
        Thinner pieces (between two carriageways, for example) are united likewise; the width of a
        piece is twice its area divided by its perimeter.
    max_area_m2 : m²
        Larger pieces are divided; 0 divides none.
    max_load
        Pieces that hold more of a load are divided too, evenly in it: ``{ households = 100 }``. Nothing
        smaller than `min_area_m2` is made for it.
    divide_by
        ``"buildings"``: midway between buildings, where a piece has some; ``"h3"`` or ``"squares"``:
        cells; ``"auto"``: by buildings where there are at least two, else squares. Without streets,
        the whole town is divided like this.
    gap_m : m
        A street that ends this near to another one is taken to reach it; 0 closes no gap.
    water
        ``"share"``: water goes to the units along its banks, and the border runs along its middle, so
        that every place belongs to somebody; ``"hole"``: it is left out of the town; ``"unit"``: it
        makes units of its own.
    min_water_m2 : m²
        Smaller water is ignored.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    min_area_m2: float = 1_500.0
    min_width_m: float = 10.0
    max_area_m2: float = 0.0
    max_load: dict[str, float] = field(default_factory=dict)
    divide_by: Literal["auto", "buildings", "h3", "squares"] = "auto"
    gap_m: float = 2.0
    water: Literal["share", "hole", "unit"] = "share"
    min_water_m2: float = 5_000.0

    def __post_init__(self) -> None:
        for name in ("min_area_m2", "min_width_m", "max_area_m2", "gap_m", "min_water_m2"):
            value = getattr(self, name)
            if not 0 <= value < float("inf"):
                msg = f"unit rules: `{name}` is {value:g}; 0 or more is allowed."
                raise ConfigError(msg)
        for name, most in self.max_load.items():
            if not 0 < most < float("inf"):
                msg = f"unit rules: `max_load.{name}` is {most:g}; more than 0 is allowed."
                raise ConfigError(msg)
        if self.max_area_m2 and self.max_area_m2 < 4 * self.min_area_m2:
            msg = (
                f"unit rules: `max_area_m2` is {self.max_area_m2:g}, less than four times `min_area_m2` "
                f"({self.min_area_m2:g}), so what is divided would be united again. Raise one or lower the other."
            )
            raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFile:
    """A layer of a file.

    Parameters
    ----------
    path, layer
        File, and its layer when it has several.
    column, values
        Take only the rows whose `column` holds one of `values`; empty for all.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    path: str
    layer: str | None = None
    column: str = ""
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.column) != bool(self.values):
            msg = f"layer '{self.layer or self.path}': `column` and `values` belong together; give both or none."
            raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityLayer:
    """The polygons of the communities.

    Parameters
    ----------
    path, layer
        File, and its layer when it has several.
    id_column, name_column
        Columns; by default the id is the name.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    path: str
    layer: str | None = None
    id_column: str = "id"
    name_column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSource:
    """Which file gives a measure to the units: one `[[build.loads]]` table.

    Parameters
    ----------
    name
        Of the measure: ``residents``, ``households``, ``n_shops``; with classes, ``name_class``.
    path, layer
        File, and its layer when it has several.
    kind
        ``"points"`` are counted or added up; ``"raster"`` is shared by exact area; ``"areas"`` are
        interpolated; ``"lines"`` are measured in metres; ``"cover"`` measures how much of each unit
        polygons cover, in km²: buildings, lots, built-up land.
    unit
        For legends: ``"persons"``, ``"objects"``; lines are in ``"m"``, cover in ``"km2"``.
    column
        Numbers to add up (points) or to divide (areas); points without it are counted.
    class_column
        Column of classes, for points and lines.
    classes
        From the words in that column to the classes wanted; a word that is missing is an error.
    id_column, risk_column
        Columns of ids and risk tiers of single objects, for visits and rounds; tiers become measures
        ``objects_<class>_<tier>``.
    rate
        Whether `column` of areas holds rates (averaged) and not amounts (divided).
    by, by_column
        Buildings or lots that say where in an area people live, and the column to weigh them with
        (by default their area).
    grow_m : m
        Cover: land this near to a polygon counts as covered too; 25 makes built-up land of buildings.
    edge
        Raster cells that the town line cuts: ``"area"`` leaves out what lies beyond it, ``"share"``
        keeps all of it.
    nodata
        Value of a raster that means nothing is known, when the file does not say.
    whole
        Round to whole numbers so that the sum comes out.
    part_of
        Another load that this one is a part of (``migrants`` are part of ``residents``); units where the
        part is larger than the whole are listed.
    x_column, y_column, crs, encoding
        For tables of points (CSV, DBF): columns of the coordinates, their reference system, and the
        encoding of the text; ``""`` finds UTF-8 or GB18030.
    datum
        Datum of longitudes and latitudes: ``"WGS84"``, ``"CGCS2000"``, ``"GCJ02"`` or ``"BD09"``
        (or in small letters); it is declared, never guessed.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    path: str
    layer: str | None = None
    kind: Literal["points", "raster", "areas", "lines", "cover"] = "points"
    unit: str = "objects"
    column: str = ""
    class_column: str = ""
    classes: dict[str, str] | None = None
    id_column: str = ""
    risk_column: str = ""
    rate: bool = False
    by: LayerFile | None = None
    by_column: str = ""
    grow_m: float = 0.0
    edge: Literal["area", "share"] = "area"
    nodata: float | None = None
    whole: bool = True
    part_of: str = ""
    x_column: str = "lon"
    y_column: str = "lat"
    crs: str = "EPSG:4326"
    encoding: str = ""
    datum: DatumWord = "WGS84"

    def __post_init__(self) -> None:
        if self.kind == "areas" and not self.column:
            msg = f"load `{self.name}`: areas need `column`, the numbers to divide."
            raise ConfigError(msg)
        if self.by and (self.kind != "areas" or self.rate):
            msg = f"load `{self.name}`: `by` divides amounts of areas; it has no meaning here."
            raise ConfigError(msg)
        if not 0 <= self.grow_m < float("inf") or (self.grow_m and self.kind != "cover"):
            msg = f"load `{self.name}`: `grow_m` is {self.grow_m:g}; 0 or more is allowed, and only for kind = 'cover'."
            raise ConfigError(msg)
        if self.classes is not None and not self.class_column:
            msg = f"load `{self.name}`: `classes` maps words of a column; say which: class_column = '...'"
            raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class BarrierRules:
    """Which borders between units cannot be crossed: the `[build.barriers]` table.

    Parameters
    ----------
    near_m : m
        A border counts as lying on a barrier where it is at most this far from it.
    share : 0..1
        The border is a barrier when at least this share of its length lies on one.
    crossing_m : m
        A bridge, tunnel or level crossing opens the borders that are at most this far from it.
    links
        Pairs of unit ids declared neighbours: a ferry, a footbridge.
    forbidden
        Pairs of unit ids that never count as neighbours.
    keep_together
        Where a barrier would cut a community (or the town) in pieces, restore the longest borders that
        join them again; each is reported.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    near_m: float = 10.0
    share: float = 0.5
    crossing_m: float = 30.0
    links: tuple[tuple[str, str], ...] = ()
    forbidden: tuple[tuple[str, str], ...] = ()
    keep_together: bool = False

    def __post_init__(self) -> None:
        if self.near_m < 0 or self.crossing_m < 0 or not 0 < self.share <= 1:
            msg = f"barriers: expected near_m >= 0, crossing_m >= 0 and 0 < share <= 1; got {self.near_m:g}, {self.crossing_m:g}, {self.share:g}."
            raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSource:
    """Which files a town is built from: the `[build]` table, instead of `[units]`.

    Parameters
    ----------
    town_line
        Polygon of the town.
    streets
        Lines; without, cells are made (see `UnitRules.divide_by`).
    rail
        Lines; they bound units.
    water
        Polygons; lines are taken as borders.
    whole
        Polygons that are never cut: estates, campuses, parks.
    buildings
        Polygons, to divide large pieces by.
    communities
        Polygons of the communities; no unit crosses their borders.
    rules
        How layers become units.
    loads
        What the units hold.
    barrier_layers
        Which of ``"rail"`` and ``"water"`` cannot be crossed but where streets do.
    barriers
        How near, and declared links and forbidden pairs.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    town_line: LayerFile
    streets: LayerFile | None = None
    rail: LayerFile | None = None
    water: LayerFile | None = None
    whole: LayerFile | None = None
    buildings: LayerFile | None = None
    communities: CommunityLayer | None = None
    rules: UnitRules = UnitRules()
    loads: tuple[LoadSource, ...] = ()
    barrier_layers: tuple[Literal["rail", "water"], ...] = ("rail", "water")
    barriers: BarrierRules = BarrierRules()

    def __post_init__(self) -> None:
        names = [f.name for f in self.loads]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            msg = f"build: loads `{'`, `'.join(twice)}` occur more than once; every measure has one source."
            raise ConfigError(msg)
        for name in self.rules.max_load:
            if name not in names:
                msg = f"build.rules: `max_load` names '{name}', which is no load{did_you_mean(name, names) or '.'} There are: {', '.join(names) or 'none'}."
                raise ConfigError(msg)
        for load in self.loads:
            if load.part_of and load.part_of not in names:
                msg = f"load `{load.name}`: it is part of '{load.part_of}', which is no load{did_you_mean(load.part_of, names) or '.'} There are: {', '.join(names)}."
                raise ConfigError(msg)
