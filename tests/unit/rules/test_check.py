from __future__ import annotations

import numpy as np
import pytest

from gridkit.errors import ConfigError
from gridkit.model.plan import Level, Plan
from gridkit.rules import (
    Balance,
    ChangeBudget,
    Contiguity,
    GridCount,
    Limit,
    Locks,
    Rules,
    StaffingRule,
    apportion,
    check,
    check_feasible,
    grid_counts,
)
from tests.conftest import square_town


def plan_of(labels, *, rows=1, columns=4, communities=False):
    town = square_town(rows, columns, communities=communities)
    return Plan.from_labels(town, np.array(labels))


def texts(report):
    return "\n".join(f.text for f in report if f.severity == "broken")


def test_a_good_plan_has_no_findings():
    assert check(plan_of([0, 0, 1, 1]), Rules(balance=Balance(measure="residents"))).is_legal


def test_an_unassigned_unit_is_named():
    assert "1 of 4 units are in no base grid: 'u03'" in texts(
        check(plan_of([0, 0, -1, 1]), Rules())
    )


def test_a_grid_in_pieces_is_named_with_the_nearest_link():
    report = check(plan_of([0, 1, 1, 0]), Rules())
    assert "is in 2 pieces" in texts(report)
    assert "'u04' to 'u01', 200 m" in texts(report)
    linked = Rules(contiguity=Contiguity(links=(("u01", "u04"),)))
    assert check(plan_of([0, 1, 1, 0]), linked).is_legal


def test_a_barrier_parts_neighbours():
    rules = Rules(contiguity=Contiguity(barriers=(("u01", "u02"),)))
    assert "is in 2 pieces" in texts(check(plan_of([0, 0, 1, 1]), rules))


def test_a_grid_over_a_community_line_is_named():
    report = check(plan_of([0, 0, 0, 1], communities=True), Rules())
    assert "crosses a community line: 1 of its 3 units lie outside (1 in east): 'u03'" in texts(
        report
    )


def test_limits_say_how_much_and_how_far():
    rules = Rules(limits=(Limit(measure="residents", low=15, high=25),))
    found = texts(check(plan_of([0, 0, 0, 1]), rules))
    assert "has residents 30 persons; at most 25 persons allowed (5 over)" in found
    assert "has residents 10 persons; at least 15 persons allowed (5 short)" in found


def test_a_limit_on_a_ratio_is_said_as_the_ratio():
    # 10 persons on 0.01 km2 everywhere
    rules = Rules(limits=(Limit(measure="residents", per="area_km2", high=900),))
    assert "residents per area_km2 1,000 persons; at most 900" in texts(
        check(plan_of([0, 0, 1, 1]), rules)
    )


def test_the_band_is_about_the_ideal():
    rules = Rules(balance=Balance(measure="residents", tolerance=0.2))
    assert "+50.0% from its ideal 20; at most 24 allowed" in texts(
        check(plan_of([0, 0, 0, 1]), rules)
    )


def test_the_ideal_follows_the_members():
    rules = Rules(balance=Balance(measure="residents", tolerance=0.01, per_member=True))
    plan = plan_of([0, 0, 0, 1])
    assert check(plan, rules, members={"G01": 6, "G02": 2}).is_legal


def test_head_counts_are_checked():
    rules = Rules(staffing=StaffingRule(min_members=2, total=9, max_load=8))
    plan = plan_of([0, 0, 0, 1])
    found = texts(check(plan, rules, members={"G01": 6, "G02": 1}))
    assert "1 base grids have fewer than 2 members: 'G02'" in found
    assert "add up to 7; 9 members are asked for" in found


def test_the_number_of_grids_is_checked():
    assert "2 base grids; 3 are asked for" in texts(
        check(plan_of([0, 0, 1, 1]), Rules(grids=GridCount(total=3)))
    )
    rules = Rules(grids=GridCount(by_community={"west": 2, "east": 1}))
    assert "west has 1 base grids; 2 are asked for" in texts(
        check(plan_of([0, 0, 1, 1], communities=True), rules)
    )


