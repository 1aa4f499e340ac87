from __future__ import annotations

import numpy as np
import pytest

from gridkit import metrics
from gridkit.errors import InfeasibleError
from gridkit.rules import Balance, Contiguity, GridCount, Limit, Locks, Rules
from gridkit.solver import MaxIterations, solve
from tests.conftest import square_town

EVEN = Rules(balance=Balance(measure="residents", tolerance=0.05), grids=GridCount(total=4))


def test_a_plan_is_contiguous_nested_and_even():
    result = solve(square_town(8, 8, communities=True), EVEN)
    assert result.is_legal
    assert metrics.n_pieces(result.plan).tolist() == [1, 1, 1, 1]
    assert metrics.n_communities(result.plan).tolist() == [1, 1, 1, 1]
    assert result.plan.total("residents").tolist() == [160.0] * 4


def test_equal_seeds_give_equal_plans():
    town = square_town(8, 8)
    a, b = solve(town, EVEN, seed=3), solve(town, EVEN, seed=3)
    np.testing.assert_array_equal(a.plan.base, b.plan.base)


def test_limits_hold():
    rules = Rules(limits=(Limit(measure="residents", low=100, high=250),))
    result = solve(square_town(8, 8), rules)
    assert len(result.plan.levels[0]) == 3
    assert result.plan.total("residents").max() <= 250


def test_groups_stay_together_and_carved_grids_are_cut_out():
    rules = Rules(
        balance=Balance(measure="residents", tolerance=0.2),
        grids=GridCount(total=3),
        locks=Locks(together=(("u01", "u02", "u09"),), carved={"park": ("u28", "u29")}),
    )
    plan = solve(square_town(8, 8), rules, relax=True).plan
    assert np.unique(plan.base[[0, 1, 8]]).size == 1
    assert (plan.base == plan.base[27]).sum() == 2
    assert len(plan.levels[0]) == 4


def test_a_barrier_is_not_crossed():
    walls = tuple((f"u{c + 25:02d}", f"u{c + 33:02d}") for c in range(8))
    rules = Rules(
        balance=Balance(measure="residents"),
        grids=GridCount(total=4),
        contiguity=Contiguity(barriers=walls),
    )
    base = solve(square_town(8, 8), rules).plan.base
    assert not set(base[:32]) & set(base[32:])


def test_impossible_rules_raise_with_reasons():
    rules = Rules(limits=(Limit(measure="residents", high=5),), grids=GridCount(total=4))
    with pytest.raises(InfeasibleError, match="alone hold more residents") as caught:
        solve(square_town(4, 4), rules)
    assert caught.value.findings


def test_relaxed_gives_the_best_plan_and_what_it_breaks():
    rules = Rules(balance=Balance(measure="residents", tolerance=0.01), grids=GridCount(total=3))
    result = solve(square_town(4, 4), rules, relax=True)
    assert not result.is_legal
    assert metrics.n_pieces(result.plan).max() == 1


def test_a_search_can_be_stopped_and_reports_progress():
    seen = []
    solve(square_town(8, 8), EVEN, stop=MaxIterations(50), on_progress=seen.append)
    assert seen[-1].share == 1.0
    assert any(p.stage == "improve" and "roundness" in p.quality for p in seen)


def test_more_pieces_than_grids_is_said_and_relaxed():
    town = square_town(1, 6)
    cuts = (("u01", "u02"), ("u03", "u04"), ("u05", "u06"))
    rules = Rules(grids=GridCount(total=2), contiguity=Contiguity(barriers=cuts))
    with pytest.raises(
        InfeasibleError, match="is in 4 pieces that do not touch, and has 2 base grids"
    ):
        solve(town, rules)
    result = solve(town, rules, relax=True)
    assert (result.plan.base >= 0).all()
    assert any(f.rule == "contiguity" for f in result.report)
