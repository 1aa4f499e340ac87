"""Which settings does staffing have in a batch file?"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar, Literal

from gridkit.errors import ConfigError
from gridkit.staffing.assign import AssignSettings
from gridkit.staffing.rounds import RoundSettings
from gridkit.staffing.standards import Rule, Standards
from gridkit.staffing.teams import TeamNeed
from gridkit.staffing.visits import WorkCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class MobileSettings:
    """Mobile teams: where they stand by in each part of the week.

    Parameters
    ----------
    n_teams
        Teams on duty in every block.
    radius_m : metres
        A team covers what is within this distance.
    service_min : minutes
        How long a report keeps a team, ways included.
    speed_m_per_min : metres per minute
        Speed of a team (400 is 24 km/h).
    detour
        Length of a way over the straight line.
    shift_starts : hours
        Hours at which the blocks of a day begin; each block lasts until the next.
    by_weekday
        Whether every day of the week has blocks of its own (else all days share theirs).
    urgencies
        Urgencies of the reports that mobile teams answer; empty for all.
    demand
        What teams stand by for: ``"expected"``, the reports to expect of each unit in each hour of the
        week (the outlook of hotspots, small units leaning towards the town); ``"past"``, the reports of
        the record as they were.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    n_teams: int = 4
    radius_m: float = 2500.0
    service_min: float = 25.0
    speed_m_per_min: float = 400.0
    detour: float = 1.3
    shift_starts: tuple[int, ...] = (6, 14, 22)
    by_weekday: bool = True
    urgencies: tuple[str, ...] = ()
    demand: Literal["expected", "past"] = "expected"

    def __post_init__(self) -> None:
        for name in ("n_teams", "radius_m", "service_min", "speed_m_per_min"):
            if not getattr(self, name) > 0:
                msg = f"`{name}` of the mobile teams is {getattr(self, name):g}; it must be more than 0."
                raise ConfigError(msg)
        starts = self.shift_starts
        if (
            not starts
            or list(starts) != sorted(set(starts))
            or not 0 <= starts[0] <= starts[-1] < 24
        ):
            msg = f"`shift_starts` is {list(starts)}; give different hours from 0 to 23 in rising order."
            raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSettings:
    """Visits and rounds: which objects come due when, and who walks where.

    Parameters
    ----------
    start
        First day of the visit plan, as ``"2026-03-02"``.
    n_days : days
        Length of the visit plan.
    calendar
        Working days and holidays.
    rounds
        What a good round is.
    early_share, late_share : 0..1
        How far a visit may be moved from its due day, as a share of its cycle.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    start: str
    n_days: int = 28
    calendar: WorkCalendar = dataclasses.field(default_factory=WorkCalendar)
    rounds: RoundSettings = dataclasses.field(default_factory=RoundSettings)
    early_share: float = 0.25
    late_share: float = 0.25

    def __post_init__(self) -> None:
        if not self.calendar.working_days(self.start, n_days=self.n_days):
            msg = f"no day of the {self.n_days} from {self.start} is worked. Check `start`, `n_days` and the calendar."
            raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffingSettings:
    """How members are counted, split over grids and assigned.

    Parameters
    ----------
    members_total
        Members to split over the base grids; 0 takes all members of the roster, or, without a
        roster, as many as the workload needs.
    floor
        Fewest members of a base grid.
    cap
        Most members of a base grid; 0 for none.
    rule
        ``"min_max_load"`` (smallest worst load) or ``"least_variance"``.
    target_load : 0..1
        Share of the available time that may be filled when required members are counted.
    members_file
        CSV of members: ``member_id`` and optional ``x_m, y_m`` or ``lon, lat``, ``skills``,
        ``base_grid_id``, ``team``, ``pinned``, ``seniority_years``.
    n_synthetic
        Made-up members when there is no file; 0 for none. They are labelled on every output.
    standards_file
        CSV of visits and minutes by object class; its rows replace ``standards.classes``.
    standards
        Everything else that turns objects into minutes.
    assign
        What a good roster is.
    community_floor, community_cap
        Fewest and most members of a community, by its id.
    what_if_cycles
        Visit cycles of the table "utilisation by cycle".
    reports_exposure
        Measure that reports go with (``"residents"``): the reports a month that the record of [hazards]
        lets one expect then count as work in every unit. Empty to leave the record out.
    n_next
        Members of the list "where would the next ones go".
    ways
        ``"straight"``: lines times detour; ``"streets"``: along the streets of ``[streets]``, for
        commutes and rounds.
    measure_rounds
        Whether walking is measured on rounds over the real objects of each grid instead of estimated
        from its area.
    teams
        Need tables of other teams (auxiliary police, guards, volunteers): their people are in the
        roster, or made up (`n_synthetic` of the table).
    mobile
        Mobile teams; without it none are placed.
    field
        Visits and rounds; without it none are planned.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    members_total: int = 0
    floor: int = 2
    cap: int = 0
    rule: Rule = "min_max_load"
    target_load: float = 0.9
    members_file: str = ""
    n_synthetic: int = 0
    standards_file: str = ""
    standards: Standards = dataclasses.field(default_factory=Standards)
    assign: AssignSettings = dataclasses.field(default_factory=AssignSettings)
    community_floor: dict[str, int] = dataclasses.field(default_factory=dict)
    community_cap: dict[str, int] = dataclasses.field(default_factory=dict)
    what_if_cycles: tuple[str, ...] = (
        "monthly",
        "three_weeks",
        "two_weeks",
        "ten_days",
        "weekly",
    )
    reports_exposure: str = ""
    n_next: int = 20
    ways: Literal["straight", "streets"] = "straight"
    measure_rounds: bool = False
    teams: tuple[TeamNeed, ...] = ()
    mobile: MobileSettings | None = None
    field: FieldSettings | None = None

    def __post_init__(self) -> None:
        for name in ("members_total", "floor", "cap", "n_synthetic", "n_next"):
            if getattr(self, name) < 0:
                msg = f"`{name}` is {getattr(self, name)}; it must not be negative."
                raise ConfigError(msg)
        if self.cap and self.cap < self.floor:
            msg = f"`cap` ({self.cap}) is below `floor` ({self.floor}); expected floor <= cap, or cap = 0 for none."
            raise ConfigError(msg)
        if not 0 < self.target_load <= 1.5:
            msg = f"`target_load` is {self.target_load:g}; it is a share of working time: more than 0, at most 1.5."
            raise ConfigError(msg)
        if self.members_file and self.n_synthetic:
            msg = "both `members_file` and `n_synthetic` are given; use the real roster or made-up members, not both."
            raise ConfigError(msg)
