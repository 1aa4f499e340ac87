"""How is the first plan made legal, and then better, until a criterion says stop?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from gridkit._kernels.anneal import anneal, settle
from gridkit._kernels.balance import balance
from gridkit._kernels.moves import FOUR_PI, count_totals
from gridkit.model.result import Progress
from gridkit.solve.stop import MaxIterations, SearchState, Stop

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray, LabelArray
    from gridkit.solve.problem import Problem

OnProgress: TypeAlias = Callable[[Progress], None]

CHUNK = 50
"""Sweeps between two looks at the stopping criterion."""
T_FIRST, T_LAST = 0.02, 3e-4
DEFAULT_SWEEPS = 600


@dataclass(slots=True, kw_only=True, eq=False)
class Search:
    """A plan being searched: labels and totals as arrays, changed in place by the kernels.

    Parameters
    ----------
    problem
        The town as arrays.
    label : (n,)
        Grid of each node.
    seed
        Of all chance.
    stop
        Asked every few sweeps.
    on_progress
        Told now and then.
    """

    problem: Problem
    label: LabelArray
    seed: int = 0
    stop: Stop = field(default_factory=lambda: MaxIterations(DEFAULT_SWEEPS))
    on_progress: OnProgress | None = None
    iteration: int = 0
    n_flips: int = 0
    n_swaps: int = 0
    n_balance: int = 0
    is_stopped: bool = False
    grids: tuple[Any, ...] = field(init=False)
    state: Any = field(init=False)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        p = self.problem
        k, m, q = p.k, p.nodes[0].shape[1], p.nodes[3].shape[1]
        self.label = np.ascontiguousarray(self.label, dtype=np.int32)
        self.grids = (
            self.label, np.zeros((k, m)), np.zeros(k), np.zeros(k), np.zeros(k, np.int64),
            np.zeros((k, q)), p.loose,
        )  # fmt: skip
        start, neighbor, border, _, _ = p.graph
        amount, area, edge, feature, _ = p.nodes
        count_totals(start, neighbor, border, amount, area, edge, feature, *self.grids[:6])
        self.state = np.array(
            [(0x9E3779B97F4A7C15 ^ ((self.seed + 1) * 2654435761)) % 2**64], dtype=np.uint64
        )
        self.began = perf_counter()

    # ------------------------------------------------------------------ asked
    def excess(self) -> FloatArray:
        """Tell how far each grid lies outside its bands, in half widths."""
        low, high, scale = self.problem.hard
        W = self.grids[1]
        if not self.problem.bands:
            return np.zeros(self.problem.k)
        out: FloatArray = (np.maximum(np.maximum(low - W, W - high), 0) * scale).sum(axis=1)
        return out

    def roundness(self) -> float:
        """Mean Polsby-Popper compactness."""
        ok = self.grids[4] > 0
        A, P = self.grids[2][ok], self.grids[3][ok]
        return float(np.mean(FOUR_PI * A / np.maximum(P, 1e-12) ** 2))

    def movable(self) -> IntArray:
        """List the nodes that may move, in order."""
        return np.flatnonzero(self.problem.nodes[4]).astype(np.int64)

    def tell(self, stage: str, share: float, text: str) -> None:
        """Report progress, and ask whether to stop."""
        excess = self.excess()
        n_outside = int((excess > 0).sum())
        if self.on_progress is not None:
            quality = {"roundness": self.roundness(), "n_outside": float(n_outside)}
            self.on_progress(Progress(stage=stage, share=share, text=text, quality=quality))
        seen = SearchState(
            iteration=self.iteration, seconds=perf_counter() - self.began, since_best=0,
            is_legal=n_outside == 0, value=self.roundness(),
        )  # fmt: skip
        self.is_stopped = self.is_stopped or bool(self.stop(seen))

    # ------------------------------------------------------------------ done
    def anneal(
        self, order: IntArray, *, sweeps: int, heat: tuple[float, float], push: tuple[float, float]
    ) -> None:
        """Anneal for some sweeps, in chunks, from one temperature and penalty to another."""
        p = self.problem
        done = 0
        while done < sweeps and not self.is_stopped:
            step = min(CHUNK, sweeps - done)
            f0, f1 = done / sweeps, (done + step) / sweeps
            schedule = np.array([
                heat[0] * (heat[1] / heat[0]) ** f0, heat[0] * (heat[1] / heat[0]) ** f1,
                push[0] * (push[1] / push[0]) ** f0, push[0] * (push[1] / push[0]) ** f1, step,
            ])  # fmt: skip
            flips, swaps = anneal(
                order,
                p.graph,
                p.nodes,
                self.grids,
                p.soft,
                p.budget,
                p.weight,
                schedule,
                self.state,
            )
            self.n_flips += int(flips)
            self.n_swaps += int(swaps)
            done += step
            self.iteration += step
            self.tell(
                "improve",
                done / sweeps,
                f"{self.iteration:,} sweeps, mean roundness {self.roundness():.3f}",
            )

    def settle(self, order: IntArray, *, sweeps: int = 40) -> None:
        """Climb without leaving the bands any further."""
        p = self.problem
        settle(order, p.graph, p.nodes, self.grids, p.hard, p.budget, p.weight, sweeps)

    def balance(self, *, max_steps: int) -> int:
        """Carry load from grid to grid until every band holds, or nothing helps."""
        p = self.problem
        low, high, scale = p.hard
        t_low, t_high, t_scale = (x.copy() for x in p.soft)
        if p.bands and p.bands[0].rule == "balance":
            ok = np.isfinite(p.ideal)
            t_low[ok, 0] = t_high[ok, 0] = p.ideal[ok]
        inner = 0.02 / scale
        squeezed = (low + inner, high - inner, scale)
        steps = int(
            balance(
                p.graph, p.nodes, self.grids, squeezed, (t_low, t_high, t_scale), p.budget, p.weight,
                0.05, max_steps,
            )
        )  # fmt: skip
        self.n_balance += steps
        return steps


def improve(search: Search, *, sweeps: int) -> None:
    """Anneal, then bring every grid into its bands, then win shape back behind the wall."""
    p = search.problem
    order = search.movable()
    tight = bool(p.bands) and p.rules.balance is not None and p.rules.balance.tolerance < 0.04
    push = (0.01, 0.3) if tight else (0.05, 0.5)
    search.anneal(order, sweeps=sweeps, heat=(T_FIRST, T_LAST), push=push)
    search.settle(order)
    for attempt in range(6):
        if not (search.excess() > 0).any():
            break
        search.balance(max_steps=12 * p.k + 500)
        bad = search.excess() > 0
        if not bad.any():
            search.anneal(
                order, sweeps=max(20, sweeps // 2), heat=(0.01, T_LAST), push=(20.0, 20.0)
            )
            search.settle(order)
        else:
            near = around(p, search.label, bad, depth=2 + attempt)
            search.anneal(near, sweeps=200, heat=(T_FIRST, T_LAST), push=(push[1], 5.0))


def around(problem: Problem, label: LabelArray, bad: Any, *, depth: int) -> IntArray:
    """List the movable nodes of the grids within some steps of grids that are outside their bands."""
    start, neighbor = problem.graph[0], problem.graph[1]
    source = np.repeat(np.arange(problem.n), np.diff(start))
    hot = bad.copy()
    for _ in range(depth):
        e = hot[label[source]]
        hot[label[neighbor[e]]] = True
    return np.flatnonzero(hot[label] & problem.nodes[4]).astype(np.int64)
