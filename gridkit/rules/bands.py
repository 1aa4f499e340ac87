"""Between which amounts must each grid lie, and how many grids has each community?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import ConfigError, did_you_mean, some_of
from gridkit.rules.seats import apportion
from gridkit.rules.settings import Limit
from gridkit.rules.whole import is_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray
    from gridkit.model.town import Town
    from gridkit.rules.settings import Rules


AREA_UNITS = {"km2": 1.0, "km²": 1.0, "m2": 1e6, "m²": 1e6}
"""How many of a unit of area make a km²."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Band:
    """One amount per unit, whose sum over a grid must lie between two bounds.

    A limit on a ratio is a band too: residents per km² at most 5,000 is residents - 5,000 x km² at
    most 0.

    Parameters
    ----------
    rule
        ``"limit"``, ``"balance"`` or ``"staffing"``.
    label
        What is added up, in words.
    values : (n,)
        Amount of each unit.
    low, high : (k,)
        Bounds of each grid.
    ideal : (k,)
        What is aimed at; ``nan`` where nothing is.
    limit
        The limit it comes from, when it comes from one.
    """

    rule: str
    label: str
    values: FloatArray
    low: FloatArray
    high: FloatArray
    ideal: FloatArray
    limit: Limit | None = None


def unit_values(town: Town, measure: str) -> FloatArray:
    """Give the amount of a measure in every unit; ``n_units`` and ``area_km2`` are always there.

    Raises
    ------
    SchemaError
        If the town has no such measure.
    """
    if measure == "n_units":
        return np.ones(len(town.units))
    if measure == "area_km2":
        return town.units.area_m2 / 1e6
    return town.units.measure(measure).values


def density_area_km2(town: Town, rules: Rules) -> FloatArray:
    """Give the area of every unit that densities are taken over: all of it, or what is built up.

    Raises
    ------
    ConfigError
        If the measure that the rules name is no area.
    """
    name = rules.density_area
    values = unit_values(town, name)
    if name == "area_km2":
        return values
    unit = "m2" if name == "area_m2" else town.units.measure(name).unit
    if unit not in AREA_UNITS:
        msg = f"rules.density_area: `{name}` is in {unit}; expected a measure in {' or '.join(AREA_UNITS)}, or 'area_km2'."
        raise ConfigError(msg)
    return values / AREA_UNITS[unit]


def unit_classes(town: Town, rules: Rules) -> tuple[tuple[str, ...], FloatArray, BoolArray]:
    """Name the density class of every unit.

    Returns
    -------
    class : (n,)
    density_per_km2 : (n,)
        Residents per km² of the area that the rules name.
    bare : (n,)
        Units that hold residents and nothing of that area; their density is taken over all of the unit.
    """
    people, area = unit_values(town, rules.density_measure), density_area_km2(town, rules)
    bare = (people > 0) & (area <= 0)
    area = np.where(bare, town.units.area_m2 / 1e6, area)
    density = np.divide(people, area, out=np.zeros(people.size), where=area > 0)
    return class_of(rules, density), density, bare


def sums(at: LabelArray | IntArray, values: FloatArray, n: int) -> FloatArray:
    """Add values up by label; labels below 0 are left out."""
    if at.min(initial=0) < 0:
        values, at = values[at >= 0], at[at >= 0]
    return np.bincount(at, values, n).astype(np.float64, copy=False)


def community_of(town: Town) -> LabelArray:
    """Give the community of every unit; 0 for all when the town has none."""
    if town.community is None:
        return np.zeros(len(town.units), dtype=np.int32)
    return town.community.holder


def community_names(town: Town) -> tuple[str, ...]:
    """Give the names of the communities; the town's name when it has none."""
    return (town.name,) if town.community is None else town.community.names


def community_ids(town: Town) -> tuple[str, ...]:
    """Give the ids of the communities; the town's name when it has none."""
    return (town.name,) if town.community is None else town.community.ids


def carved_mask(town: Town, rules: Rules) -> BoolArray:
    """Tell which units lie in carved-out grids."""
    mask = np.zeros(len(town.units), dtype=bool)
    for name, ids in rules.locks.carved.items():
        mask[positions(town, ids, where=f"locks.carved['{name}']")] = True
    return mask