def test_a_grid_without_units_or_parent_is_named():
    plan = plan_of([0, 0, 1, 1])
    level = Level(name="base_grid", ids=("a", "b", "c"), holder=plan.base)
    upper = Level(name="community_grid", ids=("x",), holder=np.array([0, 0, -1]))
    found = texts(check(Plan(town=plan.town, levels=(level, upper)), Rules()))
    assert "1 of 3 base grids hold no unit: 'c'" in found
    assert "in no community grid: 'c'" in found


def test_groups_locks_and_budgets_are_checked():
    plan, current = plan_of([0, 0, 1, 1]), plan_of([0, 1, 1, 1])
    rules = Rules(
        locks=Locks(together=(("u02", "u03"),), units=("u02",)),
        change=(ChangeBudget(measure="residents", share=0.2),),
    )
    found = texts(check(plan, rules, current=current))
    assert "must stay together are in 2 base grids" in found
    assert "1 locked units changed grid: 'u02'" in found
    assert "10 of 40 residents (25.0%) change grid; at most 8 allowed" in found


def test_adams_makes_the_largest_load_per_grid_smallest():
    assert apportion(np.array([50.0, 30.0, 20.0]), 5, np.array([1, 1, 1])).tolist() == [2, 2, 1]


def test_free_grid_numbers_are_as_few_as_the_limits_allow():
    town = square_town(2, 4, communities=True)
    rules = Rules(limits=(Limit(measure="residents", high=25),))
    assert grid_counts(town, rules).tolist() == [2, 2]


def test_why_impossible_is_said_before_searching():
    town = square_town(1, 4)
    heavy = Rules(limits=(Limit(measure="residents", high=5),))
    assert "4 units alone hold more residents" in check_feasible(town, heavy)[0].text
    few = Rules(limits=(Limit(measure="residents", high=15),), grids=GridCount(total=2))
    assert (
        "It needs at least 1 grids more, or an upper limit of at least 20"
        in check_feasible(town, few)[0].text
    )
    many = Rules(limits=(Limit(measure="residents", low=15),), grids=GridCount(total=3))
    assert (
        "It needs at least 1 grids fewer, or a lower limit of at most 13"
        in check_feasible(town, many)[0].text
    )
    staff = Rules(grids=GridCount(total=3), staffing=StaffingRule(total=5))
    assert "5 members are too few for 3 base grids" in check_feasible(town, staff)[0].text


def test_an_island_too_light_for_a_grid_is_named():
    town = square_town(1, 6)
    rules = Rules(
        balance=Balance(measure="residents", tolerance=0.05),
        grids=GridCount(total=2),
        contiguity=Contiguity(barriers=(("u01", "u02"),)),
    )
    found = [f for f in check_feasible(town, rules) if "'u01'" in f.text]
    assert "0.33 times an ideal grid" in found[0].text
    assert "declare a link" in found[0].text


def test_settings_that_cannot_hold_are_refused():
    with pytest.raises(ConfigError, match="0 <= low <= high"):
        Limit(measure="residents", low=5, high=1)
    with pytest.raises(ConfigError, match="density_class"):
        Rules(limits=(Limit(measure="residents", density_class="dense"),))
    with pytest.raises(ConfigError, match="sum of"):
        GridCount(total=3, by_community={"a": 1})
    with pytest.raises(ConfigError, match="not in the town"):
        check(plan_of([0, 0, 1, 1]), Rules(locks=Locks(together=(("u09", "u01"),))))


def test_a_free_number_may_be_the_most_even_one():
    """Communities of 10 and 15 units of 10 residents: 2 and 3 grids of 5 units are all alike."""
    town = square_town(5, 5, communities=True)
    grids = GridCount(lowest=2, highest=8, choose="even")
    rules = Rules(balance=Balance(measure="residents"), grids=grids)
    counts = dict(zip(town.community.ids, grid_counts(town, rules).tolist(), strict=True))
    assert counts == {"east": 2, "west": 3}
    few = Rules(balance=Balance(measure="residents"), grids=GridCount(lowest=2, highest=8))
    assert grid_counts(town, few).sum() == 2
