from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from gridkit.errors import ConfigError, InputError, SchemaError
from gridkit.model.rounds import Stops
from gridkit.staffing.rounds import RoundSettings, plan_rounds
from gridkit.staffing.town_rounds import measured_round_m, plan_town_rounds
from gridkit.staffing.workload import tour_m

WALK = RoundSettings(detour=1.0, walk_m_per_min=100.0)


def stops(xy, **more):
    xy = np.asarray(xy, dtype=float)
    n = len(xy)
    return Stops(
        ids=tuple(f"s{i}" for i in range(n)), xy=xy,
        on_site_min=more.pop("on_site_min", np.full(n, 5.0)), **more,
    )  # fmt: skip


def length(xy, order):
    path = np.vstack([[0, 0], xy[list(order)], [0, 0]])
    return np.hypot(*np.diff(path, axis=0).T).sum()


@pytest.mark.parametrize("seed", range(4))
def test_one_member_walks_the_shortest_round(seed):
    xy = np.random.default_rng(seed).uniform(-1000, 1000, (7, 2))
    got = plan_rounds(stops(xy), member_ids=["a"], post_xy=np.zeros(2), settings=WALK, seed=seed)
    best = min(length(xy, p) for p in permutations(range(7)))
    assert got.walk_m[0] == pytest.approx(best)
    assert got.shift_min[0] == pytest.approx(best / 100 + 35)


@pytest.mark.parametrize("seed", range(3))
def test_two_members_have_the_best_mix_of_longest_shift_and_walking(seed):
    xy = np.random.default_rng(seed).uniform(-1000, 1000, (6, 2))
    got = plan_rounds(
        stops(xy), member_ids=["a", "b"], post_xy=np.zeros(2), settings=WALK, seed=seed
    )
    best = np.inf
    for p in permutations(range(6)):
        for cut in range(7):
            a, b = (length(xy, q) / 100 + 5 * len(q) if q else 0.0 for q in (p[:cut], p[cut:]))
            best = min(best, a + b + max(a, b))
    assert got.shift_min.sum() + got.longest_min == pytest.approx(best)
    assert sorted(s for r in got.routes for s in r) == list(range(6))


def test_balance_beats_the_shortest_walk_on_the_longest_shift():
    rng = np.random.default_rng(0)
    s = stops(rng.uniform(0, 800, (20, 2)))
    even = plan_rounds(
        s,
        member_ids=["a", "b"],
        post_xy=np.array([400.0, 400.0]),
        settings=RoundSettings(searches_per_stop=40),
    )
    short = plan_rounds(
        s, member_ids=["a", "b"], post_xy=np.array([400.0, 400.0]), settings=RoundSettings(objective="shortest", searches_per_stop=40),
    )  # fmt: skip
    assert even.longest_min <= short.longest_min
    assert short.walk_m.sum() <= even.walk_m.sum() * 1.02


def test_the_clock_keeps_windows_and_waits():
    s = stops(
        [[100, 0], [200, 0]], opens_min=np.array([30.0, 0.0]), closes_min=np.array([40.0, 3.0])
    )
    got = plan_rounds(s, member_ids=["a"], post_xy=np.zeros(2), settings=WALK)
    frame = got.to_frame()
    assert frame["stop_id"].tolist() == ["s1", "s0"]
    assert frame["arrive_min"].tolist() == [2, 30]
    assert frame["leave_min"].tolist() == [7, 35]
    assert got.shift_min[0] == 36
    assert got.walk_m[0] == 400


def test_every_stop_that_is_left_out_has_its_reason():
    s = stops(
        [[100, 0], [100, 0], [90_000, 0], [100, 0]],
        on_site_min=np.array([5.0, 5.0, 5.0, 415.0]),
        closes_min=np.array([1e18, 0.5, 1e18, 1e18]),
        skill=("gas", "", "", ""),
        urgency=("routine", "routine", "routine", "express"),
    )
    got = plan_rounds(s, member_ids=["a"], post_xy=np.zeros(2), settings=WALK)
    cause = {u.stop_id: u.cause for u in got.unserved}
    assert cause == {"s0": "skill", "s1": "window", "s2": "too_far"}
    assert "no member of the day holds" in got.unserved[0].text
    full = plan_rounds(
        stops([[100, 0], [100, 100]], on_site_min=np.array([300.0, 300.0])), member_ids=["a"],
        post_xy=np.zeros(2), settings=WALK,
    )  # fmt: skip
    assert [u.cause for u in full.unserved] == ["time"]
    assert "the shifts are full" in full.unserved_frame()["text"][0]


