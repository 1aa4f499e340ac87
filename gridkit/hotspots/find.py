"""Where are the hotspots of this town, in words a planner can use?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.errors import InputError
from gridkit.hotspots.density import cluster_points, crowd_size, outlines
from gridkit.hotspots.expect import (
    counts_by_unit,
    expected_by_unit,
    expected_in,
    relative_risk,
)
from gridkit.hotspots.local import adjusted_p, eb_index, gi_star
from gridkit.hotspots.neighbors import band_neighbors, subgraph, typical_band
from gridkit.hotspots.scanning import scan
from gridkit.hotspots.scanning_time import scan_space_time
from gridkit.hotspots.settings import HotspotSettings
from gridkit.hotspots.sharpen import sharpened
from gridkit.model.hotspots import Hotspot, Hotspots

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray
    from gridkit.hotspots.clusters import Cluster
    from gridkit.model.hazards import Hazards
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town

COUNTS_CAVEAT = (
    "These are counts: without an exposure (residents, objects, visits, street length) they show where people "
    "and patrols are, not where the danger is higher. Name a measure as `exposure` before moving anybody."
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What every method looks at: the hazards that count, and what to expect.

    Parameters
    ----------
    town, hazards, settings, seed
        As given; only first reports inside the town.
    cases : (n,)
        Hazards of every unit.
    exposure : (n,) or None
        What they are divided by.
    expected : (n,)
        nan without an exposure.
    base : (n,)
        Base grid of every unit, -1 for none; `grid_ids` are their names.
    """

    town: Town
    hazards: Hazards
    settings: HotspotSettings
    seed: int
    cases: IntArray
    exposure: FloatArray | None
    expected: FloatArray
    base: IntArray
    grid_ids: tuple[str, ...]
    period: str

    def grids_of(self, units: IntArray) -> tuple[str, ...]:
        """Name the base grids of some units, each once, in the order of the plan."""
        at = np.unique(self.base[units])
        return tuple(self.grid_ids[i] for i in at if i >= 0)


LEAST_EXPECTED = 1.0
"""A rate is given only where at least this many hazards are expected: below it is noise."""


def find_hotspots(
    town: Town,
    hazards: Hazards,
    *,
    exposure: str | None = None,
    settings: HotspotSettings | None = None,
    plan: Plan | None = None,
    seed: int = 0,
) -> Hotspots:
    """Look for places with more hazards than expected.

    Parameters
    ----------
    town
        With the measure that hazards are divided by.
    hazards
        Cleaned and located; only first reports inside the town count.
    exposure
        Overrules ``settings.exposure``; an empty text for counts.
    settings
        Methods and their figures.
    plan
        To say which base grids a hotspot touches.
    seed
        Of the permutations.

    Returns
    -------
    Hotspots
        Density clusters and clusters of significant units, with `notes` that say what was chosen
        and why, and what to be careful about.

    Raises
    ------
    InputError
        If no hazard lies in the town, or there is no exposure although one is named.
    SchemaError
        If the town has no such measure, or no hazard has a category asked for.
    """
    settings = settings or HotspotSettings()
    if exposure is not None:
        settings = replace(settings, exposure=exposure)
    case, notes = _prepare(town, hazards, settings, plan, seed)
    found: list[Hotspot] = []
    for method in settings.methods:
        some, said = _METHODS[method](case)
        found += some[: settings.most]
        notes += said
        if len(some) > settings.most:
            notes.append(
                f"Of {len(some)} hotspots by {method} the {settings.most} strongest are listed."
            )
    made = Hotspots(
        crs=town.units.crs,
        found=tuple(found),
        exposure=settings.exposure,
        notes=tuple(notes),
        suppress_below=settings.suppress_below,
    )
    shared = agreement(made, len(town.units))
    if shared:
        told = "; ".join(
            f"{v:.0%} of the units of '{a}' are in '{b}'" for (a, b), v in shared.items()
        )
        made = replace(made, notes=(*made.notes, f"Agreement between methods: {told}."))
    return made


