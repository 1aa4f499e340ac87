from __future__ import annotations

import numpy as np
import pytest

from gridkit.errors import InputError
from gridkit.model.draft import Draft
from gridkit.model.plan import Plan
from tests.conftest import square_town


@pytest.fixture
def draft() -> Draft:
    return Draft.from_plan(Plan.from_labels(square_town(2, 3), np.array([0, 0, 1, 0, 0, 1])))


def test_a_move_changes_two_totals_and_undo_takes_it_back(draft):
    assert draft.move([1, 4], 1).tolist() == [0, 1]
    assert draft.total("residents").tolist() == [20.0, 40.0]
    assert draft.area_m2.tolist() == [2e4, 4e4]
    assert draft.perimeter_m.tolist() == [600.0, 800.0]
    assert draft.changed.tolist() == [1, 4]
    assert draft.undo()
    assert draft.total("residents").tolist() == [40.0, 20.0]
    assert not draft.undo()
    assert draft.redo()
    assert draft.freeze().base.tolist() == [0, 1, 1, 0, 1, 1]
    assert draft.plan.base.tolist() == [0, 0, 1, 0, 0, 1]


def test_units_can_be_taken_out_of_every_grid(draft):
    draft.move(0, -1)
    assert draft.n_units.tolist() == [3, 2]
    assert draft.base[0] == -1


def test_a_bad_move_is_refused_in_words(draft):
    with pytest.raises(InputError, match="no unit at position 6"):
        draft.move(6, 0)
    with pytest.raises(InputError, match="no base grid at position 2"):
        draft.move(0, 2)
