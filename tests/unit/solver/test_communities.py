from __future__ import annotations

import numpy as np
import pytest

from gridkit import metrics
from gridkit.errors import InputError
from gridkit.model.plan import Level
from gridkit.rules import Balance, GridCount, Rules
from gridkit.solver import draw_communities, draw_levels, group_grids, solve
from tests.conftest import square_town

RULES = Rules(balance=Balance(measure="residents", tolerance=0.2), grids=GridCount(total=8))


def test_communities_are_drawn_and_base_grids_nest_in_them():
    town = draw_communities(square_town(8, 8), 4, measure="residents")
    assert len(town.community) == 4
    plan = solve(town, RULES).plan
    assert metrics.n_communities(plan).max() == 1
    assert metrics.n_pieces(plan, level="community_grid").tolist() == [1, 1, 1, 1]


def test_villages_stay_whole():
    plan = solve(square_town(8, 8), RULES).plan
    village = Level(name="community_grid", ids=plan.levels[0].ids, holder=plan.base)
    town = draw_communities(
        plan.town._replace(community=village), 2, measure="residents", tolerance=0.3
    )
    pairs = np.unique(np.column_stack([plan.base, town.community.holder]), axis=0)
    assert len(pairs) == 8


def test_base_grids_are_grouped_whole_and_contiguous():
    plan = solve(square_town(8, 8, communities=True), RULES).plan
    level = group_grids(plan, 3, measure="residents", tolerance=0.4)
    assert level.holder.size == 8
    assert sorted(np.unique(level.holder)) == [0, 1, 2]
    pieces = plan.town.graph.pieces(level.holder[plan.base].astype(np.int32))
    assert pieces.max() == 2


def test_several_levels_at_once_are_nested():
    town = square_town(8, 12)
    rules = Rules(balance=Balance(measure="residents", tolerance=0.2), grids=GridCount(total=12))
    plan = draw_levels(
        town, [("district", 2), ("community_grid", 4)], measure="residents", rules=rules
    )
    assert [v.name for v in plan.levels] == ["base_grid", "community_grid", "district"]
    assert [len(v) for v in plan.levels] == [12, 4, 2]
    for name in ("base_grid", "community_grid", "district"):
        assert metrics.n_pieces(plan, level=name).max() == 1
        load = plan.total("residents", level=name)
        assert load.max() <= 1.2 * load.mean()
    with pytest.raises(InputError, match="from the top down"):
        draw_levels(town, [("a", 4), ("b", 2)], measure="residents", rules=rules)
