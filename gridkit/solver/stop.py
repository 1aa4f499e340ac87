"""When does a search end?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchState:
    """What a stopping criterion may look at.

    Parameters
    ----------
    iteration
        Sweeps over all units so far.
    seconds
        Wall time so far.
    since_best
        Sweeps since the best plan was found.
    is_legal
        Whether the best plan keeps every rule.
    value
        Objective of the best plan, per grid.
    """

    iteration: int
    seconds: float
    since_best: int
    is_legal: bool
    value: float


Stop: TypeAlias = Callable[[SearchState], bool]
"""Asked from time to time; True ends the search with the best plan so far. Cancelling is the same."""


@dataclass(frozen=True, slots=True)
class MaxIterations:
    """Stop after a number of sweeps: the same plan every time.

    Parameters
    ----------
    n
        Sweeps.
    """

    n: int

    def __call__(self, state: SearchState) -> bool:
        """Tell whether to stop."""
        return state.iteration >= self.n


@dataclass(frozen=True, slots=True)
class MaxSeconds:
    """Stop after some time: the plan depends on the machine.

    Parameters
    ----------
    seconds
        Wall time.
    """

    seconds: float

    def __call__(self, state: SearchState) -> bool:
        """Tell whether to stop."""
        return state.seconds >= self.seconds


@dataclass(frozen=True, slots=True)
class NoImprovement:
    """Stop when nothing got better for a number of sweeps.

    Parameters
    ----------
    n
        Sweeps.
    """

    n: int

    def __call__(self, state: SearchState) -> bool:
        """Tell whether to stop."""
        return state.is_legal and state.since_best >= self.n
