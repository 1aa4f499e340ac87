"""How is the first plan made legal, and then better, until a criterion says stop?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from gridkit._kernels.anneal import anneal
from gridkit._kernels.balance import balance, room_to_balance
from gridkit._kernels.moves import FINE, FOUR_PI, RAGGED, count_totals, flip_gain
from gridkit.model.result import Progress
from gridkit.solver.problem import class_bands
from gridkit.solver.pull import lift, open_edges
from gridkit.solver.stop import MaxIterations, SearchState, Stop, seconds_of

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, LabelArray, RowArray
    from gridkit.solver.problem import Problem

OnProgress: TypeAlias = Callable[[Progress], None]

FOR_ANNEALING = 0.7
"""Share of a time limit after which the plan should have cooled."""
CHUNK = 50
"""Sweeps between two looks at the stopping criterion."""
HOT, COOL, WARM, COLD = 0.34, 0.05, 0.1, 0.03
"""Temperatures, in typical gains of a move; a little above `HOT` the grids melt."""
REDRAW = 0.2
"""First temperature when a current plan is redrawn: warm enough to help, too cool to forget it."""
SOFT, STEADY, HARD = 0.1, 0.28, 70.0
"""Penalty at the beginning (at a tolerance of 5 %; of a redraw) and at the end, in typical gains."""
FAR, NEARER, PATIENCE = 1.0, 0.98, 2
"""Half widths outside the bands, of all grids together, that chance does not bridge; the share of them
that a round of repair is to leave; rounds in a row that may fail to."""


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
    stop: Stop = field(default_factory=lambda: MaxIterations(1 << 60))
    on_progress: OnProgress | None = None
    iteration: int = 0
    n_flips: int = 0
    n_swaps: int = 0
    n_looks: int = 0
    n_balance: int = 0
    is_stopped: bool = False
    best_value: float = -np.inf
    best_at: int = 0
    price: float = 0.3
    kept: LabelArray | None = None
    kept_value: float = -np.inf
    grids: tuple[Any, ...] = field(init=False)
    rest: tuple[Any, ...] = field(init=False)
    stay: FloatArray = field(init=False)
    state: Any = field(init=False)
    ends: tuple[LabelArray, LabelArray] = field(init=False)
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
        self.count_spent()
        self.stay = p.budget[4].copy()
        self.rest = (
            np.zeros(p.n, np.int32), np.ones(p.n, np.int32), np.zeros(p.n, np.int64),
            np.zeros(p.n, np.uint32), np.zeros(m), np.zeros(2, np.int64),
        )  # fmt: skip
        self.state = np.array(
            [(0x9E3779B97F4A7C15 ^ ((self.seed + 1) * 2654435761)) % 2**64], dtype=np.uint64
        )
        self.ends = open_edges(p)
        self.began = perf_counter()

    # ------------------------------------------------------------------ asked
    def excess(self, *, as_ruled: bool = False) -> FloatArray:
        """Tell how far each grid lies outside the bands searched for, or ruled, in half widths."""
        low, high, scale = self.problem.rule if as_ruled else self.problem.hard
        W = self.grids[1]
        if not self.problem.bands:
            return np.zeros(self.problem.k)
        out = (np.maximum(np.maximum(low - W, W - high), 0) * scale).sum(axis=1)
        return np.where(self.problem.counts, out, 0.0)

    def count_spent(self) -> None:
        """Count afresh what the plan spends of each budget of change."""
        home, change, spent, _, _ = self.problem.budget
        spent[:] = change[self.label != home].sum(axis=0)

    def is_within_budget(self) -> bool:
        """Whether no budget of change is overdrawn."""
        _, _, spent, cap, _ = self.problem.budget
        return bool((spent <= cap).all())

    def roundness(self) -> float:
        """Mean Polsby-Popper compactness."""
        ok = self.grids[4] > 0
        A, P = self.grids[2][ok], self.grids[3][ok]
        return float(np.mean(FOUR_PI * A / np.maximum(P, 1e-12) ** 2))

    def worth(self) -> float:
        """Value of the objective, for each grid: what the kernels raise, penalties aside."""
        p = self.problem
        start, neighbor, _, cut, _ = p.graph
        A, P, count, S = self.grids[2], self.grids[3], self.grids[4], self.grids[5]
        ok = count > 0
        score = FOUR_PI * A[ok] / np.maximum(P[ok], 1e-12) ** 2
        shape = score - FINE * np.maximum(RAGGED - score, 0.0) ** 2
        value = float(p.weight[0] * shape.sum())
        value += float((p.weight[1:] * (S[ok] ** 2 / A[ok, None]).sum(axis=0)).sum())
        if cut.any():
            source = np.repeat(np.arange(p.n), np.diff(start))
            value -= float(cut[self.label[source] != self.label[neighbor]].sum()) / 2
        if self.stay.any():
            value -= float(self.stay[(p.home >= 0) & (self.label != p.home)].sum())
        return value / max(p.k, 1)

    def typical_gain(self) -> float:
        """Median size of the change of the objective when one unit at a border is moved."""
        p = self.problem
        start, neighbor, border, cut, is_open = p.graph
        _, area, edge, feature, _ = p.nodes
        source = np.repeat(np.arange(p.n, dtype=np.int32), np.diff(start))
        count = self.grids[4]
        at = np.flatnonzero(
            is_open & (self.label[source] != self.label[neighbor]) & (count[self.label[source]] > 1)
        )
        at = at[:: max(1, at.size // 400)]
        if not at.size:
            return 0.1
        A, P, S = self.grids[2], self.grids[3], self.grids[5]
        gains = [
            flip_gain(
                np.int64(source[t]), np.int64(self.label[source[t]]), np.int64(self.label[neighbor[t]]),
                start, neighbor, border, cut, area, edge, feature, self.label, A, P, S, p.weight,
            )
            for t in at
        ]  # fmt: skip
        return max(float(np.median(np.abs(gains))), 1e-9)

    def movable(self) -> RowArray:
        """List the nodes that may move, in order."""
        return np.flatnonzero(self.problem.nodes[4]).astype(np.uint32)

    def tell(self, stage: str, share: float) -> None:
        """Report progress, and ask whether to stop."""
        n_outside = int((self.excess(as_ruled=True) > 0).sum())
        if self.on_progress is not None:
            text = f"{self.iteration:,} sweeps, mean roundness {self.roundness():.3f}, {n_outside} grids outside their bands"
            quality = {"roundness": self.roundness(), "n_outside": float(n_outside)}
            self.on_progress(Progress(stage=stage, share=share, text=text, quality=quality))
        value = self.worth()
        if value > self.best_value + 1e-5:
            self.best_value, self.best_at = value, self.iteration
        if n_outside == 0 and self.is_within_budget() and value > self.kept_value:
            self.kept, self.kept_value = self.label.copy(), value
        seen = SearchState(
            iteration=self.iteration, seconds=perf_counter() - self.began, since_best=self.iteration - self.best_at,
            is_legal=n_outside == 0, value=value,
        )  # fmt: skip
        self.is_stopped = self.is_stopped or bool(self.stop(seen))

    # ------------------------------------------------------------------ done
    def anneal(
        self, order: RowArray, *, sweeps: int, heat: tuple[float, float], push: tuple[float, float]
    ) -> None:
        """Anneal for some sweeps, in chunks, from one temperature and penalty to another."""
        p = self.problem
        stay = p.budget[4]
        self.rest[0][:] = 0
        done, f = 0, 0.0
        began = perf_counter()
        while f < 1.0 and not self.is_stopped:
            left = self._affordable(sweeps - done, done, perf_counter() - began)
            step = min(CHUNK, left)
            f0, f = f, 1.0 if step == left else f + (1.0 - f) * step / left
            self._run(
                order,
                p.soft,
                (
                    heat[0] * (heat[1] / heat[0]) ** f0,
                    heat[0] * (heat[1] / heat[0]) ** f,
                    push[0] * (push[1] / push[0]) ** f0,
                    push[0] * (push[1] / push[0]) ** f,
                    step,
                ),
            )
            done += step
            self._price(heat[0])
            class_bands(p, self.label)
            self.tell("improve", f)
        stay[:] = self.stay

    def _affordable(self, left: int, done: int, seconds: float) -> int:
        """Cut the sweeps that are left down to those a time limit has room for, at the pace so far."""
        limit = seconds_of(self.stop)
        if limit is None or done == 0:
            return max(1, left)
        room = FOR_ANNEALING * limit - (perf_counter() - self.began)
        return max(1, min(left, int(room * done / max(seconds, 1e-9))))

    def _price(self, heat: float) -> None:
        """Let changes cost more while a budget of change runs out, and less while there is room."""
        _, change, spent, cap, stay = self.problem.budget
        if not cap.size:
            return
        used = spent / np.maximum(cap, 1e-300)
        j = int(np.argmax(used))
        self.price *= 1.4 if used[j] > 0.9 else 0.8 if used[j] < 0.6 else 1.0
        self.price = min(max(self.price, 1e-3), 1e3)
        stay[:] = self.stay + self.price * heat * change[:, j] / max(
            float(change[:, j].mean()), 1e-300
        )

    def settle(self, order: RowArray, *, sweeps: int = 40) -> None:
        """Climb only; leaving the bands any further costs more than any shape is worth."""
        self.rest[0][:] = 0
        self._run(order, self.problem.hard, (0.0, 0.0, 1e4, 1e4, sweeps))

    def polish(
        self, order: RowArray, *, heat: tuple[float, float], push: tuple[float, float]
    ) -> None:
        """Win shape back around grids that were balanced; keep the result only if it is legal and better."""
        before, value = self.label.copy(), self.roundness()
        self.anneal(order, sweeps=300, heat=heat, push=push)
        self.settle(order)
        if (self.excess() > 0).any() or self.roundness() < value:
            self.restore(before)

    def restore(self, label: LabelArray) -> None:
        """Go back to labels seen before."""
        self.label[:] = label
        start, neighbor, border, _, _ = self.problem.graph
        amount, area, edge, feature, _ = self.problem.nodes
        count_totals(start, neighbor, border, amount, area, edge, feature, *self.grids[:6])
        self.count_spent()

    def give(self) -> None:
        """End early with the best legal plan: the one at hand, made legal, or one seen before."""
        if (self.excess() > 0).any():
            self.balance(max_steps=50 + 15 * int((self.excess() > 0).sum()))
        is_legal = self.is_within_budget() and not (self.excess(as_ruled=True) > 0).any()
        if self.kept is not None and not (is_legal and self.worth() >= self.kept_value):
            self.restore(self.kept)

    def _run(
        self, order: RowArray, bands: tuple[FloatArray, ...], schedule: tuple[float, ...]
    ) -> None:
        p = self.problem
        flips, swaps, looks = anneal(
            order, p.graph, p.nodes, self.grids, bands, p.budget, p.weight, np.array(schedule), lift(p, self.ends, self.label, self.grids[1][:, 0], schedule[3], schedule[0]), self.rest,
            self.state,
        )  # fmt: skip
        self.n_flips += int(flips)
        self.n_swaps += int(swaps)
        self.n_looks += int(looks)
        self.iteration += int(schedule[4])

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
                0.05, max_steps, room_to_balance(p.n, *self.grids[1].shape),
            )
        )  # fmt: skip
        self.n_balance += steps
        return steps


def improve(
    search: Search, *, sweeps: int, is_warm: bool = False, only: RowArray | None = None
) -> None:
    """Anneal, then bring every grid into its bands, then win shape back behind the wall.

    `is_warm`: the labels are good already, so that the search begins no hotter than a redraw.
    `only`: nodes to anneal, when the rest of the plan is to stay.
    """
    p = search.problem
    order = search.movable() if only is None else only
    tolerance = p.rules.balance.tolerance if p.rules.balance is not None else 0.05
    tolerance /= 1 + p.rules.objective.evenness
    t = search.typical_gain()
    search.tell("start", 0.0)
    is_new = not (is_warm or (p.home >= 0).any())
    hot, soft = (HOT, SOFT) if is_new else (REDRAW, STEADY)
    soft *= min(1.0, (tolerance / 0.05) ** 2)
    search.anneal(order, sweeps=sweeps, heat=(hot * t, COOL * t), push=(soft * t, HARD * t))
    search.settle(order)
    least, n_vain = np.inf, 0
    for _ in range(8):
        outside = search.excess()
        bad, total = outside > 0, float(outside.sum())
        n_vain = n_vain + 1 if total > max(FAR, NEARER * least) else 0
        least = min(least, total)
        if not bad.any() or search.is_stopped or n_vain == PATIENCE:
            break
        search.tell("balance", 1.0)
        near = around(p, search.label, bad, depth=2)
        search.balance(max_steps=50 + 15 * int(bad.sum()))
        if (search.excess() > 0).any():
            near = around(p, search.label, search.excess() > 0, depth=4)
            heat, push = (0.7 * HOT * t, COLD * t), (0.02 * HARD * t, 2 * HARD * t)
            search.anneal(near, sweeps=600, heat=heat, push=push)
            search.settle(near)
        else:
            search.polish(near, heat=(WARM * t, COLD * t), push=(HARD * t, HARD * t))
    if search.is_stopped:
        search.give()


def default_sweeps(n: int, tolerance: float = 0.05) -> int:
    """Give the number of sweeps when nobody says when to stop.

    Fewer over larger towns, but no fewer than it takes to carry load into bands so narrow.
    """
    least = 1800 * min(max(0.05 / tolerance, 1.0), 2.5) ** 0.75
    return int(np.clip(2400 * (20_000 / max(n, 1)) ** 0.76, least, 9_400))


def around(problem: Problem, label: LabelArray, bad: Any, *, depth: int) -> RowArray:
    """List the movable nodes of the grids within some steps of grids that are outside their bands."""
    start, neighbor = problem.graph[0], problem.graph[1]
    source = np.repeat(np.arange(problem.n, dtype=np.int32), np.diff(start))
    hot = bad.copy()
    for _ in range(depth):
        e = hot[label[source]]
        hot[label[neighbor[e]]] = True
    return np.flatnonzero(hot[label] & problem.nodes[4]).astype(np.uint32)
