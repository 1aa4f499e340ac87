from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridkit import metrics
from gridkit.build import mark_visible_borders
from gridkit.datasets import make_town
from gridkit.errors import ConfigError, SchemaError
from gridkit.model.plan import Plan
from gridkit.rules import Balance, GridCount, Limit, Objective, Rules, check, measure_goals
from gridkit.solver import solve
from tests.conftest import X0, Y0, square_town

TOWN = square_town(8, 8)
HALVES = Plan.from_labels(TOWN, np.repeat(np.arange(2, dtype=np.int32), 32))
EVERY = (
    "evenness", "roundness", "short_borders", "few_cuts", "inertia", "even_density",
    "stability", "visible_borders", "short_walks",
)  # fmt: skip


def street_town():
    """An avenue runs from north to south after the third column."""
    line = shapely.LineString([(X0 + 300, Y0), (X0 + 300, Y0 - 800)])
    return mark_visible_borders(TOWN, [gpd.GeoDataFrame(geometry=[line], crs="EPSG:4547")])


def one(plan, name, **more):
    balance = Balance(measure="residents")
    rules = Rules(balance=balance, objective=Objective(**{name: 1.0}))
    return {g.name: g for g in measure_goals(plan, rules, **more)}[name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("evenness", 0.0),
        ("roundness", 4 * np.pi * 32e4 / 2400**2),  # 400 m x 800 m
        ("short_borders", 0.8),  # km
        ("few_cuts", 8),
        # 8 columns and 4 rows of points 100 m apart: variances 52,500 and 12,500 m²
        ("inertia", np.sqrt(65_000)),
        ("even_density", 0.0),
        ("short_walks", 1000.0),  # 7 steps east, 3 south
    ],
)
def test_each_goal_is_measured_as_worked_out_by_hand(name, value):
    found = one(HALVES, name)
    assert found.value == pytest.approx(value)
    assert found.text.endswith(".")


def test_likeness_to_the_current_plan_is_the_share_of_units_that_stay():
    other = HALVES.base.copy()
    other[:16] = 1
    found = one(Plan.from_labels(TOWN, other), "stability", current=HALVES)
    assert found.value == 0.75
    assert "48 of 64 units (75.0%) stay" in found.text
    assert not measure_goals(HALVES, Rules(), names=("stability",))  # nothing to compare with


def test_visible_borders_are_told_only_when_somebody_looked():
    assert not measure_goals(HALVES, Rules(), names=("visible_borders",))
    town = street_town()
    west = Plan.from_labels(town, np.tile(np.r_[np.zeros(3), np.ones(5)], 8).astype(np.int32))
    assert one(west, "visible_borders").value == pytest.approx(1.0)
    middle = Plan.from_labels(town, np.tile(np.r_[np.zeros(4), np.ones(4)], 8).astype(np.int32))
    assert one(middle, "visible_borders").value == pytest.approx(0.0)


def test_a_weight_on_visible_borders_draws_the_line_along_the_avenue():
    town = street_town()
    rules = Rules(balance=Balance(measure="residents", tolerance=0.3), grids=GridCount(total=2))
    seen = replace(rules, objective=Objective(visible_borders=5.0))
    a, b = solve(town, rules).plan, solve(town, seen).plan
    share = {id(p): one(p, "visible_borders").value for p in (a, b)}
    assert share[id(b)] == pytest.approx(1.0)
    assert share[id(b)] > share[id(a)]


def loaded(seed=3):
    return make_town(400, seed)


PULLS = {
    "evenness": 3.0,
    "short_borders": 20.0,
    "few_cuts": 5.0,
    "inertia": 5.0,
    "even_density": 5.0,
    "short_walks": 5.0,
}


@pytest.mark.parametrize("name", sorted(PULLS))
def test_each_goal_pulls(name):
    town = loaded()
    rules = Rules(balance=Balance(measure="residents", tolerance=0.15), grids=GridCount(total=8))
    leaning = replace(rules, objective=Objective(**{name: PULLS[name]}))
    reached = []
    for asked in (rules, leaning):  # over some seeds: chance alone can make one plan good at a goal
        plans = [solve(town, asked, relax=True, prove=False, seed=s).plan for s in range(3)]
        goals = [one(plan, name) for plan in plans]
        reached.append(replace(goals[0], value=float(np.mean([g.value for g in goals]))))
    assert reached[0].is_worse(reached[1])


