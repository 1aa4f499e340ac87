"""How busy is each mobile team, who answers where, and how long does help take?"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Literal

import numpy as np

from gridkit.errors import InputError
from gridkit.model._arrays import frozen

if TYPE_CHECKING:
    import pandas as pd

    from gridkit._typing import FloatArray, IntArray

EXACT_TEAMS = 10
"""Up to so many teams every pattern of busy and free teams is followed (2^10 = 1,024)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Response:
    """Steady state of a set of mobile teams.

    Parameters
    ----------
    busy : (t,), 0..1
        Share of time that each team is busy.
    share : (u, t), 0..1
        Share of the calls of each unit that each team answers at once.
    mean_min : (u,), minutes
        Mean way to a call of each unit that is answered at once.
    delayed : 0..1
        Share of calls that find all teams busy: lost to others, or waiting.
    wait_min : minutes
        Mean wait of all calls for a free team (0 when calls are not kept).
    home_share : 0..1
        Share of the calls answered at once that the nearest team answers.
    response_min : minutes
        Mean way over all calls answered at once.
    method
        ``"exact"`` or ``"approximate"`` (about 1 to 2 % off).
    """

    busy: FloatArray
    share: FloatArray
    mean_min: FloatArray
    delayed: float
    wait_min: float
    home_share: float
    response_min: float
    method: str

    def __post_init__(self) -> None:
        for name in ("busy", "share", "mean_min"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def to_frame(self, team_ids: tuple[str, ...] | None = None) -> pd.DataFrame:
        """Give one row for each team: ``team_id, busy_share``."""
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        ids = team_ids or tuple(str(i) for i in range(1, self.busy.size + 1))
        return pd.DataFrame({"team_id": list(ids), "busy_share": np.round(self.busy, 4)})

    def __repr__(self) -> str:
        """Say how busy, how fast, and how many find nobody."""
        return (
            f"<Response of {self.busy.size} teams ({self.method}): busy {self.busy.min():.0%} to {self.busy.max():.0%}, "
            f"mean way {self.response_min:.1f} min, {self.delayed:.1%} of calls find all teams busy>"
        )


def response(
    travel_min: FloatArray,
    *,
    calls_per_hour: FloatArray,
    service_min: float,
    mode: Literal["queue", "lost"] = "lost",
    exact: bool | None = None,
) -> Response:
    """Compute who is busy and who answers, with the hypercube model.

    Parameters
    ----------
    travel_min : (u, t), minutes
        Way from the standby site of each team to each unit. The nearest free team goes; ties go to the
        team with the smaller position.
    calls_per_hour : (u,)
        Calls of each unit.
    service_min : minutes
        Mean time that a call keeps a team busy, ways included.
    mode
        ``"lost"``: a call that finds all teams busy is handled by others. ``"queue"``: it waits.
    exact
        Follow all patterns of busy teams, or use the approximation; by default exact to 10 teams.

    Returns
    -------
    Response

    Raises
    ------
    InputError
        If numbers are missing or negative, or calls would queue without end.

    References
    ----------
    Larson, R. C. (1974). A hypercube queuing model for facility location and redistricting in urban
    emergency services. Computers & Operations Research 1(1), 67-95.
    Larson, R. C. (1975). Approximating the performance of urban emergency service systems. Operations
    Research 23(5), 845-868.

    Examples
    --------
    One team, calls lost: Erlang's formula says it is busy a / (1 + a) of the time, a = 0.5.

    >>> r = response(np.array([[3.0]]), calls_per_hour=np.array([1.0]), service_min=30.0)
    >>> round(float(r.busy[0]), 4)
    0.3333
    """
    way = np.asarray(travel_min, dtype=np.float64)
    rate = np.asarray(calls_per_hour, dtype=np.float64)
    if way.ndim != 2 or rate.shape != (way.shape[0],) or way.shape[1] == 0:
        msg = f"`travel_min` needs a row for each unit and a column for each team, `calls_per_hour` one number for each unit; got {way.shape} and {rate.shape}."
        raise InputError(msg)
    if not (np.isfinite(way).all() and np.isfinite(rate).all() and (rate >= 0).all()):
        msg = "`travel_min` and `calls_per_hour` must be numbers, and calls not negative."
        raise InputError(msg)
    if not service_min > 0:
        msg = f"`service_min` is {service_min:g}; it must be more than 0."
        raise InputError(msg)
    n_teams = way.shape[1]
    arrivals = rate / 60.0 * service_min  # calls in one service time
    if mode == "queue" and arrivals.sum() >= n_teams:
        msg = (
            f"{arrivals.sum():.2f} teams' worth of work for {n_teams} teams: calls would queue without end. "
            f"Add {int(np.floor(arrivals.sum() + 1e-9)) + 1 - n_teams} more, or use mode='lost'."
        )
        raise InputError(msg)
    prefer = np.argsort(way, axis=1, kind="stable")
    use_exact = n_teams <= EXACT_TEAMS if exact is None else exact
    if use_exact:
        busy, share, delayed = _exact(arrivals, prefer, n_teams, mode)
    else:
        busy, share, delayed = _approximate(arrivals, prefer, n_teams, mode)
    at_once = share.sum(axis=1)
    mean = np.divide((share * way).sum(axis=1), at_once, out=np.zeros(len(way)), where=at_once > 0)
    served = float((rate * at_once).sum())
    home = float((rate * share[np.arange(len(way)), prefer[:, 0]]).sum())
    wait = 0.0
    if mode == "queue" and arrivals.sum() > 0:
        wait = delayed * service_min / (n_teams - float(arrivals.sum()))
    return Response(
        busy=busy,
        share=share,
        mean_min=mean,
        delayed=delayed,
        wait_min=wait,
        home_share=home / served if served > 0 else 1.0,
        response_min=float((rate * at_once * mean).sum()) / served if served > 0 else 0.0,
        method="exact" if use_exact else "approximate",
    )


def erlang_c(load: float, n_servers: int) -> float:
    """Share of calls that wait when `load` servers' worth of work comes to `n_servers`.

    Examples
    --------
    >>> round(erlang_c(2.0, 3), 4)
    0.4444
    """
    if load >= n_servers:
        return 1.0
    blocked = 1.0
    for k in range(1, n_servers + 1):  # Erlang B by its recursion
        blocked = load * blocked / (k + load * blocked)
    return blocked / (1.0 - load / n_servers * (1.0 - blocked))


def _exact(
    arrivals: FloatArray, prefer: IntArray, n_teams: int, mode: str
) -> tuple[FloatArray, FloatArray, float]:
    """Solve the balance of all 2^t patterns; times in service times."""
    n = 1 << n_teams
    states = np.arange(n)
    is_busy = (states[:, None] >> np.arange(n_teams)) & 1 == 1
    # Units with the same order of teams behave alike.
    kinds, kind_of = np.unique(prefer, axis=0, return_inverse=True)
    kind_of = kind_of.ravel()
    load = np.bincount(kind_of, arrivals, len(kinds))
    goes: IntArray = np.full((len(kinds), n), -1, dtype=np.int64)  # team that answers in each state
    for rank in range(n_teams - 1, -1, -1):
        team = kinds[:, rank]
        free = ~is_busy[:, team].T
        goes = np.where(free, team[:, None], goes)
    balance = np.zeros((n, n))
    for t in range(n_teams):
        on = states[is_busy[:, t]]
        balance[on ^ (1 << t), on] += 1.0
        balance[on, on] -= 1.0
    open_states = states[:-1]
    for kind, amount in enumerate(load.tolist()):
        to = open_states | (1 << goes[kind, :-1])
        np.add.at(balance, (to, open_states), amount)
        balance[open_states, open_states] -= amount
    balance[0, :] = 1.0
    right = np.zeros(n)
    right[0] = 1.0
    p = np.linalg.solve(balance, right)
    total = float(arrivals.sum())
    all_busy = float(p[-1])
    if mode == "queue":
        # The states with a queue hang on "all busy": a geometric tail with ratio total / teams.
        ratio = total / n_teams
        tail = all_busy * ratio / (1.0 - ratio)
        p = p / (1.0 + tail)
        delayed = (all_busy + tail) / (1.0 + tail)
        waiting = tail / (1.0 + tail)
    else:
        delayed, waiting = all_busy, 0.0
    busy_share = p @ is_busy + waiting
    share = np.zeros((len(kinds), n_teams))
    for row in range(len(kinds)):
        share[row] = np.bincount(goes[row, :-1], p[:-1], n_teams)
    return np.asarray(busy_share, dtype=np.float64), share[kind_of], delayed


def _approximate(
    arrivals: FloatArray, prefer: IntArray, n_teams: int, mode: str, *, n_rounds: int = 200
) -> tuple[FloatArray, FloatArray, float]:
    """Larson's fixed point: teams are busy independently, corrected as if drawn without replacement."""
    total = float(arrivals.sum())
    state = _crowd(total, n_teams, mode)
    k = np.arange(n_teams + 1)
    expected = total if mode == "queue" else total * (1.0 - float(state[-1]))
    mean = expected / n_teams
    delayed = erlang_c(total, n_teams) if mode == "queue" else float(state[-1])
    # Correction for "the first j asked are busy, the next is free".
    correct = np.ones(n_teams)
    for j in range(n_teams):
        ways = np.array(
            [comb(n_teams - j - 1, q - j) / comb(n_teams, q) if q >= j else 0.0 for q in k[:-1]]
        )
        plain = mean**j * (1.0 - mean)
        correct[j] = float((state[:-1] * ways).sum()) / plain if plain > 0 else 1.0
    busy = np.full(n_teams, mean)
    share = np.zeros((len(arrivals), n_teams))
    rows = np.arange(len(arrivals))
    queued = total * delayed / n_teams if mode == "queue" else 0.0
    for _ in range(n_rounds):
        share[:] = 0.0
        blocked = np.ones(len(arrivals))
        for j in range(n_teams):
            team = prefer[:, j]
            share[rows, team] = correct[j] * blocked * (1.0 - busy[team])
            blocked = blocked * busy[team]
        share *= ((1.0 - delayed) / np.maximum(share.sum(axis=1), 1e-12))[:, None]
        work = arrivals @ share
        v = work / np.maximum(1.0 - busy, 1e-12)
        new = (v + queued) / (1.0 + v)
        new = np.clip(new * expected / max(float(new.sum()), 1e-12), 0.0, 0.999999)
        done = float(np.abs(new - busy).max()) < 1e-9
        busy = 0.5 * (busy + new)
        if done:
            break
    return busy, share, delayed


def _crowd(total: float, n_teams: int, mode: str) -> FloatArray:
    """Probability of 0 ... t busy teams (the last: all busy, queue included)."""
    weight = np.ones(n_teams + 1)
    for q in range(1, n_teams + 1):
        weight[q] = weight[q - 1] * total / q
    if mode == "queue":
        weight[-1] = weight[-1] / (1.0 - total / n_teams)
    return np.asarray(weight / weight.sum(), dtype=np.float64)
