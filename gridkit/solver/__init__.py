"""Which plan keeps the rules and is good at what it should be good at?"""

from gridkit.solver.bounds import certify
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
    "ensemble",
    "finish",
    "merge",
    "repair",
    "solve",
    "split",
]