def _prepare(
    town: Town, hazards: Hazards, settings: HotspotSettings, plan: Plan | None, seed: int
) -> tuple[Case, list[str]]:
    """Choose the hazards that count and what to expect in every unit."""
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
    cases = counts_by_unit(used, len(town.units))
    measure: FloatArray | None = None
    expected = np.full(len(town.units), np.nan)
    if settings.exposure:
        measure = town.units.measure(settings.exposure).values
        if measure.sum() <= 0:
            msg = f"the town has no {settings.exposure} at all, so hazards cannot be divided by them; take another exposure."
            raise InputError(msg)
        expected = expected_by_unit(cases, measure)
        lost = int(cases[measure <= 0].sum())
        notes.append(
            f"Expectation: the same number of hazards for every 1,000 of `{settings.exposure}`"
            f"{f'; {lost:,} hazards lie in units without any and count in no rate' if lost else ''}."
        )
    else:
        notes.append(COUNTS_CAVEAT)
    when = used.reported_at.astype("datetime64[D]")
    case = Case(
        town=town,
        hazards=used,
        settings=settings,
        seed=seed,
        cases=cases,
        exposure=measure,
        expected=expected,
        base=np.full(len(town.units), -1, np.int64) if plan is None else plan.base.astype(np.int64),
        grid_ids=() if plan is None else plan.levels[0].ids,
        period=f"{when.min()}/{when.max()}",
    )
    return case, notes


def _density(case: Case) -> tuple[list[Hotspot], list[str]]:
    """Crowds of hazards, whatever the exposure."""
    from sklearn.cluster import DBSCAN

    s, xy = case.settings, case.hazards.xy
    lived = case.cases > 0 if case.exposure is None else (case.exposure > 0) | (case.cases > 0)
    area = float(case.town.units.area_m2[lived].sum())
    least = s.min_hazards or crowd_size(len(xy), area, s.reach_m)
    labels = cluster_points(xy, DBSCAN(eps=s.reach_m, min_samples=least))
    shapes = outlines(xy, labels, margin_m=s.reach_m / 4, ratio=s.outline_ratio)
    line = shapely.coverage_union_all(case.town.units.shapes)
    shapes = shapely.normalize(shapely.intersection(shapes, line))
    expected, units = expected_in(shapes, case.town, np.nan_to_num(case.expected))
    count = np.bincount(labels[labels >= 0], minlength=len(shapes))
    found = []
    for i, shape in enumerate(shapes):
        n, e = int(count[i]), float(expected[i]) if case.exposure is not None else float("nan")
        found.append(
            _hotspot(case, "density", n, e, n / (shape.area / 1e6), float("nan"), shape, units[i])
        )
    found.sort(key=lambda h: (-h.n, -h.statistic))
    how = (
        "as set" if s.min_hazards else "more than an even spread would give at 999 of 1,000 places"
    )
    note = (
        f"Density clusters (DBSCAN): at least {least} hazards within {s.reach_m:g} m ({how}); they are not tested "
        f"against chance, and {int((labels < 0).sum()):,} hazards are in none."
    )
    return found, [note]


