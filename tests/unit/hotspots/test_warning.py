"""Early warning tables, forecasts of work, and risk against controls."""

import numpy as np
import pytest
import shapely

from gridkit.errors import ConfigError, InputError
from gridkit.hotspots.forecast import next_month, outlook
from gridkit.hotspots.kde import SurfaceSettings
from gridkit.hotspots.risk import risk_surface
from gridkit.hotspots.warning import WarningSettings, warning_table
from gridkit.model.hazards import Hazards, Words
from gridkit.model.hotspots import Hotspot, Hotspots
from gridkit.model.plan import Plan
from tests.unit.hotspots.conftest import hazards_at, square_town

START = np.datetime64("2024-01-01T12:00:00")


def weekly(squares, counts):
    """`counts` hazards a week in each quarter of the town: (4, weeks)."""
    corner = np.array([[250.0, 250], [1250, 250], [250, 1250], [1250, 1250]])
    xy, when = [], []
    for quarter, row in enumerate(counts):
        for week, n in enumerate(row):
            xy += [corner[quarter]] * n
            when += [START + np.timedelta64(7 * week + k % 7, "D") for k in range(n)]
    # the record begins and ends on whole weeks
    xy += [corner[0]] * 2
    when += [START, START + np.timedelta64(7 * len(counts[0]) - 1, "D")]
    order = np.argsort(np.array(when), kind="stable")
    place = np.array(xy)[order] + np.array([500_000.0, 2_500_000])
    return hazards_at(squares, place, when=np.array(when)[order])


def test_a_rise_in_one_grid_alone_is_an_alarm(squares):
    rng = np.random.default_rng(0)
    counts = rng.poisson(8, (4, 20))
    counts[2, 19] = 30
    plan = Plan.from_labels(squares, (np.arange(400) % 20 >= 10) + 2 * (np.arange(400) // 200))
    table = warning_table(weekly(squares, counts), plan)
    last = table[table["last_day"] == table["last_day"].max()].set_index(["table", "group"])
    assert last["last_day"].iloc[0] == "2024-05-19"
    of = [plan.levels[0].ids[plan.base[u]] for u in (42, 52, 242, 252)]
    grids = last.loc["grid"].loc[of]
    assert grids["n"].tolist() == [counts[0, 19] + 1, counts[1, 19], 30, counts[3, 19]]
    assert grids["is_alarm"].tolist() == [False, False, True, False]
    assert grids["expected"].iloc[2] == pytest.approx(counts[2, 6:18].mean(), abs=0.1)
    assert (table["false_alarm_rate"] == 0.01).all()
    assert len(table) == 4 * (1 + 4 + 1)


def test_small_counts_of_grids_are_withheld(squares):
    plan = Plan.from_labels(squares, np.zeros(400, np.int32))
    table = warning_table(weekly(squares, np.ones((4, 20), int)), plan, suppress_below=5)
    grid = table[table["table"] == "grid"]
    assert grid["is_suppressed"].any()
    assert grid.loc[grid["is_suppressed"], ["n", "p_value"]].isna().all().all()
    assert table[table["table"] == "town"]["n"].notna().all()


def test_a_short_record_gives_an_empty_table(squares):
    assert warning_table(weekly(squares, np.ones((4, 5), int))).empty
    with pytest.raises(ConfigError, match="history >= 3"):
        WarningSettings(history=1)
    with pytest.raises(ConfigError, match="`false_alarm_rate` is a share"):
        WarningSettings(false_alarm_rate=0.0)


def test_alarms_without_change_are_as_rare_as_stated():
    rng = np.random.default_rng(1)
    town = square_town(10)
    n = rng.poisson(20_000)
    when = START + rng.integers(0, 7 * 86_400 * 52, n)
    when[:2] = START, START + 7 * 86_400 * 52 - 50_000
    hazards = hazards_at(
        town, rng.uniform(0, 1000, (n, 2)) + np.array([500_000.0, 2_500_000]), when=when
    )
    plan = Plan.from_labels(town, np.arange(100))
    s = WarningSettings(false_alarm_rate=0.05, last_periods=30)
    table = warning_table(hazards, plan, settings=s)
    share = table[table["table"] == "grid"]["is_alarm"].mean()
    assert 0.005 < share <= 0.05


def test_reports_of_a_month_add_up_to_the_record_and_lean_towards_the_town():
    town = square_town(2, residents=np.array([10.0, 1000, 1000, 0]))
    # 100 days: 1 express report where 10 live, 40 routine where 1,000 live, none in the third
    xy = np.array([[50.0, 50]] + [[150.0, 50]] * 40 + [[950.0, 950]]) + np.array(
        [500_000.0, 2_500_000]
    )
    when = START + np.linspace(0, 99 * 86_400, 42).astype(int)
    base = hazards_at(town, xy, when=when)
    urgent = ["express"] + ["routine"] * 20 + [""] * 20 + ["routine"]
    hazards = Hazards(
        ids=base.ids,
        xy=base.xy,
        crs=base.crs,
        category=base.category,
        times=dict(base.times),
        unit_pos=base.unit_pos,
        traits={"urgency": Words.of(urgent)},
    )
    made = next_month(hazards, town.units.measure("residents").values)
    assert set(made) == {"reports_express", "reports_routine"}
    months = 100 / (365.25 / 12)
    assert made["reports_express"].sum() == pytest.approx(1 / months)
    assert made["reports_routine"].sum() == pytest.approx(40 / months)
    assert made["reports_express"][0] < 1 / months  # one report of ten people says little
    assert made["reports_routine"][3] == 0
    only = next_month(hazards, town.units.measure("residents").values, urgencies=("routine",))
    assert set(only) == {"reports_routine"}
    with pytest.raises(InputError, match="need reports in the town and units with exposure; got 41 and 0"):  # fmt: skip
        next_month(hazards, np.zeros(4))


def test_an_hour_of_presence_has_its_worth(squares):
    when = START + np.arange(280) * np.timedelta64(1, "D")
    xy = np.tile([500_050.0, 2_500_050.0], (280, 1))
    hazards = hazards_at(squares, xy, when=when)
    spot = Hotspot(
        method="scan", n=280, expected=70.0, statistic=9.0, p_value=0.01,
        outline=squares.units.shapes[0], unit_pos=np.array([0]),
    )  # fmt: skip
    row = outlook(Hotspots(crs=hazards.crs, found=(spot,), exposure="residents"), hazards).iloc[0]
    # every report at noon, 28 days of 6 busy hours each
    assert row["reports_per_hour"] == pytest.approx(row["expected_next"] / (28 * 6))
    assert row["worth_per_hour"] == pytest.approx(row["excess_next"] / (28 * 6))


def test_risk_against_controls_is_high_only_where_cases_outnumber_them(squares):
    rng = np.random.default_rng(2)
    corner = np.array([500_000.0, 2_500_000])
    controls = rng.uniform(0, 2000, (3000, 2)) + corner
    crowd = np.concatenate([rng.uniform(0, 2000, (400, 2)), rng.normal(600, 80, (150, 2))])
    hazards = hazards_at(squares, crowd + corner)
    s = SurfaceSettings(cell_m=50, bandwidth_m=150)
    made = risk_surface(squares, hazards, controls=controls, settings=s, n_replicates=39)
    at = made.ratio.at(np.array([[600.0, 600], [1500, 1500]]) + corner)
    assert at[0] > 3
    assert at[1] < 1.2
    assert made.outlines[0].contains(shapely.Point(corner + 600))
    assert "per control point" in made.ratio.notes[0]
