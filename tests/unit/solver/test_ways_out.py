"""Ways out are tried before they are said; bad input is one clear finding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gridkit.errors import ConfigError, InfeasibleError, SchemaError
from gridkit.model.plan import Plan
from gridkit.model.units import Measure
from gridkit.rules import (
    Balance,
    ChangeBudget,
    Contiguity,
    GridCount,
    Limit,
    Locks,
    Rules,
    check_feasible,
    loosened,
)
from gridkit.solver import solve
from tests.conftest import square_town

ROW = square_town(1, 12)
APART = Contiguity(barriers=(("u02", "u03"),))
"""Two units in the west touch nothing else."""


def ways(town, rules, **more):
    with pytest.raises(InfeasibleError) as caught:
        solve(town, rules, **more)
    return caught.value, [f for f in caught.value.findings if f.rule == "relaxation"]


def every_way_works(town, rules, **more):
    error, found = ways(town, rules, **more)
    assert found
    for way in found:
        if way.facts["how"] == "search":
            assert solve(town, loosened(rules, way), **more).is_legal, way.text
    return error, found


def test_an_island_may_join_be_in_pieces_or_be_forgiven():
    rules = Rules(balance=Balance(measure="residents", tolerance=0.1), grids=GridCount(total=3))
    error, found = every_way_works(ROW, replace(rules, contiguity=APART))
    assert "0.50 times an ideal grid" in str(error)
    assert "What would help (each was tried)" in str(error)
    settings = {f.facts["changes"][0]["setting"] for f in found}
    assert {"balance.tolerance", "contiguity.links", "contiguity.multi_part"} <= settings


def test_too_much_for_the_grids_asked_for():
    rules = Rules(limits=(Limit(measure="residents", high=25),), grids=GridCount(total=4))
    error, found = every_way_works(ROW, rules)
    assert "120 residents do not fit into 4 base grids of at most 25" in str(error)
    assert any("2 base grids more (6 instead of 4)" in f.text for f in found)
    assert any("An upper limit of 31 instead of 25" in f.text for f in found)


def test_a_band_that_the_units_do_not_allow():
    """Searching finds out: 12 equal units in 5 grids are 2 or 3 each."""
    rules = Rules(balance=Balance(measure="residents", tolerance=0.05), grids=GridCount(total=5))
    error, found = ways(ROW, rules)
    assert "the best one breaks" in str(error)
    proof = next(f for f in found if f.facts["how"] == "plan")
    assert proof.facts["changes"][0]["value"] == pytest.approx(0.25)
    relaxed = solve(ROW, loosened(rules, proof))
    assert relaxed.is_legal
    assert any("1 base grid more" in f.text or "fewer" in f.text for f in found)


def test_pieces_without_a_grid_of_their_own():
    walls = Contiguity(barriers=(("u04", "u05"), ("u08", "u09")))
    error, found = every_way_works(ROW, Rules(grids=GridCount(total=2), contiguity=walls))
    assert "is in 3 pieces that do not touch, and has 2 base grids" in str(error)
    assert any("1 base grid more (3 instead of 2)" in f.text for f in found)


def test_a_budget_too_small_is_said_before_the_search():
    town = square_town(4, 8)
    lopsided = np.zeros(32, dtype=np.int32)
    lopsided[[0, 8]] = 1
    plan = Plan.from_labels(town, lopsided)
    rules = Rules(
        balance=Balance(measure="residents", tolerance=0.1),
        change=(ChangeBudget(measure="residents", share=0.1),),
    )
    error, found = ways(town, rules, start=plan)
    assert "the budget lets 32 residents change grid; at least 124 must" in str(error)
    assert all(solve(town, loosened(rules, f), start=plan).is_legal for f in found)
    assert not check_feasible(town, replace(rules, change=()), current=plan)


# ---------------------------------------------------------------- bad input


def with_loads(values):
    return ROW.with_measures(Measure(name="load", values=np.asarray(values, float), unit="h"))


BAD = {
    "a unit above the limit": (
        ROW,
        Rules(limits=(Limit(measure="residents", high=5),)),
        "12 units alone hold more residents than a grid may",
    ),
    "more grids than units": (
        ROW,
        Rules(grids=GridCount(total=13)),
        "13 base grids are asked for, and the town has 12 units",
    ),
    "more grids than units in a community": (
        square_town(2, 4, communities=True),
        Rules(grids=GridCount(by_community={"west": 5, "east": 1})),
        "west has 4 units for 5 base grids; every grid needs one",
    ),
    "a community in more pieces than grids": (
        ROW,
        Rules(grids=GridCount(total=1), contiguity=APART),
        "is in 2 pieces that do not touch, and has 1 base grids",
    ),
    "contradicting groups and lines": (
        square_town(2, 4, communities=True),
        Rules(locks=Locks(together=(("u01", "u04"),))),
        "units that must stay together lie in 2 communities",
    ),
    "one unit in two carved-out grids": (
        ROW,
        Rules(locks=Locks(carved={"a": ("u01", "u02"), "b": ("u02",)})),
        "unit 'u02' is in two carved-out grids",
    ),
    "locks without a plan": (
        ROW,
        Rules(locks=Locks(units=("u01",))),
        "there is no current plan that they could stay in",
    ),
    "no load at all": (
        with_loads(np.zeros(12)),
        Rules(balance=Balance(measure="load"), grids=GridCount(total=2)),
        "no unit has any load",
    ),
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_bad_input_is_one_clear_finding(case):
    town, rules, words = BAD[case]
    with pytest.raises(InfeasibleError) as caught:
        solve(town, rules)
    broken = [f for f in caught.value.findings if f.severity == "broken"]
    assert len(broken) == 1
    assert words in broken[0].text


@pytest.mark.parametrize("bad", [np.nan, -3.0, np.inf])
def test_missing_and_negative_loads_are_refused(bad):
    values = np.ones(12)
    values[4] = bad
    with pytest.raises(SchemaError, match="1 of 12 values that are negative or not a number"):
        solve(with_loads(values), Rules(balance=Balance(measure="load"), grids=GridCount(total=2)))


def test_a_current_plan_with_unknown_units_is_refused_by_name():
    frame = Plan.from_labels(ROW, np.repeat(np.arange(2, dtype=np.int32), 6)).to_frame()
    frame.loc[3, "unit_id"] = "u99"
    with pytest.raises(SchemaError, match="'u99'"):
        Plan.from_frame(ROW, frame)


def test_locks_that_contradict_each_other_are_named():
    plan = Plan.from_labels(ROW, np.repeat(np.arange(2, dtype=np.int32), 6))
    a, b = plan.levels[0].ids
    both = Rules(locks=Locks(units=("u06", "u07"), together=(("u06", "u07"),)))
    (reason,) = check_feasible(ROW, both, current=plan)
    assert f"are locked in 2 grids ('{a}', '{b}'): 'u06', 'u07'" in reason.text
    carved = Rules(locks=Locks(grids=(a,), carved={"park": ("u01",)}))
    (reason,) = check_feasible(ROW, carved, current=plan)
    assert "1 units are locked in a grid and carved out of it at once: 'u01'" in reason.text
    unknown = Rules(locks=Locks(grids=("nowhere",)))
    (reason,) = check_feasible(ROW, unknown, current=plan)
    assert "locked grids are not in the current plan: 'nowhere'" in reason.text


def test_unknown_units_in_locks_are_refused():
    with pytest.raises(
        ConfigError, match=r"locks\.together names 1 units that are not in the town"
    ):
        solve(ROW, Rules(locks=Locks(together=(("u01", "zz"),))))
