"""How many leaders, members, police, guards and volunteers does each grid need, and who are they?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gridkit.errors import ConfigError, SchemaError, did_you_mean, some_of
from gridkit.model.workload import HeadCounts
from gridkit.rules.seats import NO_CAP
from gridkit.staffing.assign import AssignSettings, assign_members, grid_xy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from gridkit._typing import IntArray
    from gridkit.model.members import Members
    from gridkit.model.plan import Plan
    from gridkit.model.roster import Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamNeed:
    """How many people of one team each grid needs.

    Parameters
    ----------
    team
        As in the roster: ``"auxiliary_police"``, ``"guard"``, ``"volunteer"``, ``"party_worker"``,
        ``"social_worker"``, or a word of the town's own.
    per_grid
        People for every grid, whatever its size.
    measure
        Measure of the town that asks for more: ``"residents"``.
    amount_per_person
        One more person for each started amount of that measure: 1000 residents.
    most
        Most people of a grid; 0 for no limit.
    requires
        Holders of a skill among them: ``{"first_aid": 1}``.
    n_synthetic
        Made-up people of this team when the roster has none; labelled so.
    source
        Where the numbers come from.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    team: str
    per_grid: int = 1
    measure: str = ""
    amount_per_person: float = 0.0
    most: int = 0
    requires: dict[str, int] = field(default_factory=dict)
    n_synthetic: int = 0
    source: str = "assumed"

    def __post_init__(self) -> None:
        if not self.team:
            msg = "a team need has no `team`; name the team it is for."
            raise ConfigError(msg)
        numbers = (self.per_grid, self.most, self.n_synthetic, *self.requires.values())
        if any(n < 0 for n in numbers):
            msg = f"the need of team '{self.team}' has a negative number; expected 0 or more."
            raise ConfigError(msg)
        if bool(self.measure) != (self.amount_per_person > 0):
            msg = f"team '{self.team}' needs both `measure` and `amount_per_person` (more than 0), or neither."
            raise ConfigError(msg)


def grid_members(members: Members) -> Members:
    """Give the full-time grid members of a roster that has several teams (all, when it has one team)."""
    if "grid_member" in members.teams and len(set(members.teams)) > 1:
        return members.of_team("grid_member")
    return members


def team_counts(plan: Plan, need: TeamNeed, *, level: str = "base_grid") -> HeadCounts:
    """Count the people of one team that each grid needs.

    Parameters
    ----------
    plan
        Any plan.
    need
        The line of a need table.
    level
        ``"base_grid"`` or another level of the plan.

    Returns
    -------
    HeadCounts
        ``per_grid + ceil(measure / amount_per_person)``, at most `most`; an empty workload, as a need
        table counts people and not minutes.

    Examples
    --------
    One guard for each grid and one for each started 1,000 residents:
    ``TeamNeed(team="guard", measure="residents", amount_per_person=1000)``.
    """
    grids = plan.level(level)
    count = np.full(len(grids), need.per_grid, dtype=np.int64)
    if need.measure:
        amount = plan.total(need.measure, level=level)
        count += np.ceil(np.round(amount / need.amount_per_person, 9)).astype(np.int64)
    if need.most:
        count = np.minimum(count, need.most)
    k = len(grids)
    return HeadCounts(
        grid_ids=grids.ids,
        workload_min=np.zeros(k, dtype=np.int64),
        members=count.astype(np.int32),
        available_min=1,
        rule="need_table",
        floor=count.astype(np.int32),
        order=np.zeros(0, np.int32),
        next_order=np.zeros(0, np.int32),
        cap=np.full(k, NO_CAP, dtype=np.int32),
        level=level,
    )


def assign_teams(
    members: Members,
    plan: Plan,
    needs: Iterable[TeamNeed],
    *,
    settings: AssignSettings | None = None,
    today: Mapping[str, str] | None = None,
) -> dict[str, Roster]:
    """Assign every team by its own need table.

    A leader is not a team but a role: ask for the skill ``lead`` (with `lead_seniority_years`) in the
    settings of the grid members.

    Parameters
    ----------
    members
        People of all teams.
    plan
        The plan.
    needs
        One for each team.
    settings
        Speeds, bonuses, prices; skills come from the needs.
    today
        As in `assign_members`.

    Returns
    -------
    dict
        ``{team: Roster}``; what cannot be had is in each roster's `shortfalls`.

    Raises
    ------
    SchemaError
        If a team has no people at all, with the teams there are.
    """
    from dataclasses import replace  # noqa: PLC0415  used by this one verb

    use = settings or AssignSettings()
    community = plan.levels[1].holder if len(plan.levels) > 1 else None
    out = {}
    for need in needs:
        if need.team not in members.teams:
            known = sorted(set(members.teams))
            msg = f"no member is in team '{need.team}'{did_you_mean(need.team, known) or '.'} The roster has {some_of(known)}."
            raise SchemaError(msg)
        out[need.team] = assign_members(
            members.of_team(need.team),
            team_counts(plan, need),
            xy=grid_xy(plan),
            settings=replace(use, requires=dict(need.requires)),
            community=community,
            today=today,
        )
    return out


def teams_frame(rosters: Mapping[str, Roster]) -> pd.DataFrame:
    """Put rosters of several teams into one table: ``team`` and the columns of `Roster.to_frame`.

    Parameters
    ----------
    rosters
        By team, as `assign_teams` gives them.

    Returns
    -------
    DataFrame
        ``team, member_id, base_grid_id, role, minutes, kept, skills_used``.
    """
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    frames = []
    for team, roster in rosters.items():
        frame = roster.to_frame()
        frame.insert(0, "team", team)
        frames.append(frame)
    if not frames:
        return pd.DataFrame(
            columns=["team", "member_id", "base_grid_id", "role", "minutes", "kept", "skills_used"]
        )
    return pd.concat(frames, ignore_index=True)


def team_table(plan: Plan, needs: Iterable[TeamNeed], *, level: str = "base_grid") -> pd.DataFrame:
    """Give the need of every team side by side: one row for each grid, one column for each team.

    Parameters
    ----------
    plan
        Any plan.
    needs
        A line for each team.
    level
        ``"base_grid"`` or another level of the plan.

    Returns
    -------
    DataFrame
        ``<level>_id`` and a column of people for each team.
    """
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    columns: dict[str, tuple[str, ...] | IntArray] = {f"{level}_id": plan.level(level).ids}
    for need in needs:
        columns[need.team] = team_counts(plan, need, level=level).members.astype(np.int64)
    return pd.DataFrame(columns)
