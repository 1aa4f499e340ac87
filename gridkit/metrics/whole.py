"""How good is a plan as a whole, and what changed since another one?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit.metrics.grid import compactness, n_pieces
from gridkit.metrics.registry import all_metrics, metric

if TYPE_CHECKING:
    import pandas as pd

    from gridkit.model.plan import Plan


@metric(unit="1", level="plan", better="higher")
def mean_compactness(plan: Plan) -> float:
    """Mean Polsby-Popper compactness of the base grids."""
    return float(np.nanmean(compactness(plan)))


@metric(unit="1", level="plan", better="lower")
def n_cut_edges(plan: Plan) -> float:
    """Pairs of neighbouring units in different base grids."""
    left, right, _ = plan.town.graph.edges()
    return float((plan.base[left] != plan.base[right]).sum())


@metric(unit="km", level="plan", better="lower")
def cut_border_km(plan: Plan) -> float:
    """Length of all borders between base grids, each counted once."""
    left, right, length = plan.town.graph.borders()
    return float(length[plan.base[left] != plan.base[right]].sum() / 1000)


@metric(unit="1", level="plan", better="lower")
def n_in_pieces(plan: Plan) -> float:
    """Base grids that are not contiguous."""
    return float((n_pieces(plan) > 1).sum())


@metric(unit="1", level="plan", better="lower")
def n_unassigned(plan: Plan) -> float:
    """Units in no base grid."""
    return float((plan.base < 0).sum())


def plan_frame(plan: Plan, *, level: str = "base_grid") -> pd.DataFrame:
    """Tabulate every measure of the town and every grid measure, one row for each grid.

    Parameters
    ----------
    plan
        Any plan.
    level
        ``"base_grid"`` or another level of the plan.

    Returns
    -------
    DataFrame
        Indexed by ``grid_id``; columns ``name``, ``parent_id``, the town's measures, the registered ones.
    """
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    own = plan.level(level)
    at = [v.name for v in plan.levels].index(level)
    columns: dict[str, object] = {"name": list(own.names)}
    if at + 1 < len(plan.levels):
        above = plan.levels[at + 1]
        columns["parent_id"] = [above.ids[p] if p >= 0 else "" for p in above.holder]
    for name in plan.town.units.measures:
        columns[name] = plan.total(name, level=level)
    for found in all_metrics():
        if found.level == "grid":
            columns[found.name] = found.function(plan, level=level)
    return pd.DataFrame(columns, index=pd.Index(own.ids, name="grid_id"))