def test_the_urgent_are_served_first():
    s = stops(
        np.tile([100.0, 0.0], (3, 1)),
        on_site_min=np.full(3, 200.0),
        urgency=("routine", "express", "emergency"),
    )
    got = plan_rounds(s, member_ids=["a"], post_xy=np.zeros(2), settings=WALK)
    assert [u.stop_id for u in got.unserved] == ["s0"]


def test_skills_and_own_shifts_decide_who_goes():
    s = stops([[100, 0], [0, 100], [200, 0]], skill=("gas", "", ""))
    got = plan_rounds(
        s, member_ids=["a", "b"], post_xy=np.zeros(2), settings=WALK,
        skills=[frozenset(), frozenset({"gas"})], shift_min=np.array([8.0, 100.0]),
    )  # fmt: skip
    assert 0 in got.routes[1]
    assert got.shift_min[0] <= 8


def test_street_distances_replace_straight_lines():
    s = stops([[100, 0]])
    way = np.array([[0.0, 900.0], [900.0, 0.0]])
    got = plan_rounds(s, member_ids=["a"], post_xy=np.zeros(2), settings=WALK, way_m=way)
    assert got.walk_m[0] == 1800
    with pytest.raises(InputError, match="`way_m` needs 2 x 2"):
        plan_rounds(s, member_ids=["a"], post_xy=np.zeros(2), way_m=way[:1])


def test_two_runs_are_equal():
    s = stops(np.random.default_rng(1).uniform(0, 500, (25, 2)))
    short = RoundSettings(searches_per_stop=10)
    a, b = (
        plan_rounds(s, member_ids=["a", "b"], post_xy=np.zeros(2), seed=3, settings=short)
        for _ in range(2)
    )
    assert a.routes == b.routes
    assert [len(x) for x in a.lines()] == [len(r) + 2 for r in a.routes]


def test_bad_stops_are_refused():
    with pytest.raises(SchemaError, match="close before they open: 's0'"):
        stops([[0, 0]], opens_min=np.array([9.0]), closes_min=np.array([3.0]))
    with pytest.raises(SchemaError, match="minutes that are negative or missing: 's0'"):
        stops([[0, 0]], on_site_min=np.array([-1.0]))
    with pytest.raises(SchemaError, match="do not rank: 'soon'"):
        plan_rounds(stops([[0, 0]], urgency=("soon",)), member_ids=["a"], post_xy=np.zeros(2))
    with pytest.raises(InputError, match="nobody walks"):
        plan_rounds(stops([[0, 0]]), member_ids=[], post_xy=np.zeros(2))
    with pytest.raises(ConfigError, match="`shift_min` of the rounds is 0"):
        RoundSettings(shift_min=0)
    frame = pd.DataFrame({"stop_id": ["a"], "x_m": [0.0], "y_m": [0.0], "on_site_min": [4.0]})
    assert Stops.from_frame(frame).ids == ("a",)


def test_no_stops_make_an_empty_plan():
    got = plan_rounds(stops(np.zeros((0, 2))), member_ids=["a"], post_xy=np.zeros(2))
    assert got.routes == ((),)
    assert got.longest_min == 0


def test_every_stop_of_a_town_is_walked_to_or_listed():
    rng = np.random.default_rng(2)
    s = stops(rng.uniform(0, 1000, (30, 2)))
    grid = np.r_[np.zeros(15, int), np.ones(14, int), -1]
    got = plan_town_rounds(
        s, grid=grid, grid_ids=("A", "B"), post_xy=np.zeros((2, 2)), members={"A": ("a", "b")}
    )
    frame, left = got.to_frame(), got.unserved_frame()
    assert len(frame) == 15
    assert set(frame["stop_id"]) | set(left["stop_id"]) == set(s.ids)
    assert left["text"].str.contains("B has no member").sum() == 14
    assert got.shifts()["n_stops"].sum() == 15


def test_measured_rounds_are_near_the_estimate_where_objects_are_spread_evenly():
    xy = np.random.default_rng(3).uniform(0, 800, (300, 2))
    got = measured_round_m(
        xy, grid=np.zeros(300, int), post_xy=np.array([[400.0, 400.0]]), n_samples=4
    )
    guess = tour_m(np.array([24.0]), area_m2=np.array([640_000.0]))
    assert got[0] == pytest.approx(guess[0], rel=0.12)
