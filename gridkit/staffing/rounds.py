"""In which order does each member visit the stops of a day, so that shifts are even and ways short?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from gridkit._kernels.rounds import improve_rounds
from gridkit.errors import ConfigError, InputError, SchemaError, some_of
from gridkit.model.rounds import Rounds, Stops, Unserved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit._typing import FloatArray

_NEAR = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSettings:
    """What a good round is.

    Parameters
    ----------
    shift_min : minutes
        Longest round, from the post and back.
    walk_m_per_min : metres per minute
        Walking speed.
    detour
        Length of a walk over the straight line.
    objective
        ``"balanced"``: the longest shift of a grid counts as much again as all walking, so shifts come
        out even; ``"shortest"``: only the sum counts.
    searches_per_stop
        Length of the search: rounds of it for each stop (80 takes about half a millisecond a stop).
    urgencies
        Words for urgency, the most urgent first; the more urgent are served first when not all fit.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    shift_min: float = 420.0
    walk_m_per_min: float = 67.0
    detour: float = 1.3
    objective: Literal["balanced", "shortest"] = "balanced"
    searches_per_stop: int = 80
    urgencies: tuple[str, ...] = ("express", "emergency", "routine")

    def __post_init__(self) -> None:
        for name in ("shift_min", "walk_m_per_min", "searches_per_stop"):
            if not getattr(self, name) > 0:
                msg = f"`{name}` of the rounds is {getattr(self, name):g}; it must be more than 0."
                raise ConfigError(msg)
        if not self.detour >= 1:
            msg = f"`detour` is {self.detour:g}; a walk is never shorter than the straight line, so 1 or more."
            raise ConfigError(msg)
        if not self.urgencies:
            msg = "`urgencies` is empty; name at least one urgency."
            raise ConfigError(msg)


def plan_rounds(
    stops: Stops,
    *,
    member_ids: Sequence[str],
    post_xy: FloatArray,
    settings: RoundSettings | None = None,
    shift_min: FloatArray | None = None,
    skills: Sequence[frozenset[str]] | None = None,
    way_m: FloatArray | None = None,
    seed: int = 0,
) -> Rounds:
    """Plan the rounds of one day.

    Parameters
    ----------
    stops
        Places to visit.
    member_ids
        Who walks.
    post_xy : (2,) or (K, 2), metres
        Where members start and end.
    settings
        Speeds, shift, objective.
    shift_min : (K,), minutes
        Longest round of each member; by default that of the settings.
    skills
        What each member can do; by default nobody has any listed skill.
    way_m : (n + K, n + K), metres, optional
        Street distances between stops, then posts; replaces straight lines and detour.
    seed
        Of the search.

    Returns
    -------
    Rounds
        Every stop is in a route or in `unserved`, with its reason.

    Raises
    ------
    InputError
        If nobody walks, or distances are missing.

    References
    ----------
    Christiaens, J. and Vanden Berghe, G. (2020). Slack induction by string removals for vehicle routing
    problems. Transportation Science 54(2), 417-433.

    Examples
    --------
    >>> stops = Stops(
    ...     ids=("a", "b"), xy=np.array([[0.0, 670], [0.0, 1340]]), on_site_min=np.array([9.0, 9])
    ... )
    >>> plan_rounds(stops, member_ids=["M1"], post_xy=np.zeros(2), settings=RoundSettings(detour=1))
    <Rounds: 2 stops, 1 members, longest shift 58 min, 2.68 km>
    """
    use = settings or RoundSettings()
    n, K = len(stops), len(member_ids)
    if K == 0:
        msg = f"nobody walks: `member_ids` is empty, {n} stops would not be served."
        raise InputError(msg)
    posts = np.broadcast_to(np.asarray(post_xy, np.float64).reshape(-1, 2), (K, 2)).copy()
    limit = np.full(K, use.shift_min) if shift_min is None else np.asarray(shift_min, np.float64)
    way = _ways(stops, posts, use, way_m)
    have = [frozenset[str]()] * K if skills is None else list(skills)
    may = np.array([[not s or s in h for h in have] for s in stops.skill], dtype=bool).reshape(n, K)
    minutes = way / use.walk_m_per_min
    drop = _drop_costs(stops, use)
    near = np.argsort(minutes[:n, :n], axis=1, kind="stable")[:, 1 : _NEAR + 1].astype(np.int32)
    assert stops.opens_min is not None  # noqa: S101  filled when made; tells the type checker
    assert stops.closes_min is not None  # noqa: S101  the same
    route, size, _ = improve_rounds(
        (
            minutes,
            stops.on_site_min,
            np.arange(n, n + K, dtype=np.int32),
            limit,
            may,
            stops.opens_min,
            stops.closes_min,
            drop,
            near,
        ),
        1.0 if use.objective == "balanced" else 0.0,
        max(use.searches_per_stop * n, 1),
        seed,
        10.0,
    )
    routes = tuple(tuple(int(s) for s in route[k, : size[k]]) for k in range(K))
    arrive, legs, length, walked = _clock(stops, routes, way, use, n)
    served = {s for r in routes for s in r}
    unserved = tuple(
        _why(stops, s, minutes, limit, may, length) for s in range(n) if s not in served
    )
    return Rounds(
        stops=stops,
        member_ids=tuple(member_ids),
        routes=routes,
        arrive_min=arrive,
        leg_m=legs,
        shift_min=length,
        walk_m=walked,
        post_xy=posts,
        unserved=unserved,
    )


