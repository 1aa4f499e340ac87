from __future__ import annotations

import numpy as np
import pytest

from gridkit import metrics
from gridkit.errors import InputError
from gridkit.model.plan import Plan
from gridkit.rules import Balance, ChangeBudget, GridCount, Locks, Rules, check, moved_units
from gridkit.solver import balance_grids, merge, repair, solve
from tests.conftest import square_town

TOWN = square_town(8, 8)
COMB = Plan.from_labels(TOWN, np.repeat(np.arange(8, dtype=np.int32) // 2, 8))
"""Four strips of two rows each."""
EVEN = Balance(measure="residents", tolerance=0.2)


def test_a_redraw_keeps_ids_and_its_budget():
    rules = Rules(balance=EVEN, change=(ChangeBudget(measure="residents", share=0.1),))
    result = solve(TOWN, rules, start=COMB)
    assert result.is_legal
    assert result.plan.levels[0].ids == COMB.levels[0].ids
    assert moved_units(result.plan, COMB).sum() <= 6
    assert metrics.mean_compactness(result.plan) >= metrics.mean_compactness(COMB)


def test_locked_grids_and_units_stay():
    ids = COMB.levels[0].ids
    locks = Locks(grids=(ids[0],), units=("u33", "u40"))
    plan = solve(TOWN, Rules(balance=EVEN, locks=locks), start=COMB).plan
    moved = moved_units(plan, COMB)
    assert not moved[COMB.base == 0].any()
    assert not moved[[32, 39]].any()


def test_a_grid_more_is_split_off_and_named():
    plan = solve(TOWN, Rules(grids=GridCount(total=5)), start=COMB).plan
    assert len(plan.levels[0]) == 5
    assert set(COMB.levels[0].ids) < set(plan.levels[0].ids)


def test_a_grid_fewer_is_dissolved():
    plan = solve(TOWN, Rules(grids=GridCount(total=3)), start=COMB).plan
    assert len(plan.levels[0]) == 3
    assert metrics.n_pieces(plan).max() == 1


def test_repair_moves_little():
    labels = COMB.base.copy()
    labels[[0, 63]] = [3, 0]  # two strays
    broken = Plan.from_labels(TOWN, labels)
    fixed = repair(broken, Rules()).plan
    assert check(fixed, Rules()).is_legal
    assert moved_units(fixed, broken).sum() == 2


def test_two_grids_are_balanced_and_no_other_moves():
    labels = COMB.base.copy()
    labels[16:20] = 0
    uneven = Plan.from_labels(TOWN, labels)
    ids = uneven.levels[0].ids
    plan = balance_grids(
        uneven, Rules(balance=Balance(measure="residents", tolerance=0.1)), ids[:2]
    ).plan
    moved = moved_units(plan, uneven)
    assert not moved[uneven.base > 1].any()
    assert abs(np.subtract(*plan.total("residents")[:2])) <= 40


def test_an_unknown_grid_is_refused():
    with pytest.raises(InputError, match="no base grid 'X'"):
        merge(COMB, ["X"])