def _gi_star(case: Case) -> tuple[list[Hotspot], list[str]]:
    """Units with high rates among units with high rates, neighbours united."""
    s, graph = case.settings, case.town.graph
    keep = np.ones(case.cases.size, bool) if case.exposure is None else case.exposure > 0
    values = case.cases.astype(np.float64)
    if case.exposure is not None:
        # in units of chance spread, with long tails drawn in: one tiny unit must not drown the rest
        values = np.arcsinh(eb_index(values[keep], case.exposure[keep]))
    if keep.sum() < 10 or np.ptp(values) == 0:
        return [], [
            "Gi* was not computed: it needs at least 10 units with exposure and rates that differ."
        ]
    band = s.neighbor_m or typical_band(case.town.units.xy[keep])
    start, neighbor = band_neighbors(
        case.town.units.xy[keep], band, *subgraph(graph.start, graph.neighbor, keep)
    )
    local = gi_star(values, start, neighbor, n_permutations=s.n_permutations, seed=case.seed)
    p = np.ones(keep.size)
    p[keep] = adjusted_p(local.p_high, method=s.correction)
    z = np.zeros(keep.size)
    z[keep] = local.statistic
    hot = (p <= s.alpha) & (z > 0)
    piece = graph.pieces(np.where(hot, 0, -1).astype(np.int32))
    found = []
    for label in np.unique(piece[hot]):
        units = np.flatnonzero(hot & (piece == label))
        shape = shapely.normalize(shapely.coverage_union_all(case.town.units.shapes[units]))
        n, e = int(case.cases[units].sum()), float(case.expected[units].sum())
        if n == 0 or n <= e:
            continue  # a calm unit among hot ones
        found.append(
            _hotspot(
                case, "gi_star", n, e, float(z[units].max()), float(p[units].min()), shape, units
            )
        )
    found.sort(key=lambda h: (-h.statistic, -h.n))
    what = (
        f"rates per {s.exposure}, in units of their own chance spread" if s.exposure else "counts"
    )
    note = (
        f"Gi* on {what}: a unit is compared together with the units that touch it or lie within {band:.0f} m; p by {s.n_permutations:,} permutations, "
        f"adjusted for {int(keep.sum()):,} units ({s.correction.upper()}), kept at {s.alpha:g}; touching units are united."
    )
    return found, [note]


def _hotspot(
    case: Case,
    method: str,
    n: int,
    expected: float,
    statistic: float,
    p_value: float,
    shape: shapely.Geometry,
    units: IntArray,
) -> Hotspot:
    """Put one hotspot into words."""
    rated = expected >= LEAST_EXPECTED
    risk = relative_risk(n, expected, float(case.cases.sum())) if rated else float("nan")
    grids = case.grids_of(units)
    where = (
        f" in {', '.join(grids[:4])}{f' and {len(grids) - 4} more grids' if len(grids) > 4 else ''}"
        if grids
        else ""
    )
    size = f"{float(shapely.area(shape)) / 1e4:,.1f} ha"
    if np.isfinite(expected) and not rated:
        text = f"{n:,} hazards on {size}{where}; fewer than {LEAST_EXPECTED:g} expected from {case.settings.exposure}, too few for a rate"
    elif np.isfinite(expected):
        times = (
            f"{risk:.1f} times the rate elsewhere" if np.isfinite(risk) else "everything there is"
        )
        text = f"{n:,} hazards on {size}{where}, {expected:,.1f} expected from {case.settings.exposure}: {times}"
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


def _scan(case: Case) -> tuple[list[Hotspot], list[str]]:
    """Circles or ellipses that hold more hazards than any of them would by chance."""
    s = case.settings
    if case.exposure is None:
        return [], ["No scan: it compares hazards with an exposure, and none was named."]
    cases = np.where(case.exposure > 0, case.cases, 0)
    if (case.exposure > 0).sum() < 10 or cases.sum() < 10:
        return [], ["No scan: it needs at least 10 units with exposure and 10 hazards in them."]
    result = scan(case.town.units.xy, cases, case.exposure, settings=s.scan, seed=case.seed)
    sure = [c for c in result.clusters if c.p_value <= s.alpha]
    units = [c.units for c in sure]
    if s.sharpen and sure:
        units = _apart(sharpened(case.town.units.xy, cases, case.exposure, units, *_graph(case)))
    found = [_of_units(case, "scan", c, u) for c, u in zip(sure, units, strict=True) if u.size]
    strongest = ""
    if not sure and result.clusters:
        c = result.clusters[0]
        strongest = (
            f" None is beyond chance; the strongest window holds {c.n:,} hazards where {c.expected:,.1f} were "
            f"expected (p = {c.p_value:.2g})."
        )
    scatter = (
        f", which scatter as much as this one does beyond chance (variance {result.dispersion:.2f})"
        if result.dispersion
        else ""
    )
    note = (
        f"Scan ({s.scan.shape} windows with up to {s.scan.max_share:.0%} of all {s.exposure}): p compares with the best "
        f"of {result.n_windows:,} windows on {result.maxima.size:,} maps of chance{scatter}; no correction is needed "
        f"for having looked everywhere.{strongest}"
    )
    return found, [note]


