from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import gridkit as gk
from gridkit.batch.joint import solve_jointly
from gridkit.errors import InputError
from gridkit.rules import Balance, GridCount, Rules
from gridkit.staffing import ClassStandard

STANDARDS = gk.Standards(
    classes=tuple(
        ClassStandard(object_class=c, visits_per_month=2.17, on_site_min=10)
        for c in ("rental_houses", "small_places")
    )
)


def town():
    made = gk.make_town(300, 3, n_communities=3)
    minutes = gk.staffing.unit_workload_min(made, standards=STANDARDS, n_grids=9)
    return made.with_measures(gk.Measure(name="load_min", values=minutes.astype(float), unit="min"))


def test_grids_fit_their_members():
    rules = Rules(grids=GridCount(total=9), balance=Balance(measure="load_min", tolerance=0.15))
    got = solve_jointly(town(), rules, standards=STANDARDS, total=25)
    assert got.heads.total == 25
    assert got.heads.worst_load == min(got.worst_loads)
    alone = gk.solve(town(), rules).plan
    plain = gk.apportion(gk.workload(alone, standards=STANDARDS), total=25)
    assert got.heads.worst_load <= plain.worst_load * 1.02
    again = solve_jointly(town(), rules, standards=STANDARDS, total=25)
    np.testing.assert_array_equal(got.result.plan.base, again.result.plan.base)


def test_a_joint_search_needs_a_balance():
    with pytest.raises(InputError, match=r"needs `rules\.balance`"):
        solve_jointly(town(), Rules(grids=GridCount(total=9)), standards=STANDARDS, total=25)


@pytest.mark.parametrize("seed", range(4))
def test_members_follow_the_work_only_as_far_as_the_rules_leave_room(seed):
    """The work of a grid has walking in it, the balance has not: both cannot decide the head counts."""
    slow = replace(STANDARDS, walk_m_per_min=2.0)  # walking is most of the work
    rules = Rules(grids=GridCount(total=9), balance=Balance(measure="load_min", tolerance=0.15))
    got = solve_jointly(town(), rules, standards=slow, total=25, seed=seed)
    assert got.result.is_legal
    assert dict(got.result.members) == dict(
        zip(got.heads.grid_ids, got.heads.members.tolist(), strict=True)
    )
