"""What does not change while a plan is edited? Town, rules, the plan in force, and how grids are measured."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.editor.colors import first_colors
from gridkit.editor.measures import EditMeasure, measures_of
from gridkit.maps.wire import to_lon_lat
from gridkit.model.units import Measure
from gridkit.rules.bands import positions
from gridkit.rules.check import contiguity_graph
from gridkit.rules.compare import matched
from gridkit.rules.whole import is_whole
from gridkit.staffing.workload import unit_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit._typing import BoolArray, FloatArray, GeometryArray, Json, LabelArray
    from gridkit.model.plan import Level, Plan
    from gridkit.model.town import Town
    from gridkit.rules.settings import Limit, Rules
    from gridkit.staffing import Standards

PARTS = ("_visits", "_on_site_min", "_report_min", "_built_up_m2")
"""Hidden measures of the units: what the workload formula adds up in a grid."""
MOVED = ("residents", "households", "n_objects", "objects")


@dataclass(frozen=True, slots=True, kw_only=True)
class BandRule:
    """One bound on every base grid: a rule, and whose sum it is about.

    Parameters
    ----------
    rule
        ``"balance"``, ``"limit"`` or ``"staffing"``.
    measure
        What is added up.
    limit
        The limit it comes from.
    """

    rule: str
    measure: str
    limit: Limit | None = None


class Ground:
    """What the editor was given, prepared once.

    Parameters
    ----------
    plan
        The plan that is opened.
    rules
        What a plan must keep.
    current
        The plan in force.
    standards
        For workload in hours, and load per member.
    members
        Head counts of the base grids of `plan`, by id.
    floor, target_load
        Fewest members of a grid, and the share of their time that may be filled.
    """

    def __init__(
        self,
        plan: Plan,
        rules: Rules,
        *,
        current: Plan | None = None,
        standards: Standards | None = None,
        members: Mapping[str, int] | None = None,
        floor: int = 2,
        target_load: float = 0.9,
    ) -> None:
        self.opened, self.rules, self.current = plan, rules, current
        self.standards, self.floor, self.target_load = standards, floor, target_load
        self.heads = dict(members) if members is not None else None
        town = plan.town
        self.town: Town = town
        self.n = len(town.units)
        self.measured = _with_parts(town, standards)
        self.column = {m: i for i, m in enumerate(self.measured.units.measures)}
        self.measures: tuple[EditMeasure, ...] = measures_of(
            town, rules, has_staff=standards is not None, has_heads=members is not None
        )
        given = town.community or (plan.levels[1] if len(plan.levels) > 1 else None)
        self.community: Level | None = given
        self.community_ids = given.ids if given is not None else (town.name,)
        self.community_names = given.names if given is not None else (town.name,)
        self.of: LabelArray = (
            town.community.holder
            if town.community is not None
            else np.zeros(self.n, dtype=np.int32)
        )
        graph = contiguity_graph(town, rules)
        self.start, self.neighbor = graph.start.copy(), graph.neighbor.copy()
        self.has_barriers = bool(rules.contiguity.barriers)
        self.open_start, self.open_neighbor = town.graph.start.copy(), town.graph.neighbor.copy()
        self.is_edge: BoolArray = _on_edge(town)
        self.bands = _bands(town, rules, has_heads=members is not None)
        self.whole = tuple(v for v in rules.limits if v.level == "base_grid" and is_whole(town, v))
        self.by_community = rules.nested and town.community is not None
        self.together = tuple(
            positions(town, g, where="locks.together") for g in rules.locks.together
        )
        self.carved = {
            name: positions(town, ids, where=f"locks.carved['{name}']")
            for name, ids in sorted(rules.locks.carved.items())
        }
        self.multi_part = set(rules.contiguity.multi_part)
        self.home: LabelArray = _home(plan, current)
        self.fixed: BoolArray = _fixed(town, rules, current)
        self.moved_names = ("units", *(m for m in MOVED if m in town.units.measures))
        columns = [np.ones(self.n)] + [town.units.measures[m].values for m in self.moved_names[1:]]
        self.moved_amount: FloatArray = np.column_stack(columns)
        budgets = [b.measure for b in rules.change]
        change = [np.zeros(self.n) if m == "members" else _amount(town, m) for m in budgets]
        self.change_amount: FloatArray = (
            np.column_stack(change) if change else np.zeros((self.n, 0))
        )
        self.digest = _digest(plan)

    @cached_property
    def boxes(self) -> FloatArray:
        """West, south, east and north of every unit: (n, 4), degrees."""
        out: FloatArray = shapely.bounds(self.degrees)
        return out

    @cached_property
    def degrees(self) -> GeometryArray:
        """Shapes of the units in longitude and latitude: turned once, borders stay shared."""
        units = self.town.units
        return to_lon_lat(units.shapes, units.crs, name="units")

    @cached_property
    def community_colors(self) -> list[int]:
        """Colour class of every community; neighbours differ."""
        k = len(self.community_ids)
        of = self.of if self.town.community is not None else np.zeros(self.n, dtype=np.int32)
        out: list[int] = first_colors(of, k, self.open_start, self.open_neighbor).tolist()
        return out

    def limits_json(self) -> list[Json]:
        """Say every bound on base grids in words."""
        names = {m.name: m.words.label for m in self.measures}
        out = []
        for band in self.bands:
            label = names.get(band.measure, (band.measure, band.measure))
            balance = self.rules.balance
            if band.limit is not None:
                low, high = band.limit.low, band.limit.high
                bounds = [(("at least", "不少于"), low)] if low > 0 else []
                bounds += [(("at most", "不超过"), high)] if math.isfinite(high) else []
                per = band.limit.per
                under = names.get(per, (per, per))
                tail = (f" per {under[0].lower()}", f"/{under[1]}") if per else ("", "")
                en = " and ".join(f"{w[0]} {x:,.6g}" for w, x in bounds)
                zh = "，".join(f"{w[1]} {x:,.6g}" for w, x in bounds)
                text = {"en": f"{label[0]}{tail[0]}: {en}", "zh": f"{label[1]}{tail[1]}：{zh}"}
            elif band.rule == "balance" and balance is not None:
                place = ("community", "社区") if balance.within == "community" else ("town", "全镇")
                text = {
                    "en": f"{label[0]}: within {balance.tolerance:.0%} of the even share of the {place[0]}",
                    "zh": f"{label[1]}：与{place[1]}均值相差不超过 {balance.tolerance:.0%}",
                }
            else:
                most = self.rules.staffing.max_load or 0.0
                text = {
                    "en": f"{label[0]} per member: at most {most:,.6g}",
                    "zh": f"人均{label[1]}：不超过 {most:,.6g}",
                }
            out.append({"measure": band.measure, "rule": band.rule, "text": text})
        return out

    def amounts(self, measure: str) -> FloatArray:
        """Amount of a measure in every unit."""
        return _amount(self.town, measure)


def _amount(town: Town, measure: str) -> FloatArray:
    if measure == "n_units":
        return np.ones(len(town.units))
    if measure == "area_km2":
        return town.units.area_m2 / 1e6
    return town.units.measure(measure).values


def _with_parts(town: Town, standards: Standards | None) -> Town:
    if standards is None:
        return town
    parts = unit_parts(town, standards=standards)
    return town.with_measures(
        *(Measure(name=n, values=parts[:, i], unit="") for i, n in enumerate(PARTS))
    )


def _on_edge(town: Town) -> BoolArray:
    """Tell which units lie on the edge of the town."""
    n = len(town.units)
    source = np.repeat(np.arange(n), np.diff(town.graph.start))
    inner = np.bincount(source, town.graph.border_m, n)
    out: BoolArray = town.units.perimeter_m - inner > 0.01
    return out


def _bands(town: Town, rules: Rules, *, has_heads: bool) -> tuple[BandRule, ...]:
    made = []
    if rules.balance is not None:
        made.append(BandRule(rule="balance", measure=rules.balance.measure))
    made += [
        BandRule(rule="limit", measure=v.measure, limit=v)
        for v in rules.limits
        if v.level == "base_grid" and not is_whole(town, v) and (v.low > 0 or math.isfinite(v.high))
    ]
    if rules.staffing.max_load is not None and has_heads and rules.balance is not None:
        made.append(BandRule(rule="staffing", measure=rules.balance.measure))
    return tuple(made)


def _home(plan: Plan, current: Plan | None) -> LabelArray:
    """Slot of every unit in the plan in force (or the opened one); -1 none, -2 a grid that is gone."""
    if current is None:
        return plan.base.copy()
    a, b = plan.levels[0].ids, current.levels[0].ids
    slot = np.full(len(b) + 1, -2, dtype=np.int32)
    if set(a) & set(b):
        number = {g: p for p, g in enumerate(a)}
        slot[: len(b)] = [number.get(g, -2) for g in b]
    else:
        match = matched(plan.base, current.base, len(a), len(b), plan.town.units.area_m2)
        for new, old in enumerate(match[: len(a)].tolist()):
            if old >= 0:
                slot[old] = new
    slot[-1] = -1
    return slot[current.base]


def _fixed(town: Town, rules: Rules, current: Plan | None) -> BoolArray:
    """Units that the rules hold in their grid of the plan in force."""
    fixed = np.zeros(len(town.units), dtype=bool)
    if current is None:
        return fixed
    fixed[positions(town, rules.locks.units, where="locks.units")] = True
    grids = np.array([i in rules.locks.grids for i in current.levels[0].ids], dtype=bool)
    fixed |= (current.base >= 0) & grids[np.maximum(current.base, 0)]
    return fixed


def _digest(plan: Plan) -> str:
    """Hash the units and the plan that is opened, to know the log of another plan."""
    h = hashlib.sha256()
    for text in (*plan.town.units.ids, "", *plan.levels[0].ids):
        h.update(text.encode() + b"\0")
    h.update(np.ascontiguousarray(plan.base).tobytes())
    return h.hexdigest()