def positions(town: Town, ids: tuple[str, ...], *, where: str) -> IntArray:
    """Look units up by id.

    Raises
    ------
    ConfigError
        Naming the unknown ones and the setting.
    """
    unknown = [i for i in ids if i not in town.position]
    if unknown:
        near = did_you_mean(unknown[0], town.units.ids[:5000])
        msg = (
            f"{where} names {len(unknown)} units that are not in the town: {some_of(unknown)}{near}"
        )
        raise ConfigError(msg)
    return np.array([town.position[i] for i in ids], dtype=np.int64)


def main_load(town: Town, rules: Rules) -> FloatArray:
    """Give the load that decides how many grids a community gets."""
    if rules.balance is not None:
        return unit_values(town, rules.balance.measure)
    upper = [
        v
        for v in rules.limits
        if math.isfinite(v.high) and not v.per and v.level == "base_grid" and not is_whole(town, v)
    ]
    return unit_values(town, upper[0].measure if upper else "area_m2")


def grid_counts(town: Town, rules: Rules) -> IntArray:
    """Decide how many base grids (carved-out ones aside) each community has.

    Parameters
    ----------
    town, rules
        What is divided, and by which rules.

    Returns
    -------
    (n communities,)
        As the rules give them; from the total by Adams; or as few as the upper limits allow.

    Raises
    ------
    ConfigError
        If a community in the rules is unknown, left out, or the total is less than one each.
    """
    of, ids = community_of(town), community_ids(town)
    load = np.where(carved_mask(town, rules), 0.0, main_load(town, rules))
    loads = np.bincount(of, load, len(ids)).astype(np.float64)
    setting = rules.grids
    if setting.by_community:
        return _given_counts(setting.by_community, ids)
    total = setting.total
    lowest = fewest_grids(town, rules)
    if total is None:
        total = max(int(lowest.sum()), setting.lowest)
        if setting.choose == "even":
            total = _most_even(loads, lowest, total, setting.highest or 2 * total)
        if setting.highest is not None and total > setting.highest:
            total = setting.highest
    if total < len(ids):
        msg = (
            f"grids.total: got {total} grids for {len(ids)} communities; expected at least one each. "
            f"Raise the total, or unite communities."
        )
        raise ConfigError(msg)
    start = lowest if lowest.sum() <= total else np.ones(len(ids), dtype=np.int64)
    return apportion(loads, total, start)


def _most_even(loads: FloatArray, lowest: IntArray, low: int, high: int) -> int:
    """Find the number of grids with which the mean loads of all communities differ least; ties to the smallest."""
    best, chosen = math.inf, low
    seats = apportion(loads, low, lowest)
    for total in range(low, high + 1):
        seats = apportion(loads, total, seats)
        mean = loads / seats
        spread = float(mean.max() / max(float(mean[loads > 0].min(initial=math.inf)), 1e-300))
        if spread < best * (1 - 1e-12):
            best, chosen = spread, total
    return chosen


def _given_counts(given: Mapping[str, int], ids: tuple[str, ...]) -> IntArray:
    unknown = sorted(set(given) - set(ids))
    missing = sorted(set(ids) - set(given))
    if unknown or missing:
        what = f"unknown communities {some_of(unknown)}" if unknown else ""
        left = f"no number for {some_of(missing)}" if missing else ""
        near = did_you_mean(unknown[0], ids) if unknown else ""
        msg = f"grids.by_community: {' and '.join(t for t in (what, left) if t)}{near or '.'}"
        raise ConfigError(msg)
    return np.array([given[i] for i in ids], dtype=np.int64)


def fewest_grids(town: Town, rules: Rules) -> IntArray:
    """Count how many grids each community needs at least, by its upper limits.

    Returns
    -------
    (n communities,)
        ``ceil(total / high)`` for the most demanding limit; at least 1.
    """
    of, n = community_of(town), len(community_ids(town))
    keep = ~carved_mask(town, rules)
    need = np.ones(n, dtype=np.int64)
    for limit in rules.limits:
        if (
            limit.per
            or limit.density_class
            or limit.level != "base_grid"
            or not math.isfinite(limit.high)
            or is_whole(town, limit)
        ):
            continue
        total = np.bincount(of[keep], unit_values(town, limit.measure)[keep], n)
        if limit.high > 0:
            need = np.maximum(need, np.ceil(total / limit.high - 1e-9).astype(np.int64))
    return need


