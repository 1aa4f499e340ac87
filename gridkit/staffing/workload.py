"""How many minutes of work does each grid make in a month, and what are they made of?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InputError, SchemaError, did_you_mean, some_of
from gridkit.model.workload import Workload
from gridkit.staffing.standards import shift_relief_factor

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town
    from gridkit.staffing.standards import ClassStandard, Standards

TOUR_CONSTANT = 0.7124
"""Length of the best tour over n points on area A is about 0.7124 sqrt(n A)."""
TOUR_SMALL_N = 0.91
"""Fitted excess of walked tours at the sizes of a round: sqrt(n) + 0.91 instead of sqrt(n)."""


def tour_m(n_stops: FloatArray, *, area_m2: FloatArray, detour: float = 1.3) -> FloatArray:
    r"""Estimate the length of a closed walk over stops spread over an area.

    .. math:: L = d \cdot 0.7124 \sqrt{A} (\sqrt{n} + 0.91)

    Parameters
    ----------
    n_stops : (k,)
        Stops of one walk; fewer than one counts as one.
    area_m2 : (k,), m²
        Area over which they lie.
    detour
        Length of a walk over the straight line.

    Returns
    -------
    (k,), metres
        About 4 % off for 5 to 128 stops spread evenly; up to 31 % too long where stops lie in clusters,
        so give the built-up area.

    References
    ----------
    Beardwood, J., Halton, J. H. and Hammersley, J. M. (1959). The shortest path through many points.
    The small-sample term was fitted to good tours over 5 to 128 uniform points (root mean square
    error 0.04).

    Examples
    --------
    24 stops on 0.57 km², the median grid of the example town:

    >>> tour_m(np.array([24.0]), area_m2=np.array([0.57e6])).round().tolist()
    [4062.0]
    """
    n = np.maximum(n_stops, 1.0)
    return detour * TOUR_CONSTANT * np.sqrt(area_m2) * (np.sqrt(n) + TOUR_SMALL_N)


def unit_workload_min(town: Town, *, standards: Standards, n_grids: int | None = None) -> IntArray:
    """Give each unit its share of the work, so that a grid's work is the sum over its units.

    Visits, reports and support add up exactly. Walking does not (a round over a grid twice as large is
    not twice as long), so each visit gets the walk it would take in a grid of mean size; the full
    formula is in `workload`. Fixed duties belong to grids and are left out.

    Parameters
    ----------
    town
        With measures ``objects_<class>[_<risk>]`` (or ``n_<class>``), perhaps ``reports_<urgency>``.
    standards
        Visits and minutes.
    n_grids
        Number of base grids that the plan will have; by default one for each 23 stops a day that the
        visits make (one full-time member does about that), at least one for each community.

    Returns
    -------
    (n,), whole minutes per month
        Ready to be the town's measure ``workload_min``.

    Raises
    ------
    SchemaError
        If the town has no objects of a class that the standards name.
    """
    visits, visit_min, _ = _visits(town, standards)
    report = _reports(town, standards, _objects(town, standards))
    area = built_up_m2(town, standards)
    if n_grids is None:
        least = len(town.community) if town.community is not None else 1
        n_grids = max(least, round(float(visits.sum()) / (23 * 21.75)), 1)
    if n_grids < 1:
        msg = f"`n_grids` is {n_grids}; a town has at least one base grid."
        raise InputError(msg)
    one_round = tour_m(
        np.array([standards.stops_per_round]),
        area_m2=np.array([area.sum() / n_grids]),
        detour=standards.detour,
    )[0]
    walk_min = one_round / standards.stops_per_round / standards.walk_m_per_min
    total = (visit_min + visits * walk_min + report) / (1.0 - standards.support_share)
    whole: IntArray = np.rint(total).astype(np.int64)
    return whole


def workload(
    plan: Plan,
    *,
    standards: Standards,
    level: str = "base_grid",
    round_m: FloatArray | None = None,
    n_members: IntArray | None = None,
) -> Workload:
    """Work of every grid of a plan in a month, split into its parts.

    Parameters
    ----------
    plan
        A plan of a town with measures ``objects_<class>[_<risk>]``.
    standards
        Visits and minutes.
    level
        Which grids.
    round_m : (k,), metres, optional
        Mean length of real or routed rounds in each grid; replaces the estimate.
    n_members : (k,), optional
        Members of each grid; needed when they have beats of their own.

    Returns
    -------
    Workload
        Whole minutes: visits ``V = Σ N f``; on site ``Σ N f (m + q k)``; reports ``Σ a h``; walking
        ``(V / s) L(s, A) / v``; support ``b / (1 - b)`` of those three; fixed duties.

    Raises
    ------
    SchemaError
        If the town has no objects of a class that the standards name.

    References
    ----------
    World Health Organization (2010). Workload indicators of staffing need: user's manual.
    """
    grids = plan.level(level)
    k = len(grids)
    at = plan.labels(level)
    inside = at >= 0

    def add(values: FloatArray) -> FloatArray:
        return np.bincount(at[inside], values[inside], k).astype(np.float64)

    visits, visit_min, by_class = _visits(plan.town, standards)
    n_objects = _objects(plan.town, standards)
    V, on_site = add(visits), add(visit_min)
    R = add(_reports(plan.town, standards, n_objects))
    area = add(built_up_m2(plan.town, standards))
    if standards.own_beats:
        if n_members is None:
            msg = "`own_beats` is on: pass `n_members`, the members of each grid, so that their beats have a size."
            raise InputError(msg)
        area /= np.maximum(n_members, 1)
    stops = np.minimum(standards.stops_per_round, np.maximum(V, 1.0))
    if round_m is None:
        round_m = tour_m(stops, area_m2=area, detour=standards.detour)
    walk = V / stops * round_m / standards.walk_m_per_min
    parts = [np.rint(x).astype(np.int64) for x in (on_site, walk, R)]
    b = standards.support_share
    support = np.rint(sum(parts) * (b / (1.0 - b))).astype(np.int64)
    return Workload(
        grid_ids=grids.ids,
        visit_min=parts[0],
        walk_min=parts[1],
        report_min=parts[2],
        support_min=support,
        fixed_min=np.full(k, round(standards.fixed_min), dtype=np.int64),
        visits_per_month=V,
        n_objects=add(n_objects),
        available_min=standards.available_min,
        level=level,
        class_visit_min={name: add(values) for name, values in by_class.items()},
        posts=_posts(grids.ids, standards),
    )


def unit_parts(town: Town, *, standards: Standards) -> FloatArray:
    """Give what the workload of a grid is made of, for each unit, so that it can be added up live.

    Returns
    -------
    (n, 4)
        Visits a month, minutes on site, minutes for reports, built-up m².
    """
    visits, visit_min, _ = _visits(town, standards)
    report = _reports(town, standards, _objects(town, standards))
    return np.column_stack([visits, visit_min, report, built_up_m2(town, standards)])


def parts_workload_min(
    parts: FloatArray, *, standards: Standards, n_members: IntArray | None = None
) -> IntArray:
    """Work of grids in a month from the sums of `unit_parts`, the same as `workload` gives.

    Parameters
    ----------
    parts : (k, 4)
        Sums over the units of each grid.
    standards
        Visits and minutes.
    n_members : (k,), optional
        Members of each grid, when they have beats of their own.

    Returns
    -------
    (k,), whole minutes per month
    """
    V, on_site, R, area = parts.T
    if standards.own_beats and n_members is not None:
        area = area / np.maximum(n_members, 1)
    stops = np.minimum(standards.stops_per_round, np.maximum(V, 1.0))
    round_m = tour_m(stops, area_m2=area, detour=standards.detour)
    walk = V / stops * round_m / standards.walk_m_per_min
    own = sum((np.rint(x).astype(np.int64) for x in (on_site, walk, R)), np.zeros(V.size, np.int64))
    b = standards.support_share
    total: IntArray = own + np.rint(own * (b / (1.0 - b))).astype(np.int64)
    return total + round(standards.fixed_min)


def built_up_m2(town: Town, standards: Standards) -> FloatArray:
    """Area over which stops lie: a measure of the town, or the area of units that hold any object.

    Returns
    -------
    (n,), m²
        0 for a unit without objects.
    """
    if standards.area_measure:
        return town.units.measure(standards.area_measure).values
    return np.where(_objects(town, standards) > 0, town.units.area_m2, 0.0)


def expected_reports(counts: FloatArray, *, exposure: FloatArray, months: float) -> FloatArray:
    r"""Smooth report counts towards the town, small grids more than large ones.

    Counts of one month jump about; this gives each place its empirical Bayes estimate under a
    Poisson model with gamma-distributed rates:

    .. math:: a_i = e_i (m + C_i (r_i - m)), \quad C_i = \frac{A}{A + m / (T e_i)}, \quad
              A = \max(s^2 - m / (T \bar e), 0)

    with `r` the rates seen, `m` the town's rate, and `s` their weighted spread.

    Parameters
    ----------
    counts : (n,)
        Reports seen in `months` months.
    exposure : (n,)
        What makes reports: objects or residents. 0 gives 0 expected.
    months
        Length of the record.

    Returns
    -------
    (n,), per month
        Where the spread of rates is no more than chance, every place gets the town's rate.

    Raises
    ------
    InputError
        If lengths differ, something is negative, or reports come from a place without exposure.

    References
    ----------
    Marshall, R. J. (1991). Mapping disease and mortality rates using empirical Bayes estimators.
    Applied Statistics 40(2), 283-294.

    Examples
    --------
    Two places with the same rate keep it:

    >>> expected_reports(np.array([10.0, 20.0]), exposure=np.array([5.0, 10.0]), months=2).tolist()
    [5.0, 10.0]
    """
    counts = np.asarray(counts, dtype=np.float64)
    exposure = np.asarray(exposure, dtype=np.float64)
    if counts.shape != exposure.shape or (counts < 0).any() or (exposure < 0).any() or months <= 0:
        msg = "`counts` and `exposure` need one amount each that is not negative, and `months` more than 0."
        raise InputError(msg)
    alone = np.flatnonzero((counts > 0) & (exposure == 0))
    if alone.size:
        msg = f"{alone.size} places have reports and no exposure (positions {some_of(alone)}); use an exposure that is there wherever reports come from."
        raise InputError(msg)
    time = exposure * months
    if time.sum() == 0:
        return np.zeros_like(counts)
    mean = counts.sum() / time.sum()
    rate = np.divide(counts, time, out=np.zeros_like(counts), where=time > 0)
    spread = (time * (rate - mean) ** 2).sum() / time.sum()
    extra = max(spread - mean / (time.sum() / max(int((time > 0).sum()), 1)), 0.0)
    if mean == 0:
        return np.zeros_like(counts)
    trust = np.divide(extra, extra + mean / np.where(time > 0, time, 1.0)) if extra > 0 else 0.0
    return np.asarray(exposure * (mean + trust * (rate - mean)))


def _measure_values(town: Town, name: str) -> FloatArray | None:
    found = town.units.measures.get(name)
    return None if found is None else found.values


def _tier_counts(town: Town, standard: ClassStandard) -> FloatArray:
    """Objects of one class and tier in each unit, or a clear error."""
    whole = f"objects_{standard.object_class}"
    if standard.risk:
        own = _measure_values(town, f"{whole}_{standard.risk}")
        if own is not None:
            return own
    values = _measure_values(town, whole)
    if values is None:
        values = _measure_values(town, f"n_{standard.object_class}")
    if values is None:
        known = sorted(m for m in town.units.measures if m.startswith("objects_"))
        hint = did_you_mean(whole, known) or "."
        has = ", ".join(known) or "no measure `objects_...`"
        msg = (
            f"the standards have class '{standard.object_class}', but the town has no measure `{whole}`{hint} "
            f"It has: {has}. Add the objects, or take the class out of the standards."
        )
        raise SchemaError(msg)
    return values * standard.share


def _visits(
    town: Town, standards: Standards
) -> tuple[FloatArray, FloatArray, dict[str, FloatArray]]:
    """Visits and on-site minutes of each unit, and the minutes by class."""
    n = len(town.units)
    visits, minutes = np.zeros(n), np.zeros(n)
    by_class = {name: np.zeros(n) for name in standards.class_names}
    for standard in standards.classes:
        made = _tier_counts(town, standard) * standard.visits_per_month
        visits += made
        minutes += made * standard.visit_min
        by_class[standard.object_class] += made * standard.visit_min
    return visits, minutes, by_class


def _objects(town: Town, standards: Standards) -> FloatArray:
    """Objects of each unit that the standards know."""
    total = np.zeros(len(town.units))
    for standard in standards.classes:
        total += _tier_counts(town, standard)
    return total


def _reports(town: Town, standards: Standards, n_objects: FloatArray) -> FloatArray:
    """Minutes for the reports expected in each unit."""
    known = {u: _measure_values(town, f"reports_{u}") for u in standards.report_min}
    if any(v is not None for v in known.values()):
        total = np.zeros(len(town.units))
        for urgency, values in known.items():
            if values is not None:
                total += values * standards.report_min[urgency]
        return total
    plain = _measure_values(town, "reports_per_month")
    if plain is not None:
        return plain * standards.default_report_min
    return n_objects * standards.reports_per_object * standards.default_report_min


def _posts(ids: tuple[str, ...], standards: Standards) -> IntArray:
    """Members that the posts of each grid need."""
    unknown = sorted(set(standards.posts) - set(ids))
    if unknown:
        msg = f"`posts` name grids that the plan does not have: {some_of(unknown)}{did_you_mean(unknown[0], ids) or '.'}"
        raise SchemaError(msg)
    if not standards.posts:
        return np.zeros(len(ids), dtype=np.int64)
    hours = standards.available_min / 60.0
    factor = (
        shift_relief_factor(standards.hours_to_cover, hours_per_member=hours)
        if standards.hours_to_cover
        else 1.0
    )
    need = [np.ceil(round(standards.posts.get(i, 0) * factor, 9)) for i in ids]
    return np.asarray(need, dtype=np.int64)
