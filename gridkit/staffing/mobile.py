"""Where should mobile teams stand by in each part of the week?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gridkit.errors import InputError, some_of
from gridkit.staffing.response import Response, response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Deployment:
    """Standby sites of mobile teams, block by block.

    Parameters
    ----------
    blocks
        Names of the time blocks (``"Mon early"``), in order.
    sites : (b, t)
        Positions of the sites in each block; team i keeps its column, so moves are few.
    expected : (b,)
        Demand that is expected to be covered in each block.
    demand : (b,)
        Demand of each block.
    busy : (b,), 0..1
        Busy share used for each block.
    fixed_sites : (t,)
        The best sites if teams stayed all week.
    fixed_expected : (b,)
        Expected coverage with those.
    n_moves
        Times a team changes its site from one block to the next (the last leads to the first).
    responses
        Hypercube answer of each block, when calls were given.
    """

    blocks: tuple[str, ...]
    sites: LabelArray
    expected: FloatArray
    demand: FloatArray
    busy: FloatArray
    fixed_sites: LabelArray
    fixed_expected: FloatArray
    n_moves: int
    responses: tuple[Response, ...] = ()

    @property
    def coverage(self) -> float:
        """Share of all demand expected to be covered when teams move by block."""
        return float(self.expected.sum() / max(self.demand.sum(), 1e-12))

    @property
    def fixed_coverage(self) -> float:
        """The same when teams stay all week."""
        return float(self.fixed_expected.sum() / max(self.demand.sum(), 1e-12))

    def to_frame(self, site_ids: Sequence[str] | None = None) -> pd.DataFrame:
        """Give one row for each block and team.

        Columns ``block, team, site_id, demand, busy_share, expected_covered, expected_covered_fixed``;
        the last two are of the whole block.
        """
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        rows = [
            (
                block,
                team + 1,
                site_ids[s] if site_ids else str(s),
                round(float(self.demand[b]), 2),
                round(float(self.busy[b]), 4),
                round(float(self.expected[b]), 2),
                round(float(self.fixed_expected[b]), 2),
            )
            for b, block in enumerate(self.blocks)
            for team, s in enumerate(self.sites[b].tolist())
        ]
        columns = [
            "block",
            "team",
            "site_id",
            "demand",
            "busy_share",
            "expected_covered",
            "expected_covered_fixed",
        ]
        return pd.DataFrame(rows, columns=columns)

    def __repr__(self) -> str:
        """Compare "by block" with "fixed all week"."""
        return (
            f"<Deployment: {self.sites.shape[1]} teams, {len(self.blocks)} blocks, covers {self.coverage:.1%} of demand "
            f"with {self.n_moves} moves; {self.fixed_coverage:.1%} if they stay all week>"
        )


def expected_coverage(
    cover: BoolArray, weight: FloatArray, sites: IntArray | LabelArray, *, busy: float
) -> float:
    """Demand that finds a free team in reach: ``Σ w (1 - q^k)`` with k teams in reach, each busy q of the time.

    References
    ----------
    Daskin, M. S. (1983). A maximum expected covering location model. Transportation Science 17(1), 48-70.
    """
    k = cover[:, np.asarray(sites)].sum(axis=1)
    return float((weight * (1.0 - busy**k)).sum())


def mexclp(
    cover: BoolArray, weight: FloatArray, *, n_teams: int, busy: float, fixed: Sequence[int] = ()
) -> LabelArray:
    """Choose standby sites so that expected coverage is largest; several teams may share a site.

    Greedy (within 1 - 1/e of the best, as coverage is submodular; a fraction of a percent off in
    practice), then exchanges of one site while they help.

    Parameters
    ----------
    cover : (n, m)
        Which site reaches which demand point.
    weight : (n,)
        Demand.
    n_teams
        Teams to place, fixed ones included.
    busy : 0..1
        Share of time that a team is busy.
    fixed
        Sites of teams that stay.

    Returns
    -------
    (n_teams,)
        Positions of sites, fixed ones first.
    """
    if not 0 <= busy < 1 or n_teams < max(len(fixed), 1):
        msg = f"`busy` is {busy:g} and `n_teams` {n_teams}; expected 0 <= busy < 1 and at least {max(len(fixed), 1)} teams."
        raise InputError(msg)
    a = np.asarray(cover, dtype=np.float64)
    k = a[:, list(fixed)].sum(axis=1) if fixed else np.zeros(len(a))
    sites = list(fixed)
    while len(sites) < n_teams:
        best = int(np.argmax((weight * busy**k) @ a))
        sites.append(best)
        k += a[:, best]
    improved = True
    while improved:
        improved = False
        for t in range(len(fixed), n_teams):
            without = k - a[:, sites[t]]
            gain = (weight * busy**without) @ a
            best = int(np.argmax(gain))
            if gain[best] > gain[sites[t]] * (1 + 1e-12) + 1e-12:
                k = without + a[:, best]
                sites[t] = best
                improved = True
    return np.asarray(sites, dtype=np.int32)


def deploy_teams(
    demand: Mapping[str, FloatArray],
    away_m: FloatArray,
    *,
    n_teams: int,
    radius_m: float,
    busy: float | Literal["auto"] = "auto",
    hours_per_block: float = 8.0,
    service_min: float = 25.0,
    speed_m_per_min: float = 400.0,
    fixed: Sequence[int] = (),
) -> Deployment:
    """Place mobile teams for every time block, and compare with staying all week.

    Parameters
    ----------
    demand
        ``{block: (n,)}``: reports expected at every hotspot in each block.
    away_m : (n, m), metres
        Distance of every hotspot to every possible site.
    n_teams
        Mobile teams.
    radius_m : metres
        A team covers what is within this distance.
    busy : 0..1 or ``"auto"``
        Share of time that a team is busy; ``"auto"`` takes it from demand, `service_min` and the
        hypercube model.
    hours_per_block : hours
        Length of a block.
    service_min : minutes
        How long a report keeps a team.
    speed_m_per_min : metres per minute
        Speed of a team (400 is 24 km/h).
    fixed
        Sites of teams that stay in every block.

    Returns
    -------
    Deployment

    Raises
    ------
    InputError
        If blocks differ in their demand points, or demand is negative.
    """
    n = len(away_m)
    bad = [b for b, w in demand.items() if np.shape(w) != (n,) or not (np.asarray(w) >= 0).all()]
    if bad or not demand:
        msg = f"`demand` needs at least one block, each with {n} numbers that are not negative; wrong: {some_of(bad) or 'no block given'}."
        raise InputError(msg)
    cover = away_m <= radius_m
    way = away_m / speed_m_per_min
    weights = [np.asarray(w, dtype=np.float64) for w in demand.values()]
    mean = np.sum(weights, axis=0)
    share = [_busy(w, n_teams, hours_per_block, service_min, busy) for w in weights]
    fixed_sites = mexclp(cover, mean, n_teams=n_teams, busy=float(np.mean(share)), fixed=fixed)
    rows, answers, before = [], [], fixed_sites
    for i, w in enumerate(weights):
        sites = mexclp(cover, w, n_teams=n_teams, busy=share[i], fixed=fixed)
        sites = np.concatenate(
            [sites[: len(fixed)], _keep_columns(sites[len(fixed) :], before[len(fixed) :])]
        )
        if busy == "auto" and w.sum() > 0:
            answer = response(
                way[:, sites], calls_per_hour=w / hours_per_block, service_min=service_min
            )
            share[i] = float(np.clip(answer.busy.mean(), 0.0, 0.99))
            answers.append(answer)
        own, stay = (expected_coverage(cover, w, s, busy=share[i]) for s in (sites, fixed_sites))
        if own < stay:  # at the busy share that came out, moving is no gain
            sites = fixed_sites
        rows.append(sites.astype(np.int32))
        before = sites
    stack = np.stack(rows)
    moves = int((stack != np.roll(stack, -1, axis=0)).sum()) if len(rows) > 1 else 0
    return Deployment(
        blocks=tuple(demand),
        sites=stack,
        expected=np.array(
            [
                expected_coverage(cover, w, s, busy=q)
                for w, s, q in zip(weights, stack, share, strict=True)
            ]
        ),
        demand=np.array([w.sum() for w in weights]),
        busy=np.array(share),
        fixed_sites=fixed_sites,
        fixed_expected=np.array(
            [
                expected_coverage(cover, w, fixed_sites, busy=q)
                for w, q in zip(weights, share, strict=True)
            ]
        ),
        n_moves=moves,
        responses=tuple(answers),
    )


def _busy(
    w: FloatArray, n_teams: int, hours: float, service_min: float, busy: float | Literal["auto"]
) -> float:
    """Busy share of a block: given, or the work it brings over the teams' time."""
    if busy != "auto":
        return float(busy)
    return float(np.clip(w.sum() * service_min / (hours * 60.0 * n_teams), 0.0, 0.95))


def _keep_columns(sites: LabelArray, before: LabelArray) -> LabelArray:
    """Order sites so that a team that can stay does."""
    left = sites.tolist()
    out = [-1] * len(left)
    for t, s in enumerate(before.tolist()):
        if s in left:
            out[t] = s
            left.remove(s)
    rest = iter(left)
    return np.array([s if s >= 0 else next(rest) for s in out], dtype=np.int32)
