"""How large, how round, how full is each grid?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit.metrics.registry import metric

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, LabelArray
    from gridkit.model.plan import Plan


def polsby_popper(area_m2: FloatArray, perimeter_m: FloatArray) -> FloatArray:
    r"""Compare each area with the circle of the same perimeter.

    .. math:: PP = 4 \pi A / P^2

    Parameters
    ----------
    area_m2 : (n,), m²
        Areas, not negative.
    perimeter_m : (n,), m
        Perimeters, holes included.

    Returns
    -------
    (n,), dimensionless, in [0, 1]
        1 is a circle; ``nan`` where the perimeter is 0.

    References
    ----------
    Polsby, D., Popper, R. (1991). The third criterion. Yale Law & Policy Review 9.

    Examples
    --------
    A square of side 100 m, then a 10 m x 1000 m strip:

    >>> polsby_popper(np.array([1e4, 1e4]), np.array([400.0, 2020.0])).round(3)
    array([0.785, 0.031])
    """
    out = np.full(area_m2.shape, np.nan)
    np.divide(4 * np.pi * area_m2, perimeter_m**2, out=out, where=perimeter_m > 0)
    return out


def _sum(plan: Plan, values: FloatArray, level: str) -> FloatArray:
    at = plan.labels(level)
    ok = at >= 0
    return np.bincount(at[ok], values[ok], len(plan.level(level))).astype(np.float64)


def _cut(plan: Plan, level: str) -> tuple[LabelArray, LabelArray, FloatArray]:
    """List the common borders of units, with the grids of their ends."""
    at = plan.labels(level)
    left, right, border_m = plan.town.graph.borders()
    return at[left], at[right], border_m


@metric(unit="1", better="higher")
def compactness(plan: Plan, *, level: str = "base_grid") -> FloatArray:
    """Polsby-Popper compactness: area over that of the circle with the same perimeter."""
    return polsby_popper(area_m2(plan, level=level), perimeter_m(plan, level=level))


@metric(unit="m²")
def area_m2(plan: Plan, *, level: str = "base_grid") -> FloatArray:
    """Area."""
    return _sum(plan, plan.town.units.area_m2, level)


@metric(unit="km²")
def area_km2(plan: Plan, *, level: str = "base_grid") -> FloatArray:
    """Area in square kilometres."""
    return _sum(plan, plan.town.units.area_m2, level) / 1e6


@metric(unit="m", better="lower")
def perimeter_m(plan: Plan, *, level: str = "base_grid") -> FloatArray:
    """Length of the outline, holes included."""
    a, b, border_m = _cut(plan, level)
    inner = (a == b) & (a >= 0)
    del b
    total = _sum(plan, plan.town.units.perimeter_m, level)
    return total - 2 * np.bincount(a[inner], border_m[inner], total.size)


@metric(unit="1")
def n_units(plan: Plan, *, level: str = "base_grid") -> FloatArray:
    """Number of units."""
    return plan.n_units(level=level).astype(np.float64)


@metric(unit="persons/km²")
def density_per_km2(plan: Plan, *, level: str = "base_grid") -> FloatArray:
    """Residents per square kilometre; ``nan`` where the town has no measure ``residents``."""
    known = plan.town.units.measures.get("residents")
    if known is None:
        return np.full(len(plan.level(level)), np.nan)
    return _sum(plan, known.values, level) / np.maximum(area_km2(plan, level=level), 1e-12)


@metric(unit="1", better="higher")
def inertia_compactness(plan: Plan, *, level: str = "base_grid") -> FloatArray:
    """Moment of inertia of the disc of the same area over that of the grid (1 is a disc).

    Each unit counts as a disc of its own area around its point (Weaver & Hess 1963; Li, Goodchild &
    Church 2013).
    """
    units = plan.town.units
    own, A = units.area_m2, area_m2(plan, level=level)
    at = plan.labels(level)
    ok = at >= 0
    J = _sum(plan, own**2 / (2 * np.pi), level)
    for i in (0, 1):
        z = units.xy[:, i]
        middle = _sum(plan, own * z, level) / np.maximum(A, 1e-12)
        d = np.zeros(own.size)
        d[ok] = z[ok] - middle[at[ok]]
        J += _sum(plan, own * d**2, level)
    out = np.full(A.shape, np.nan)
    np.divide(A**2 / (2 * np.pi), J, out=out, where=J > 0)
    return out


@metric(unit="1", better="lower")
def n_pieces(plan: Plan, *, level: str = "base_grid") -> FloatArray:
    """Number of pieces that do not touch; 1 is contiguous."""
    at = plan.labels(level)
    piece = plan.town.graph.pieces(at)
    ok = at >= 0
    pairs = np.unique(np.column_stack([at[ok], piece[ok]]), axis=0)
    return np.bincount(pairs[:, 0], minlength=len(plan.level(level))).astype(np.float64)


@metric(unit="1", better="lower")
def n_communities(plan: Plan, *, level: str = "base_grid") -> FloatArray:
    """Number of the town's communities that the units of a grid lie in; 1 is nested."""
    community = plan.town.community
    k = len(plan.level(level))
    if community is None:
        return np.ones(k)
    at = plan.labels(level)
    ok = at >= 0
    pairs = np.unique(np.column_stack([at[ok], community.holder[ok]]), axis=0)
    return np.bincount(pairs[:, 0], minlength=k).astype(np.float64)


@metric(unit="m", better="lower")
def border_m(plan: Plan, *, level: str = "base_grid") -> FloatArray:
    """Length of the borders with other grids (the outline without the edge of the town)."""
    a, b, length = _cut(plan, level)
    cut = a != b
    k = len(plan.level(level))
    out = np.zeros(k)
    for side in (a, b):
        ok = cut & (side >= 0)
        out += np.bincount(side[ok], length[ok], k)
    return out


def deviation(
    plan: Plan, measure: str, *, level: str = "base_grid", within: str = "community"
) -> FloatArray:
    """``(value - ideal) / ideal`` of a measure, the ideal being the mean of the community or town.

    Parameters
    ----------
    plan, measure
        What is compared.
    level
        Of the grids.
    within
        ``"community"`` (for base grids that have a parent) or ``"town"``.

    Returns
    -------
    (k,)
        ``nan`` where the ideal is 0.
    """
    value = plan.total(measure, level=level)
    group = np.zeros(value.size, dtype=np.int64)
    if within == "community" and level == "base_grid" and len(plan.levels) > 1:
        group = np.maximum(plan.levels[1].holder, 0).astype(np.int64)
    ideal = (np.bincount(group, value) / np.maximum(np.bincount(group), 1))[group]
    out = np.full(value.shape, np.nan)
    np.divide(value - ideal, ideal, out=out, where=ideal > 0)
    return out
