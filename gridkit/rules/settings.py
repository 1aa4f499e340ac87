"""What must a plan keep, and what should it be good at?"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar, Literal, NoReturn

from gridkit.errors import ConfigError, did_you_mean, some_of

FORBID: dict[str, str] = {"extra": "forbid"}
GOALS = (
    "evenness",
    "roundness",
    "short_borders",
    "few_cuts",
    "inertia",
    "even_density",
    "stability",
    "visible_borders",
    "short_walks",
)
"""What a plan can be good at."""


def _refuse(where: str, got: str, allowed: str) -> NoReturn:
    msg = f"{where}: got {got}; expected {allowed}."
    raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The least and the most of a measure that one grid may hold.

    Parameters
    ----------
    measure
        Name of a measure of the town (``"residents"``, ``"households"``, ``"area_m2"``), ``"n_units"``,
        or a measure of whole grids: ``"longest_walk_m"``, ``"n_communities"``, ``"compactness"``,
        ``"inertia_compactness"``, ``"perimeter_m"``.
    low, high
        Least and most, both allowed; leave one out for a one-sided limit.
    level
        Grids of which level are limited.
    per
        Divide by this measure, for limits on a ratio: residents ``per="area_km2"`` is a density.
    density_class
        Applies only to grids of this class (see `DensityClass`); empty for all.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    measure: str
    low: float = 0.0
    high: float = math.inf
    level: str = "base_grid"
    per: str = ""
    density_class: str = ""

    def __post_init__(self) -> None:
        if not self.measure:
            _refuse("limit.measure", "an empty text", "the name of a measure")
        if math.isnan(self.low) or math.isnan(self.high) or not 0 <= self.low <= self.high:
            _refuse(
                f"limit on {self.measure}",
                f"low={self.low:g}, high={self.high:g}",
                "0 <= low <= high",
            )

    @property
    def label(self) -> str:
        """The measured thing in words."""
        return f"{self.measure} per {self.per}" if self.per else self.measure


@dataclass(frozen=True, slots=True, kw_only=True)
class DensityClass:
    """A class of grids by how densely people live there.

    Parameters
    ----------
    name
        For example ``"dense"``.
    below_per_km2
        Grids with fewer residents per km² than this are in the class, unless in a lower one.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    name: str
    below_per_km2: float = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """How even the load of the grids must be.

    Parameters
    ----------
    measure
        The load: a measure of the town.
    tolerance
        Largest allowed ``|load - ideal| / ideal``, between 0 and 1.
    within
        The ideal is the mean of the grid's community, or of the town.
    per_member
        Whether the ideal of a grid is proportional to its members, so that load *per member* is even.
        By default it is when grids and head counts are fitted to each other (`solve` with members; a
        run with a roster that balances the workload), and else all grids are to be equal.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    measure: str
    tolerance: float = 0.05
    within: Literal["community", "town"] = "community"
    per_member: bool | None = None

    def __post_init__(self) -> None:
        if not 0 < self.tolerance <= 1:
            _refuse(
                "balance.tolerance", f"{self.tolerance:g}", "above 0 and at most 1 (0.05 is 5 %)"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCount:
    """How many base grids there are.

    Give `by_community`, or `total`, or neither: then there are as few as the limits allow, between
    `lowest` and `highest`.

    Parameters
    ----------
    total
        Grids of the whole town; they go to the communities so that the largest load per grid
        becomes as small as possible (Adams), at least one each.
    by_community
        Grids of each community, by community id.
    lowest, highest
        Bounds for the whole town when the number is free.
    choose
        A free number is the ``"fewest"`` that the upper limits allow (by counting; with one more in
        each community where the search finds no plan with so few), or that between the bounds with
        which the mean load of a grid is most ``"even"`` over the communities (up to twice the fewest
        where `highest` is not given).
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    total: int | None = None
    by_community: dict[str, int] = field(default_factory=dict)
    lowest: int = 1
    highest: int | None = None
    choose: Literal["fewest", "even"] = "fewest"

    def __post_init__(self) -> None:
        if self.total is not None and self.total < 1:
            _refuse("grids.total", str(self.total), "at least 1")
        bad = sorted(c for c, k in self.by_community.items() if k < 1)
        if bad:
            _refuse(f"grids.by_community['{bad[0]}']", str(self.by_community[bad[0]]), "at least 1")
        if (
            self.total is not None
            and self.by_community
            and self.total != sum(self.by_community.values())
        ):
            _refuse(
                "grids.total",
                str(self.total),
                f"the sum of grids.by_community, {sum(self.by_community.values())}",
            )
        if self.lowest < 1 or (self.highest is not None and self.highest < self.lowest):
            _refuse(
                "grids", f"lowest={self.lowest}, highest={self.highest}", "1 <= lowest <= highest"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contiguity:
    """Which grids must hang together, and over what.

    Parameters
    ----------
    multi_part
        Communities (ids) whose base grids may be in several pieces.
    links
        Pairs of units that count as neighbours here (a bridge, a ferry).
    barriers
        Pairs of neighbouring units between which one cannot pass.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    multi_part: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    barriers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Locks:
    """What stays as it is.

    Parameters
    ----------
    grids
        Base grids (ids of the current plan) that keep exactly their units.
    units
        Units that stay in their grid of the current plan.
    together
        Groups of units that must be in the same base grid (an estate, a campus).
    carved
        Units of dedicated grids (a park, a market), by grid id: cut out first, as they are given.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    grids: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    carved: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffingRule:
    """What head counts a plan must allow.

    Parameters
    ----------
    min_members
        Fewest members of a base grid.
    total
        Members there are; they must suffice for `min_members` in every grid.
    max_load
        Most load (of the balance measure) per member.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    min_members: int = 2
    total: int | None = None
    max_load: float | None = None

    def __post_init__(self) -> None:
        if self.min_members < 0:
            _refuse("staffing.min_members", str(self.min_members), "0 or more")
        if self.total is not None and self.total < 0:
            _refuse("staffing.total", str(self.total), "0 or more")
        if self.max_load is not None and not self.max_load > 0:
            _refuse("staffing.max_load", f"{self.max_load:g}", "above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeBudget:
    """How much may differ from the current plan.

    Parameters
    ----------
    measure
        What is counted when its unit changes grid: a measure (``"residents"``, ``"n_objects"``) or
        ``"n_units"``; ``"members"`` counts the people who must change grid.
    share
        Most, as a share (0..1) of the town's total.
    amount
        Most, as an amount; the smaller of the two holds.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    measure: str = "n_units"
    share: float = 1.0
    amount: float = math.inf

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            _refuse("change.share", f"{self.share:g}", "0..1 (0.05 is 5 %)")
        if not self.amount >= 0:
            _refuse("change.amount", f"{self.amount:g}", "0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What a plan should be good at, once it keeps the rules; weights, 0 leaves a part out.

    Parameters
    ----------
    roundness
        Mean Polsby-Popper compactness of the grids.
    short_borders
        Length of the borders between grids.
    few_cuts
        Pairs of neighbouring units in different grids.
    inertia
        Ground near the middle of its grid.
    even_density
        Grids of one kind of building: little difference of `density_measure` per km² inside a grid.
    density_measure
        For `even_density`; by default the balance measure.
    stability
        Share of the units that stay in their current grid.
    evenness
        Even load (per member, when members are known) beyond what the tolerance asks: at weight 1
        deviations of half the tolerance are aimed at, at weight 3 of a quarter.
    visible_borders
        Share of the borders between grids that runs along streets, rail or water; needs a town whose
        borders were compared with such lines.
    short_walks
        Longest walk inside a grid, from one end to the other.
    order
        Names of goals, the most important first: then each is improved only as far as it costs the
        ones before it next to nothing, goals not named are left out, and weights do not count.
    order_slack
        With `order`: how much of what an earlier goal reached a later one may cost, as a share.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    roundness: float = 1.0
    short_borders: float = 0.0
    few_cuts: float = 0.0
    inertia: float = 0.0
    even_density: float = 0.0
    density_measure: str = ""
    stability: float = 0.0
    evenness: float = 0.0
    visible_borders: float = 0.0
    short_walks: float = 0.0
    order: tuple[str, ...] = ()
    order_slack: float = 0.01

    def __post_init__(self) -> None:
        for name in GOALS:
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                _refuse(f"objective.{name}", f"{value:g}", "a weight, 0 or more")
        unknown = [g for g in self.order if g not in GOALS]
        if unknown:
            near = did_you_mean(unknown[0], GOALS)
            _refuse("objective.order", f"'{unknown[0]}'{near}", f"goals: {', '.join(GOALS)}")
        if len(set(self.order)) < len(self.order):
            _refuse("objective.order", some_of(self.order), "each goal once")
        if not 0 <= self.order_slack <= 1:
            _refuse("objective.order_slack", f"{self.order_slack:g}", "0..1 (0.01 is 1 %)")

    def asked(self) -> tuple[str, ...]:
        """Name the goals that count, the most important first where there is an order."""
        return self.order or tuple(g for g in GOALS if getattr(self, g) > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything a plan must keep and should be good at.

    Parameters
    ----------
    limits
        Least and most of any measures per grid.
    balance
        How even the load must be; None when the limits alone decide.
    grids
        How many base grids.
    contiguity
        Links, barriers and exceptions.
    locks
        What stays as it is.
    staffing
        Head counts.
    change
        Budgets of change against a current plan.
    density_classes
        Classes that limits may depend on, from sparse to dense.
    density_measure
        Measure whose amount per km² decides the class.
    density_area
        Measure of the area that it is divided by: ``"area_km2"``, all of it, or built-up land only, for
        example ``"built_km2"`` (in km² or m², as its unit says).
    objective
        What to aim at.
    nested
        Whether a base grid must lie in one community; if not, its community is the one that holds
        most of its units, loads are compared over the town, and a limit on ``n_communities`` says how
        many communities a grid may touch.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = FORBID

    limits: tuple[Limit, ...] = ()
    balance: Balance | None = None
    grids: GridCount = GridCount()
    contiguity: Contiguity = Contiguity()
    locks: Locks = Locks()
    staffing: StaffingRule = StaffingRule()
    change: tuple[ChangeBudget, ...] = ()
    density_classes: tuple[DensityClass, ...] = ()
    density_measure: str = "residents"
    density_area: str = "area_km2"
    objective: Objective = Objective()
    nested: bool = True

    def __post_init__(self) -> None:
        if not self.nested and self.grids.by_community:
            _refuse(
                "grids.by_community",
                f"{len(self.grids.by_community)} communities",
                "grids.total: with nested = false grids may cross community lines",
            )
        known = [c.name for c in self.density_classes]
        for limit in self.limits:
            if limit.density_class and limit.density_class not in known:
                _refuse(
                    f"limit on {limit.label}: density_class",
                    f"'{limit.density_class}'",
                    f"one of {known}" if known else "a class listed in density_classes",
                )
