from __future__ import annotations

import os
import signal
import threading

import numpy as np
import pytest

from gridkit.model.plan import Plan
from gridkit.rules import Balance, ChangeBudget, GridCount, Rules, check, moved_units
from gridkit.solver import (
    FirstOf,
    MaxIterations,
    MaxSeconds,
    SearchState,
    StopWhen,
    balance_grids,
    draw_communities,
    ensemble,
    finish,
    group_grids,
    repair,
    solve,
    split,
    stopped_by_interrupt,
)
from gridkit.solver.stop import is_cancelled, seconds_of, sweeps_of
from tests.conftest import square_town

TOWN = square_town(12, 12)
RULES = Rules(balance=Balance(measure="residents", tolerance=0.1), grids=GridCount(total=6))
STRIPS = Plan.from_labels(TOWN, np.repeat(np.arange(6, dtype=np.int32), 24))
NOW = StopWhen(lambda: True)


def _holed() -> Plan:
    labels = STRIPS.base.copy()
    labels[[5, 40, 100]] = -1
    return Plan.from_labels(TOWN, labels)


DOORS = {
    "solve": lambda **how: solve(TOWN, RULES, **how).plan,
    "redraw": lambda **how: solve(TOWN, RULES, start=STRIPS, **how).plan,
    "repair": lambda **how: repair(_holed(), RULES, **how).plan,
    "finish": lambda **how: finish(_holed(), RULES, **how).plan,
    "balance_grids": lambda **how: (
        balance_grids(STRIPS, RULES, STRIPS.levels[0].ids[:2], **how).plan
    ),
    "split": lambda **how: split(STRIPS, RULES, STRIPS.levels[0].ids[0], **how).plan,
    "draw_communities": lambda **how: draw_communities(TOWN, 6, measure="residents", **how),
    "group_grids": lambda **how: group_grids(STRIPS, 3, measure="residents", **how),
    "ensemble": lambda **how: ensemble(STRIPS, RULES, n_plans=60, **how),
}


@pytest.mark.parametrize("door", sorted(DOORS))
def test_every_door_tells_and_can_be_cancelled(door):
    told = []
    DOORS[door](on_progress=told.append)
    assert told
    assert [p.share for p in told] == sorted(p.share for p in told)
    if door != "ensemble":
        assert told[-1].share == 1.0
        assert {"roundness", "n_outside"} <= set(told[0].quality)
    n_told = len(told)
    told.clear()
    DOORS[door](on_progress=told.append, stop=NOW)
    assert len(told) < n_told


def test_a_cancelled_search_gives_a_legal_plan():
    for start in (None, STRIPS):
        result = solve(TOWN, RULES, start=start, stop=NOW, alternatives=3)
        assert check(result.plan, RULES).is_legal
        assert result.stats["stopped_early"]
        assert not result.alternatives


def test_a_redraw_cancelled_at_once_is_no_worse_than_the_plan_it_began_with():
    tight = Rules(
        balance=Balance(measure="residents", tolerance=0.1),
        change=(ChangeBudget(measure="residents", share=0.0),),
    )
    plan = solve(TOWN, tight, start=STRIPS, stop=NOW).plan
    assert not moved_units(plan, STRIPS).any()


def test_a_search_is_cancelled_while_it_runs_from_another_thread():
    event, told = threading.Event(), []

    def hear(progress):
        told.append(progress)
        if progress.stage == "improve":
            event.set()

    result = {}
    thread = threading.Thread(
        target=lambda: result.update(
            r=solve(TOWN, RULES, stop=StopWhen(event.is_set), on_progress=hear)
        )
    )
    thread.start()
    thread.join(timeout=60)
    assert result["r"].is_legal
    assert sum(p.stage == "improve" for p in told) == 1


def test_alternatives_tell_where_they_are():
    told = []
    solve(TOWN, RULES, alternatives=2, stop=MaxIterations(200), on_progress=told.append)
    assert any(0.4 < p.share < 0.9 for p in told)


def test_criteria_can_be_combined_and_are_understood_inside():
    both = FirstOf((MaxSeconds(9), FirstOf((MaxIterations(70), StopWhen(lambda: False)))))
    state = SearchState(iteration=70, seconds=1, since_best=0, is_legal=True, value=0)
    assert both(state)
    assert sweeps_of(both) == 70
    assert seconds_of(both) == 9
    assert not is_cancelled(both)
    assert is_cancelled(FirstOf((both, NOW)))


def test_the_first_ctrl_c_ends_the_search_and_the_second_interrupts():
    before = signal.getsignal(signal.SIGINT)

    def press():
        with stopped_by_interrupt() as stop:
            os.kill(os.getpid(), signal.SIGINT)
            assert stop.asked()
            assert solve(TOWN, RULES, stop=stop).is_legal
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        press()
    assert signal.getsignal(signal.SIGINT) is before
