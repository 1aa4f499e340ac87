from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gridkit.errors import ConfigError, InputError, SchemaError
from gridkit.model.members import Members
from gridkit.model.plan import Plan
from gridkit.model.units import Measure
from gridkit.staffing.contacts import find_contacts
from gridkit.staffing.teams import TeamNeed, assign_teams, team_counts, team_table, teams_frame
from tests.conftest import X0, Y0, square_town


def plan():
    town = square_town(2, 4)
    return Plan.from_labels(town, np.array([0, 0, 1, 1, 0, 0, 2, 2], np.int32))


def crowd(team, n, skills=""):
    rng = np.random.default_rng(len(team))
    xy = rng.uniform([X0, Y0 - 200], [X0 + 400, Y0], (n, 2))
    return pd.DataFrame(
        {
            "member_id": [f"{team}{i}" for i in range(n)],
            "x_m": xy[:, 0],
            "y_m": xy[:, 1],
            "team": team,
            "skills": skills,
        }
    )


def test_a_need_table_counts_grids_and_residents():
    # 40, 20 and 20 residents; one guard each and one for each started 30.
    need = TeamNeed(team="guard", measure="residents", amount_per_person=30)
    assert sorted(team_counts(plan(), need).members.tolist()) == [2, 2, 3]
    assert team_counts(plan(), TeamNeed(team="guard", per_grid=5, most=4)).total == 12
    table = team_table(plan(), [need, TeamNeed(team="volunteer", per_grid=0)])
    assert list(table.columns) == ["base_grid_id", "guard", "volunteer"]


def test_each_team_is_assigned_by_its_own_table():
    members = Members.from_frame(
        pd.concat([crowd("guard", 8, "first_aid"), crowd("auxiliary_police", 2)])
    )
    needs = [
        TeamNeed(team="guard", per_grid=2, requires={"first_aid": 1}),
        TeamNeed(team="auxiliary_police", per_grid=1),
    ]
    got = assign_teams(members, plan(), needs)
    assert got["guard"].n_members.tolist() == [2, 2, 2]
    assert got["auxiliary_police"].shortfalls["missing"].tolist() == [1]
    frame = teams_frame(got)
    assert frame["team"].value_counts().to_dict() == {"guard": 8, "auxiliary_police": 2}
    with pytest.raises(SchemaError, match="no member is in team 'guards'; did you mean 'guard'"):
        assign_teams(members, plan(), [TeamNeed(team="guards")])


def test_impossible_needs_are_refused():
    with pytest.raises(ConfigError, match="both `measure` and `amount_per_person`"):
        TeamNeed(team="guard", measure="residents")
    with pytest.raises(ConfigError, match="negative number"):
        TeamNeed(team="guard", per_grid=-1)


def offered(xy):
    xy = np.add(xy, [X0, Y0])
    return Members(
        ids=tuple(f"r{i}" for i in range(len(xy))), home_xy=xy, skill_names=(),
        has_skill=np.zeros((len(xy), 0)), base_grid_ids=("",) * len(xy), teams=("volunteer",) * len(xy),
    )  # fmt: skip


def homes(*values):
    town = square_town(1, len(values))
    return town.with_measures(
        Measure(name="households", values=np.array(values, float), unit="households")
    )


def test_one_contact_for_ten_households_and_neighbours_help():
    # u1 needs 2 and has 4 offers; u2 needs 1 and has none: the offer nearest to its middle is lent.
    town = homes(15, 10, 0)
    got = find_contacts(
        town, offered([[10, -50], [20, -50], [90, -50], [50, -50], [999, 0]]), max_m=120
    )
    assert got.needed.tolist() == [2, 1, 0]
    assert got.chosen.tolist() == [2, 1, 0]
    assert got.coverage.tolist() == [1, 1, 1]
    assert got.outside_ids == ("r4",)
    frame = got.to_frame().set_index("contact_id")
    assert frame.loc["r2", "unit_id"] == "u02"
    assert set(frame.index) == {"r0", "r3", "r2"}
    assert got.unused_ids == ("r1",)


def test_households_without_a_contact_are_counted():
    town = homes(30, 10)
    got = find_contacts(town, offered([[50, -50]]), max_m=0)
    assert got.coverage.tolist() == pytest.approx([1 / 3, 0])
    assert got.n_households_without == pytest.approx(30)
    assert "30 of 40 households without one" in repr(got)
    assert got.coverage_frame()["contacts_needed"].tolist() == [3, 1]
    with pytest.raises(InputError, match="`per_households` is 0"):
        find_contacts(town, offered([[50, -50]]), per_households=0)
    with pytest.raises(SchemaError, match="no measure `stairs`"):
        find_contacts(town, offered([[50, -50]]), stairwells="stairs")


def test_stairwells_ask_for_one_each():
    town = homes(20, 20).with_measures(
        Measure(name="stairs", values=np.array([5.0, 1.0]), unit="stairwells")
    )
    assert find_contacts(town, offered([[50, -50]]), stairwells="stairs").needed.tolist() == [5, 2]
