"""In which order are the verbs called for one town? Each link takes nouns and gives nouns."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import is_compiled
from gridkit.batch.frames import Staffed
from gridkit.batch.hazards import look_into
from gridkit.batch.joint import grid_floors, solve_jointly
from gridkit.batch.layers import carve
from gridkit.config.batch_file import BatchFile
from gridkit.config.load import load_batch
from gridkit.datasets.members import make_members
from gridkit.errors import ConfigError
from gridkit.hotspots.forecast import next_month
from gridkit.hotspots.walking import length_by_unit
from gridkit.io.build import read_built_town
from gridkit.io.current import read_current
from gridkit.io.hazards import read_hazards
from gridkit.io.members import read_members
from gridkit.io.standards import read_standards
from gridkit.io.streets import read_streets
from gridkit.io.tables import read_table
from gridkit.io.town import read_town
from gridkit.model.finding import Report
from gridkit.model.plan import Plan
from gridkit.model.result import Progress
from gridkit.model.units import Measure
from gridkit.rules import check
from gridkit.solver import MaxSeconds, solve
from gridkit.staffing import (
    apportion,
    assign_members,
    grid_xy,
    match_grids,
    unit_workload_min,
    workload,
)
from gridkit.staffing.teams import grid_members
from gridkit.staffing.what_if import what_if

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from gridkit._typing import FloatArray
    from gridkit.batch.layers import TownLayers
    from gridkit.build import Carved
    from gridkit.hotspots import RiskSurface, Streets
    from gridkit.hotspots.network import StreetDensity
    from gridkit.io.hazards import CleaningReport
    from gridkit.model.hazards import Hazards
    from gridkit.model.hotspots import Hotspots
    from gridkit.model.members import Members
    from gridkit.model.result import Result
    from gridkit.model.roster import Roster
    from gridkit.model.surface import Surface
    from gridkit.model.town import Town
    from gridkit.rules import Rules
    from gridkit.staffing import Standards

WORKLOAD = "workload_min"
"""The measure of the units that the standards give: whole minutes of work in a month."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Work:
    """Everything a run has worked out so far; each link returns a fuller one.

    ``said`` holds what was found while reading, ``checked`` what the plan was found to break.
    """

    batch: BatchFile
    town: Town
    said: Report
    checked: Report = field(default_factory=Report)
    standards: Standards | None = None
    current: Plan | None = None
    plan: Plan | None = None
    result: Result | None = None
    staffed: Staffed | None = None
    members: Members | None = None
    roster: Roster | None = None
    what_if: pd.DataFrame | None = None
    hazards: Hazards | None = None
    cleaning: CleaningReport | None = None
    hotspots: Hotspots | None = None
    surface: Surface | None = None
    indicators: pd.DataFrame | None = None
    carved: Carved | None = None
    layers: TownLayers | None = None
    codes: dict[str, list[str]] | None = None
    outlook: pd.DataFrame | None = None
    warnings: pd.DataFrame | None = None
    risk: RiskSurface | None = None
    streets: Streets | None = None
    street_density: StreetDensity | None = None

    def grid_points(self) -> FloatArray:
        """Give the middle of every base grid: (k, 2), metres."""
        assert self.plan is not None  # noqa: S101  callers look first
        return grid_xy(self.plan)

    @property
    def report(self) -> Report:
        """All findings, the broken rules first."""
        return self.checked + self.said


def load_town(config: Path | str) -> Town:
    """Read the town that a batch file describes, with its workload when it has standards.

    Parameters
    ----------
    config
        A batch file.

    Raises
    ------
    InputError
        If something cannot be used as it is.
    """
    return read_inputs(load_batch(config)).town


def _town(batch: BatchFile) -> tuple[Town, Report]:
    """Read ready units, or build them from map layers."""
    if batch.units is not None:
        return read_town(
            batch.town, batch.units, communities=batch.communities, objects=batch.objects
        )
    assert batch.build is not None  # noqa: S101  the batch file has one of the two
    source = batch.town
    return read_built_town(
        batch.build, name=source.name, crs=source.crs, is_synthetic=source.synthetic
    )


def read_inputs(batch: BatchFile) -> Work:
    """Read the town, carve its entities out, and read its workload and the plan in force."""
    town, said = _town(batch)
    carved = None
    if batch.layers.entity is not None:
        town, rules, carved, about = carve(
            town, batch.layers.entity, batch.rules, _standards(batch)
        )
        batch = dataclasses.replace(batch, rules=rules)
        said = said + Report((about,))
    streets = None
    if batch.streets is not None:
        streets = read_streets(batch.streets, town)
        length = length_by_unit(streets, town.units.shapes)
        town = town.with_measures(
            Measure(name="street_km", values=length, unit="km", label="street length")
        )
    work = Work(batch=batch, town=town, said=said, streets=streets, carved=carved)
    if batch.staffing is not None:
        work = _with_workload(work)
    if batch.current is not None:
        current, more = read_current(work.town, batch.current)
        work = dataclasses.replace(work, current=current, said=work.said + more)
    return work


def _standards(batch: BatchFile) -> Standards | None:
    """Read the visits and minutes, when the batch file has some."""
    if batch.staffing is None:
        return None
    standards = batch.staffing.standards
    if batch.staffing.standards_file:
        standards = read_standards(batch.staffing.standards_file, base=standards)
    return standards


