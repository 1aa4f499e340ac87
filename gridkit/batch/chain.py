"""In which order are the verbs called for one town? Each link takes nouns and gives nouns."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import is_compiled
from gridkit.batch.frames import Staffed
from gridkit.batch.gaps import hazard_gaps
from gridkit.batch.hazards import look_into
from gridkit.batch.joint import solve_jointly
from gridkit.batch.layers import carve, left_to_members
from gridkit.batch.visible import with_visible
from gridkit.config.batch_file import BatchFile
from gridkit.config.load import load_batch
from gridkit.errors import ConfigError
from gridkit.hotspots.forecast import next_month
from gridkit.hotspots.walking import length_by_unit
from gridkit.io.build import read_built_town
from gridkit.io.current import read_current
from gridkit.io.hazards import read_hazards
from gridkit.io.objects import read_load_objects, read_objects, tier_measures
from gridkit.io.sheets import unguarded
from gridkit.io.standards import read_standards
from gridkit.io.streets import read_streets
from gridkit.io.tables import read_table
from gridkit.io.town import read_town
from gridkit.model.finding import Report
from gridkit.model.plan import Plan
from gridkit.model.result import Progress
from gridkit.model.units import Measure
from gridkit.rules import apportion, check
from gridkit.solver import MaxSeconds, solve
from gridkit.staffing import grid_xy, unit_workload_min

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from gridkit._typing import FloatArray
    from gridkit.batch.field import FieldWork
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

    ``said`` holds what was found while reading, ``checked`` what the plan was found to break, ``given``
    the members of each grid of a plan that was read.
    """

    batch: BatchFile
    town: Town
    said: Report
    checked: Report = field(default_factory=Report)
    standards: Standards | None = None
    current: Plan | None = None
    plan: Plan | None = None
    result: Result | None = None
    given: dict[str, int] = field(default_factory=dict)
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
    objects: pd.DataFrame | None = None
    field_work: FieldWork | None = None

    def grid_points(self) -> FloatArray:
        """Give the middle of every base grid: (k, 2), metres."""
        assert self.plan is not None  # noqa: S101  callers look first
        return grid_xy(self.plan)

    @property
    def drawn_for(self) -> dict[str, int]:
        """Members of each base grid that the plan was drawn for; empty when grids are not fitted to members."""
        return self.given if self.result is None else dict(self.result.members)

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

    Returns
    -------
    Town
        Frozen; with ``workload_min`` where the batch file has [staffing].

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
    town = with_visible(batch, town)
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
    objects = _single_objects(work)
    if objects is not None and work.carved is not None and batch.layers.entity is not None:
        objects = left_to_members(objects, town, work.carved, batch.layers.entity.share)
    if objects is not None and any(objects["risk"]):
        tiers = [(c.object_class, c.risk) for c in standards.classes if c.risk]
        town = town.with_measures(*tier_measures(objects, town, tiers))
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
    return dataclasses.replace(work, town=town, standards=standards, objects=objects)


def _single_objects(work: Work) -> pd.DataFrame | None:
    """Read where each object is, when rounds or risk tiers ask for it."""
    batch = work.batch
    assert batch.staffing is not None  # noqa: S101  callers look first
    loads = () if batch.build is None else batch.build.loads
    tiers = any(s.risk_column for s in batch.objects) or any(s.risk_column for s in loads)
    if not (tiers or batch.staffing.field is not None or batch.staffing.measure_rounds):
        return None
    if batch.build is not None:
        return read_load_objects(loads, work.town)
    return read_objects(batch.objects, work.town)


NAMES = "base_grid_name"
"""Column of a plan's table with readable names, if there is one."""


def read_plan(work: Work, path: Path) -> Work:
    """Take a plan from a table instead of making one, and check it."""
    frame = unguarded(read_table(path, name="plan"))
    plan = Plan.from_frame(work.town, frame)
    if NAMES in frame:  # as the editor hands it over
        first = plan.levels[0]
        names = dict(zip(frame[f"{first.name}_id"], frame[NAMES], strict=True))
        first = dataclasses.replace(first, names=tuple(names[i] or i for i in first.ids))
        plan = dataclasses.replace(plan, levels=(first, *plan.levels[1:]))
    work = dataclasses.replace(work, plan=plan, given=members_of_plan(work, plan, path))
    found = check(plan, rules_made_for(work), members=work.given or None, current=work.current)
    return dataclasses.replace(work, checked=found)


def members_of_plan(work: Work, plan: Plan, path: Path) -> dict[str, int]:
    """Say for which members a plan was drawn, where a run of this batch file fits grids and members to each other.

    They stand in the ``headcount.csv`` beside the plan; without it members are handed out as for a plan
    that is drawn: the next one always to the grid with the most load for each.
    """
    total, balance, ids = members_to_fit(work), work.batch.rules.balance, plan.levels[0].ids
    if not total or balance is None:
        return {}
    beside = path.parent / "headcount.csv"
    if beside.is_file():
        frame = read_table(beside, name="headcount")
        if {"base_grid_id", "members"} <= set(frame) and set(frame["base_grid_id"]) == set(ids):
            members = [m for m in frame["members"] if m.isdecimal()]
            if len(members) == len(ids):
                return dict(zip(frame["base_grid_id"], map(int, members), strict=True))
    floors = np.full(len(ids), work.batch.rules.staffing.min_members)
    if floors.sum() > total or work.batch.rules.locks.carved:
        return {}
    heads = apportion(plan.total(balance.measure), total, floors)
    return dict(zip(ids, heads.tolist(), strict=True))


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
    total = members_to_fit(work)
    if total and batch.staffing is not None and work.standards is not None:
        joint = solve_jointly(
            work.town,
            batch.rules,
            standards=work.standards,
            total=total,
            floor=batch.staffing.floor,
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


def members_to_fit(work: Work) -> int:
    """Count the members whom grids are fitted to: those of the town when its workload is balanced, else 0."""
    staffing, balance = work.batch.staffing, work.batch.rules.balance
    if staffing is None or work.standards is None or balance is None:
        return 0
    if balance.per_member is False or balance.measure != WORKLOAD:
        return 0
    return staffing.members_total or staffing.n_synthetic


def rules_of_own_plan(work: Work) -> Rules:
    """Give the rules that a run of this batch file draws its own plan by."""
    rules = work.batch.rules
    if rules.balance is None or not members_to_fit(work):
        return rules_per_grid(rules)
    return dataclasses.replace(rules, balance=dataclasses.replace(rules.balance, per_member=True))


def rules_made_for(work: Work) -> Rules:
    """Compare load per member only if asked to, or if grids and members were fitted to each other."""
    rules = work.batch.rules
    fitted = rules.balance is not None and rules.balance.measure == WORKLOAD and work.drawn_for
    return rules if fitted else rules_per_grid(rules)


def rules_per_grid(rules: Rules) -> Rules:
    """Compare load per grid, unless the rules ask for load per member."""
    if rules.balance is None or rules.balance.per_member is not None:
        return rules
    return dataclasses.replace(rules, balance=dataclasses.replace(rules.balance, per_member=False))


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
    work = dataclasses.replace(work, hazards=hazards, cleaning=cleaning, said=said)
    return dataclasses.replace(work, said=work.said + hazard_gaps(work))
