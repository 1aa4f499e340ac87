"""Which kinds of grid does a town have beside its area grids, how deep do levels go, and what are the codes?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from gridkit.build.codes import CodePart, CodeScheme, code_scheme
from gridkit.errors import ConfigError

FORBID: dict[str, str] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityLayer:
    """Entity grids: parks, markets, schools, malls, carved out before the town is divided.

    Parameters
    ----------
    path, layer
        File of polygons, and its layer when it has several.
    id_column, kind_column
        Their id, and what they are.
    share : 0..1
        Share of their objects that their own staff looks after; the rest stays with the town's members.
    cut_out
        Whether their units become base grids of their own. If not, area grids run on through them, and
        only the share of the objects leaves.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    path: str
    layer: str | None = None
    id_column: str = "id"
    kind_column: str = ""
    share: float = 1.0
    cut_out: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            msg = f"layers.entity: `share` is {self.share:g}; 0 to 1 is allowed (0.8 is 80 %)."
            raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadLayer:
    """Road grids: the street network cut into connected patrol sections of even length times load.

    Parameters
    ----------
    path, layer
        File of lines, and its layer when it has several.
    column, values
        Take only the streets whose `column` holds one of `values`; empty for all.
    n_sections
        Number of sections.
    load_column
        Load of each metre (shops, traffic); 1 without.
    report_m : m
        Metres of street that one report on it weighs as much as; 0 leaves reports out.
    tolerance
        Sections whose load is further from the mean than this are listed.
    buffer_m : m
        Half the width of the polygon that stands for a section.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    path: str
    n_sections: int
    layer: str | None = None
    column: str = ""
    values: tuple[str, ...] = ()
    load_column: str = ""
    report_m: float = 0.0
    tolerance: float = 0.25
    buffer_m: float = 15.0

    def __post_init__(self) -> None:
        if self.n_sections < 1 or self.report_m < 0 or self.buffer_m <= 0 or self.tolerance <= 0:
            msg = (
                f"layers.road: expected n_sections >= 1, report_m >= 0, buffer_m > 0 and tolerance > 0; got "
                f"{self.n_sections}, {self.report_m:g}, {self.buffer_m:g} and {self.tolerance:g}."
            )
            raise ConfigError(msg)
        if bool(self.column) != bool(self.values):
            msg = "layers.road: `column` and `values` belong together; give both or none."
            raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayLayer:
    """Overlay grids: base grids grouped by another rule than their community.

    Parameters
    ----------
    path
        Table ``base_grid_id, overlay_grid_id``. Give either this or `n_grids`.
    n_grids
        So many connected groups of base grids, even in `measure`.
    measure, tolerance
        What is to be even over them, and the largest allowed deviation from the mean.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    path: str = ""
    n_grids: int = 0
    measure: str = "residents"
    tolerance: float = 0.2

    def __post_init__(self) -> None:
        if bool(self.path) == (self.n_grids > 0):
            msg = "layers.overlay: give either `path` (a table of groups) or `n_grids` (how many to make)."
            raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSettings:
    """Other kinds of grid over the same town: the `[layers]` table.

    Parameters
    ----------
    entity
        Parks, markets, schools.
    road
        Patrol sections of streets.
    overlay
        Groups of base grids.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    entity: EntityLayer | None = None
    road: RoadLayer | None = None
    overlay: OverlayLayer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroLevel:
    """Micro-grids: every base grid in the fewest connected grids of at most so many households.

    Parameters
    ----------
    measure
        What is counted.
    low, high
        Least and most that a micro-grid should hold; a unit that alone holds more, or a base grid that
        holds less, is listed.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    measure: str = "households"
    low: float = 30.0
    high: float = 100.0

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high or self.high <= 0:
            msg = f"levels.micro: expected 0 <= low <= high and high > 0; got {self.low:g} and {self.high:g}."
            raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLevel:
    """Contacts: volunteers for every ten households, or one for each stairwell.

    Parameters
    ----------
    members_file
        Residents who offered: ``member_id`` and ``lon, lat`` (or ``x_m, y_m``).
    n_synthetic
        Made-up residents who offer, when there is no file; their ids say so.
    households
        Measure of households.
    per_households
        Households that one contact looks after.
    stairwells
        Measure of stairwells, when each needs a contact.
    max_m : m
        Farthest point of a unit that somebody from outside it may serve.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    members_file: str = ""
    n_synthetic: int = 0
    households: str = "households"
    per_households: int = 10
    stairwells: str = ""
    max_m: float = 150.0

    def __post_init__(self) -> None:
        if bool(self.members_file) == bool(self.n_synthetic):
            msg = "levels.contacts needs `members_file` (residents who offered) or `n_synthetic` (made-up ones), and not both."
            raise ConfigError(msg)
        if self.n_synthetic < 0 or self.per_households < 1 or not self.max_m >= 0:
            msg = (
                f"levels.contacts: `n_synthetic` is {self.n_synthetic}, `per_households` {self.per_households}, `max_m` "
                f"{self.max_m:g}; expected at least 1 household, and the others not negative."
            )
            raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSettings:
    """Levels below the base grid: the `[levels]` table.

    Parameters
    ----------
    micro
        Micro-grids.
    contacts
        Volunteer contacts.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    micro: MicroLevel | None = None
    contacts: ContactLevel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSettings:
    """Codes of base grids: the `[codes]` table.

    Parameters
    ----------
    scheme
        ``"beijing-15"``, ``"cjt349-20"``, ``"committee-grid-15"``, or a pattern of parts and widths:
        ``"street:3 community:3 sequence:3"``.
    separator
        Between the parts; usually nothing.
    parts
        Digits of the parts that are the same for the whole town: ``{ district = "441900" }``.
    communities
        Digits of the part ``community`` (or ``committee``) by community id; those left out are numbered
        west to east in bands from north to south, after the largest number given.
    valid_from
        First day of the plan, ``"2026-01-01"``.
    book_file
        ``codes.csv`` of the plan before: its grids keep their codes, and no code of it is used again.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    scheme: str
    valid_from: str
    separator: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    communities: dict[str, str] = field(default_factory=dict)
    book_file: str = ""

    def __post_init__(self) -> None:
        known = [p.name for p in self.made_scheme.parts]
        wrong = sorted(set(self.parts) - set(known) - {"sequence"})
        if wrong or "sequence" in self.parts or self.holder in self.parts:
            text = ", ".join(known)
            msg = f"codes: `parts` names {sorted(self.parts)}; the scheme has {text}, of which `sequence` and `{self.holder}` are numbered here."
            raise ConfigError(msg)
        missing = sorted(set(known) - set(self.parts) - {"sequence", self.holder})
        if missing:
            msg = f"codes: scheme '{self.scheme}' needs the digits of {', '.join(missing)}: parts = {{ {missing[0]} = '...' }}"
            raise ConfigError(msg)
        try:
            date.fromisoformat(self.valid_from)
        except ValueError as error:
            msg = f"codes: `valid_from` is '{self.valid_from}'; a day such as '2026-01-01' is expected."
            raise ConfigError(msg) from error

    @property
    def made_scheme(self) -> CodeScheme:
        """The scheme."""
        found = code_scheme(self.scheme)
        return (
            CodeScheme(
                name=found.name,
                parts=found.parts,
                separator=self.separator,
                first=found.first,
                single=found.single,
                source=found.source,
            )
            if self.separator
            else found
        )

    @property
    def holder(self) -> str:
        """The part that says in which community a grid lies; empty when none does."""
        names = [p.name for p in code_scheme(self.scheme).parts]
        return next((n for n in ("community", "committee") if n in names), "")

    @property
    def part(self) -> CodePart | None:
        """That part with its width."""
        return next((p for p in self.made_scheme.parts if p.name == self.holder), None)
