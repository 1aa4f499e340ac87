"""Does a plan take each part of the ground from the start that did best there?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gridkit.errors import InfeasibleError
from gridkit.model.plan import Plan
from gridkit.model.units import Measure
from gridkit.rules import Balance, GridCount, Limit, Rules
from gridkit.rules.bands import grid_counts
from gridkit.solver import solve
from gridkit.solver.edits import finish
from gridkit.solver.problem import compile_problem
from gridkit.solver.search import Search
from gridkit.solver.starts import (
    EFFORT,
    How,
    best_search,
    is_within,
    start_parts_again,
    take_better_parts,
)
from tests.conftest import square_town

EVEN = Rules(balance=Balance(measure="residents", tolerance=0.05), grids=GridCount(total=4))


def spoilt(problem, good, part):
    """Move one node of a part over to its other grid."""
    label = good.copy()
    first, second = np.flatnonzero(problem.grid_part == part)[:2]
    label[np.flatnonzero(label == first)[0]] = second
    return Search(problem=problem, label=label)


def test_two_starts_that_fail_in_different_parts_make_a_plan():
    town = square_town(8, 8, communities=True)
    problem = compile_problem(town, EVEN)
    good = best_search(problem, How())[0].label
    a, b = (spoilt(problem, good, part) for part in (0, 1))
    assert not is_within(a)
    assert not is_within(b)
    take_better_parts(a, b)
    assert is_within(a)
    np.testing.assert_array_equal(a.label, good)


def test_a_start_that_is_worse_everywhere_gives_nothing():
    town = square_town(8, 8, communities=True)
    problem = compile_problem(town, EVEN)
    good = best_search(problem, How())[0].label
    best = Search(problem=problem, label=good.copy())
    take_better_parts(best, spoilt(problem, good, 1))
    np.testing.assert_array_equal(best.label, good)


def test_only_the_part_that_breaks_a_rule_is_started_again():
    town = square_town(8, 8, communities=True)
    problem = compile_problem(town, EVEN)
    good = best_search(problem, How())[0].label
    search = spoilt(problem, good, 1)
    assert start_parts_again(search, How()) == 1
    assert is_within(search)
    elsewhere = problem.part != 1
    np.testing.assert_array_equal(search.label[elsewhere], good[elsewhere])


def test_starts_of_a_part_that_cannot_be_mended_end():
    """One block of forty times the load leaves the others too little for an even share."""
    town = square_town(4, 4, communities=True)
    heavy = town.units.measures["residents"].values.copy()
    heavy[np.flatnonzero(town.community.holder == 1)[0]] *= 40
    town = town.with_measures(replace(town.units.measures["residents"], values=heavy))
    problem = compile_problem(town, EVEN)
    search, n = best_search(problem, How())
    assert n <= 4 + int(EFFORT * problem.n / 8)
    assert not is_within(search)
    light = problem.grid_community == 0
    assert not search.excess(as_ruled=True)[light].any()
    assert search.excess(as_ruled=True)[~light].any()


def test_starts_end_where_chance_bridges_nothing():
    """Nine tenths of the town may not move, and all the load lies in one locked grid."""
    town = square_town(10, 10)
    town = town.with_measures(
        Measure(name="residents", values=np.r_[np.full(50, 100.0), np.ones(50)], unit="persons")
    )
    base = np.repeat(np.arange(4, dtype=np.int32), 25)
    base[[9, 19, 59, 69]] = -1
    done = finish(Plan.from_labels(town, base), EVEN, relax=True)
    assert done.stats["starts"] == 2
    assert (done.plan.base >= 0).all()
    assert not done.is_legal


def lumps(highest=None):
    """Three blocks in a row of 60 residents each, at most 100 in a grid: counting says two grids."""
    town = square_town(3, 1)
    town = town.with_measures(Measure(name="residents", values=np.full(3, 60.0), unit="persons"))
    limits = (Limit(measure="residents", high=100.0),)
    return town, Rules(grids=GridCount(highest=highest), limits=limits)


def test_a_free_number_of_grids_grows_where_units_cannot_be_cut():
    town, rules = lumps()
    assert grid_counts(town, rules).tolist() == [2]
    made = solve(town, rules)
    assert made.is_legal
    assert len(made.plan.levels[0]) == 3


def test_a_free_number_of_grids_stays_below_the_highest():
    with pytest.raises(InfeasibleError, match="120 persons; at most 100"):
        solve(*lumps(highest=2))


def test_only_the_communities_over_a_limit_get_more_grids():
    town = square_town(4, 2, communities=True)
    of = town.community.holder
    values = np.where(of == 0, 60.0, 45.0)
    town = town.with_measures(Measure(name="residents", values=values, unit="persons"))
    made = solve(town, Rules(limits=(Limit(measure="residents", high=100.0),)))
    assert np.bincount(made.plan.levels[1].holder).tolist() == [4, 2]
