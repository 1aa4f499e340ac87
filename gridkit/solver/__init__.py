"""Which plan keeps the rules and is good at what it should be good at?"""

from gridkit.solver.bounds import certify
from gridkit.solver.communities import draw_communities, draw_levels, group_grids
from gridkit.solver.edits import balance_grids, finish, merge, redraw, repair, split
from gridkit.solver.ensemble import Ensemble, ensemble
from gridkit.solver.pieces import join_strays
from gridkit.solver.stop import (
    FirstOf,
    MaxIterations,
    MaxSeconds,
    NoImprovement,
    SearchState,
    Stop,
    StopWhen,
    stopped_by_interrupt,
)
from gridkit.solver.verbs import solve

__all__ = [
    "Ensemble",
    "FirstOf",
    "MaxIterations",
    "MaxSeconds",
    "NoImprovement",
    "SearchState",
    "Stop",
    "StopWhen",
    "balance_grids",
    "certify",
    "draw_communities",
    "draw_levels",
    "ensemble",
    "finish",
    "group_grids",
    "join_strays",
    "merge",
    "redraw",
    "repair",
    "solve",
    "split",
    "stopped_by_interrupt",
]
