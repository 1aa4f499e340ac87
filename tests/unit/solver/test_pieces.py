"""Do torn grids come back into one piece with the least change?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gridkit as gk
from gridkit.solver import join_strays


@pytest.fixture(scope="module")
def plan():
    town = gk.make_town(150, seed=5, n_communities=2)
    rules = gk.Rules(
        grids=gk.rules.GridCount(total=8),
        balance=gk.rules.Balance(measure="residents", tolerance=0.4),
    )
    return gk.solve(town, rules, seed=1).plan


RULES = gk.Rules(balance=gk.rules.Balance(measure="residents", tolerance=1.0))


def torn(plan, rules=RULES):
    return {i for f in gk.check(plan, rules) if f.rule == "contiguity" for i in f.ids}


def test_one_stray_unit_goes_back_and_nothing_else_moves(plan):
    first = plan.base[0]
    far = int(np.argmax(np.hypot(*(plan.town.units.xy - plan.town.units.xy[0]).T)))
    assert plan.base[far] != first
    draft = gk.Draft(plan)
    draft.move([far], int(first))
    mended = join_strays(draft.freeze(), RULES, grids=[plan.levels[0].ids[first]])
    assert torn(mended) == set()
    assert np.flatnonzero(mended.base != draft.base).tolist() == [far]
    of = plan.town.community.holder
    home = of[plan.base == mended.base[far]]
    assert np.bincount(home).argmax() == of[far]


def test_loose_units_beside_a_grid_are_taken(plan):
    draft = gk.Draft(plan)
    loose = np.flatnonzero(plan.base == 3)[:2]
    draft.move(loose, -1)
    mended = join_strays(draft.freeze(), RULES, grids=[plan.levels[0].ids[3]])
    assert (mended.base >= 0).all()


def test_a_locked_grid_neither_gives_nor_takes(plan):
    first = int(plan.base[0])
    far = int(np.argmax(np.hypot(*(plan.town.units.xy - plan.town.units.xy[0]).T)))
    draft = gk.Draft(plan)
    draft.move([far], first)
    broken = draft.freeze()
    everyone = gk.rules.Locks(grids=plan.levels[0].ids)
    same = join_strays(broken, replace(RULES, locks=everyone))
    assert (same.base == broken.base).all()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 149), st.integers(-1, 7)), min_size=1, max_size=25))
def test_any_strokes_are_joined_and_untorn_grids_lose_nothing(plan, strokes):
    draft = gk.Draft(plan)
    for unit, grid in strokes:
        draft.move([unit], grid)
    broken = draft.freeze()
    mended = join_strays(broken, RULES)
    assert torn(mended) == set()
    assert (mended.base >= 0).all()
    whole = ~np.isin(broken.base, [plan.levels[0].ids.index(i) for i in torn(broken)])
    kept = whole & (broken.base >= 0)
    assert (mended.base[kept] == broken.base[kept]).all()
