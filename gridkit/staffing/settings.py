"""Which settings does staffing have in a batch file?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from gridkit.errors import ConfigError
from gridkit.staffing.assign import AssignSettings
from gridkit.staffing.standards import Rule, Standards


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
    n_next
        Members of the list "where would the next ones go".
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
    standards: Standards = field(default_factory=Standards)
    assign: AssignSettings = field(default_factory=AssignSettings)
    community_floor: dict[str, int] = field(default_factory=dict)
    community_cap: dict[str, int] = field(default_factory=dict)
    what_if_cycles: tuple[str, ...] = (
        "monthly",
        "three_weeks",
        "two_weeks",
        "ten_days",
        "weekly",
    )
    n_next: int = 20

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
