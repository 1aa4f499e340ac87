from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from gridkit.datasets.members import make_members
from gridkit.errors import InfeasibleError, SchemaError
from gridkit.model.members import Members
from gridkit.model.plan import Plan
from gridkit.staffing.apportion import apportion
from gridkit.staffing.assign import AssignSettings, assign_members, grid_xy, match_grids
from tests.conftest import square_town

XY = np.array([[0.0, 0.0], [1000.0, 0.0], [2000.0, 0.0]])
IDS = ("G1", "G2", "G3")


def heads(*members):
    members = np.array(members)
    return apportion(
        members * 100, total=int(members.sum()), floor=members, grid_ids=IDS[: members.size]
    )


def people(rows):
    return Members.from_frame(
        pd.DataFrame(rows, columns=["member_id", "x_m", "y_m", "skills", "base_grid_id"])
    )


def test_everybody_goes_to_the_nearest_grid_when_nothing_else_counts():
    m = people([("c", 1990, 0, "", ""), ("a", 10, 0, "", ""), ("b", 1010, 0, "", "")])
    got = assign_members(m, heads(1, 1, 1), xy=XY)
    assert got.to_frame()["base_grid_id"].tolist() == ["G3", "G1", "G2"]
    assert got.to_frame()["minutes"].tolist() == [0.1, 0.1, 0.1]
    assert got.shortfalls.empty
    assert got.is_exact
    assert list(got.to_frame().columns) == [
        "member_id", "base_grid_id", "role", "minutes", "kept", "skills_used",
    ]  # fmt: skip


def test_staying_is_worth_its_bonus_and_not_more():
    # 700 m nearer to G1 is 4.55 min each way of 1.3 / 200; the bonus decides.
    m = people([("a", 150, 0, "", "G2"), ("b", 850, 0, "", "G1")])
    stay = assign_members(m, heads(1, 1), xy=XY[:2])
    assert stay.kept.all()
    move = assign_members(m, heads(1, 1), xy=XY[:2], settings=AssignSettings(keep_bonus_min=4.0))
    assert not move.kept.any()


def test_a_missing_skill_is_listed_with_the_nearest_who_has_it():
    m = people([("a", 0, 0, "fire", ""), ("b", 1000, 0, "", ""), ("c", 2000, 0, "", "")])
    got = assign_members(m, heads(1, 1, 1), xy=XY, requires={"fire": np.array([1, 0, 1])})
    row = got.shortfalls.iloc[0]
    assert len(got.shortfalls) == 1
    assert (row["base_grid_id"], row["what"], row["missing"]) == ("G3", "fire", 1)
    assert row["nearest_member_id"] == "a"
    assert row["nearest_m"] == 2600
    assert row["leaves_short"] == "G1"
    assert "G3 lacks 1 holder of 'fire'" in row["text"]


def test_a_skill_is_brought_where_it_is_wanted():
    m = people([("a", 0, 0, "fire;lead", ""), ("b", 1000, 0, "", ""), ("c", 2000, 0, "lead", "")])
    got = assign_members(m, heads(1, 1, 1), xy=XY, requires={"fire": np.array([0, 1, 0])})
    frame = got.to_frame().set_index("member_id")
    assert frame.loc["a", "base_grid_id"] == "G2"
    assert frame.loc["a", "skills_used"] == "fire"
    assert got.is_exact


def test_the_leader_is_the_most_senior_holder():
    m = Members(
        ids=("a", "b", "c"), home_xy=np.zeros((3, 2)), skill_names=("lead",),
        has_skill=np.array([[True], [True], [False]]), base_grid_ids=("", "", ""),
        seniority_years=np.array([2.0, 9.0, 30.0]),
    )  # fmt: skip
    got = assign_members(m, heads(3), xy=XY[:1], settings=AssignSettings(requires={"lead": 1}))
    assert got.roles == ("member", "leader", "member")
    strict = AssignSettings(requires={"lead": 1}, lead_seniority_years=10)
    assert assign_members(m, heads(3), xy=XY[:1], settings=strict).shortfalls["what"].tolist() == [
        "lead"
    ]


def test_too_few_members_are_a_shortage_and_too_many_a_reserve():
    m = people([("a", 0, 0, "", ""), ("b", 100, 0, "", "")])
    got = assign_members(m, heads(2, 1), xy=XY[:2])
    assert got.shortfalls[["base_grid_id", "what", "missing"]].to_numpy().tolist() == [
        ["G2", "members", 1]
    ]
    spare = assign_members(m, heads(1), xy=XY[:1])
    assert sorted(spare.roles) == ["member", "reserve"]
    assert spare.shortfalls.empty


def test_pins_and_forbidden_pairs_hold():
    m = Members(
        ids=("a", "b"), home_xy=XY[:2], skill_names=(), has_skill=np.zeros((2, 0)),
        base_grid_ids=("G2", ""), is_pinned=np.array([True, False]),
    )  # fmt: skip
    got = assign_members(m, heads(1, 1), xy=XY[:2])
    assert got.grid.tolist() == [1, 0]
    with pytest.raises(InfeasibleError, match="pinned than the head counts allow in 1 grids: 'G2'"):
        assign_members(m, heads(2, 0), xy=XY[:2])
    free = people([("a", 0, 0, "", ""), ("b", 1000, 0, "", "")])
    crossed = assign_members(free, heads(1, 1), xy=XY[:2], forbidden=[("a", "G1")])
    assert crossed.grid.tolist() == [1, 0]
    with pytest.raises(SchemaError, match=r"'G9'"):
        assign_members(free, heads(1, 1), xy=XY[:2], forbidden=[("a", "G9")])


