"""What moved between two plans?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit._typing import BoolArray, FloatArray, LabelArray
    from gridkit.model.plan import Plan


def moved_units(plan: Plan, current: Plan) -> BoolArray:
    """Tell which units changed base grid; a unit that was in none before has not changed.

    Grids with the same id are the same grid; if no ids agree, grids are matched by common area.

    Parameters
    ----------
    plan, current
        The plan and the one in force, over the same units.

    Returns
    -------
    (n,)
        True where the grid is another one.
    """
    match = same_grids(plan, current)
    to = np.where(plan.base >= 0, match[np.maximum(plan.base, 0)], -1)
    differ: BoolArray = (to != current.base) & (current.base >= 0)
    return differ


def same_grids(plan: Plan, current: Plan) -> LabelArray:
    """Find the grid of the current plan that each grid of a plan is; -2 for a new one."""
    a, b = plan.levels[0], current.levels[0]
    if set(a.ids) & set(b.ids):
        number = {g: p for p, g in enumerate(b.ids)}
        return np.array([number.get(g, -2) for g in a.ids] or [-2], dtype=np.int32)
    return matched(plan.base, current.base, len(a), len(b), plan.town.units.area_m2)


def moved_members(
    plan: Plan, current: Plan, members: Mapping[str, int], members_now: Mapping[str, int]
) -> int:
    """Count the members who must change grid: those a grid has more now than it will have.

    Parameters
    ----------
    plan, current
        The plan and the one in force.
    members, members_now
        Head count of each base grid of the two, by id.

    Returns
    -------
    int
        People.
    """
    match, before = same_grids(plan, current), current.levels[0].ids
    will = dict.fromkeys(before, 0)
    for i, p in zip(plan.levels[0].ids, match.tolist(), strict=False):
        if p >= 0:
            will[before[p]] += int(members.get(i, 0))
    return sum(max(0, int(members_now.get(i, 0)) - will[i]) for i in before)


def matched(
    new: LabelArray, old: LabelArray, n_new: int, n_old: int, weight: FloatArray
) -> LabelArray:
    """Match new labels with old ones so that the most weight keeps its label; -2 for no partner.

    Parameters
    ----------
    new, old : (n,)
        Labels of the units; -1 for none.
    n_new, n_old
        Number of labels.
    weight : (n,)
        What counts, such as areas in m².

    Returns
    -------
    (n_new,)
        Position of the old label, or -2.
    """
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415  only needed to compare plans

    ok = (new >= 0) & (old >= 0)
    common = np.bincount(new[ok].astype(np.int64) * n_old + old[ok], weight[ok], n_new * n_old)
    row, column = linear_sum_assignment(-common.reshape(n_new, n_old))
    out = np.full(max(n_new, 1), -2, dtype=np.int32)
    out[row] = column
    return out
