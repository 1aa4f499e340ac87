from __future__ import annotations

import numpy as np
import pytest

from gridkit.errors import InfeasibleError, InputError
from gridkit.model.workload import Workload
from gridkit.staffing.apportion import apportion
from gridkit.staffing.what_if import (
    change_standards,
    compare,
    count_members,
    find_transfers,
    what_if,
)
from tests.unit.staffing.test_assign import IDS, people
from tests.unit.staffing.test_workload import STANDARDS, halves, staffed_town


def load(*minutes):
    zero = np.zeros(len(minutes), dtype=np.int64)
    return Workload(
        grid_ids=tuple(f"G{i}" for i in range(1, len(minutes) + 1)), visit_min=np.array(minutes),
        walk_min=zero, report_min=zero, support_min=zero, fixed_min=zero,
        visits_per_month=zero.astype(float), n_objects=zero.astype(float), available_min=100,
    )  # fmt: skip


def test_utilization_by_cycle_is_one_table():
    frame = what_if(halves(staffed_town()), standards=STANDARDS, members_total=5)
    assert frame["change"].tolist()[0] == "as now"
    assert frame["utilization"].tolist()[1:] == sorted(frame["utilization"].tolist()[1:])
    assert (frame["fte"] / 5 - frame["utilization"]).abs().max() < 0.01


def test_changes_are_read_from_text():
    assert change_standards(STANDARDS, "visit_cycle.home=monthly").classes[1].visits_per_month == 1
    assert change_standards(STANDARDS, "on_site_factor=2").classes[0].on_site_min == 20
    assert change_standards(STANDARDS, "available_min=9000").available_min == 9000
    for wrong, words in (
        ("visit_cycel=weekly", "did you mean 'visit_cycle'"),
        ("weekly", "Write name=value"),
        ("support_share=much", "not a number"),
        ("on_site_factor.shops=2", "did you mean 'shop'"),
    ):
        with pytest.raises(InputError, match=words):
            change_standards(STANDARDS, wrong)


def test_the_fewest_transfers_are_the_formula():
    work = load(600, 200, 100)
    got = find_transfers(work, np.array([3, 5, 4]), target_load=1.2, floor=2)
    assert got.load_before == 2.0
    assert got.members_after[0] == 5
    assert len(got.moves) == 2
    assert got.load_after == pytest.approx(1.2)
    assert {a for a, _ in got.moves} <= {"G2", "G3"}
    with pytest.raises(
        InfeasibleError, match=r"The members there are can reach 0\.\d+; \d+ more would"
    ):
        find_transfers(work, np.array([3, 5, 4]), target_load=0.5)


def test_a_number_of_transfers_reaches_the_best_load_there_is():
    rng = np.random.default_rng(1)
    for _ in range(15):
        w = rng.integers(100, 2000, 4)
        now = rng.integers(2, 6, 4)
        for k in range(4):
            got = find_transfers(load(*w), now, n_moves=k, floor=1)
            best = min((w / after).max() for after in _all_after(now, k) if after.min() >= 1)
            assert got.load_after == pytest.approx(best / 100)
            assert len(got.moves) <= k


def _all_after(now, k):
    from itertools import product

    for gain in product(range(-k, k + 1), repeat=now.size):
        g = np.array(gain)
        if g.sum() == 0 and np.maximum(g, 0).sum() <= k:
            yield now + g


def test_near_donors_are_taken_when_places_are_known():
    xy = np.array([[0.0, 0], [9000, 0], [100, 0], [9100, 0]])
    got = find_transfers(
        load(400, 400, 100, 100), np.array([3, 3, 3, 3]), target_load=1.0, floor=1, xy=xy
    )
    assert set(got.moves) == {("G3", "G1"), ("G4", "G2")}
    assert got.to_frame()["step"].tolist() == [1, 2]


def test_before_and_after_stand_side_by_side():
    heads = apportion(np.array([600, 200, 100]), total=12, grid_ids=IDS, available_min=100)
    now = count_members(
        people([("a", 0, 0, "", "G1"), ("b", 0, 0, "", "G1"), ("c", 0, 0, "", "")]), IDS
    )
    frame = compare(heads, now)
    assert frame["members_before"].tolist() == [2, 0, 0]
    assert frame["change"].sum() == 10
    assert frame["load_before"].tolist() == [3.0, np.inf, np.inf]
    with pytest.raises(InputError, match="2 counts, there are 3 grids"):
        compare(heads, np.array([1, 2]))
    with pytest.raises(InputError, match="either `target_load` or `n_moves`"):
        find_transfers(load(1), np.array([1]))