def base_bands(
    town: Town,
    rules: Rules,
    community: IntArray,
    *,
    heads: FloatArray | None = None,
    free: BoolArray | None = None,
    density_class: tuple[str, ...] | None = None,
) -> list[Band]:
    """Work out the bounds of every base grid.

    Parameters
    ----------
    community : (k,)
        Community of each grid.
    heads : (k,), optional
        Members of each grid; ideals are proportional to them.
    free : (k,), optional
        False for grids that stand outside the rules (carved-out ones).
    density_class : (k,), optional
        Class of each grid, for limits that depend on it.
    """
    k = len(community)
    free = np.ones(k, dtype=bool) if free is None else free
    bands = []
    if rules.balance is not None:
        bands.append(_balance_band(town, rules, community, heads, free))
    for limit in rules.limits:
        if limit.level != "base_grid" or is_whole(town, limit):
            continue
        on = free.copy()
        if limit.density_class:
            of = density_class or ("",) * k
            on &= np.array([c == limit.density_class for c in of], dtype=bool)
        bands += limit_bands(town, limit, on)
    if rules.staffing.max_load is not None and heads is not None and rules.balance is not None:
        high = np.where(free, heads * rules.staffing.max_load, np.inf)
        none = np.full(k, np.nan)
        values = unit_values(town, rules.balance.measure)
        bands.append(
            Band(
                rule="staffing", label=rules.balance.measure, values=values,
                low=np.full(k, -np.inf), high=high, ideal=none,
            )
        )  # fmt: skip
    return bands


def limit_bands(town: Town, limit: Limit, on: BoolArray) -> list[Band]:
    """Turn one limit into bands of sums; a ratio becomes one band for each side."""
    k = len(on)
    values, none = unit_values(town, limit.measure), np.full(k, np.nan)
    if not limit.per:
        low = np.where(on & (limit.low > 0), limit.low, -np.inf)
        high = np.where(on, limit.high, np.inf)
        return [
            Band(
                rule="limit",
                label=limit.label,
                values=values,
                low=low,
                high=high,
                ideal=none,
                limit=limit,
            )
        ]
    base = unit_values(town, limit.per)
    made = []
    if limit.low > 0:
        rest = values - limit.low * base
        low = np.where(on, 0.0, -np.inf)
        made.append(
            Band(
                rule="limit",
                label=limit.label,
                values=rest,
                low=low,
                high=np.full(k, np.inf),
                ideal=none,
                limit=limit,
            )
        )
    if math.isfinite(limit.high):
        rest = values - limit.high * base
        high = np.where(on, 0.0, np.inf)
        made.append(
            Band(
                rule="limit",
                label=limit.label,
                values=rest,
                low=np.full(k, -np.inf),
                high=high,
                ideal=none,
                limit=limit,
            )
        )
    return made


def _balance_band(
    town: Town, rules: Rules, community: IntArray, heads: FloatArray | None, free: BoolArray
) -> Band:
    """Set the ideal of each grid: an even share of its community (or the town), by members if given."""
    balance = rules.balance
    if balance is None:  # pragma: no cover  the caller has looked
        raise AssertionError
    values = unit_values(town, balance.measure)
    keep = ~carved_mask(town, rules)
    weight = (
        np.ones(len(community))
        if heads is None or balance.per_member is False
        else heads.astype(np.float64)
    )
    weight = np.where(free, weight, 0.0)
    if balance.within == "town" or town.community is None:
        ideal = values[keep].sum() * weight / max(weight.sum(), 1e-300)
    else:
        of, n = community_of(town), len(community_ids(town))
        load = np.bincount(of[keep], values[keep], n)
        own = np.maximum(community, 0)
        share = np.bincount(own, weight, n)
        ideal = load[own] * weight / np.maximum(share[own], 1e-300)
    low = np.where(free, ideal * (1 - balance.tolerance), -np.inf)
    high = np.where(free, ideal * (1 + balance.tolerance), np.inf)
    return Band(
        rule="balance", label=balance.measure, values=values, low=low, high=high,
        ideal=np.where(free, ideal, np.nan),
    )  # fmt: skip


def class_of(rules: Rules, density_per_km2: FloatArray) -> tuple[str, ...]:
    """Name the density class of each grid."""
    out = []
    for d in density_per_km2:
        name = rules.density_classes[-1].name if rules.density_classes else ""
        for c in rules.density_classes:
            if d < c.below_per_km2:
                name = c.name
                break
        out.append(name)
    return tuple(out)
