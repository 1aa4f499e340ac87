from __future__ import annotations

import numpy as np
import pytest

from gridkit.errors import ConfigError, InputError, SchemaError
from gridkit.model.plan import Plan
from gridkit.model.units import Measure
from gridkit.model.workload import Workload
from gridkit.staffing.standards import ClassStandard, Standards, shift_relief_factor
from gridkit.staffing.workload import expected_reports, tour_m, unit_workload_min, workload
from tests.conftest import square_town


def staffed_town(rows=4, columns=4):
    town = square_town(rows, columns, communities=True)
    n = len(town.units)
    shops = np.arange(n, dtype=float)
    homes = np.full(n, 3.0)
    return town.with_measures(
        Measure(name="objects_shop", values=shops, unit="objects"),
        Measure(name="objects_home", values=homes, unit="objects"),
        Measure(name="reports_routine", values=np.full(n, 2.0), unit="reports per month"),
    )


def halves(town):
    return Plan.from_labels(town, np.array([0 if s < 2 else 1 for s in range(4)] * 4, np.int32))


STANDARDS = Standards(
    classes=(
        ClassStandard(
            object_class="shop",
            visits_per_month=2.0,
            on_site_min=10.0,
            hazard_share=0.5,
            revisit_min=4.0,
        ),
        ClassStandard(object_class="home", visits_per_month=0.5, on_site_min=8.0),
    ),
    support_share=0.2,
    fixed_min=100.0,
)


def test_the_work_of_a_grid_is_the_formula_worked_by_hand():
    town = staffed_town()
    got = workload(halves(town), standards=STANDARDS)
    east = [i for i in range(16) if i % 4 >= 2]  # communities are in id order: east, west
    shops, homes = sum(east), 8 * 3
    visits = 2.0 * shops + 0.5 * homes
    assert got.visits_per_month[0] == visits
    assert got.visit_min[0] == round(2.0 * shops * 12.0 + 0.5 * homes * 8.0)
    assert got.report_min[0] == 8 * 2 * 12
    length = 1.3 * 0.7124 * np.sqrt(80_000.0) * (np.sqrt(24) + 0.91)
    assert got.walk_min[0] == round(visits / 24 * length / 67.0)
    direct = got.visit_min[0] + got.report_min[0] + got.walk_min[0]
    assert got.support_min[0] == round(direct * 0.25)
    assert got.total_min[0] == direct + got.support_min[0] + 100
    assert got.fte[0] == pytest.approx(got.total_min[0] / 8809)
    assert dict(got.class_visit_min)["home"][0] == 0.5 * homes * 8.0


def test_wisn_example_of_the_kenyan_clinic():
    # Human Resources for Health 2017, table 3: 100,000 appointments of 0.25 h; days of 8 h.
    days = 100_000 * 0.25 / 8
    available = 4.5 * 52 - 10 - 30 - 15
    assert (days, available) == (3125.0, 179.0)
    factor = 1 / (1 - 10 / available)
    day_min = 8 * 60
    load = Workload(
        grid_ids=("clinic",),
        visit_min=np.array([round(days * day_min)]),
        walk_min=np.array([0]),
        report_min=np.array([0]),
        support_min=np.array([round(days * day_min * (factor - 1))]),
        fixed_min=np.array([0]),
        visits_per_month=np.array([100_000.0]),
        n_objects=np.array([1.0]),
        available_min=int(available * day_min),
    )
    assert days / available == pytest.approx(17.46, abs=0.005)
    assert load.fte[0] == pytest.approx(18.49, abs=0.005)
    assert load.required_members(floor=0, target_load=1.0).tolist() == [19]


def test_utilisation_by_cycle_of_the_check_sum():
    # Houjie, 80,000 objects, 412 members, 22 days x 6 h, 18 gross minutes a visit: 44 ... 192 %.
    available = 22 * 6 * 60
    got = {}
    for cycle in ("monthly", "three_weeks", "two_weeks", "ten_days", "weekly"):
        standards = Standards(
            classes=(ClassStandard(object_class="any", visits_per_month=1, on_site_min=18),)
        ).with_cycle(cycle)
        got[cycle] = round(
            80_000 * standards.classes[0].visits_per_month * 18 / (412 * available), 2
        )
    assert got == {
        "monthly": 0.44,
        "three_weeks": 0.64,
        "two_weeks": 0.96,
        "ten_days": 1.34,
        "weekly": 1.92,
    }


def test_units_add_up_to_the_work_of_grids_but_for_walking_and_fixed_duties():
    town = staffed_town()
    unit = unit_workload_min(town, standards=STANDARDS, n_grids=2)
    grids = workload(halves(town), standards=STANDARDS)
    assert unit.dtype.kind == "i"
    without_fixed = int(grids.total_min.sum() - grids.fixed_min.sum())
    assert abs(int(unit.sum()) - without_fixed) <= 0.01 * without_fixed


def test_a_class_the_town_does_not_count_is_an_error_with_a_hint():
    town = staffed_town()
    wrong = Standards(
        classes=(ClassStandard(object_class="shops", visits_per_month=1, on_site_min=1),)
    )
    with pytest.raises(
        SchemaError, match=r"class 'shops'.*no measure `objects_shops`; did you mean 'objects_shop'"
    ):
        unit_workload_min(town, standards=wrong)


