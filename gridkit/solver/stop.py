"""When does a search end?"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator


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


@dataclass(frozen=True, slots=True)
class StopWhen:
    """Stop as soon as somebody says so: a button, a closed window, `threading.Event.is_set`.

    It ends the whole call, further starts, alternatives and proofs included; the best legal plan so
    far is given.

    Parameters
    ----------
    asked
        Called from time to time, from the thread that searches.
    """

    asked: Callable[[], bool]

    def __call__(self, state: SearchState) -> bool:
        """Tell whether to stop."""
        del state
        return bool(self.asked())


@dataclass(frozen=True, slots=True)
class FirstOf:
    """Stop when the first of several criteria says so.

    Parameters
    ----------
    stops
        The criteria.

    Examples
    --------
    >>> stop = FirstOf((MaxSeconds(30), StopWhen(lambda: False)))
    """

    stops: tuple[Stop, ...]

    def __call__(self, state: SearchState) -> bool:
        """Tell whether to stop."""
        return any(stop(state) for stop in self.stops)


@contextmanager
def stopped_by_interrupt() -> Iterator[StopWhen]:
    """Let the first Ctrl-C end a search with the best plan so far; the second one interrupts.

    For the main thread; elsewhere signals cannot be heard, and nothing changes.

    Yields
    ------
    StopWhen
        To hand to a search as `stop`.

    Examples
    --------
    >>> with stopped_by_interrupt() as stop:
    ...     stop.asked()
    False
    """
    heard = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield StopWhen(heard.is_set)
        return
    before = signal.getsignal(signal.SIGINT)

    def hear(number: int, frame: object) -> None:
        del number, frame
        if heard.is_set():
            raise KeyboardInterrupt
        heard.set()

    signal.signal(signal.SIGINT, hear)
    try:
        yield StopWhen(heard.is_set)
    finally:
        signal.signal(signal.SIGINT, before)


def _parts(stop: Stop | None) -> tuple[Stop, ...]:
    """Take a criterion apart."""
    if isinstance(stop, FirstOf):
        return tuple(p for s in stop.stops for p in _parts(s))
    return () if stop is None else (stop,)


def sweeps_of(stop: Stop | None) -> int | None:
    """Give the number of sweeps after which a criterion ends a search; None when it names none."""
    return min((p.n for p in _parts(stop) if isinstance(p, MaxIterations)), default=None)


def seconds_of(stop: Stop | None) -> float | None:
    """Give the seconds after which a criterion ends a search; None when it names none."""
    return min((p.seconds for p in _parts(stop) if isinstance(p, MaxSeconds)), default=None)


def is_cancelled(stop: Stop | None) -> bool:
    """Tell whether somebody asked to end the whole call."""
    return any(p.asked() for p in _parts(stop) if isinstance(p, StopWhen))
