"""Expectations: by stratum, by season, by covariates; checked by hand and by a second fit."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridkit.errors import ConfigError, InputError
from gridkit.hotspots.adjust import Stratum, expected_counts
from gridkit.hotspots.clusters import ScanSettings
from gridkit.hotspots.find import find_hotspots
from gridkit.hotspots.settings import HotspotSettings
from gridkit.model.town import Town
from tests.unit.hotspots.conftest import hazards_at

WEST, SOUTH = 500_000.0, 2_500_000.0


def row_town(**measures):
    """Units of 100 m in a row."""
    n = len(next(iter(measures.values())))
    x = WEST + 100.0 * np.arange(n)
    frame = gpd.GeoDataFrame(
        {"id": [f"u{k}" for k in range(n)], **measures},
        geometry=shapely.box(x, SOUTH, x + 100, SOUTH + 100),
        crs="EPSG:32650",
    )
    return Town.from_frame(
        frame, name="Row", id_column="id", measures={k: (k, "persons") for k in measures}
    )


def at_units(town, units, **more):
    xy = np.column_stack([WEST + 50 + 100.0 * np.asarray(units), np.full(len(units), SOUTH + 50)])
    return hazards_at(town, xy, **more)


def test_strata_share_hazards_out_by_their_own_measures():
    town = row_town(residents=[10.0, 30, 0], jobs=[0.0, 50, 50])
    when = np.array(
        ["2024-01-10T09:00", "2024-01-10T13:00", "2024-07-10T23:00", "2024-07-11T02:00"],
        "datetime64[s]",
    )
    hazards = at_units(town, [1, 2, 0, 2], when=when)
    made = expected_counts(
        town, hazards, exposure="residents", strata=[Stratum(measure="jobs", hours="08-18")]
    )
    # two by day go with jobs (0, 1/2, 1/2), two by night with residents (1/4, 3/4, 0); one of those is where nobody lives
    np.testing.assert_allclose(made.by_unit, [0.25, 1.75, 1.0])
    assert made.counted.tolist() == [True, True, True, False]
    assert made.by_unit.sum() == made.counted.sum() == 3
    assert "2 hazards (08-18) are expected where jobs are" in made.notes[0]


def test_hours_and_months_may_run_past_midnight_and_new_year():
    town = row_town(residents=[10.0, 30])
    when = np.array(["2024-12-31T23:30", "2024-02-01T05:59", "2024-03-01T06:00"], "datetime64[s]")
    hazards = at_units(town, [0, 0, 1], when=when)
    night = Stratum(measure="residents", hours="22-06")
    winter = Stratum(measure="residents", months="12-02")
    assert night.holds(hazards).tolist() == [True, True, False]
    assert winter.holds(hazards).tolist() == [True, True, False]
    with pytest.raises(ConfigError, match="written as '08-18', from 0 to 24; got '8-18'"):
        Stratum(measure="jobs", hours="8-18")
    with pytest.raises(ConfigError, match="from 1 to 12; got '00-02'"):
        Stratum(measure="jobs", months="00-02")


def test_a_busy_season_is_expected_everywhere():
    town = row_town(residents=[10.0, 30])
    hazards = at_units(town, [0, 0, 1, 1])
    made = expected_counts(town, hazards, exposure="residents", period=np.array([0, 1, 1, 1]))
    np.testing.assert_allclose(made.by_period, [[0.25, 0.75], [0.75, 2.25]])


def test_covariates_are_taken_out_as_a_second_fit_does():
    rng = np.random.default_rng(3)
    n = 60
    people, age = rng.uniform(50, 500, n), rng.uniform(0, 100, n)
    town = row_town(residents=people, age=age)
    x = np.log1p(age)
    x = (x - x.mean()) / x.std()
    cases = rng.poisson(people / 20 * np.exp(0.5 * x))
    hazards = at_units(town, np.repeat(np.arange(n), cases))
    made = expected_counts(town, hazards, exposure="residents", covariates=["age"])
    offset = people * cases.sum() / people.sum()
    design, beta = np.column_stack([np.ones(n), x]), np.zeros(2)
    for _ in range(50):  # iteratively reweighted least squares
        mu = offset * np.exp(design @ beta)
        beta += np.linalg.solve(design.T @ (mu[:, None] * design), design.T @ (cases - mu))
    np.testing.assert_allclose(made.by_unit, offset * np.exp(design @ beta), rtol=1e-4)
    assert made.by_unit.sum() == pytest.approx(cases.sum())
    assert f"age x {np.exp(beta[1]):.2f}" in made.notes[0]
    flat = row_town(residents=people, flat=np.ones(n))
    with pytest.raises(InputError, match="covariate flat is the same in every unit"):
        expected_counts(flat, hazards, exposure="residents", covariates=["flat"])


def test_what_covariates_explain_is_no_hotspot_any_more():
    rng = np.random.default_rng(5)
    n = 80
    bars = np.where((np.arange(n) >= 30) & (np.arange(n) < 40), 20.0, 0.0)
    town = row_town(residents=np.full(n, 100.0), bars=bars)
    cases = rng.poisson(np.where(bars > 0, 15, 3))
    hazards = at_units(town, np.repeat(np.arange(n), cases))
    wide = ScanSettings(max_share=0.2, n_replicates=99)
    plain = find_hotspots(town, hazards, settings=HotspotSettings(methods=("scan",), scan=wide))
    allowed = HotspotSettings(methods=("scan",), scan=wide, covariates=("bars",))
    assert set(range(30, 40)) <= set(plain[0].unit_pos)
    assert len(find_hotspots(town, hazards, settings=allowed)) == 0


def test_all_hazards_where_nobody_is_exposed_is_one_sentence():
    town = row_town(residents=[10.0, 30, 0])
    with pytest.raises(InputError, match="all 2 hazards lie in units without any residents"):
        find_hotspots(town, at_units(town, [2, 2]))
    bare = row_town(residents=[0.0, 0.0], households=[0.0, 3.0])
    with pytest.raises(InputError, match="the town has no residents at all"):
        find_hotspots(bare, at_units(bare, [0, 1]), exposure="residents")


def test_the_exposure_is_chosen_and_said_when_none_is_named():
    bare = row_town(residents=[0.0, 0.0, 0.0], households=[1.0, 3.0, 4.0])
    found = find_hotspots(bare, at_units(bare, [0, 1, 1]))
    assert found.exposure == "households"
    assert any("`households`, as none was named" in n for n in found.notes)
    assert find_hotspots(row_town(area=[1.0, 2, 3]), at_units(bare, [0, 1, 1])).is_counts
