from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gridkit.datasets.members import make_members
from gridkit.errors import ConfigError, SchemaError
from gridkit.model.plan import Plan
from gridkit.staffing.apportion import apportion
from gridkit.staffing.assign import assign_members, grid_xy
from gridkit.staffing.field import place_mobile_teams, plan_field
from gridkit.staffing.rounds import RoundSettings
from gridkit.staffing.settings import FieldSettings, MobileSettings, StaffingSettings
from gridkit.staffing.standards import ClassStandard, Standards
from tests.conftest import square_town

STANDARDS = Standards(
    classes=(
        ClassStandard(
            object_class="shop", risk="high", share=0.5, visits_per_month=4, on_site_min=20
        ),
        ClassStandard(
            object_class="shop", risk="low", share=0.5, visits_per_month=2, on_site_min=5
        ),
        ClassStandard(object_class="park", visits_per_month=0, on_site_min=5),
    )
)


def objects(town, n=60):
    rng = np.random.default_rng(0)
    unit = rng.integers(0, len(town.units), n)
    xy = town.units.xy[unit] + rng.uniform(-40, 40, (n, 2))
    return pd.DataFrame(
        {
            "object_id": [f"o{i:02d}" for i in range(n)],
            "object_class": ["park" if i % 10 == 0 else "shop" for i in range(n)],
            "x_m": xy[:, 0],
            "y_m": xy[:, 1],
            "unit_pos": unit,
        }
    )


def test_visits_and_rounds_of_a_town_serve_everything_that_is_due():
    town = square_town(4, 4)
    plan = Plan.from_labels(town, np.arange(16, dtype=np.int32) // 8)
    members = make_members(town, 4, seed=1, plan=plan)
    heads = apportion(np.array([1000, 1000]), total=4, grid_ids=plan.levels[0].ids)
    roster = assign_members(members, heads, xy=grid_xy(plan))
    settings = FieldSettings(start="2026-03-02", rounds=RoundSettings(searches_per_stop=10))
    frame = objects(town)
    got = plan_field(
        plan, frame, standards=STANDARDS, roster=roster, post_xy=grid_xy(plan), settings=settings
    )
    visits = got.visits_frame()
    assert set(visits["object_id"]) == set(frame.loc[frame["object_class"] == "shop", "object_id"])
    # 54 shops, mean of 4 and 2 visits a month, 28 days; minutes weighted by visits: (20*2 + 5*1) / 3.
    assert len(visits) == pytest.approx(54 * 3 * 28 / 30.44, rel=0.05)
    assert visits["on_site_min"].unique().tolist() == [15.0]
    due = set(visits.loc[visits["date"] == "2026-03-02", "object_id"])
    assert set(got.rounds.to_frame()["stop_id"]) == due
    assert set(visits["base_grid_id"]) == set(plan.levels[0].ids)
    with pytest.raises(
        SchemaError, match=r"classes that the standards do not have: 'shops'; did you mean 'shop'"
    ):
        plan_field(
            plan, frame.assign(object_class="shops"), standards=STANDARDS, roster=roster,
            post_xy=grid_xy(plan), settings=settings,
        )  # fmt: skip


def test_reports_fall_into_their_part_of_the_week():
    # 2026-03-02 is a Monday; one week of record.
    when = np.array(
        ["2026-03-02T07:00", "2026-03-02T23:00", "2026-03-03T05:00", "2026-03-08T15:00"],
        dtype="datetime64[s]",
    )
    xy = np.array([[0.0, 0], [10, 0], [20, 0], [9000, 0]])
    sites = np.array([[0.0, 0], [9000, 0]])
    settings = MobileSettings(n_teams=1, radius_m=500)
    got = place_mobile_teams(xy, when, sites, settings=settings)
    demand = dict(zip(got.blocks, got.demand.tolist(), strict=True))
    assert len(got.blocks) == 21
    assert demand["Mon 06-14"] == 1
    assert demand["Mon 22-06"] == 2
    assert demand["Sun 14-22"] == 1
    site = dict(zip(got.blocks, got.sites[:, 0].tolist(), strict=True))
    assert site["Mon 06-14"] == 0
    assert site["Sun 14-22"] == 1
    shared = place_mobile_teams(
        xy, when, sites, settings=MobileSettings(n_teams=1, by_weekday=False)
    )
    assert shared.blocks == ("06-14", "14-22", "22-06")
    assert shared.demand.sum() == pytest.approx(4 / 7)


def test_settings_refuse_what_cannot_be():
    with pytest.raises(ConfigError, match="rising order"):
        MobileSettings(shift_starts=(14, 6))
    with pytest.raises(ConfigError, match="no day of the 2 from 2026-03-07 is worked"):
        FieldSettings(start="2026-03-07", n_days=2)
    with pytest.raises(ConfigError, match="use the real roster or made-up members"):
        StaffingSettings(members_file="m.csv", n_synthetic=3)
    with pytest.raises(ConfigError, match=r"`cap` \(1\) is below `floor`"):
        StaffingSettings(cap=1)


def test_each_object_is_visited_at_the_pace_of_its_own_tier():
    town = square_town(4, 4)
    plan = Plan.from_labels(town, np.zeros(16, dtype=np.int32))
    roster = assign_members(
        make_members(town, 4, seed=1, plan=plan),
        apportion(np.array([1000]), total=4, grid_ids=plan.levels[0].ids),
        xy=grid_xy(plan),
    )
    frame = objects(town)
    frame["risk"] = ["high", "low", ""] * 20
    settings = FieldSettings(start="2026-03-02", rounds=RoundSettings(searches_per_stop=2))
    got = plan_field(
        plan, frame, standards=STANDARDS, roster=roster, post_xy=grid_xy(plan), settings=settings
    )
    times = got.visits_frame()["object_id"].value_counts()
    own = frame[frame["object_class"] == "shop"].set_index("object_id")["risk"]
    mean = times.reindex(own.index).groupby(own).mean()
    # 28 days: 4, 2 and (unknown tier) the mean of 3 visits a month.
    for tier, often in (("high", 4), ("low", 2), ("", 3)):
        assert mean[tier] == pytest.approx(often * 28 / 30.44, rel=0.2)
