from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from gridkit.errors import ConfigError, InputError
from gridkit.staffing.visits import WorkCalendar, plan_visits


def days_of(plan, i):
    return [
        (plan.days[d] - plan.days[0]).days
        for o, d in zip(plan.object, plan.day, strict=True)
        if o == i
    ]


def test_cycles_are_kept_on_working_days():
    got = plan_visits(
        ["a", "b"], visits_per_month=np.array([4.348, 2.174]), on_site_min=np.array([10.0, 10.0]),
        start="2026-03-02", n_days=56,
    )  # fmt: skip
    assert all(d.weekday() < 5 for d in got.days)
    week = np.diff(days_of(got, 0))
    assert len(days_of(got, 0)) in (7, 8)
    assert ((week >= 5) & (week <= 9)).all()
    assert ((np.diff(days_of(got, 1)) >= 10) & (np.diff(days_of(got, 1)) <= 18)).all()
    assert (got.late_days == 0).all()


def test_days_are_level():
    rng = np.random.default_rng(0)
    n = 400
    often = rng.choice([1.0, 1.45, 2.17, 4.35], n)
    minutes = rng.integers(5, 20, n).astype(float)
    got = plan_visits(
        [str(i) for i in range(n)], visits_per_month=often, on_site_min=minutes,
        start="2026-03-02", n_days=28, group=np.arange(n) % 2,
    )  # fmt: skip
    load = got.load_min()
    assert load.shape == (2, 20)
    assert load.std(axis=1).max() / load.mean() < 0.05
    expected = (often * minutes).sum() * 28 / (365.25 / 12)
    assert load.sum() == pytest.approx(expected, rel=0.03)


def test_what_is_overdue_comes_first_and_says_how_late():
    got = plan_visits(
        ["old", "new"], visits_per_month=np.array([1.0, 1.0]), on_site_min=np.array([9.0, 9.0]),
        start="2026-03-02", n_days=7, last_visit=["2025-12-01", "2026-02-27"],
    )  # fmt: skip
    assert got.object.tolist() == [0]
    assert days_of(got, 0)[0] <= 7
    hard = plan_visits(
        ["a"], visits_per_month=np.array([30.0]), on_site_min=np.array([1.0]), start="2026-03-07",
        n_days=3, last_visit=["2026-03-06"], late_share=0.0, early_share=0.0,
    )  # fmt: skip
    # Due on Saturday, Sunday and Monday; Monday is the first working day, one visit serves all.
    assert hard.to_frame()[["date", "due_date", "late_days"]].to_numpy().tolist() == [
        ["2026-03-09", "2026-03-07", 2]
    ]


def test_holidays_need_their_year():
    with pytest.raises(ConfigError, match=r"`holidays` has '10-01'; write year-month-day"):
        WorkCalendar(holidays=("10-01",))
    with pytest.raises(ConfigError, match="both in"):
        WorkCalendar(holidays=("2026-10-01",), extra_workdays=("2026-10-01",))
    with pytest.raises(ConfigError, match=r"0 \(Monday\) to 6"):
        WorkCalendar(weekdays=(7,))
    calendar = WorkCalendar(holidays=("2026-03-03",), extra_workdays=("2026-03-07",))
    days = calendar.working_days("2026-03-02", n_days=7)
    assert [d.day for d in days] == [2, 4, 5, 6, 7]


def test_bad_visits_are_refused():
    one = {"on_site_min": np.array([1.0]), "start": "2026-03-02"}
    with pytest.raises(InputError, match="`visits_per_month` needs 1 numbers"):
        plan_visits(["a"], visits_per_month=np.array([-1.0]), **one)
    with pytest.raises(InputError, match="no day of the 2"):
        plan_visits(
            ["a"],
            visits_per_month=np.array([1.0]),
            on_site_min=np.array([1.0]),
            start="2026-03-07",
            n_days=2,
        )
    plan = plan_visits(["a"], visits_per_month=np.array([0.0]), **one)
    assert plan.object.size == 0
    with pytest.raises(InputError, match="not a working day"):
        plan.on(dt.date(2026, 3, 7))
    assert plan.on("2026-03-02").size == 0


def test_near_objects_come_due_together():
    xy = np.r_[np.zeros((50, 2)), np.full((50, 2), 9000.0)]
    got = plan_visits(
        [str(i) for i in range(100)], visits_per_month=np.full(100, 1.087), on_site_min=np.full(100, 5.0),
        start="2026-03-02", n_days=28, xy=xy, early_share=0.05, late_share=0.05,
    )  # fmt: skip
    mixed = sum(
        1 for d in range(len(got.days)) if 0 < (xy[got.object[got.day == d], 0] > 0).mean() < 1
    )
    assert mixed <= 5
