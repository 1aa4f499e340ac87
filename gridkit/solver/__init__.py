"""Which plan keeps the rules and is good at what it should be good at?"""

from gridkit.solver.bounds import certify
from gridkit.solver.communities import draw_communities, group_grids
from gridkit.solver.edits import balance_grids, finish, merge, repair, split
from gridkit.solver.ensemble import Ensemble, ensemble
from gridkit.solver.stop import MaxIterations, MaxSeconds, NoImprovement, SearchState, Stop
from gridkit.solver.verbs import solve

__all__ = [
    "Ensemble",
    "MaxIterations",
    "MaxSeconds",
    "NoImprovement",
    "SearchState",
    "Stop",
    "balance_grids",
    "certify",
    "draw_communities",
    "ensemble",
    "finish",
    "group_grids",
    "merge",
    "repair",
    "solve",
    "split",
]
