"""What cannot be worked with is said in one clear sentence, everywhere a person meets it."""

import numpy as np
import pandas as pd
import pytest

from gridkit.errors import CRSError, InputError
from gridkit.hotspots import (
    cluster_points,
    density_surface,
    early_warning,
    emerging_hotspots,
    find_hotspots,
    gi_star,
    indicators,
    knox,
    link_duplicates,
    outlook,
    risk_surface,
    scan,
    scan_space_time,
)
from gridkit.hotspots.settings import METHODS, HotspotSettings
from gridkit.io.hazards import read_hazards
from gridkit.model.hazard_source import HazardSource
from tests.unit.hotspots.conftest import hazards_at, square_town

CORNER = np.array([500_000.0, 2_500_000.0])
AREAL = tuple(m for m in METHODS if not m.startswith("street"))


def reports(n=40, **columns):
    frame = pd.DataFrame(
        {
            "no": range(n),
            "at": pd.date_range("2024-01-01", periods=n, freq="1D").strftime("%Y-%m-%d %H:%M"),
            "what": ["smoke", "litter"] * (n // 2),
            "closed": pd.date_range("2024-01-03", periods=n, freq="1D").strftime("%Y-%m-%d %H:%M"),
            "x": 500_000.0 + 20 + 10 * np.arange(n),
            "y": 2_500_050.0,
        }
    ).astype(object)
    for name, values in columns.items():
        frame.loc[: len(values) - 1, name] = values
    return frame


def read(tmp_path, frame, **more):
    frame.to_csv(tmp_path / "r.csv", index=False)
    plain = {
        "path": str(tmp_path / "r.csv"), "id_column": "no", "time_column": "at", "category_column": "what",
        "x_column": "x", "y_column": "y", "crs": "EPSG:32650", "time_columns": {"closed": "closed"},
    }  # fmt: skip
    return read_hazards(HazardSource(**(plain | more)), square_town(5))


def test_no_points():
    town = square_town(5)
    none = hazards_at(town, np.zeros((0, 2)))
    for ask in (find_hotspots, density_surface):
        with pytest.raises(InputError, match="none of 0 hazards lies in Squares, so there"):
            ask(town, none)
    with pytest.raises(InputError, match="no hazard lies where there is any residents"):
        risk_surface(town, none)
    with pytest.raises(InputError, match="a scan needs at least 2 units with exposure and 2 hazards; got 25 and 0"):  # fmt: skip
        scan(town.units.xy, np.zeros(25, int), np.ones(25))
    assert len(indicators(none)) > 0


@pytest.mark.parametrize("n", [1, 30])
def test_one_point_and_all_points_in_one_place(n):
    town = square_town(5)
    same = hazards_at(town, np.tile(CORNER + 250, (n, 1)))
    found = find_hotspots(town, same, settings=HotspotSettings(methods=AREAL, n_permutations=99))
    assert all(np.isfinite(h.n) and h.outline.is_valid for h in found)
    surface = density_surface(town, same)
    assert surface.total == pytest.approx(n, rel=1e-6)
    made = risk_surface(town, same, n_replicates=9)
    assert np.nanmax(made.ratio.values) > 1
    with pytest.raises(InputError, match="an outlook needs at least 2 periods of 28 days; the hazards cover"):  # fmt: skip
        outlook(found, same)


def test_hazards_where_nobody_is_exposed():
    town = square_town(5, residents=np.r_[np.zeros(24), 100.0])
    with pytest.raises(InputError, match="all 3 hazards lie in units without any residents"):
        find_hotspots(town, hazards_at(town, np.array([[50, 50], [150, 50], [250, 50]]) + CORNER))
    some = find_hotspots(
        town, hazards_at(town, np.array([[50, 50], [450, 450], [460, 450]]) + CORNER)
    )
    assert any("1 hazards lie in units without any and count in no rate" in n for n in some.notes)
    with pytest.raises(InputError, match="1 units have hazards but no exposure; leave them out"):
        scan(town.units.xy, np.ones(25, int) * np.r_[1, np.zeros(22), 1, 1].astype(int), np.r_[0.0, np.ones(24)])  # fmt: skip


def test_closed_before_reported_is_listed_and_the_report_stays(tmp_path):
    hazards, said = read(tmp_path, reports(closed=["2023-12-31 10:00"]))
    assert len(hazards) == 40
    assert said.doubtful == (
        (2, "0", "the time 'closed' lies before the report and counts as unknown"),
    )
    assert np.isnat(hazards.times["closed"][0])


def test_future_dates_and_unknown_words_are_refused_by_line(tmp_path):
    frame = reports(at=["2999-01-01 00:00"], what=["smoke", "smokee"])
    words = {"smoke": "smoke", "litter": "litter"}
    hazards, said = read(tmp_path, frame, categories=words)
    assert [r[0] for r in said.refused] == [2, 3]
    assert said.refused[0][2].startswith("reported in the future '2999")
    assert said.refused[1][2] == "unknown category 'smokee'"
    assert len(hazards) == 38


def test_mixed_zones_are_refused_and_a_zone_is_asked_for(tmp_path):
    frame = reports(at=["2024-01-01T08:00:00+08:00"])
    with pytest.raises(InputError, match=r"carry an offset from UTC. Declare the town's zone"):
        read(tmp_path, frame)
    with pytest.raises(InputError, match=r"39 of 40 rows .* had to be refused .39 time cannot be read"):  # fmt: skip
        read(tmp_path, frame, time_zone="Asia/Shanghai")


def test_a_datum_that_contradicts_is_refused(tmp_path):
    with pytest.raises(CRSError, match=r"datum 'gcj02' is of longitudes and latitudes, but the coordinates are in EPSG:32650"):  # fmt: skip
        read(tmp_path, reports(), datum="gcj02")
    with pytest.raises(CRSError, match=r"none of 40 hazards .* lies in Squares; their middle is .* km away"):  # fmt: skip
        read(tmp_path, reports(), crs="EPSG:32651")


def test_more_than_a_tenth_refused_stops_unless_told_otherwise(tmp_path):
    frame = reports(x=["east"] * 5)
    with pytest.raises(InputError, match=r"5 of 40 rows .* had to be refused \(5 no coordinates; the first in line 2\), more than `max_refused_share` = 10%"):  # fmt: skip
        read(tmp_path, frame)
    assert len(read(tmp_path, frame, max_refused_share=0.2)[0]) == 35


def test_statistics_refuse_what_they_cannot_judge():
    start, neighbor = np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1], np.int32)
    with pytest.raises(InputError, match="all 3 rates are equal"):
        gi_star(np.ones(3), start, neighbor)
    with pytest.raises(InputError, match="1 of 3 rates are not finite"):
        gi_star(np.array([1.0, np.nan, 2]), start, neighbor)
    with pytest.raises(InputError, match="at least 4 periods"):
        emerging_hotspots(np.ones((3, 2)), start, neighbor)
    with pytest.raises(InputError, match="more periods than history and gap"):
        early_warning(np.ones((2, 5), int))
    with pytest.raises(InputError, match="at least 2 hazards with one time each; got 1 places"):
        knox(np.zeros((1, 2)), np.zeros(1), near_m=5, soon=1)
    with pytest.raises(InputError, match="the Poisson model needs `expected`"):
        scan_space_time(np.zeros((3, 2)), np.ones((3, 4), int))
    assert link_duplicates(
        np.zeros((0, 2)), np.zeros(0, "datetime64[s]"), np.zeros(0, np.int32), distance_m=5, hours=1
    ).size == 0  # fmt: skip
    from sklearn.cluster import DBSCAN

    assert cluster_points(np.zeros((1, 2)), DBSCAN()).tolist() == [-1]
