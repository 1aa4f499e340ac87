from __future__ import annotations

import numpy as np
import pytest

from gridkit.model.units import Measure
from gridkit.rules import Balance, GridCount, Limit, Rules, StaffingRule
from gridkit.solver import certify, solve
from tests.conftest import square_town


def loaded(loads, rows=1):
    values = np.asarray(loads, dtype=float)
    town = square_town(rows, values.size // rows)
    return town.with_measures(Measure(name="load", values=values, unit="h"))


def test_a_bound_that_a_known_plan_meets_is_exact():
    rules = Rules(balance=Balance(measure="load", tolerance=0.5), grids=GridCount(total=2))
    result = solve(loaded([1, 1, 1, 1, 1, 1]), rules)
    (bound,) = result.certificate.of("largest_load")
    assert (bound.bound, bound.best_known) == (3, 3)
    assert bound.method == "exact"
    assert not bound.is_loose


def test_indivisible_units_are_proven_to_cost():
    """5 3 5 in a row, two grids: 8 and 5; counting alone says 7."""
    rules = Rules(balance=Balance(measure="load", tolerance=0.5), grids=GridCount(total=2))
    result = solve(loaded([5, 3, 5]), rules)
    (bound,) = result.certificate.of("largest_load")
    assert bound.bound == bound.achieved == 8
    assert bound.method == "exact"
    assert "so this is the best possible" in bound.text


def test_the_price_of_other_goals_is_told_from_a_loose_bound():
    """Two grids of 2 x 6 are rounder as squares, if the loads are lopsided."""
    loads = np.ones((2, 6))
    loads[:, 0] = 4
    rules = Rules(balance=Balance(measure="load", tolerance=0.4), grids=GridCount(total=2))
    result = solve(loaded(loads.ravel(), rows=2), rules)
    (bound,) = result.certificate.of("largest_load")
    if bound.achieved > bound.best_known:
        assert "the price of the other goals" in bound.text
    assert bound.bound <= bound.best_known <= bound.achieved
    counted = certify(result.plan, rules, exact=False)
    assert counted.of("largest_load")[0].bound <= bound.bound


def test_what_every_plan_breaks_is_called_unavoidable():
    rules = Rules(limits=(Limit(measure="load", high=4),), grids=GridCount(total=3))
    result = solve(loaded([1, 9, 1, 1, 1, 1]), rules, relax=True)
    told = result.certificate.to_json()["unavoidable"]
    assert told[0].startswith("No plan avoids this: 1 units alone hold more load")


def test_the_number_of_grids_is_bounded():
    rules = Rules(limits=(Limit(measure="load", high=4),))
    (bound,) = solve(loaded([3, 3, 3, 1, 1, 1]), rules, relax=True).certificate.of("n_grids")
    assert bound.bound == pytest.approx(3)


def test_members_are_whole_people_in_their_bound():
    """West has 2 x 3 units, east as many: 5 members can only be 2 and 3, so somebody has 30 for 2."""
    town = square_town(2, 6, communities=True)
    rules = Rules(
        balance=Balance(measure="residents", tolerance=0.9), grids=GridCount(total=2),
        staffing=StaffingRule(min_members=1),
    )  # fmt: skip
    result = solve(town, rules, members=5)
    whole = result.certificate.of("largest_load_per_member")[0]
    assert whole.bound == whole.achieved == 30
    assert "so this is the best possible" in whole.text