def test_unknown_grids_and_skills_are_errors_in_words():
    with pytest.raises(SchemaError, match=r"1 members \('a'\) work in grids .* 'G7'; did you mean"):
        assign_members(people([("a", 0, 0, "", "G7")]), heads(1), xy=XY[:1])
    with pytest.raises(SchemaError, match=r"no member holds: 'fier'; did you mean 'fire'"):
        assign_members(
            people([("a", 0, 0, "fire", "")]), heads(1), xy=XY[:1], requires={"fier": np.array([1])}
        )


def test_a_home_outside_every_reach_is_listed():
    m = people([("a", 0, 0, "", ""), ("far", 50_000, 0, "", "")])
    got = assign_members(m, heads(1, 1), xy=XY[:2], settings=AssignSettings(max_commute_min=60))
    assert got.roles[1] == "reserve"
    assert got.shortfalls["what"].tolist() == ["members", "reach"]
    assert "far can reach no grid" in got.shortfalls["text"].tolist()[1]


def test_an_unknown_home_is_placed_and_has_no_minutes():
    m = people([("a", np.nan, np.nan, "", "G2"), ("b", 0, 0, "", "")])
    got = assign_members(m, heads(1, 1), xy=XY[:2])
    assert got.grid.tolist() == [1, 0]
    assert np.isnan(got.minutes[0])


def test_given_minutes_replace_the_straight_line():
    m = people([("a", 0, 0, "", ""), ("b", 1000, 0, "", "")])
    way = np.array([[9.0, 1.0], [1.0, np.nan]])
    got = assign_members(m, heads(1, 1), xy=XY[:2], minutes=way)
    assert got.grid.tolist() == [1, 0]
    assert got.minutes.tolist() == [1, 1]


def test_two_runs_are_equal_and_the_cost_is_never_below_the_bound():
    town = square_town(8, 8)
    plan = Plan.from_labels(town, np.arange(64, dtype=np.int32) // 8)
    m = make_members(town, 40, seed=4, plan=plan)
    need = apportion(np.full(8, 5000), total=40, grid_ids=plan.levels[0].ids)
    settings = AssignSettings(requires={"lead": 1, "fire": 2})
    a, b = (assign_members(m, need, xy=grid_xy(plan), settings=settings) for _ in range(2))
    assert a.grid.tolist() == b.grid.tolist()
    assert a.bound_min <= a.cost_min + 1e-9
    assert (a.n_members == need.members).all()


def test_small_rosters_are_the_best_of_all():
    rng = np.random.default_rng(5)
    for _ in range(12):
        m = Members(
            ids=tuple("abcdef"), home_xy=rng.uniform(0, 3000, (6, 2)), skill_names=("fire", "lead"),
            has_skill=rng.random((6, 2)) < 0.5, base_grid_ids=tuple(rng.choice(["", *IDS], 6)),
        )  # fmt: skip
        if not m.has_skill.any(axis=0).all():
            continue
        wanted = {"fire": np.array([1, 1, 0]), "lead": np.array([1, 0, 1])}
        got = assign_members(m, heads(2, 2, 2), xy=XY, requires=wanted)
        at = [IDS.index(g) if g else -1 for g in m.base_grid_ids]
        best = np.inf
        for order in set(permutations([0, 0, 1, 1, 2, 2])):
            way = np.hypot(*(m.home_xy - XY[list(order)]).T) * 1.3 / 200
            bonus = sum(15.0 for i in range(6) if order[i] == at[i])
            lack = 0
            for s, need in enumerate(wanted.values()):
                have = np.bincount(np.array(order)[m.has_skill[:, s]], minlength=3)
                lack += np.maximum(need - have, 0).sum()
            best = min(best, way.sum() - bonus + 60.0 * lack)
        assert got.cost_min == pytest.approx(best, abs=0.05)
        assert got.is_exact


def test_grids_of_an_old_plan_find_their_heirs():
    town = square_town(2, 4)
    old = Plan.from_labels(town, np.array([0, 0, 1, 1] * 2, np.int32))
    new = Plan.from_labels(town, np.array([0, 0, 0, 1] * 2, np.int32))
    heirs = match_grids(old, new, measure="residents")
    assert heirs == {
        old.levels[0].ids[0]: new.levels[0].ids[0],
        old.levels[0].ids[1]: new.levels[0].ids[0],
    }


def test_made_up_members_are_labelled_and_live_in_town():
    town = square_town(3, 3)
    a, b = make_members(town, 30, seed=1), make_members(town, 30, seed=1)
    assert a.is_synthetic
    assert "synthetic" in repr(a)
    np.testing.assert_array_equal(a.home_xy, b.home_xy)
    low, high = town.units.xy.min(axis=0) - 51, town.units.xy.max(axis=0) + 51
    assert ((a.home_xy > low) & (a.home_xy < high)).all()
    assert len(set(a.ids)) == 30


def test_people_who_live_in_one_corner_still_fill_far_grids():
    xy = np.column_stack([np.arange(9) * 1000.0, np.zeros(9)])
    need = apportion(np.full(9, 100), total=9, floor=1)
    m = people([(f"m{i}", 0, 0, "", "") for i in range(9)])
    got = assign_members(m, need, xy=xy, settings=AssignSettings(n_candidates=2))
    assert got.n_members.tolist() == [1] * 9
    assert got.shortfalls.empty
    nowhere = people([(f"m{i}", np.nan, np.nan, "", "") for i in range(9)])
    assert assign_members(
        nowhere, need, xy=xy, settings=AssignSettings(n_candidates=2)
    ).shortfalls.empty
