"""Are the reports to expect by unit and hour those of the record, smoothed, and those of the outlook?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from gridkit.errors import InputError
from gridkit.hotspots.hours import WEEK_H, expected_by_hour, hour_of_week
from gridkit.model.hazards import Hazards, Words
from gridkit.model.hotspots import Hotspot, Hotspots

XY = np.column_stack([np.arange(40) % 8, np.arange(40) // 8]) * 100.0 + 50.0
MONDAY = np.datetime64("2024-01-01T00:00:00", "s")


CRS = pyproj.CRS("EPSG:4547")


def record(unit, when):
    n = len(unit)
    return Hazards(
        ids=tuple(str(i) for i in range(n)),
        xy=XY[unit],
        crs=CRS,
        category=Words(codes=np.zeros(n, dtype=np.int32), words=("all",)),
        times={"reported": when},
        unit_pos=unit,
    )


def reports(rate, hours, *, weeks=8, seed=0):
    """Poisson reports: `rate` a week in each unit, at hours of the week with these weights."""
    rng = np.random.default_rng(seed)
    count = rng.poisson(rate * weeks)
    unit = np.repeat(np.arange(len(rate)), count)
    hour = rng.choice(WEEK_H, unit.size, p=hours) + WEEK_H * rng.integers(0, weeks, unit.size)
    when = np.concatenate([MONDAY + hour * 3600, [MONDAY, MONDAY + weeks * WEEK_H * 3600 - 1]])
    unit = np.concatenate([unit, [0, 0]])  # the record is that long
    return record(unit, when)


def shape_of_a_week():
    day = np.where((np.arange(24) >= 8) & (np.arange(24) < 18), 5.0, 1.0)
    return np.tile(day, 7) / (7 * day.sum())


def test_without_hotspots_the_sum_is_that_of_the_record():
    hazards = reports(np.full(40, 3.0), shape_of_a_week())
    made = expected_by_hour(hazards, np.ones(40), XY)
    assert made.shape == (40, WEEK_H)
    assert made.sum() == pytest.approx(len(hazards) / 8)
    # by hour it is the record's too: what units lean towards is the town's own week
    seen = np.bincount(hour_of_week(hazards.reported_at), minlength=WEEK_H) / 8
    assert np.abs(made.sum(axis=0) - seen).max() < 0.25


def test_what_is_expected_is_nearer_to_the_truth_than_the_past():
    rate, hours = np.linspace(0.5, 3.0, 40), shape_of_a_week()
    truth = np.outer(rate, hours)
    for seed in range(3):
        hazards = reports(rate, hours, seed=seed)
        past = np.zeros((40, WEEK_H))
        np.add.at(past, (hazards.unit_pos, hour_of_week(hazards.reported_at)), 1 / 8)
        made = expected_by_hour(hazards, rate, XY)
        assert ((made - truth) ** 2).sum() < 0.3 * ((past - truth) ** 2).sum()


def test_units_of_a_hotspot_bring_what_its_outlook_says():
    hazards = reports(np.full(40, 3.0), shape_of_a_week())
    outline = shapely.box(0, 0, 200, 200)  # the units 0, 1, 8 and 9, whole
    spot = Hotspot(
        method="scan", n=100, expected=60.0, outline=outline, statistic=9.0, p_value=0.01, unit_pos=[0, 1, 8, 9]
    )  # fmt: skip
    spots = Hotspots(crs=CRS, found=(spot,))
    ahead = pd.DataFrame({"expected_next": [140.0]}, index=["h1"])
    plain = expected_by_hour(hazards, np.ones(40), XY)
    made = expected_by_hour(hazards, np.ones(40), XY, spots=spots, ahead=ahead, period_days=28)
    own = [0, 1, 8, 9]
    assert made[own].sum() == pytest.approx(140.0 / 4)  # four weeks
    rest = np.setdiff1d(np.arange(40), own)
    np.testing.assert_array_equal(made[rest], plain[rest])


def test_no_report_in_the_town_is_said():
    none = record(np.zeros(0, dtype=int), np.zeros(0, "datetime64[s]"))
    with pytest.raises(InputError, match="there are none"):
        expected_by_hour(none, np.ones(40), XY)
