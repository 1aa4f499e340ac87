"""How are community grids drawn when they are not given, and base grids grouped for other purposes?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InputError
from gridkit.model.plan import Level, majority
from gridkit.rules.settings import Balance, GridCount, Rules
from gridkit.solver.telling import part_of
from gridkit.solver.verbs import solve
from gridkit.solver.written import town_without_communities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit._typing import LabelArray
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town
    from gridkit.solver.search import OnProgress
    from gridkit.solver.stop import Stop


def draw_communities(
    town: Town,
    n: int,
    *,
    measure: str,
    tolerance: float = 0.1,
    rules: Rules | None = None,
    seed: int = 0,
    relax: bool = False,
    stop: Stop | None = None,
    on_progress: OnProgress | None = None,
) -> Town:
    """Divide a town into community grids, so that base grids can then be drawn inside them.

    Where the town has communities already (villages), they are kept whole and united.

    Parameters
    ----------
    town
        The town.
    n
        Number of community grids.
    measure, tolerance
        What is to be even over them, and how even.
    rules
        Other rules (limits, links, barriers, objective); its balance and grid count are replaced.
    seed
        Of all chance.
    relax
        Take the best division even if it breaks a rule.
    stop, on_progress
        As in `solve`.

    Returns
    -------
    Town
        The same town with the new communities; `solve` nests base grids in them.

    Raises
    ------
    InfeasibleError
        If no such division was found.
    """
    whole = () if town.community is None else _groups(town, town.community.holder)
    asked = _asked(rules, n, measure, tolerance, whole)
    plan = solve(
        town_without_communities(town),
        asked,
        seed=seed,
        relax=relax,
        prove=False,
        stop=stop,
        on_progress=on_progress,
    ).plan
    first = plan.levels[0]
    width = max(2, len(str(len(first))))
    ids = tuple(f"C{i:0{width}d}" for i in range(1, len(first) + 1))
    level = Level(name="community_grid", ids=ids, holder=first.holder)
    return town._replace(community=level)


def draw_levels(
    town: Town,
    above: Sequence[tuple[str, int]],
    *,
    measure: str,
    rules: Rules,
    tolerance: float = 0.1,
    seed: int = 0,
    relax: bool = False,
    stop: Stop | None = None,
    on_progress: OnProgress | None = None,
) -> Plan:
    """Draw several levels of grids at once, each nested in the one above.

    Parameters
    ----------
    town
        The town; communities that it has are kept whole in every level above the base grids.
    above
        Names and numbers of the levels above the base grids, from the top down:
        ``[("district", 4), ("community_grid", 24)]``.
    measure, tolerance
        What is to be even over the grids of the upper levels, and how even.
    rules
        For the base grids.
    seed, relax, stop, on_progress
        As in `solve`.

    Returns
    -------
    Plan
        With all levels, the base grids first.

    Raises
    ------
    InputError
        If no level is given, or one has fewer grids than the level above it.
    InfeasibleError
        If no such division was found.
    """
    numbers = [n for _, n in above]
    if not numbers or numbers != sorted(numbers):
        msg = f"levels go from the top down, with more grids on each: got {list(above)}."
        raise InputError(msg)
    whole = () if town.community is None else _groups(town, town.community.holder)
    ground, labels = town_without_communities(town), []
    for i, (_, n) in enumerate(above):
        low, high = i / (1 + len(above)), (i + 1) / (1 + len(above))
        asked = _asked(Rules(), n, measure, tolerance, whole)
        found = solve(
            ground, asked, seed=seed, relax=relax, prove=False, stop=stop,
            on_progress=part_of(on_progress, low, high),
        ).plan  # fmt: skip
        level = _named_level("L", found.levels[0].holder, len(found.levels[0]))
        labels.append(level.holder)
        ground = ground._replace(community=level)
    lowest = replace(ground.community, name=above[-1][0]) if ground.community is not None else None
    plan = solve(
        ground._replace(community=lowest), rules, seed=seed, relax=relax, prove=False, stop=stop,
        on_progress=part_of(on_progress, len(above) / (1 + len(above)), 1.0),
    ).plan  # fmt: skip
    levels = list(plan.levels)
    for i in range(len(above) - 2, -1, -1):
        below, k = len(levels[-1]), int(labels[i].max()) + 1
        holder = majority(labels[i + 1], labels[i], below, k)
        levels.append(_named_level(above[i][0], holder, k))
    return replace(plan, levels=tuple(levels))


def _named_level(name: str, holder: LabelArray, k: int) -> Level:
    width = max(2, len(str(k)))
    ids = tuple(f"{name}-{i:0{width}d}" for i in range(1, k + 1))
    return Level(name=name, ids=ids, holder=holder)


def group_grids(
    plan: Plan,
    n: int,
    *,
    measure: str,
    name: str = "group",
    tolerance: float = 0.1,
    rules: Rules | None = None,
    seed: int = 0,
    relax: bool = False,
    stop: Stop | None = None,
    on_progress: OnProgress | None = None,
) -> Level:
    """Group the base grids of a plan into larger contiguous areas, across community lines if need be.

    An overlay: patrol sectors, fire engine areas, a functional grouping that the communities do not
    give.

    Parameters
    ----------
    plan
        The plan; every base grid stays whole.
    n
        Number of groups.
    measure, tolerance
        What is to be even over them, and how even.
    name
        Of the level.
    rules, seed, relax, stop, on_progress
        As for `draw_communities`.

    Returns
    -------
    Level
        Which group holds each base grid.

    Raises
    ------
    InfeasibleError
        If no such grouping was found.
    """
    asked = _asked(rules, n, measure, tolerance, _groups(plan.town, plan.base))
    town = town_without_communities(plan.town)
    found = solve(
        town, asked, seed=seed, relax=relax, prove=False, stop=stop, on_progress=on_progress
    ).plan
    first = np.full(len(plan.levels[0]), -1, dtype=np.int64)
    used, at = np.unique(plan.base, return_index=True)
    first[used[used >= 0]] = at[used >= 0]
    holder = np.where(first >= 0, found.base[np.maximum(first, 0)], -1).astype(np.int32)
    width = max(2, len(str(n)))
    ids = tuple(f"{name}-{i:0{width}d}" for i in range(1, len(found.levels[0]) + 1))
    return Level(name=name, ids=ids, holder=holder)


def _groups(town: Town, label: np.ndarray) -> tuple[tuple[str, ...], ...]:
    """List the units of each label."""
    ids = np.array(town.units.ids, dtype=object)
    order = np.argsort(label, kind="stable")
    order = order[label[order] >= 0]
    cuts = np.flatnonzero(np.diff(label[order])) + 1
    return tuple(tuple(ids[own]) for own in np.split(order, cuts) if own.size > 1)


def _asked(
    rules: Rules | None, n: int, measure: str, tolerance: float, whole: tuple[tuple[str, ...], ...]
) -> Rules:
    base = Rules() if rules is None else rules
    return replace(
        base,
        balance=Balance(measure=measure, tolerance=tolerance, within="town"),
        grids=GridCount(total=n),
        locks=replace(base.locks, together=(*base.locks.together, *whole), grids=(), units=()),
        change=(),
    )
