"""Which starts are tried until a plan keeps its bands, and how do members and grids fit each other?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gridkit.rules.bands import community_ids, sums
from gridkit.solver.first import first_labels
from gridkit.solver.heads import fit_heads, member_budget
from gridkit.solver.problem import class_bands, with_heads
from gridkit.solver.search import FAR, Search, default_sweeps, improve
from gridkit.solver.shaping import mend, whole_excess
from gridkit.solver.stop import MaxIterations, sweeps_of
from gridkit.solver.telling import part_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit._typing import FloatArray, LabelArray
    from gridkit.rules.settings import Rules
    from gridkit.solver.problem import Problem
    from gridkit.solver.search import OnProgress
    from gridkit.solver.stop import Stop

N_STARTS = 4
"""Starts tried while a plan still breaks a rule."""
MOST_AGAIN, FEW, EFFORT = 24, 0.5, 2.0
"""Further starts of the parts of the ground that still break a rule; the share of all units that these
parts may hold; units all those starts together may work on, for each unit of the town."""
SPREAD = 0.05
"""Two starts that end so nearly equally far from the rules show what no further start will bridge."""
N_ROUNDS = 4
"""Rounds in which head counts and borders are fitted to each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How to search.

    Parameters
    ----------
    seed, stop, on_progress
        As in `solve`.
    n_starts
        Most starts.
    """

    seed: int = 0
    stop: Stop | None = None
    on_progress: OnProgress | None = None
    n_starts: int = N_STARTS

    def sweeps(self, problem: Problem) -> int:
        """Give the sweeps of one search."""
        balance = problem.rules.balance
        tolerance = 0.05 if balance is None else balance.tolerance
        return sweeps_of(self.stop) or default_sweeps(problem.n, tolerance)


def new_search(
    problem: Problem, label: LabelArray, how: How, *, seed: int, low: float = 0.0, high: float = 1.0
) -> Search:
    """Set a search up at some labels."""
    return Search(
        problem=problem,
        label=label.copy(),
        seed=seed,
        stop=how.stop or MaxIterations(1 << 60),
        on_progress=part_of(how.on_progress, low, high),
    )


def is_within(search: Search) -> bool:
    """Tell whether a plan keeps its bands, its budgets and its limits on whole grids."""
    inside = not (search.excess(as_ruled=True) > 0).any() and search.is_within_budget()
    return inside and whole_excess(search) <= 0


def _rank(search: Search) -> tuple[float, float]:
    """Order searches: least outside the bands and limits first, then the best shape."""
    return how_far_out(search), -search.worth()


def how_far_out(search: Search) -> float:
    """Add up how far all grids are outside their bands and limits."""
    return float(search.excess(as_ruled=True).sum()) + whole_excess(search)


def _outside_by_part(search: Search) -> FloatArray:
    """Add up how far the grids of each part of the ground are outside their bands."""
    part = search.problem.grid_part
    n_parts = int(search.problem.part.max(initial=-1)) + 1
    ok = part >= 0
    out = search.excess(as_ruled=True)[ok]
    return np.bincount(part[ok], out, minlength=n_parts).astype(np.float64)


def take_better_parts(best: Search, other: Search) -> None:
    """Take over, part by part, what another search of the same problem keeps better.

    No grid reaches from one part of the ground (a community, as a rule) into another, so that the
    parts of two plans make a plan. It stays only if it is nearer to the rules as a whole: budgets of
    change hold over all parts together.
    """
    p = best.problem
    better = _outside_by_part(other) < _outside_by_part(best) - 1e-12
    if not better.any():
        return
    before, rank, kept = best.label.copy(), _rank(best), best.is_within_budget()
    taken = (p.part >= 0) & better[np.maximum(p.part, 0)]
    best.restore(np.where(taken, other.label, best.label))
    class_bands(p, best.label)
    if _rank(best) >= rank or (kept and not best.is_within_budget()):
        best.restore(before)
        class_bands(p, best.label)


def best_search(problem: Problem, how: How) -> tuple[Search, int]:
    """Search from several starts until a plan keeps its bands; give the best and how many it took.

    Each part of the ground is taken from the start that keeps its bands best.
    """
    best: Search | None = None
    n = 0
    for attempt in range(how.n_starts):
        n += 1
        low, high = 1 - 0.2**attempt, 1 - 0.2 ** (attempt + 1)
        label = first_labels(problem, turn=0.7 * attempt)
        search = new_search(problem, label, how, seed=how.seed + 7919 * attempt, low=low, high=high)
        improve(search, sweeps=how.sweeps(problem))
        mend(search)
        other, best, in_vain = best, search, False
        if other is not None:
            if _rank(other) <= _rank(search):
                other, best = search, other
            in_vain = _rank(best)[0] > max(FAR, (1 - SPREAD) * _rank(other)[0])
            take_better_parts(best, other)
        banded = not (best.excess(as_ruled=True) > 0).any()
        if is_within(best) or search.is_stopped or in_vain or (banded and attempt > 0):
            break
    if best is None:  # pragma: no cover  n_starts is at least 1
        raise AssertionError
    return best, n + start_parts_again(best, how)


def start_parts_again(best: Search, how: How) -> int:
    """Search the parts of the ground that still break a rule from further starts; the rest stays.

    A community of a few grids can be a trap that every start of the town falls into, and costs
    little to start again by itself. `best` is changed; the number of starts is given. Nothing is
    done where most of the town breaks rules, or where a search may start only once.
    """
    p, room = best.problem, EFFORT * best.problem.n * (how.n_starts > 1)
    for i in range(MOST_AGAIN):
        outside = _outside_by_part(best) > 0
        own = (p.part >= 0) & outside[np.maximum(p.part, 0)]
        room -= int(own.sum())
        if not own.any() or own.sum() > FEW * p.n or room < 0 or best.is_stopped:
            return i
        fresh = first_labels(p, turn=0.7 * (how.n_starts + i))
        seed = how.seed + 7919 * (how.n_starts + i)
        other = new_search(p, np.where(own, fresh, best.label), how, seed=seed, low=1.0)
        only = np.flatnonzero(own & p.nodes[4]).astype(np.uint32)
        improve(other, sweeps=how.sweeps(p), only=only)
        mend(other)
        take_better_parts(best, other)
        best.is_stopped = other.is_stopped
    return MOST_AGAIN


def more_grids(search: Search) -> Rules | None:
    """Give every community that has a grid above an upper limit one grid more.

    Counting says how few grids may do; units cannot be cut, so that one more is needed here and there.

    Returns
    -------
    Rules or None
        With the number of grids of each community; None where no grid is above a limit, or no more
        are allowed.
    """
    p = search.problem
    setting = p.rules.grids
    over = np.zeros(p.k, dtype=bool)
    for j, band in enumerate(p.bands):
        if band.rule == "limit":
            over |= p.counts & (search.grids[1][:, j] > p.rule[1][:, j])
    ids = community_ids(p.town)
    ordinary = np.arange(p.k) < p.k - len(p.rules.locks.carved)
    n_grids = np.bincount(p.grid_community[ordinary], minlength=len(ids))
    n_more = np.bincount(p.grid_community[over & ordinary], minlength=len(ids)) > 0
    total = int(n_grids.sum() + n_more.sum())
    if not n_more.any() or (setting.highest is not None and total > setting.highest):
        return None
    if p.town.community is None:
        return replace(p.rules, grids=replace(setting, total=total))
    counts = dict(zip(ids, (n_grids + n_more).tolist(), strict=True))
    return replace(p.rules, grids=replace(setting, by_community=counts))


def _fitted(
    p: Problem, load: FloatArray, members: int | Mapping[str, int], now: FloatArray | None
) -> FloatArray:
    """Give the grids their members by their loads."""
    ordinary = np.arange(p.k) < p.k - len(p.rules.locks.carved)
    ids = community_ids(p.town)
    return fit_heads(load, p.rules, members, p.grid_community, ids, ordinary, now)


def search_with_members(
    problem: Problem, how: How, members: int | Mapping[str, int], now: FloatArray | None
) -> tuple[Search, int]:
    """Fit grids and head counts to each other.

    Grids are drawn for the members they are thought to get, members are given anew to the grids
    drawn, and borders follow, until nobody would go elsewhere. The round with the fewest grids
    outside their bands, and then the smallest load per member, is given.
    """
    if member_budget(problem.rules, now) is not None:  # people stay where they are, or nearly
        load = sums(problem.home, problem.load, problem.k)
        problem = with_heads(problem, _fitted(problem, load, members, now))
    search, n = best_search(problem, replace(how, on_progress=part_of(how.on_progress, 0.0, 0.6)))
    best: tuple[tuple[float, float], Search] | None = None
    for i in range(N_ROUNDS):
        p = search.problem
        load = search.grids[1][:, 0]
        heads = _fitted(p, load, members, now)
        fitted = with_heads(p, heads)
        settled = p.heads is not None and bool((heads == p.heads).all())
        if not settled:
            low = 0.6 + 0.4 * i / N_ROUNDS
            again = new_search(fitted, search.label, how, seed=how.seed + 31 * (i + 1), low=low)
            again.count_spent()
            search = again
        outside = how_far_out(search)
        worst = float((load[heads > 0] / heads[heads > 0]).max(initial=0.0))
        if best is None or (outside, worst) < best[0]:
            best = (outside, worst), search
        if settled or i == N_ROUNDS - 1 or search.is_stopped:
            break
        if outside > 0:
            kept = new_search(fitted, search.label, how, seed=how.seed + 31 * (i + 1), low=low)
            improve(kept, sweeps=how.sweeps(fitted) // 2, is_warm=True)
            mend(kept)
            n += start_parts_again(kept, how)
            search = kept
    assert best is not None  # noqa: S101  at least one round was made
    return best[1], n