def _scan_time(case: Case) -> tuple[list[Hotspot], list[str]]:
    """Circles over some periods."""
    s, days = case.settings, case.settings.period_days
    day = case.hazards.reported_at.astype("datetime64[D]").astype(np.int64)
    first = int(day.min())
    period = (day - first) // days
    n_periods = int(period.max()) + 1
    if n_periods < 3:
        return [], [f"No scan in time: it needs at least 3 periods of {days} days."]
    if case.exposure is None and s.scan_time.model == "poisson":
        return [], [
            "No scan in time: the Poisson model compares with an exposure; take the permutation model."
        ]
    keep = np.ones(case.cases.size, bool) if case.exposure is None else case.exposure > 0
    cube = np.zeros((case.cases.size, n_periods), dtype=np.int64)
    np.add.at(cube, (case.hazards.unit_pos.astype(np.int64), period), 1)
    cube[~keep] = 0
    # expected: the exposure of the unit times what the whole town had in that period
    hoped = None if case.exposure is None else np.outer(case.exposure, cube.sum(axis=0))
    result = scan_space_time(case.town.units.xy, cube, hoped, settings=s.scan_time, seed=case.seed)
    found = []
    for c in result.clusters:
        if c.p_value <= s.alpha:
            start = np.datetime64(first + c.first * days, "D")
            end = np.datetime64(first + (c.last + 1) * days - 1, "D")
            found.append(_of_units(case, "scan_time", c, c.units, period=f"{start}/{end}"))
    note = (
        f"Scan in space and time ({s.scan_time.model}, periods of {days} days, circles with up to "
        f"{s.scan_time.max_share:.0%}): a place counts only for the time in which it stands out."
    )
    return found, [note]


def _graph(case: Case) -> tuple[IntArray, LabelArray]:
    """Give the units that touch."""
    return case.town.graph.start, case.town.graph.neighbor


def _apart(clusters: list[IntArray]) -> list[IntArray]:
    """Leave a unit to the strongest of the clusters that want it."""
    out: list[IntArray] = []
    for units in clusters:
        taken = np.concatenate(out) if out else np.zeros(0, dtype=np.int64)
        out.append(np.setdiff1d(units, taken))
    return out


def _of_units(
    case: Case, method: str, cluster: Cluster, units: IntArray, *, period: str = ""
) -> Hotspot:
    """Turn a cluster of a scan into a hotspot; its units may have been sharpened."""
    units = np.sort(units)
    shape = shapely.normalize(shapely.coverage_union_all(case.town.units.shapes[units]))
    n, expected = cluster.n, cluster.expected
    if units.size != cluster.units.size or not np.isin(units, cluster.units).all():
        n, expected = int(case.cases[units].sum()), float(case.expected[units].sum())
    made = _hotspot(case, method, n, expected, cluster.statistic, cluster.p_value, shape, units)
    if not period:
        return made
    return replace(made, period=period, text=f"{period}: {made.text}")


def agreement(found: Hotspots, n_units: int) -> dict[tuple[str, str], float]:
    """Tell how far two methods point at the same units.

    Parameters
    ----------
    found
        Hotspots by several methods.
    n_units
        Units of the town.

    Returns
    -------
    dict
        (method, other method) to the share of the first one's units that the other has too.
    """
    of: dict[str, BoolArray] = {}
    for h in found:
        of.setdefault(h.method, np.zeros(n_units, dtype=bool))[h.unit_pos] = True
    return {(a, b): float((of[a] & of[b]).sum() / of[a].sum()) for a in of for b in of if a != b}


_METHODS = {"density": _density, "gi_star": _gi_star, "scan": _scan, "scan_time": _scan_time}