def _ways(
    stops: Stops, posts: FloatArray, use: RoundSettings, way_m: FloatArray | None
) -> FloatArray:
    """Metres between all stops, then posts."""
    n = len(stops) + len(posts)
    if way_m is not None:
        way = np.asarray(way_m, dtype=np.float64)
        if way.shape != (n, n) or not np.isfinite(way).all() or (way < 0).any():
            msg = f"`way_m` needs {n} x {n} distances that are not negative: stops first, then a post for each member; got {way.shape}."
            raise InputError(msg)
        return way
    xy = np.vstack([stops.xy, posts])
    return np.asarray(
        np.hypot(xy[:, None, 0] - xy[None, :, 0], xy[:, None, 1] - xy[None, :, 1]) * use.detour
    )


def _drop_costs(stops: Stops, use: RoundSettings) -> FloatArray:
    """Price of leaving a stop out: thirty times as much for each step of urgency."""
    unknown = sorted(set(stops.urgency) - set(use.urgencies) - {""})
    if unknown:
        msg = f"stops have urgencies that the settings do not rank: {some_of(unknown)}; they rank {', '.join(use.urgencies)}."
        raise SchemaError(msg)
    rank = {u: len(use.urgencies) - 1 - i for i, u in enumerate(use.urgencies)}
    words = stops.urgency or ("",) * len(stops)
    return np.array([1e4 * 30.0 ** rank.get(u, 0) for u in words])


def _clock(
    stops: Stops,
    routes: tuple[tuple[int, ...], ...],
    way: FloatArray,
    use: RoundSettings,
    n: int,
) -> tuple[tuple[tuple[float, ...], ...], tuple[tuple[float, ...], ...], FloatArray, FloatArray]:
    """When each visit starts, metres of each leg, and length and metres of each round."""
    arrive, legs = [], []
    length, walked = np.zeros(len(routes)), np.zeros(len(routes))
    assert stops.opens_min is not None  # noqa: S101  filled when made; tells the type checker
    for k, route in enumerate(routes):
        at, t = n + k, 0.0
        starts, metres = [], []
        for s in route:
            m = float(way[at, s])
            t = max(t + m / use.walk_m_per_min, float(stops.opens_min[s]))
            starts.append(t)
            metres.append(m)
            t += float(stops.on_site_min[s])
            at = s
        back = float(way[at, n + k]) if route else 0.0
        length[k] = t + back / use.walk_m_per_min
        walked[k] = sum(metres) + back
        arrive.append(tuple(starts))
        legs.append(tuple(metres))
    return tuple(arrive), tuple(legs), length, walked


def _why(
    stops: Stops,
    s: int,
    minutes: FloatArray,
    limit: FloatArray,
    may: np.ndarray,
    length: FloatArray,
) -> Unserved:
    """Say why nobody visits a stop."""
    n = len(stops)
    name, visit = stops.ids[s], float(stops.on_site_min[s])
    can = np.flatnonzero(may[s])
    assert stops.closes_min is not None  # noqa: S101  filled when made; tells the type checker
    assert stops.opens_min is not None  # noqa: S101  the same
    if can.size == 0:
        text = f"{name} asks for skill '{stops.skill[s]}', which no member of the day holds."
        return Unserved(stop_id=name, cause="skill", text=text)
    out, back = minutes[n + can, s], minutes[s, n + can]
    early = np.maximum(out, stops.opens_min[s])
    if (early > stops.closes_min[s]).all():
        text = f"{name} closes {stops.closes_min[s]:.0f} min after the shift begins; the nearest member needs {out.min():.0f} min to get there."
        return Unserved(stop_id=name, cause="window", text=text)
    alone = early + visit + back
    if (alone > limit[can]).all():
        i = int(np.argmin(alone - limit[can]))
        text = f"{name} takes {alone[i]:.0f} min there and back, more than a shift of {limit[can[i]]:.0f} min."
        return Unserved(stop_id=name, cause="too_far", text=text)
    spare = float((limit[can] - length[can]).max())
    text = f"the shifts are full: {name} takes {visit:.0f} min on site, the member with most time left has {max(spare, 0.0):.0f} min for it and the way."
    return Unserved(stop_id=name, cause="time", text=text)
