"""How is the plan of a run staffed? Workload, head counts, names, reasons, and what a change would do."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from gridkit.batch.chain import rules_made_for
from gridkit.batch.frames import Staffed
from gridkit.batch.gaps import staffing_gaps
from gridkit.batch.joint import grid_floors
from gridkit.datasets.members import make_members
from gridkit.errors import ConfigError, InfeasibleError
from gridkit.io.members import read_members
from gridkit.io.sheets import write_csv
from gridkit.rules import check
from gridkit.staffing import add_members, assign_members, grid_xy, match_grids
from gridkit.staffing.assign import current_positions
from gridkit.staffing.explain import explain_member, explain_roster
from gridkit.staffing.split import split_members
from gridkit.staffing.streets import StreetWays
from gridkit.staffing.teams import grid_members
from gridkit.staffing.town_rounds import measured_round_m
from gridkit.staffing.what_if import compare, find_transfers, what_if

if TYPE_CHECKING:
    from pathlib import Path

    from gridkit._typing import FloatArray, LabelArray
    from gridkit.batch.chain import Work
    from gridkit.model.members import Members
    from gridkit.model.plan import Plan
    from gridkit.model.workload import HeadCounts, Workload
    from gridkit.staffing import StaffingSettings
    from gridkit.staffing.what_if import Transfers

STAFF_FILES = ("next_members.csv", "reasons.csv", "staff_changes.csv", "transfers.csv")
"""Where the next members go; why each member is where they are; before and after; who should move."""


def _drawn_for(work: Work, plan: Plan) -> LabelArray | None:
    """Give the members of each grid that the plan was drawn for; None when quotas say otherwise."""
    settings, members = work.batch.staffing, work.drawn_for
    if settings is None or not members:
        return None
    if settings.cap or settings.community_floor or settings.community_cap:
        return None
    return np.array([members.get(i, 0) for i in plan.levels[0].ids], dtype=np.int32)


def staff_plan(work: Work, *, changes: tuple[str, ...] = ()) -> Work:
    """Work out workload and head counts, assign members by name, and ask what changes would do.

    Parameters
    ----------
    work
        With a plan.
    changes
        Changes of the standards to try besides the usual visit cycles: ``"visit_cycle=weekly"``.
    """
    settings, plan, standards = work.batch.staffing, work.plan, work.standards
    if settings is None or plan is None or standards is None:
        return work
    everybody = members_of(work)
    members = grid_members(everybody) if everybody is not None else None
    community = plan.levels[1] if len(plan.levels) > 1 else None
    ways = street_ways(work)
    floors = grid_floors(plan, work.batch.rules, settings.floor)
    drawn_for = _drawn_for(work, plan)
    load, heads = split_members(
        plan,
        standards=standards,
        total=settings.members_total or (len(members) if members is not None else 0),
        round_m=_measured(work, settings, ways),
        floor=floors if drawn_for is None else drawn_for,
        rule=settings.rule,
        cap=settings.cap or None,
        target_load=settings.target_load,
        community=None if community is None else community.holder,
        community_ids=() if community is None else community.ids,
        community_floor=settings.community_floor or None,
        community_cap=settings.community_cap or None,
    )
    roster, today = None, None
    if members is not None:
        same = match_grids(work.current, plan) if work.current is not None else None
        roster = assign_members(
            members,
            heads,
            xy=grid_xy(plan),
            settings=settings.assign,
            community=None if community is None else community.holder,
            today=same,
            minutes=_street_minutes(members, grid_xy(plan), ways, settings),
        )
        at = current_positions(members, heads.grid_ids, today=same)
        if (at >= 0).any():
            today = np.bincount(at[at >= 0], minlength=len(heads)).astype(np.int32)
    cycles = tuple(f"visit_cycle={c}" for c in settings.what_if_cycles)
    table = what_if(
        plan,
        standards=standards,
        members_total=heads.total,
        changes=tuple(dict.fromkeys((*changes, *cycles))),
        floor=floors,
        rule=settings.rule,
        target_load=settings.target_load,
    )
    by_grid = dict(zip(heads.grid_ids, heads.members.tolist(), strict=True))
    return dataclasses.replace(
        work,
        said=work.said + staffing_gaps(work),
        staffed=Staffed(
            workload=load,
            heads=heads,
            today=today,
            transfers=None if today is None else _transfers(load, heads, today, settings, work),
        ),
        members=everybody,
        roster=roster,
        what_if=table,
        checked=check(plan, rules_made_for(work), members=by_grid, current=work.current),
    )


def members_of(work: Work) -> Members | None:
    """Read the roster of all teams, or make one up."""
    settings = work.batch.staffing
    if settings is None:
        return None
    if settings.members_file:
        return read_members(settings.members_file, work.town)
    if settings.n_synthetic:
        return make_members(
            work.town, settings.n_synthetic, seed=work.batch.solve.seed, plan=work.current
        )
    return None


def street_ways(work: Work) -> StreetWays | None:
    """Give the streets to walk along, when the batch file asks for them.

    Raises
    ------
    ConfigError
        If there are none.
    """
    if work.batch.staffing is None or work.batch.staffing.ways == "straight":
        return None
    if work.streets is None:
        msg = "`staffing.ways` is 'streets', but there is no [streets]; name a layer of streets, or use ways = 'straight'."
        raise ConfigError(msg)
    return StreetWays.from_segments(work.streets.shapes, work.streets.ends)


def _street_minutes(
    members: Members, xy: FloatArray, ways: StreetWays | None, settings: StaffingSettings
) -> FloatArray | None:
    """One-way minutes along the streets; None for straight lines."""
    if ways is None:
        return None
    return np.asarray(ways.ways_m(members.home_xy, xy) / settings.assign.commute_m_per_min)


def _measured(work: Work, settings: StaffingSettings, ways: StreetWays | None) -> FloatArray | None:
    """Metres of a round in each grid over its real objects, when that is asked for."""
    if not settings.measure_rounds or work.objects is None or work.plan is None:
        return None
    assert work.standards is not None  # noqa: S101  callers look first
    objects = work.objects
    return measured_round_m(
        objects[["x_m", "y_m"]].to_numpy(dtype=np.float64),
        grid=work.plan.base[objects["unit_pos"].to_numpy()],
        post_xy=grid_xy(work.plan),
        stops_per_round=round(work.standards.stops_per_round),
        detour=work.standards.detour,
        streets=ways,
        seed=work.batch.solve.seed,
    )


def _transfers(
    load: Workload, heads: HeadCounts, today: LabelArray, settings: StaffingSettings, work: Work
) -> Transfers:
    """Find the fewest transfers from today to the target load, or to the best that today's people reach."""
    points = work.grid_points()
    target = max(settings.target_load, heads.worst_load)
    try:
        return find_transfers(load, today, target_load=target, floor=settings.floor, xy=points)
    except InfeasibleError:
        n = int(today.sum())
        return find_transfers(load, today, n_moves=n, floor=settings.floor, xy=points)


def explain_places(work: Work, asked: tuple[str, ...]) -> tuple[str, ...]:
    """Explain why members are where they are, in sentences.

    Raises
    ------
    ConfigError
        If there is no roster.
    SchemaError
        If the roster has no such member.
    """
    if not asked:
        return ()
    if work.roster is None:
        msg = "there is no roster to explain; give `members_file` or `n_synthetic` in [staffing]."
        raise ConfigError(msg)
    return tuple(str(explain_member(work.roster, i)) for i in asked)


def write_reasons(folder: Path, work: Work) -> None:
    """Write where the next members go, why each member is where they are, and what changes from today."""
    settings = work.batch.staffing
    if work.staffed is None or settings is None:
        return
    heads = work.staffed.heads
    write_csv(folder / "next_members.csv", add_members(heads, n=settings.n_next))
    if work.roster is not None:
        write_csv(folder / "reasons.csv", explain_roster(work.roster))
    if work.staffed.today is not None and work.staffed.transfers is not None:
        table = compare(heads, work.staffed.today).replace(
            [np.inf], np.nan
        )  # nobody there: no load
        write_csv(folder / "staff_changes.csv", table)
        write_csv(folder / "transfers.csv", work.staffed.transfers.to_frame())
