"""Which two members should change places so that a missing skill is there?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gridkit._typing import IntArray
    from gridkit.staffing._prices import Answer, Problem


def swap_for_skills(problem: Problem, start: Answer, *, n_passes: int = 4) -> Answer:
    """Make the best swap of two members (or move from the reserve) for each skill that is missing.

    Passes go over the lacks in grid order until none helps; the cost never rises.
    """
    _, lacks = problem.missing(start.grid)
    if not lacks.any():
        return start
    at = State(problem, start)
    for _ in range(n_passes):
        moved = False
        for g, s in np.argwhere(at.have < problem.wanted).tolist():
            moved |= at.mend(g, s)
        if not moved:
            break
    value = problem.value(at.grid)
    if value >= start.value:
        return start
    return replace(start, grid=at.grid, value=value)


class State:
    """A roster that is being changed, with what each grid has."""

    def __init__(self, problem: Problem, start: Answer) -> None:
        self.problem = problem
        self.grid = start.grid.copy()
        k, n_skills = problem.wanted.shape
        self.have: IntArray = np.zeros((k, n_skills), dtype=np.int64)
        free = problem.pinned < 0
        for s in range(n_skills):
            own = self.grid[free & (self.grid >= 0) & problem.held[:, s]]
            self.have[:, s] = np.bincount(own, minlength=k)
        self.team: list[list[int]] = [[] for _ in range(k)]
        for m in np.flatnonzero(free & (self.grid >= 0)).tolist():
            self.team[self.grid[m]].append(m)
        order = np.argsort(problem.grid, kind="stable")
        first = np.searchsorted(problem.grid[order], np.arange(k + 1))
        self.can = [problem.member[order[first[g] : first[g + 1]]].tolist() for g in range(k)]
        self.cost = {
            (m, g): c
            for m, g, c in zip(
                problem.member.tolist(), problem.grid.tolist(), problem.cost.tolist(), strict=True
            )
        }

    def lack(self, g: int, *, drop: int, add: int) -> int:
        """Skills that grid `g` would lack with one member replaced; -1 for nobody."""
        have = self.have[g].copy()
        if drop >= 0:
            have -= self.problem.held[drop]
        if add >= 0:
            have += self.problem.held[add]
        return int(np.maximum(self.problem.wanted[g] - have, 0).sum())

    def mend(self, g: int, s: int) -> bool:
        """Bring a holder of skill `s` to grid `g`, if that lowers the cost."""
        held, wanted = self.problem.held, self.problem.wanted
        if self.have[g, s] >= wanted[g, s]:
            return False
        price = self.problem.skill_price
        most = price * held.shape[1]
        best, choice = -1, None
        lack_here = self.lack(g, drop=-1, add=-1)
        for a in self.can[g]:
            h = int(self.grid[a])
            if h in (g, -1) or not held[a, s]:
                if h == -1 and held[a, s]:
                    best, choice = self._from_reserve(a, g, lack_here, best, choice)
                continue
            lack_there = self.lack(h, drop=-1, add=-1)
            for b in self.team[g]:
                back = self.cost.get((b, h))
                if back is None:
                    continue
                change = self.cost[a, g] - self.cost[a, h] + back - self.cost[b, g]
                if change - most > best:
                    continue
                change += price * (
                    self.lack(g, drop=b, add=a)
                    - lack_here
                    + self.lack(h, drop=a, add=b)
                    - lack_there
                )
                if change < best:
                    best, choice = change, (a, b, h)
        if choice is None:
            return False
        self._swap(g, *choice)
        return True

    def cheapest_way(self, m: int, g: int) -> tuple[float, int]:
        """Hundredths of a minute that bringing `m` to `g` would cost all, and who leaves `g` for it (-1: nobody)."""
        own = self.cost.get((m, g))
        if own is None:
            return np.inf, -1
        h = int(self.grid[m])
        price, head = self.problem.skill_price, self.problem.head_price
        now_g, now_h = self.lack(g, drop=-1, add=-1), self.lack(h, drop=-1, add=-1) if h >= 0 else 0
        leaves = self.cost.get((m, h), 0) if h >= 0 else 0
        best, other = np.inf, -1
        if len(self.team[g]) < self.problem.room[g]:  # a place is free there
            best = own - leaves - head + price * (self.lack(g, drop=-1, add=m) - now_g)
            if h >= 0:
                best += head + price * (self.lack(h, drop=m, add=-1) - now_h)
        for b in self.team[g]:
            change = own - leaves - self.cost[b, g]
            change += price * (self.lack(g, drop=b, add=m) - now_g)
            if h >= 0:
                back = self.cost.get((b, h))
                if back is None:
                    continue
                change += back + price * (self.lack(h, drop=m, add=b) - now_h)
            if change < best:
                best, other = change, b
        return best, other

    def _from_reserve(
        self, a: int, g: int, lack_here: int, best: int, choice: tuple[int, int, int] | None
    ) -> tuple[int, tuple[int, int, int] | None]:
        """Let somebody of the reserve replace a member of `g`."""
        for b in self.team[g]:
            change = self.cost[a, g] - self.cost[b, g]
            change += self.problem.skill_price * (self.lack(g, drop=b, add=a) - lack_here)
            if change < best:
                best, choice = change, (a, b, -1)
        return best, choice

    def _swap(self, g: int, a: int, b: int, h: int) -> None:
        """Put `a` into `g` and `b` into `h` (-1: the reserve)."""
        held = self.problem.held.astype(np.int64)
        self.grid[a], self.grid[b] = g, h
        self.team[g].remove(b)
        self.team[g].append(a)
        self.have[g] += held[a] - held[b]
        if h >= 0:
            self.team[h].remove(a)
            self.team[h].append(b)
            self.have[h] += held[b] - held[a]
