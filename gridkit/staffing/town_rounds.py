"""What do all rounds of a town look like on one day, and how long are real rounds?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InputError
from gridkit.model.rounds import Rounds, Stops, Unserved
from gridkit.staffing.rounds import RoundSettings, plan_rounds

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from gridkit._typing import FloatArray, IntArray, LabelArray
    from gridkit.model.roster import Roster
    from gridkit.staffing.streets import StreetWays


@dataclass(frozen=True, slots=True, kw_only=True)
class TownRounds:
    """The rounds of every grid on one day.

    Parameters
    ----------
    grid_ids
        Grids that have stops.
    rounds
        One for each of them.
    nobody
        Stops in grids without members.
    """

    grid_ids: tuple[str, ...]
    rounds: tuple[Rounds, ...]
    nobody: tuple[Unserved, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Give one row for each visit: ``base_grid_id`` and the columns of `Rounds.to_frame`."""
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        frames = [
            r.to_frame().assign(base_grid_id=g)
            for g, r in zip(self.grid_ids, self.rounds, strict=True)
        ]
        columns = [
            "base_grid_id",
            "member_id",
            "order",
            "stop_id",
            "arrive_min",
            "leave_min",
            "walk_m",
        ]
        if not frames:
            return pd.DataFrame(columns=columns)
        return pd.concat(frames, ignore_index=True)[columns]

    def shifts(self) -> pd.DataFrame:
        """Give one row for each member who walks: ``base_grid_id, member_id, n_stops, shift_min, walk_m``."""
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        rows = [
            (g, m, len(r.routes[k]), round(float(r.shift_min[k]), 1), round(float(r.walk_m[k]), 0))
            for g, r in zip(self.grid_ids, self.rounds, strict=True)
            for k, m in enumerate(r.member_ids)
        ]
        return pd.DataFrame(
            rows, columns=["base_grid_id", "member_id", "n_stops", "shift_min", "walk_m"]
        )

    def unserved_frame(self) -> pd.DataFrame:
        """Give one row for each stop that nobody visits: ``stop_id, cause, text``."""
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        every = [u for r in self.rounds for u in r.unserved] + list(self.nobody)
        return pd.DataFrame(
            [(u.stop_id, u.cause, u.text) for u in every], columns=["stop_id", "cause", "text"]
        )

    def __repr__(self) -> str:
        """Say how many stops, members, kilometres, and who is left out."""
        n = sum(len(p) for r in self.rounds for p in r.routes)
        km = sum(float(r.walk_m.sum()) for r in self.rounds) / 1000
        left = len(self.unserved_frame())
        longest = max((r.longest_min for r in self.rounds), default=0.0)
        return (
            f"<TownRounds: {n} stops in {len(self.grid_ids)} grids, {km:.1f} km, longest shift {longest:.0f} min, "
            f"{left or 'none'} not served>"
        )


def plan_town_rounds(
    stops: Stops,
    *,
    grid: LabelArray,
    grid_ids: tuple[str, ...],
    post_xy: FloatArray,
    members: Mapping[str, tuple[str, ...]],
    skills: Mapping[str, frozenset[str]] | None = None,
    settings: RoundSettings | None = None,
    streets: StreetWays | None = None,
    seed: int = 0,
) -> TownRounds:
    """Plan the rounds of every grid of a town on one day.

    Parameters
    ----------
    stops
        All places to visit that day.
    grid : (n,)
        Grid of each stop, as position in `grid_ids`.
    grid_ids
        The grids.
    post_xy : (k, 2), metres
        Where the members of each grid start and end.
    members
        Who walks in each grid, ``{grid id: (member id, ...)}``; see `members_by_grid`.
    skills
        What each member can do, by member id.
    settings
        Speeds, shift, objective.
    streets
        Walk along these instead of straight lines times detour.
    seed
        Each grid gets a seed of its own from it.

    Returns
    -------
    TownRounds
        Every stop is in a route, or listed with its reason.
    """
    at = np.asarray(grid)
    if at.shape != (len(stops),) or len(post_xy) != len(grid_ids):
        msg = f"`grid` needs one position for each of {len(stops)} stops, `post_xy` one point for each of {len(grid_ids)} grids."
        raise InputError(msg)
    made, ids, nobody = [], [], []
    for g in np.unique(at):
        own = np.flatnonzero(at == g).astype(np.int64)
        who = members.get(grid_ids[g], ()) if g >= 0 else ()
        if not who:
            where = f"{grid_ids[g]} has no member" if g >= 0 else "it lies in no grid"
            nobody += [
                Unserved(stop_id=stops.ids[i], cause="time", text=f"{stops.ids[i]}: {where}.")
                for i in own
            ]
            continue
        part = take_stops(stops, own)
        posts = np.repeat(post_xy[g][None, :], len(who), axis=0)
        made.append(
            plan_rounds(
                part,
                member_ids=who,
                post_xy=posts,
                settings=settings,
                way_m=None if streets is None else streets.ways_m(np.vstack([part.xy, posts])),
                skills=[(skills or {}).get(m, frozenset()) for m in who],
                seed=seed * 100_003 + int(g),
            )
        )
        ids.append(grid_ids[g])
    return TownRounds(grid_ids=tuple(ids), rounds=tuple(made), nobody=tuple(nobody))


