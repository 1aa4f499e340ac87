import numpy as np
import pytest

from gridkit.errors import ConfigError, InputError, SchemaError
from gridkit.geo.points import locate
from gridkit.hotspots.find import find_hotspots
from gridkit.hotspots.scanning_time import SpaceTimeSettings
from gridkit.hotspots.settings import HotspotSettings
from gridkit.model.hazards import Hazards, Words
from gridkit.model.plan import Plan


def test_a_crowd_is_found_by_both_methods_at_its_place(squares, crowded):
    plan = Plan.from_labels(squares, np.arange(400) // 100)
    found = find_hotspots(squares, crowded, plan=plan)
    for method in ("density", "gi_star", "scan"):
        top = found.of_method(method)[0]
        assert top.outline.distance(top.outline.centroid) == 0
        assert abs(top.outline.centroid.x - 501_000) < 60
        assert abs(top.outline.centroid.y - 2_501_000) < 60
        assert top.grids
    gi = found.of_method("gi_star")[0]
    assert set(gi.unit_pos) >= {189, 190, 209, 210}
    cases = np.bincount(crowded.unit_pos, minlength=400)
    assert gi.n == cases[gi.unit_pos].sum()
    assert gi.expected == pytest.approx(550 * len(gi.unit_pos) / 400)
    outside = (550 - gi.n) / (550 - gi.expected)
    assert gi.relative_risk == pytest.approx(gi.n / gi.expected / outside)
    assert gi.p_value <= 0.05


def test_without_exposure_it_says_loudly_that_these_are_counts(squares, crowded):
    found = find_hotspots(squares, crowded, exposure="")
    assert found.is_counts
    assert any(note.startswith("These are counts") for note in found.notes)
    assert np.isnan(found[0].expected)
    assert "a count; no exposure" in found[0].text


def test_the_frame_has_the_columns_of_the_contract_and_hides_small_counts(squares, crowded):
    found = find_hotspots(squares, crowded, settings=HotspotSettings(suppress_below=1000))
    frame = found.to_frame()
    for column in (
        "n",
        "expected",
        "relative_risk",
        "statistic",
        "p_value",
        "method",
        "grids",
        "period",
    ):
        assert column in frame.columns
    assert frame["is_suppressed"].all()
    assert frame["n"].isna().all()
    assert not found.to_frame(suppress=False)["n"].isna().any()
    assert frame.crs == squares.units.crs


def test_the_same_seed_gives_the_same_hotspots(squares, crowded):
    first, again = (find_hotspots(squares, crowded, seed=3).to_frame() for _ in range(2))
    assert first.equals(again)


def test_bad_questions_are_answered_in_one_sentence(squares, crowded):
    with pytest.raises(SchemaError, match="no measure `resident`; did you mean 'residents'"):
        find_hotspots(squares, crowded, exposure="resident")
    with pytest.raises(
        SchemaError, match="no hazard has the category 'smok'; did you mean 'smoke'"
    ):
        find_hotspots(squares, crowded, settings=HotspotSettings(categories=("smok",)))
    with pytest.raises(InputError, match="none of 0 hazards lies in Squares"):
        find_hotspots(squares, crowded.take(np.zeros(0, int)))
    with pytest.raises(ConfigError, match="`methods` has 'dbscan'"):
        HotspotSettings(methods=("dbscan",))


def test_one_hazard_and_hazards_in_one_place_do_no_harm(squares, crowded):
    assert len(find_hotspots(squares, crowded.take(np.array([0])))) == 0
    same = crowded.take(np.arange(400, 430))
    twin = type(same)(
        ids=same.ids,
        xy=np.tile(same.xy[:1], (30, 1)),
        crs=same.crs,
        category=same.category,
        times=dict(same.times),
        unit_pos=np.repeat(same.unit_pos[:1], 30),
    )
    found = find_hotspots(squares, twin)
    assert found[0].n == 30


def test_a_scan_in_time_says_when(squares):
    rng = np.random.default_rng(9)
    days = np.concatenate([rng.integers(0, 140, 400), rng.integers(70, 84, 60)])
    xy = np.concatenate([rng.uniform(0, 2000, (400, 2)), rng.uniform(900, 1100, (60, 2))])
    when = np.datetime64("2024-01-01T12:00:00") + days * np.timedelta64(86_400, "s")
    hazards = Hazards(
        ids=tuple(f"h{k}" for k in range(460)),
        xy=xy + np.array([500_000.0, 2_500_000]),
        crs=squares.units.crs,
        category=Words.of(["fire"] * 460),
        times={"reported": when},
        unit_pos=locate(xy + np.array([500_000.0, 2_500_000]), squares.units.shapes),
    )
    s = HotspotSettings(methods=("scan_time",), scan_time=SpaceTimeSettings(n_replicates=99))
    top = find_hotspots(squares, hazards, settings=s)[0]
    first, last = top.period.split("/")
    start = days.min()
    assert np.datetime64(first) == np.datetime64("2024-01-01") + int(start) + 7 * (
        (70 - int(start)) // 7
    )
    assert np.datetime64(last) >= np.datetime64("2024-03-22")
    assert top.p_value <= 0.05
    assert top.text.startswith(top.period)


def test_no_public_name_hides_a_module():
    import pkgutil

    import gridkit.hotspots as room

    modules = {m.name for m in pkgutil.iter_modules(room.__path__)}
    assert not modules & set(room.__all__)