def _with_workload(work: Work) -> Work:
    """Work out the minutes of every unit; reports expected in a month count when that is asked for."""
    batch, town = work.batch, work.town
    standards = _standards(batch)
    assert batch.staffing is not None  # noqa: S101  callers look first
    assert standards is not None  # noqa: S101  the same
    if batch.staffing.reports_exposure:
        work = _with_reports(work)
        if work.hazards is None:
            msg = "`staffing.reports_exposure` needs [hazards], the record that reports are expected from."
            raise ConfigError(msg)
        exposure = town.units.measure(batch.staffing.reports_exposure).values
        expected = next_month(work.hazards, exposure, urgencies=tuple(standards.report_min))
        town = town.with_measures(
            *(
                Measure(name=k, values=v, unit="reports", label=f"{k.replace('_', ' ')} a month")
                for k, v in expected.items()
            )
        )
    minutes = unit_workload_min(town, standards=standards).astype(np.float64)
    town = town.with_measures(
        Measure(name=WORKLOAD, values=minutes, unit="min", label="workload in a month")
    )
    return dataclasses.replace(work, town=town, standards=standards)


def read_plan(work: Work, path: Path) -> Work:
    """Take a plan from a table instead of making one, and check it."""
    plan = Plan.from_frame(work.town, read_table(path, name="plan"))
    found = check(plan, work.batch.rules, current=work.current)
    return dataclasses.replace(work, plan=plan, checked=found)


def make_plan(
    work: Work, *, seed: int | None = None, on_progress: Callable[[Progress], None] | None = None
) -> Work:
    """Search a plan that keeps the rules.

    Raises
    ------
    InfeasibleError
        With every reason.
    """
    batch = work.batch
    if on_progress is not None and not is_compiled():
        text = "compiling the loops, once after an install: up to half a minute"
        on_progress(Progress(stage="compile", share=0.0, text=text))
    start = work.current if batch.solve.from_current else None
    stop = MaxSeconds(batch.solve.max_seconds) if batch.solve.max_seconds else None
    chance = batch.solve.seed if seed is None else seed
    staffing, balance = batch.staffing, batch.rules.balance
    total = 0 if staffing is None else staffing.members_total or staffing.n_synthetic
    if (
        staffing is not None
        and work.standards is not None
        and balance is not None
        and balance.per_member is not False
        and balance.measure == WORKLOAD
        and total
    ):
        joint = solve_jointly(
            work.town,
            batch.rules,
            standards=work.standards,
            total=total,
            floor=staffing.floor,
            start=start,
            stop=stop,
            seed=chance,
            on_progress=on_progress,
        )
        result = joint.result
    else:
        result = solve(
            work.town,
            rules_per_grid(batch.rules),
            start=start,
            stop=stop,
            seed=chance,
            on_progress=on_progress,
        )
    return dataclasses.replace(work, plan=result.plan, result=result, checked=result.report)


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
    load = workload(plan, standards=standards)
    everybody = members_of(work)
    members = grid_members(everybody) if everybody is not None else None
    floors = grid_floors(plan, work.batch.rules, settings.floor)
    total = settings.members_total or (
        len(members)
        if members is not None
        else int(load.required_members(floor=floors, target_load=settings.target_load).sum())
    )
    community = plan.levels[1] if len(plan.levels) > 1 else None
    heads = apportion(
        load,
        total=total,
        floor=floors,
        rule=settings.rule,
        cap=settings.cap or None,
        community=None if community is None else community.holder,
        community_ids=() if community is None else community.ids,
        community_floor=settings.community_floor or None,
        community_cap=settings.community_cap or None,
    )
    roster = None
    if members is not None:
        roster = assign_members(
            members,
            heads,
            xy=grid_xy(plan),
            settings=settings.assign,
            community=None if community is None else community.holder,
            today=match_grids(work.current, plan) if work.current is not None else None,
        )
    cycles = tuple(f"visit_cycle={c}" for c in settings.what_if_cycles)
    table = what_if(
        plan,
        standards=standards,
        members_total=total,
        changes=tuple(dict.fromkeys((*changes, *cycles))),
        floor=floors,
        rule=settings.rule,
        target_load=settings.target_load,
    )
    by_grid = dict(zip(heads.grid_ids, heads.members.tolist(), strict=True))
    return dataclasses.replace(
        work,
        staffed=Staffed(workload=load, heads=heads),
        members=everybody,
        roster=roster,
        what_if=table,
        checked=check(plan, rules_made_for(work), members=by_grid, current=work.current),
    )


def rules_made_for(work: Work) -> Rules:
    """Compare load per member only if asked to, or if grids and members were fitted to each other."""
    rules, result = work.batch.rules, work.result
    balance = rules.balance
    fitted = balance is not None and balance.measure == WORKLOAD and result is not None
    return rules if fitted and result is not None and result.members else rules_per_grid(rules)


def rules_per_grid(rules: Rules) -> Rules:
    """Compare load per grid, unless the rules ask for load per member."""
    if rules.balance is None or rules.balance.per_member is not None:
        return rules
    return dataclasses.replace(rules, balance=dataclasses.replace(rules.balance, per_member=False))


def members_of(work: Work) -> Members | None:
    """Read the members, or make them up when the batch file says so."""
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


def find_hazards(work: Work, *, seed: int | None = None, look: bool = True) -> Work:
    """Read reports, and look for hotspots (unless only the reports are to be checked)."""
    if work.batch.hazards is None:
        return work
    work = _with_reports(work)
    if not look or work.hazards is None:
        return work
    made, said = look_into(
        work.town,
        work.hazards,
        work.batch,
        plan=work.plan,
        streets=work.streets,
        seed=work.batch.solve.seed if seed is None else seed,
    )
    return dataclasses.replace(work, said=work.said + Report(said), **made)


def _with_reports(work: Work) -> Work:
    """Read the reports, once."""
    if work.batch.hazards is None or work.hazards is not None:
        return work
    hazards, cleaning = read_hazards(work.batch.hazards, work.town)
    said = work.said + Report(cleaning.to_findings())
    return dataclasses.replace(work, hazards=hazards, cleaning=cleaning, said=said)
