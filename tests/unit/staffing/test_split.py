from __future__ import annotations

import dataclasses

import numpy as np

from gridkit.model.plan import Plan
from gridkit.staffing.apportion import apportion
from gridkit.staffing.split import split_members
from gridkit.staffing.standards import ClassStandard, Standards
from gridkit.staffing.what_if import what_if
from gridkit.staffing.workload import workload
from tests.conftest import square_town

ONE = Standards(
    classes=(ClassStandard(object_class="shop", visits_per_month=4, on_site_min=10),), fixed_min=0
)


def shops():
    from gridkit.model.units import Measure

    count = np.arange(16, dtype=np.float64) * 40
    town = square_town(4, 4).with_measures(
        Measure(name="objects_shop", values=count, unit="objects")
    )
    return Plan.from_labels(town, np.arange(16, dtype=np.int32) // 4)


def test_without_beats_it_is_workload_and_apportion():
    plan = shops()
    load, heads = split_members(plan, standards=ONE, total=20)
    np.testing.assert_array_equal(load.total_min, workload(plan, standards=ONE).total_min)
    np.testing.assert_array_equal(heads.members, apportion(load, total=20).members)


def test_beats_and_head_counts_fit_each_other():
    plan = shops()
    beats = dataclasses.replace(ONE, own_beats=True)
    load, heads = split_members(plan, standards=beats, total=20)
    again = workload(plan, standards=beats, n_members=heads.members.astype(np.int64))
    np.testing.assert_array_equal(load.total_min, again.total_min)
    # A beat is a part of the grid: its walk is shorter, by the square root of the members.
    whole = workload(plan, standards=ONE)
    np.testing.assert_allclose(
        load.walk_min, whole.walk_min / np.sqrt(heads.members), rtol=0.01, atol=1
    )
    assert what_if(plan, standards=beats, members_total=20)["fte"].notna().all()


def test_no_total_takes_what_the_work_needs():
    plan = shops()
    load, heads = split_members(plan, standards=ONE, total=0, floor=1, target_load=0.8)
    assert heads.total == load.required_members(floor=1, target_load=0.8).sum()
