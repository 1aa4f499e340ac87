"""How much work has each grid and how many members, when members divide a grid into beats of their own?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.staffing.apportion import apportion
from gridkit.staffing.workload import workload

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, LabelArray
    from gridkit.model.plan import Plan
    from gridkit.model.workload import HeadCounts, Workload
    from gridkit.staffing.standards import Standards

MOST_ROUNDS = 8


def split_members(
    plan: Plan,
    *,
    standards: Standards,
    total: int,
    round_m: FloatArray | None = None,
    **quotas: Any,
) -> tuple[Workload, HeadCounts]:
    """Work out the workload of every grid and split the members over them.

    With ``standards.own_beats`` the walk in a grid shrinks as its members grow, so both are worked out
    in turn until the head counts stay the same.

    Parameters
    ----------
    plan
        The plan.
    standards
        Visits and minutes.
    total
        Members to hand out; 0 for as many as the work needs, each filled to `target_load`.
    round_m : (k,), metres
        Measured rounds, as in `workload`.
    **quotas
        Passed on to `apportion` (floor, cap, rule, communities); and `target_load` (default 0.9).

    Returns
    -------
    tuple
        Workload and head counts that fit each other.
    """
    target = float(quotas.pop("target_load", 0.9))
    k = len(plan.levels[0])
    members: LabelArray = np.full(k, max(total // max(k, 1), 1), dtype=np.int32)
    for _ in range(MOST_ROUNDS):
        beats = members.astype(np.int64) if standards.own_beats else None
        load = workload(plan, standards=standards, n_members=beats, round_m=round_m)
        need = load.required_members(floor=quotas.get("floor", 2), target_load=target)
        heads = apportion(load, total=total or int(need.sum()), **quotas)
        if not standards.own_beats or (heads.members == members).all():
            break
        members = heads.members
    return load, heads
