"""How often is each kind of object visited, and how long does each piece of work take?"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import ClassVar, Literal

from gridkit.errors import ConfigError, InputError, did_you_mean

CYCLES: dict[str, float] = {
    "daily": 21.75,
    "twice_a_week": 2 * 365.25 / 12 / 7,
    "weekly": 365.25 / 12 / 7,
    "ten_days": 365.25 / 12 / 10,
    "two_weeks": 365.25 / 12 / 14,
    "three_weeks": 365.25 / 12 / 21,
    "monthly": 1.0,
    "two_months": 0.5,
    "quarterly": 1 / 3,
    "half_yearly": 1 / 6,
    "yearly": 1 / 12,
}
"""Visit cycles by name, as visits per month (a month is 365.25 / 12 days; daily: working days)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassStandard:
    """What one class of objects (in one risk tier) asks of members.

    Parameters
    ----------
    object_class
        Class of objects; the town's measure ``objects_<object_class>`` counts them.
    risk
        Risk tier; the town's measure ``objects_<object_class>_<risk>`` counts them when it exists,
        else `share` of the class is taken.
    share : 0..1
        Share of the class in this tier, when the town does not count tiers.
    visits_per_month
        Visits to one object in a month.
    on_site_min : minutes
        On site, paperwork included.
    hazard_share : 0..1
        Share of visits that find something and need a second visit.
    revisit_min : minutes
        Length of that second visit.
    source
        Where the numbers come from; ``"assumed"`` when nobody has measured them.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    object_class: str
    visits_per_month: float
    on_site_min: float
    risk: str = ""
    share: float = 1.0
    hazard_share: float = 0.0
    revisit_min: float = 0.0
    source: str = "assumed"

    def __post_init__(self) -> None:
        if not self.object_class.strip():
            msg = "a standard has no `object_class`; name the class it is for."
            raise ConfigError(msg)
        for name in ("visits_per_month", "on_site_min", "revisit_min"):
            value = getattr(self, name)
            if not isfinite(value) or value < 0:
                msg = f"`{name}` of {self.label} is {value:g}; give a number that is not negative."
                raise ConfigError(msg)
        for name in ("share", "hazard_share"):
            if not 0 <= getattr(self, name) <= 1:
                msg = f"`{name}` of {self.label} is {getattr(self, name):g}; a share is between 0 and 1 (write 0.3 for 30 %)."
                raise ConfigError(msg)

    @property
    def label(self) -> str:
        """Class and tier, for messages and tables."""
        return f"{self.object_class}/{self.risk}" if self.risk else self.object_class

    @property
    def visit_min(self) -> float:
        """Minutes of one visit with its share of second visits."""
        return self.on_site_min + self.hazard_share * self.revisit_min


@dataclass(frozen=True, slots=True, kw_only=True)
class Standards:
    """All numbers that turn objects and reports into minutes; every one is the planner's.

    Parameters
    ----------
    classes
        Visits and minutes by class and risk tier.
    report_min : minutes
        Minutes to handle one report, by urgency. The town's measure ``reports_<urgency>`` holds the
        reports expected in a month.
    reports_per_object : per month
        Reports expected for each object where the town has no measure of reports; they take
        `default_report_min` each.
    default_report_min : minutes
        Minutes of a report whose urgency is not known.
    support_share : 0..1
        Share of working time that goes to work everybody does (meetings, training, records).
    available_min : minutes
        Working time of one member in a month, leave taken off: 21.75 days x 0.90 x 450 min = 8809.
    fixed_min : minutes
        Duties of a grid in a month whatever its size.
    stops_per_round
        Objects visited on one round.
    walk_m_per_min : metres per minute
        Walking speed.
    detour
        Length of a walk over the straight line.
    own_beats
        Whether members of a grid divide it into beats of their own, so that each walks over a part.
    area_measure
        Measure of built-up area; by default the area of units that hold any object.
    posts
        Posts that must be manned, by grid id: members needed at any time.
    hours_to_cover : hours per month
        Hours in which such a post must be manned.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    classes: tuple[ClassStandard, ...] = ()
    report_min: dict[str, float] = field(
        default_factory=lambda: {"express": 20.0, "emergency": 40.0, "routine": 12.0}
    )
    reports_per_object: float = 0.0
    default_report_min: float = 15.0
    support_share: float = 0.15
    available_min: int = 8809
    fixed_min: float = 2400.0
    stops_per_round: float = 24.0
    walk_m_per_min: float = 67.0
    detour: float = 1.3
    own_beats: bool = False
    area_measure: str = ""
    posts: dict[str, int] = field(default_factory=dict)
    hours_to_cover: float = 0.0

    def __post_init__(self) -> None:
        self._check_numbers()
        seen: dict[str, float] = {}
        labels: set[str] = set()
        for standard in self.classes:
            if standard.label in labels:
                msg = f"the standards name {standard.label} twice; keep one row for each class and risk."
                raise ConfigError(msg)
            labels.add(standard.label)
            seen[standard.object_class] = seen.get(standard.object_class, 0.0) + standard.share
        for name, share in seen.items():
            if share > 1 + 1e-9:
                msg = f"the risk tiers of class {name} take {share:.0%} of its objects; their shares may add up to 1 at most."
                raise ConfigError(msg)

    def _check_numbers(self) -> None:
        """Check the single numbers."""
        positive = {
            "available_min": self.available_min,
            "stops_per_round": self.stops_per_round,
            "walk_m_per_min": self.walk_m_per_min,
        }
        for name, value in positive.items():
            if not (isfinite(value) and value > 0):
                msg = f"`{name}` of the standards is {value:g}; it must be more than 0."
                raise ConfigError(msg)
        known = {
            "reports_per_object": self.reports_per_object,
            "default_report_min": self.default_report_min,
            "fixed_min": self.fixed_min,
            "hours_to_cover": self.hours_to_cover,
            **{f"report_min.{u}": m for u, m in self.report_min.items()},
            **{f"posts.{g}": n for g, n in self.posts.items()},
        }
        for name, value in known.items():
            if not isfinite(value) or value < 0:
                msg = f"`{name}` of the standards is {value:g}; it must not be negative."
                raise ConfigError(msg)
        if not 0 <= self.support_share < 1:
            msg = f"`support_share` is {self.support_share:g}; it is a share of working time: 0 or more, less than 1 (write 0.15 for 15 %)."
            raise ConfigError(msg)
        if not self.detour >= 1:
            msg = f"`detour` is {self.detour:g}; a walk is never shorter than the straight line, so 1 or more."
            raise ConfigError(msg)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The object classes, in the order given."""
        return tuple(dict.fromkeys(c.object_class for c in self.classes))

    def with_cycle(self, cycle: str, *, object_class: str = "") -> Standards:
        """Return the same standards with another visit cycle, for what-if tables.

        Parameters
        ----------
        cycle
            A name of `CYCLES` (``"weekly"``), or visits per month as text (``"2.17"``).
        object_class
            Change this class only; by default all.

        Raises
        ------
        InputError
            If the cycle or the class is unknown.
        """
        from dataclasses import replace  # noqa: PLC0415  used by this one method

        if cycle in CYCLES:
            visits = CYCLES[cycle]
        else:
            try:
                visits = float(cycle)
            except ValueError:
                msg = f"unknown visit cycle '{cycle}'{did_you_mean(cycle, CYCLES) or '.'} Known: {', '.join(CYCLES)}; or give visits per month as a number."
                raise InputError(msg) from None
        if object_class and object_class not in self.class_names:
            msg = f"the standards have no class '{object_class}'{did_you_mean(object_class, self.class_names) or '.'} They have: {', '.join(self.class_names)}."
            raise InputError(msg)
        return replace(
            self,
            classes=tuple(
                replace(c, visits_per_month=visits)
                if not object_class or c.object_class == object_class
                else c
                for c in self.classes
            ),
        )


def shift_relief_factor(hours_to_cover: float, *, hours_per_member: float) -> float:
    """Members that one post needs to be manned all the time.

    Parameters
    ----------
    hours_to_cover : hours
        Hours in a period in which the post must be manned.
    hours_per_member : hours
        Hours that one member really works in the period.

    Returns
    -------
    members, not rounded
        A post manned round the clock (730.5 h a month) by members who work 146.8 h needs 4.98.

    References
    ----------
    Wilson, J. M. and Weiss, A. (2012). A performance-based approach to police staffing and allocation.
    COPS Office and Michigan State University.

    Examples
    --------
    >>> round(shift_relief_factor(730.5, hours_per_member=146.8), 2)
    4.98
    """
    if not (hours_to_cover >= 0 and hours_per_member > 0):
        msg = f"hours to cover ({hours_to_cover:g}) must not be negative, hours per member ({hours_per_member:g}) must be more than 0."
        raise InputError(msg)
    return hours_to_cover / hours_per_member


Rule = Literal["min_max_load", "least_variance"]