def test_tiers_counted_by_the_town_are_used_and_else_shares():
    town = staffed_town()
    tiers = Standards(
        classes=tuple(
            ClassStandard(object_class="shop", risk=r, share=s, visits_per_month=1, on_site_min=1)
            for r, s in (("high", 0.25), ("low", 0.75))
        ),
        support_share=0,
        fixed_min=0,
    )
    assert workload(halves(town), standards=tiers).visits_per_month.sum() == pytest.approx(120)
    counted = town.with_measures(
        Measure(name="objects_shop_high", values=np.full(16, 5.0), unit="objects")
    )
    got = workload(halves(counted), standards=tiers)
    assert got.visits_per_month.sum() == pytest.approx(80 + 0.75 * 120)


def test_posts_that_are_always_manned_need_the_shift_relief_factor():
    town = staffed_town()
    plan = halves(town)
    first = plan.levels[0].ids[0]
    standards = Standards(classes=STANDARDS.classes, posts={first: 1}, hours_to_cover=730.5)
    got = workload(plan, standards=standards)
    assert got.required_members(floor=2).tolist()[0] == 5
    assert shift_relief_factor(730.5, hours_per_member=8809 / 60) == pytest.approx(4.976, abs=1e-3)
    with pytest.raises(SchemaError, match="'nowhere'"):
        workload(plan, standards=Standards(classes=STANDARDS.classes, posts={"nowhere": 1}))


def test_measured_rounds_and_own_beats_change_the_walk_only():
    plan = halves(staffed_town())
    plain = workload(plan, standards=STANDARDS)
    real = workload(plan, standards=STANDARDS, round_m=np.array([1000.0, 1000.0]))
    assert real.walk_min[0] == round(plain.visits_per_month[0] / 24 * 1000 / 67)
    beats = Standards(classes=STANDARDS.classes, own_beats=True)
    with pytest.raises(InputError, match="n_members"):
        workload(plan, standards=beats)
    split = workload(plan, standards=beats, n_members=np.array([4, 4]))
    assert split.walk_min[0] == pytest.approx(plain.walk_min[0] / 2, abs=1)
    assert split.visit_min.tolist() == plain.visit_min.tolist()


def test_the_table_has_the_promised_columns():
    frame = workload(halves(staffed_town()), standards=STANDARDS).to_frame()
    assert list(frame.columns) == [
        "base_grid_id", "n_objects", "visits_per_month", "visit_h", "walk_h", "report_h",
        "support_h", "fixed_h", "workload_h", "fte", "required_members",
    ]  # fmt: skip


def test_small_places_are_pulled_to_the_towns_rate():
    rng = np.random.default_rng(3)
    exposure = np.r_[np.full(50, 10.0), np.full(5, 10_000.0)]
    truth = exposure * rng.gamma(4.0, 0.025, exposure.size)
    seen = rng.poisson(truth).astype(float)
    got = expected_reports(seen, exposure=exposure, months=1)
    assert ((got - truth) ** 2)[:50].sum() < ((seen - truth) ** 2)[:50].sum()
    assert np.abs(got - seen)[50:].max() < 0.01 * seen[50:].max()
    assert expected_reports(np.zeros(2), exposure=np.zeros(2), months=1).tolist() == [0, 0]
    with pytest.raises(InputError, match="no exposure"):
        expected_reports(np.ones(2), exposure=np.array([0.0, 1.0]), months=1)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"support_share": 15.0}, "write 0.15 for 15 %"),
        ({"available_min": 0}, "`available_min` of the standards is 0"),
        ({"detour": 0.9}, "never shorter than the straight line"),
        ({"report_min": {"express": -1.0}}, "`report_min.express`.* must not be negative"),
    ],
)
def test_impossible_standards_are_refused(wrong, words):
    with pytest.raises(ConfigError, match=words):
        Standards(**wrong)


def test_impossible_classes_are_refused():
    with pytest.raises(ConfigError, match="`on_site_min` of shop is -1"):
        ClassStandard(object_class="shop", visits_per_month=1, on_site_min=-1)
    twice = (ClassStandard(object_class="a", visits_per_month=1, on_site_min=1),) * 2
    with pytest.raises(ConfigError, match="name a twice"):
        Standards(classes=twice)
    many = tuple(
        ClassStandard(object_class="a", risk=r, share=0.7, visits_per_month=1, on_site_min=1)
        for r in "xy"
    )
    with pytest.raises(ConfigError, match="140%"):
        Standards(classes=many)
    with pytest.raises(InputError, match=r"unknown visit cycle 'weakly'; did you mean 'weekly'"):
        STANDARDS.with_cycle("weakly")
    with pytest.raises(InputError, match=r"no class 'shops'; did you mean 'shop'"):
        STANDARDS.with_cycle("weekly", object_class="shops")


def test_tours_of_five_to_128_stops_follow_the_fit():
    n = np.array([5.0, 24.0, 128.0])
    ratio = tour_m(n, area_m2=np.ones(3), detour=1.0) / (0.7124 * np.sqrt(n))
    np.testing.assert_allclose(ratio, [1.32, 1.21, 1.11], atol=0.1)