def test_goals_in_order_come_first_come_served():
    town = loaded()
    balance = Balance(measure="residents", tolerance=0.15)
    rules = Rules(balance=balance, grids=GridCount(total=8))
    found = {}
    for order in (("evenness", "roundness"), ("roundness", "evenness")):
        ordered = replace(rules, objective=Objective(order=order))
        result = solve(town, ordered)
        assert result.is_legal
        assert [g.name for g in result.goals] == list(order)
        assert [g.rank for g in result.goals] == [1, 2]
        found[order[0]] = {g.name: g.value for g in result.goals}
    assert found["evenness"]["evenness"] < found["roundness"]["evenness"]
    assert found["evenness"]["roundness"] < found["roundness"]["roundness"]


def test_a_later_goal_costs_an_earlier_one_no_more_than_the_slack():
    town = loaded()
    balance = Balance(measure="residents", tolerance=0.15)
    first = Rules(
        balance=balance, grids=GridCount(total=8), objective=Objective(order=("short_borders",))
    )
    both = replace(first, objective=Objective(order=("short_borders", "short_walks")))
    (alone,) = solve(town, first).goals
    kept, _ = solve(town, both).goals
    assert not kept.is_worse(alone, slack=0.01)


def test_an_order_of_unknown_or_repeated_goals_is_refused():
    with pytest.raises(ConfigError, match=r"objective\.order: got 'roundnes'; did you mean"):
        Objective(order=("roundnes",))
    with pytest.raises(ConfigError, match="each goal once"):
        Objective(order=("roundness", "roundness"))
    assert Objective().asked() == ("roundness",)


def test_goals_are_in_the_certificate():
    rules = Rules(balance=Balance(measure="residents"), grids=GridCount(total=2))
    result = solve(TOWN, rules)
    told = result.certificate.to_json()["goals"]
    assert told[0]["name"] == "roundness"
    assert told[0]["value"] == pytest.approx(metrics.mean_compactness(result.plan))
    assert result.goals[0].text in result.certificate.sentences()


# ---------------------------------------------------------------- limits on whole grids


def test_a_walk_that_is_too_long_is_named():
    rules = Rules(limits=(Limit(measure="longest_walk_m", high=900),))
    found = check(HALVES, rules).of("limit")
    assert len(found) == 2
    assert "has a longest walk from end to end of 1,000 m; at most 900 m allowed (100 over)" in (
        found[0].text
    )


def test_a_limit_on_the_longest_walk_is_kept_by_the_search():
    town = loaded()
    rules = Rules(balance=Balance(measure="residents", tolerance=0.15), grids=GridCount(total=8))
    free = solve(town, rules).plan
    most = 0.93 * float(metrics.longest_walk_m(free).max())
    tight = replace(rules, limits=(Limit(measure="longest_walk_m", high=most),))
    assert not check(free, tight).is_legal
    result = solve(town, tight)
    assert metrics.longest_walk_m(result.plan).max() <= most


def test_limits_on_shape_are_checked():
    rules = Rules(limits=(Limit(measure="compactness", low=0.8),))
    assert "Polsby-Popper compactness of" in check(HALVES, rules).of("limit")[0].text


def test_a_limit_on_something_nobody_measures_is_refused():
    with pytest.raises(SchemaError, match=r"'longest_wakl_m'.*did you mean 'longest_walk_m'"):
        check(HALVES, Rules(limits=(Limit(measure="longest_wakl_m", high=1),)))


def test_grids_may_cross_community_lines_as_far_as_a_limit_says():
    town = square_town(8, 9, communities=True)  # 36 and 36 units... the west has 5 columns
    balance = Balance(measure="residents", tolerance=0.05)
    across = Rules(balance=balance, grids=GridCount(total=3), nested=False)
    result = solve(town, across)
    assert result.is_legal
    assert metrics.n_communities(result.plan).max() == 2
    assert len(result.plan.levels[1].holder) == 3
    one_only = replace(across, limits=(Limit(measure="n_communities", high=1),))
    found = check(result.plan, one_only)
    assert "a number of communities touched of 2; at most 1 allowed" in str(found)
    nested = replace(across, nested=True)
    assert check(result.plan, nested).of("parent")


def test_the_search_keeps_the_number_of_communities_touched():
    town = square_town(6, 6, communities=True)
    rules = Rules(
        balance=Balance(measure="residents", tolerance=0.6), grids=GridCount(total=3), nested=False,
        limits=(Limit(measure="n_communities", high=1),),
    )  # fmt: skip
    plan = solve(town, rules, relax=True).plan
    assert metrics.n_communities(plan).max() == 1
    with pytest.raises(ConfigError, match="nested = false"):
        Rules(nested=False, grids=GridCount(by_community={"west": 2}))
