"""Who gets the next seat, when seats are handed out one by one?"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from gridkit._typing import FloatArray, IntArray, LabelArray


def _nobody(load: float) -> float:
    """Rank of a place without seats: first when it has any load."""
    return np.inf if load > 0 else 0.0


RULES: dict[str, Callable[[float, int], float]] = {
    "min_max_load": lambda w, n: w / n if n else _nobody(w),
    "least_variance": lambda w, n: w / float(np.sqrt(n * (n + 1.0))) if n else _nobody(w),
}
"""How urgently a place with load `w` and `n` seats wants one more, by rule (Adams; Huntington-Hill)."""

NO_CAP = 2**31 - 1
"""A cap that never binds."""


def hand_out(
    loads: NDArray[Any],
    start: NDArray[Any],
    n: int,
    *,
    rule: str = "min_max_load",
    cap: NDArray[Any] | None = None,
    group: Sequence[int] | None = None,
    room: Sequence[int] | None = None,
) -> tuple[LabelArray, LabelArray]:
    """Give `n` seats one by one to the place that wants one most; ties go to the smaller position.

    Under ``"min_max_load"`` the largest load per seat comes out as small as any split makes it; a larger
    `n` never takes a seat away, so the order answers "where would more go?". Caps of places and of
    groups that hold several of them keep that true.

    Parameters
    ----------
    loads, start : (k,)
        Load of each place, and the seats it has.
    n
        Seats to hand out; fewer go when the caps leave no more room.
    rule
        One of `RULES`.
    cap : (k,), optional
        Most seats of each place.
    group : (k,), optional
        Group of each place; -1 for none.
    room : (n groups,), optional
        Seats that each group may still get.

    Returns
    -------
    seats : (k,)
    order : (at most n,)
        Places, in the order in which they got a seat.

    References
    ----------
    Balinski, M. L. and Young, H. P. (2001). Fair representation, 2nd ed.
    Federgruen, A. and Groenevelt, H. (1986). The greedy procedure for resource allocation problems.
    Operations Research 34(6), 909-918.

    Examples
    --------
    >>> seats, order = hand_out(np.array([50.0, 30.0, 20.0]), np.array([1, 1, 1]), 2)
    >>> seats.tolist(), order.tolist()
    ([2, 2, 1], [0, 1])
    """
    rank = RULES[rule]
    seats = start.astype(np.int64).tolist()
    load = loads.tolist()
    most = [NO_CAP] * len(load) if cap is None else cap.tolist()
    left = None if room is None else list(room)
    heap = [(-rank(load[g], seats[g]), g) for g in range(len(load)) if seats[g] < most[g]]
    heapq.heapify(heap)
    order: list[int] = []
    while len(order) < n and heap:
        _, g = heap[0]
        if left is not None and group is not None and group[g] >= 0:
            if left[group[g]] <= 0:
                heapq.heappop(heap)
                continue
            left[group[g]] -= 1
        seats[g] += 1
        order.append(g)
        if seats[g] < most[g]:
            heapq.heapreplace(heap, (-rank(load[g], seats[g]), g))
        else:
            heapq.heappop(heap)
    return np.asarray(seats, dtype=np.int32), np.asarray(order, dtype=np.int32)


def apportion(loads: FloatArray, total: int, lowest: IntArray) -> IntArray:
    """Split `total` seats, from `lowest` up, so that the largest load per seat is smallest (Adams).

    Parameters
    ----------
    loads : (k,)
        Of each party; not negative.
    total
        Seats to hand out.
    lowest : (k,)
        Fewest seats of each.

    Returns
    -------
    (k,)
        Seats; their sum is `total`.

    Examples
    --------
    >>> apportion(np.array([50.0, 30.0, 20.0]), 5, np.array([1, 1, 1])).tolist()
    [2, 2, 1]
    """
    lowest = np.asarray(lowest, dtype=np.int64)
    return hand_out(np.asarray(loads), lowest, total - int(lowest.sum()))[0].astype(np.int64)
