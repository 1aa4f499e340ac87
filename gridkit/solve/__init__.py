"""Which plan keeps the rules and is good at what it should be good at?"""

from gridkit.solve.bounds import certify
from gridkit.solve.edits import balance_grids, finish, merge, repair, split
from gridkit.solve.ensemble import Ensemble, ensemble
from gridkit.solve.stop import MaxIterations, MaxSeconds, NoImprovement, SearchState, Stop
from gridkit.solve.verbs import solve

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
