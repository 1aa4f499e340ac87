from __future__ import annotations

import numpy as np
import pytest

from gridkit.errors import SchemaError
from gridkit.staffing.assign import AssignSettings, assign_members
from gridkit.staffing.explain import explain_member
from tests.unit.staffing.test_assign import IDS, XY, heads, people


def test_an_explanation_names_way_skill_and_next_best():
    m = people([("a", 0, 0, "fire", "G1"), ("b", 900, 0, "", "G2"), ("c", 2000, 0, "fire", "G3")])
    got = assign_members(m, heads(1, 1, 1), xy=XY, requires={"fire": np.array([1, 0, 0])})
    said = explain_member(got, "a")
    assert said.base_grid_id == "G1"
    assert "a serves G1 as member, 0.0 min from home" in said.text
    assert "G1 asks for 1 with skill 'fire'; without them it would be missing." in said.text
    # To G2 in exchange for b: 6.5 min more for a, 5.2 for b, both lose 15, and fire is missing (60).
    second = said.options[1]
    assert (second.base_grid_id, second.swaps_with) == ("G3", "c")
    assert second.change_min == pytest.approx(2 * 13 + 30)
    by_grid = {o.base_grid_id: o.change_min for o in said.options}
    assert by_grid["G2"] == pytest.approx(6.5 + (5.85 - 0.65) + 30 + 60)
    assert said.to_frame()["base_grid_id"].tolist() == ["G1", "G3", "G2"]


def test_every_swap_costs_what_the_explanation_says():
    rng = np.random.default_rng(2)
    rows = [
        (f"m{i}", *rng.uniform(0, 2000, 2), rng.choice(["fire", "fire;lead", ""]), "")
        for i in range(9)
    ]
    settings = AssignSettings(requires={"fire": 1, "lead": 1})
    m = people(rows)
    got = assign_members(m, heads(3, 3, 3), xy=XY, settings=settings)
    assert got.is_exact
    for i in m.ids:
        for option in explain_member(got, i).options:
            assert option.change_min >= -1e-9  # the roster is optimal: no swap gains


def test_an_unknown_member_is_an_error_with_a_hint():
    got = assign_members(people([("M01", 0, 0, "", "")]), heads(1), xy=XY[:1])
    with pytest.raises(SchemaError, match="no member 'M1'; did you mean 'M01'"):
        explain_member(got, "M1")
    assert explain_member(got, "M01").base_grid_id == IDS[0]
