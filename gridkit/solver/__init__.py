"""Which plan keeps the rules and is good at what it should be good at?"""

from gridkit.solver.stop import MaxIterations, MaxSeconds, NoImprovement, SearchState, Stop
from gridkit.solver.verbs import solve

__all__ = ["MaxIterations", "MaxSeconds", "NoImprovement", "SearchState", "Stop", "solve"]
