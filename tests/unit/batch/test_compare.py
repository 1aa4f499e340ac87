from __future__ import annotations

import pandas as pd

from gridkit.batch.compare import moved_between


def table(labels, areas):
    return pd.DataFrame({"base_grid_id": labels, "area_m2": areas})


def test_renamed_grids_did_not_move():
    old, new = table(["a", "a", "b"], [1, 1, 1]), table(["x", "x", "y"], [1, 1, 1])
    assert moved_between(old, new).tolist() == [False, False, False]


def test_the_smaller_part_is_what_moved():
    # Worked out by hand: new y holds 5 m² of old a and 2 m² of old b, so y is a's successor.
    old, new = table(["a", "a", "b", "b"], [1, 5, 2, 9]), table(["x", "y", "y", "z"], [1, 5, 2, 9])
    assert moved_between(old, new).tolist() == [True, False, True, False]


def test_a_unit_that_lost_its_grid_moved():
    old, new = table(["a", "a"], [3, 1]), table(["a", None], [3, 1])
    assert moved_between(old, new).tolist() == [False, True]
