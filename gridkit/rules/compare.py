"""What moved between two plans?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, LabelArray
    from gridkit.model.plan import Plan


def moved_units(plan: Plan, current: Plan) -> BoolArray:
    """Tell which units changed base grid; a unit that was in none before has not changed.

    Grids with the same id are the same grid; if no ids agree, grids are matched by common area.
    """
    a, b = plan.levels[0], current.levels[0]
    if set(a.ids) & set(b.ids):
        number = {g: p for p, g in enumerate(b.ids)}
        match = np.array([number.get(g, -2) for g in a.ids] or [-2], dtype=np.int32)
    else:
        match = matched(plan.base, current.base, len(a), len(b), plan.town.units.area_m2)
    to = np.where(plan.base >= 0, match[np.maximum(plan.base, 0)], -1)
    differ: BoolArray = (to != current.base) & (current.base >= 0)
    return differ


def matched(
    new: LabelArray, old: LabelArray, n_new: int, n_old: int, weight: FloatArray
) -> LabelArray:
    """Match new labels with old ones so that the most weight keeps its label; -2 for no partner."""
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415  only needed to compare plans

    ok = (new >= 0) & (old >= 0)
    common = np.bincount(new[ok].astype(np.int64) * n_old + old[ok], weight[ok], n_new * n_old)
    row, column = linear_sum_assignment(-common.reshape(n_new, n_old))
    out = np.full(max(n_new, 1), -2, dtype=np.int32)
    out[row] = column
    return out
