"""What does every method look at, and how is one hotspot put into words?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.errors import InputError
from gridkit.hotspots.adjust import expected_counts
from gridkit.hotspots.expect import counts_by_unit, relative_risk
from gridkit.model.hotspots import Hotspot

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray
    from gridkit.hotspots.network import Streets
    from gridkit.hotspots.settings import HotspotSettings
    from gridkit.model.hazards import Hazards
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town

COUNTS_CAVEAT = (
    "These are counts: without an exposure (residents, objects, visits, street length) they show where people "
    "and patrols are, not where the danger is higher. Name a measure as `exposure` before moving anybody."
)

LEAST_EXPECTED = 1.0
"""A rate is given only where at least this many hazards are expected: below it is noise."""

AUTO = ("residents", "households", "n_objects")
"""Measures that stand in as exposure when none is named, the first there is."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """The hazards that count, and what to expect.

    Parameters
    ----------
    town, hazards, settings, streets, seed
        As given; only first reports inside the town.
    exposure
        Name of the measure that hazards are divided by; empty for counts.
    cases : (n,)
        Hazards of every unit.
    rated : (n,)
        Of these, the ones that lie where something is exposed: what rates are made of.
    expected : (n,)
        Adds up to those; nan without an exposure.
    base : (n,)
        Base grid of every unit, -1 for none; `grid_ids` are their names.
    period
        First and last day.
    """

    town: Town
    hazards: Hazards
    settings: HotspotSettings
    streets: Streets | None
    seed: int
    exposure: str
    cases: IntArray
    rated: IntArray
    expected: FloatArray
    base: IntArray
    grid_ids: tuple[str, ...]
    period: str

    @property
    def has_exposure(self) -> bool:
        """Whether there is something to divide by."""
        return bool(self.exposure)

    def grids_of(self, units: IntArray) -> tuple[str, ...]:
        """Name the base grids of some units, each once, in the order of the plan."""
        at = np.unique(self.base[units])
        return tuple(self.grid_ids[i] for i in at if i >= 0)

    def periods(self) -> tuple[IntArray, int, int]:
        """Cut time into periods: that of each hazard, how many, and the first day (since 1970)."""
        day = self.hazards.reported_at.astype("datetime64[D]").astype(np.int64)
        first = int(day.min())
        period = (day - first) // self.settings.period_days
        return period, int(period.max()) + 1, first

    def cube(self) -> tuple[IntArray, FloatArray, int]:
        """Count hazards by unit and period, with what to expect: (n, t), (n, t), first day."""
        period, n_periods, first = self.periods()
        s = self.settings
        count = np.zeros((self.cases.size, n_periods), dtype=np.int64)
        if not self.has_exposure:
            np.add.at(count, (self.hazards.unit_pos.astype(np.int64), period), 1)
            return count, np.full(count.shape, np.nan), first
        made = expected_counts(
            self.town,
            self.hazards,
            exposure=self.exposure,
            strata=s.strata,
            covariates=s.covariates,
            period=period,
        )
        own = made.counted
        np.add.at(count, (self.hazards.unit_pos[own].astype(np.int64), period[own]), 1)
        return count, made.by_period, first


def prepare(
    town: Town,
    hazards: Hazards,
    settings: HotspotSettings,
    *,
    plan: Plan | None,
    streets: Streets | None,
    seed: int,
) -> tuple[Case, list[str]]:
    """Choose the hazards that count and what to expect in every unit, and say so."""
    chosen = hazards.of_category(*settings.categories) if settings.categories else hazards
    used = chosen.inside()
    if len(used) == 0:
        msg = f"none of {len(chosen):,} hazards lies in {town.name}, so there are no hotspots to look for."
        raise InputError(msg)
    n_again = int((~chosen.is_first & chosen.is_inside).sum())
    n_out = int((~chosen.is_inside).sum())
    notes = [
        f"{len(used):,} hazards counted; {n_again:,} repeated reports and {n_out:,} outside the town were not."
    ]
    exposure = _exposure(town, settings, notes)
    cases = counts_by_unit(used, len(town.units))
    expected, rated = np.full(len(town.units), np.nan), cases
    if exposure:
        made = expected_counts(
            town, used, exposure=exposure, strata=settings.strata, covariates=settings.covariates
        )
        expected = made.by_unit
        rated = counts_by_unit(used.take(made.counted), len(town.units))
        lost = len(used) - int(made.counted.sum())
        notes.append(
            f"Expectation: the same rate everywhere, hazards in proportion to `{exposure}`"
            f"{f'; {lost:,} hazards lie in units without any and count in no rate' if lost else ''}."
        )
        notes += made.notes
        if lost == len(used):
            msg = f"all {lost:,} hazards lie in units without any {exposure}, so there are no rates; take another exposure."
            raise InputError(msg)
    else:
        notes.append(COUNTS_CAVEAT)
    when = used.reported_at.astype("datetime64[D]")
    case = Case(
        town=town,
        hazards=used,
        settings=settings,
        streets=streets,
        seed=seed,
        exposure=exposure,
        cases=cases,
        rated=rated,
        expected=expected,
        base=np.full(len(town.units), -1, np.int64) if plan is None else plan.base.astype(np.int64),
        grid_ids=() if plan is None else plan.levels[0].ids,
        period=f"{when.min()}/{when.max()}",
    )
    return case, notes


def _exposure(town: Town, settings: HotspotSettings, notes: list[str]) -> str:
    """Name the exposure; choose one when that is asked for, and say which and why."""
    if settings.exposure != "auto":
        return settings.exposure
    for name in AUTO:
        if name in town.units.measures and town.units.measure(name).values.sum() > 0:
            notes.append(
                f"Exposure: `{name}`, as none was named and the town has it. Name what makes a report possible where you know it."
            )
            return name
    return ""


def hotspot(
    case: Case,
    method: str,
    n: int,
    expected: float,
    *,
    statistic: float,
    p_value: float,
    shape: shapely.Geometry,
    units: IntArray,
    what: str = "",
) -> Hotspot:
    """Put one hotspot into words; `what` replaces the name of the exposure."""
    rated = expected >= LEAST_EXPECTED
    risk = relative_risk(n, expected, float(case.rated.sum())) if rated else float("nan")
    grids = case.grids_of(units)
    by = what or case.exposure
    where = (
        f" in {', '.join(grids[:4])}{f' and {len(grids) - 4} more grids' if len(grids) > 4 else ''}"
        if grids
        else ""
    )
    size = f"{float(shapely.area(shape)) / 1e4:,.1f} ha"
    if np.isfinite(expected) and not rated:
        text = f"{n:,} hazards on {size}{where}; fewer than {LEAST_EXPECTED:g} expected from {by}, too few for a rate"
    elif np.isfinite(expected):
        times = (
            f"{risk:.1f} times the rate elsewhere" if np.isfinite(risk) else "everything there is"
        )
        text = f"{n:,} hazards on {size}{where}, {expected:,.1f} expected from {by}: {times}"
        if np.isfinite(risk) and risk < 1:
            text += " (a crowd, but fewer than its exposure lets one expect)"
    else:
        text = f"{n:,} hazards on {size}{where} (a count; no exposure)"
    if np.isfinite(p_value):
        text += f", p = {p_value:.2g}"
    return Hotspot(
        method=method,
        n=n,
        expected=expected,
        relative_risk=risk,
        statistic=statistic,
        p_value=p_value,
        outline=shape,
        unit_pos=units,
        grids=grids,
        period=case.period,
        category=";".join(case.settings.categories),
        text=text + ".",
    )


def united(case: Case, units: IntArray) -> shapely.Geometry:
    """Unite the shapes of some units."""
    return shapely.normalize(shapely.coverage_union_all(case.town.units.shapes[units]))
