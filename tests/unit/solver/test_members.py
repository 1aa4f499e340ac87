from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridkit.datasets import make_town
from gridkit.errors import InfeasibleError
from gridkit.model.plan import Plan
from gridkit.rules import (
    Balance,
    ChangeBudget,
    GridCount,
    Rules,
    StaffingRule,
    check,
    moved_members,
)
from gridkit.solver import solve
from gridkit.solver.heads import fit_heads
from tests.conftest import square_town

TOWN = make_town(300, 2, n_communities=3)
RULES = Rules(balance=Balance(measure="residents", tolerance=0.2), grids=GridCount(total=12))


def test_members_of_the_town_are_given_to_grids_and_add_up():
    result = solve(TOWN, RULES, members=41)
    assert result.is_legal
    heads = result.members
    assert sum(heads.values()) == 41
    assert min(heads.values()) >= 2
    assert check(result.plan, RULES, members=heads).is_legal
    load = result.plan.total("residents")
    each = load / np.array([heads[i] for i in result.plan.levels[0].ids])
    assert result.certificate.of("largest_load_per_member")[0].achieved == pytest.approx(each.max())


def test_members_are_those_of_the_roster_by_default():
    rules = Rules(
        balance=RULES.balance, grids=RULES.grids, staffing=StaffingRule(total=30, min_members=2)
    )
    assert sum(solve(TOWN, rules).members.values()) == 30


def test_members_may_be_given_by_community():
    ids = TOWN.community.ids
    given_ = dict(zip(ids, (10, 14, 17), strict=True))
    result = solve(TOWN, RULES, members=given_, relax=True)
    holder = result.plan.levels[1].holder
    heads = np.array([result.members[i] for i in result.plan.levels[0].ids])
    assert np.bincount(holder, heads).tolist() == [10, 14, 17]


def test_loads_are_compared_per_grid_when_the_rules_say_so():
    rules = Rules(
        balance=Balance(measure="residents", tolerance=0.2, per_member=False), grids=RULES.grids
    )
    result = solve(TOWN, rules, members=41)
    assert result.certificate.of("largest_load")
    assert sum(result.members.values()) == 41


def test_too_much_load_per_member_is_said_before_searching():
    total = float(TOWN.units.measure("residents").values.sum())
    rules = Rules(
        balance=RULES.balance, grids=RULES.grids,
        staffing=StaffingRule(total=30, max_load=total / 31),
    )  # fmt: skip
    with pytest.raises(InfeasibleError, match=r"It needs 31 members, or a limit of"):
        solve(TOWN, rules)


def test_too_few_members_are_said_before_searching():
    with pytest.raises(InfeasibleError, match="23 members are too few for 12 base grids"):
        solve(TOWN, RULES, members=23)
    with pytest.raises(InfeasibleError, match="left out"):
        solve(TOWN, RULES, members={TOWN.community.ids[0]: 30})


@settings(max_examples=30)
@given(st.lists(st.integers(1, 500), min_size=2, max_size=6), st.integers(0, 12))
def test_head_counts_make_the_largest_load_per_member_smallest(loads, spare):
    k, load = len(loads), np.array(loads, dtype=float)
    rules = Rules(staffing=StaffingRule(min_members=1))
    total = k + spare
    zero, yes = np.zeros(k, np.int64), np.ones(k, bool)
    heads = fit_heads(load, rules, total, zero, ("t",), yes)
    assert heads.sum() == total
    assert heads.min() >= 1
    best = _best(load, total)
    assert (load / heads).max() == pytest.approx(best)


def _best(load, total):
    """Smallest largest load per head, by trying every ratio that can occur."""
    for limit in sorted({x / h for x in load for h in range(1, total + 1)}):
        if np.ceil(load / limit - 1e-9).sum() <= total:
            return limit
    raise AssertionError


def test_no_more_members_move_than_the_budget_says():
    town = square_town(4, 8)
    plan = Plan.from_labels(town, np.tile(np.repeat(np.arange(4, dtype=np.int32), 2), 4))
    ids = plan.levels[0].ids
    now = dict(zip(ids, (5, 3, 2, 2), strict=True))
    for most in (0, 1, 2):
        rules = Rules(
            balance=Balance(measure="residents", tolerance=0.9),
            change=(ChangeBudget(measure="members", amount=most), ChangeBudget(share=0.0)),
        )
        result = solve(town, rules, start=plan, members=12, members_now=now, relax=True)
        assert moved_members(result.plan, plan, result.members, now) <= most
        assert f"{most} of 12 members" in str(result.report.of("change")[0].text)
        assert sum(result.members.values()) == 12


def test_a_budget_on_members_is_checked():
    town = square_town(2, 4)
    plan = Plan.from_labels(town, np.array([0, 0, 1, 1] * 2, dtype=np.int32))
    a, b = plan.levels[0].ids
    rules = Rules(change=(ChangeBudget(measure="members", amount=1),))
    found = check(plan, rules, members={a: 2, b: 4}, current=plan, members_now={a: 4, b: 2})
    assert "2 of 6 members (33.3%) change grid; at most 1 allowed" in str(found)
