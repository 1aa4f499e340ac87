import numpy as np
import pyproj
import pytest
import shapely

from gridkit.errors import InputError
from gridkit.hotspots.forecast import OutlookSettings, outlook
from gridkit.hotspots.kde import SurfaceSettings
from gridkit.hotspots.risk import risk_surface
from gridkit.model.hazards import Hazards, Words
from gridkit.model.hotspots import Hotspot, Hotspots


def made(rate_per_day=1.0, days=280, seed=0):
    """Hazards at one place, at 20:00 to 23:59, and a hotspot around them."""
    rng = np.random.default_rng(seed)
    n = rng.poisson(rate_per_day * days)
    second = rng.integers(0, days, n) * 86_400 + rng.integers(20 * 3600, 24 * 3600, n)
    when = np.sort(np.datetime64("2024-01-01", "s") + second)
    hazards = Hazards(
        ids=tuple(map(str, range(n))),
        xy=np.zeros((n, 2)),
        crs=pyproj.CRS(32650),
        category=Words.of((["fire"] * 9 + ["smoke"]) * (n // 10) + ["fire"] * (n % 10)),
        times={"reported": when},
        unit_pos=np.zeros(n, np.int32),
    )
    spot = Hotspot(
        method="scan",
        n=n,
        expected=n / 4,
        statistic=9.0,
        p_value=0.01,
        outline=shapely.box(-5, -5, 5, 5),
        unit_pos=np.array([0]),
    )
    return hazards, Hotspots(crs=hazards.crs, found=(spot,), exposure="residents")


def test_the_forecast_leans_towards_what_is_expected_and_names_the_hours():
    hazards, spots = made()
    row = outlook(spots, hazards).loc["scan-01"]
    mean = len(hazards) / 10
    # ten periods seen, one more with a quarter of that
    assert row["expected_next"] == pytest.approx((10 * mean + mean / 4 + 0.5) / 11, rel=0.02)
    assert row["low_next"] < row["expected_next"] < row["high_next"]
    assert row["excess_next"] == pytest.approx(row["expected_next"] - mean / 4, rel=0.02)
    assert row["busy_share"] == 1.0
    assert row["busy_from_h"] in {18, 19, 20}
    assert row["main_category"] == "fire"


def test_the_interval_holds_as_often_as_said():
    hit = 0
    for seed in range(60):
        hazards, spots = made(days=308, seed=seed)
        day = (hazards.reported_at - np.datetime64("2024-01-01", "s")).astype(int) // 86_400
        row = outlook(spots, hazards.take(day < 280), settings=OutlookSettings(interval=0.8)).iloc[
            0
        ]
        hit += row["low_next"] <= (day >= 280).sum() <= row["high_next"]
    assert 0.7 <= hit / 60 <= 0.98


def test_too_short_a_history_is_said():
    hazards, spots = made(days=30)
    with pytest.raises(InputError, match="at least 2 periods of 28 days"):
        outlook(spots, hazards)


def test_the_risk_surface_is_one_where_hazards_follow_the_exposure(squares, crowded):
    s = SurfaceSettings(cell_m=25, bandwidth_m=120)
    found = risk_surface(squares, crowded, settings=s, n_replicates=39)
    at = found.ratio.at(np.array([[501_000.0, 2_501_000.0], [500_300.0, 2_500_300.0]]))
    assert at[0] > 3
    assert 0.3 < at[1] < 1.3
    assert found.p_value.at(np.array([[501_000.0, 2_501_000.0]]))[0] == 1 / 40
    assert found.outlines[0].contains(shapely.Point(501_000, 2_501_000))
    # weighted by exposure the mean ratio is 1
    assert np.nanmean(found.ratio.values) == pytest.approx(1.0, abs=0.02)


def test_nothing_is_said_about_a_handful():
    hazards, spots = made()
    few = Hotspots(crs=spots.crs, found=spots.found, exposure="residents", suppress_below=10_000)
    assert outlook(few, hazards).isna().all(axis=None)
