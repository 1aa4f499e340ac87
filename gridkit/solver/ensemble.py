"""Where does a plan stand among random plans that keep the same rules?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit._kernels.moves import FOUR_PI, count_totals
from gridkit._kernels.recombine import recombine
from gridkit.errors import InputError
from gridkit.model.result import Progress
from gridkit.rules.check import without_lines
from gridkit.solver.first import current_labels, join_pieces
from gridkit.solver.problem import compile_problem
from gridkit.solver.stop import is_cancelled

if TYPE_CHECKING:
    import pandas as pd

    from gridkit._typing import FloatArray
    from gridkit.model.plan import Plan
    from gridkit.rules.settings import Rules
    from gridkit.solver.problem import Problem
    from gridkit.solver.search import OnProgress
    from gridkit.solver.stop import Stop


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ensemble:
    """Figures of many random plans, and of the plan they are compared with.

    Parameters
    ----------
    drawn
        By name, one value for each plan drawn: ``mean_compactness``, ``worst_compactness``,
        ``largest_deviation``, ``n_cut_edges``, ``cut_border_km``.
    own
        The same figures of the plan.
    n_tries, n_steps
        Spanning trees drawn, and how many of them changed the plan.
    better
        Which way is better, ``"higher"`` or ``"lower"``, by name.
    """

    drawn: Mapping[str, FloatArray]
    own: Mapping[str, float]
    n_tries: int
    n_steps: int
    better: Mapping[str, str] = field(
        default_factory=lambda: {
            "mean_compactness": "higher",
            "worst_compactness": "higher",
            "largest_deviation": "lower",
            "n_cut_edges": "lower",
            "cut_border_km": "lower",
        }
    )

    def __post_init__(self) -> None:
        for name in ("drawn", "own", "better"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def rank(self, name: str) -> float:
        """Share of the drawn plans that are worse than the plan, or equal to it: 1 is better than all."""
        values, own = self.drawn[name], self.own[name]
        worse = values <= own if self.better[name] == "higher" else values >= own
        return float(worse.mean()) if values.size else float("nan")

    def to_frame(self) -> pd.DataFrame:
        """Give one row for each figure: the plan, the quantiles of the drawn plans, the rank."""
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        rows: dict[str, dict[str, Any]] = {}
        for name, values in self.drawn.items():
            low, mid, high = (
                np.quantile(values, [0.05, 0.5, 0.95]) if values.size else (np.nan,) * 3
            )
            rows[name] = {
                "plan": self.own[name],
                "q05": low,
                "median": mid,
                "q95": high,
                "rank": self.rank(name),
            }
        return pd.DataFrame.from_dict(rows, orient="index")

    def __str__(self) -> str:
        """Say where the plan stands, a line for each figure."""
        n = len(next(iter(self.drawn.values()), ()))
        return "\n".join(
            f"{name.replace('_', ' ')}: {self.own[name]:.4g}, better than {self.rank(name):.0%} of {n:,} random plans "
            f"(median {float(np.median(values)):.4g})"
            for name, values in self.drawn.items()
        )


def ensemble(
    plan: Plan,
    rules: Rules,
    *,
    n_plans: int = 1000,
    n_apart: int = 0,
    seed: int = 0,
    stop: Stop | None = None,
    on_progress: OnProgress | None = None,
) -> Ensemble:
    """Draw random plans by recombination, beginning at a plan, and compare it with them.

    Each drawn plan keeps contiguity, communities, carved-out and locked grids, and every band of the
    rules; budgets of change do not hold.

    Parameters
    ----------
    plan
        A plan that keeps the rules.
    rules
        The rules.
    n_plans
        Plans recorded.
    n_apart
        Trees drawn between two recorded plans; by default as many as there are grids.
    seed
        Of all chance.
    stop
        Once it is cancelled (`StopWhen`), the plans drawn so far are compared.
    on_progress
        Told now and then.

    Raises
    ------
    InputError
        If the plan breaks the bands: random plans would not be comparable.

    References
    ----------
    DeFord, Duchin, Solomon (2021), see `gridkit._kernels.recombine`.
    """
    if not rules.nested:
        plan = without_lines(plan)
    problem = compile_problem(plan.town, rules, start=plan)
    label = join_pieces(problem, current_labels(problem))
    amount, area, edge, _, _ = problem.nodes
    start, neighbor, border, _, is_open = problem.graph
    source = np.repeat(np.arange(problem.n, dtype=np.int32), np.diff(start))
    low, high, _ = problem.hard
    frozen = ~problem.counts
    n_apart = n_apart or problem.k
    names = (
        "mean_compactness",
        "worst_compactness",
        "largest_deviation",
        "n_cut_edges",
        "cut_border_km",
    )
    state = np.array([(0x2545F4914F6CDD1D ^ ((seed + 1) * 2654435761)) % 2**64], dtype=np.uint64)
    own = _figures(problem, label, source)
    W = np.zeros((problem.k, amount.shape[1]))
    np.add.at(W, label[label >= 0], amount[label >= 0])
    if ((low > W) | (high < W))[problem.counts].any():
        msg = "the plan breaks its own rules, so random plans that keep them cannot be compared with it; repair it first."
        raise InputError(msg)
    rows = np.zeros((n_plans, len(names)))
    steps = 0
    drawn_plans = 0
    for i in range(n_plans):
        if is_cancelled(stop):
            break
        if on_progress is not None and i % 50 == 0:
            on_progress(Progress(stage="draw", share=i / n_plans, text=f"{i:,} random plans"))
        drawn_plans += 1
        steps += int(
            recombine(
                start, neighbor, is_open, source, amount, label, frozen, low, high, n_apart, state
            )
        )
        rows[i] = [_figures(problem, label, source)[name] for name in names]
    drawn = {name: np.ascontiguousarray(rows[:drawn_plans, j]) for j, name in enumerate(names)}
    del border, area, edge
    return Ensemble(
        drawn=drawn, own={n: own[n] for n in names}, n_tries=drawn_plans * n_apart, n_steps=steps
    )


def _figures(problem: Problem, label: Any, source: Any) -> dict[str, float]:
    """Work the figures of one plan out from its labels."""
    start, neighbor, border, _, _ = problem.graph
    amount, area, edge, feature, _ = problem.nodes
    k = problem.k
    W, A, P, C = np.zeros((k, amount.shape[1])), np.zeros(k), np.zeros(k), np.zeros(k, np.int64)
    count_totals(
        start,
        neighbor,
        border,
        amount,
        area,
        edge,
        feature,
        label,
        W,
        A,
        P,
        C,
        np.zeros((k, feature.shape[1])),
    )
    ok = (C > 0) & problem.counts
    roundness = FOUR_PI * A[ok] / np.maximum(P[ok], 1e-12) ** 2
    ideal = problem.ideal[ok]
    off = np.abs(W[ok, 0] - ideal) / np.where(ideal > 0, ideal, np.inf)
    cut = label[source] != label[neighbor]
    return {
        "mean_compactness": float(roundness.mean()),
        "worst_compactness": float(roundness.min()),
        "largest_deviation": float(np.nanmax(off)) if np.isfinite(off).any() else 0.0,
        "n_cut_edges": float(cut.sum() / 2),
        "cut_border_km": float(border[cut].sum() / 2000),
    }