def take_stops(stops: Stops, positions: IntArray | LabelArray) -> Stops:
    """Keep some stops."""
    at = np.asarray(positions)
    return replace(
        stops,
        ids=tuple(stops.ids[i] for i in at),
        xy=stops.xy[at],
        on_site_min=stops.on_site_min[at],
        opens_min=None if stops.opens_min is None else stops.opens_min[at],
        closes_min=None if stops.closes_min is None else stops.closes_min[at],
        urgency=tuple(stops.urgency[i] for i in at) if stops.urgency else (),
        skill=tuple(stops.skill[i] for i in at) if stops.skill else (),
    )


def members_by_grid(roster: Roster) -> dict[str, tuple[str, ...]]:
    """List the members of each grid of a roster, in roster order.

    Parameters
    ----------
    roster
        From `assign_members`.

    Returns
    -------
    dict
        Ids of the members, by id of the grid.
    """
    out: dict[str, tuple[str, ...]] = dict.fromkeys(roster.grid_ids, ())
    for m, g in zip(roster.members.ids, roster.grid.tolist(), strict=True):
        if g >= 0:
            out[roster.grid_ids[g]] += (m,)
    return out


def measured_round_m(
    xy: FloatArray,
    *,
    grid: LabelArray,
    post_xy: FloatArray,
    stops_per_round: int = 24,
    n_samples: int = 3,
    detour: float = 1.3,
    streets: StreetWays | None = None,
    seed: int = 0,
) -> FloatArray:
    """Measure the walk of one round in each grid on its real objects, instead of estimating it.

    Parameters
    ----------
    xy : (n, 2), metres
        The objects.
    grid : (n,)
        Grid of each object, as position; -1 for none.
    post_xy : (k, 2), metres
        Where rounds start and end.
    stops_per_round
        Stops of a round.
    n_samples
        Rounds drawn in each grid; their mean is taken.
    detour
        Length of a walk over the straight line.
    streets
        Walk along these instead.
    seed
        Of the draw and the search.

    Returns
    -------
    (k,), metres
        For `workload(..., round_m=...)`; 0 for a grid without objects.
    """
    rng = np.random.default_rng(seed)
    use = RoundSettings(shift_min=1e9, detour=detour, objective="shortest", searches_per_stop=40)
    out = np.zeros(len(post_xy))
    for g in range(len(post_xy)):
        own = np.flatnonzero(np.asarray(grid) == g)
        if own.size == 0:
            continue
        lengths = []
        for _ in range(n_samples):
            some = np.sort(rng.choice(own, min(stops_per_round, own.size), replace=False))
            stops = Stops(
                ids=tuple(str(i) for i in some), xy=xy[some], on_site_min=np.zeros(some.size)
            )
            way = None if streets is None else streets.ways_m(np.vstack([stops.xy, post_xy[[g]]]))
            walk = plan_rounds(
                stops, member_ids=["walk"], post_xy=post_xy[g], settings=use, way_m=way, seed=seed
            )
            lengths.append(float(walk.walk_m[0]))
        out[g] = float(np.mean(lengths))
    return out
