from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gridkit.staffing.apportion import apportion

works = st.lists(st.integers(1, 5000), min_size=1, max_size=4)


def all_splits(k, total, floor):
    for rest in product(range(total + 1), repeat=k):
        if sum(rest) == total and min(rest) >= floor:
            yield np.array(rest)


@given(works, st.integers(0, 2), st.integers(0, 5))
def test_min_max_load_is_the_best_of_all_splits(work, floor, more):
    work = np.array(work)
    floor = max(floor, 1)
    total = floor * work.size + more
    got = apportion(work, total=total, floor=floor)
    best = min((work / n).max() for n in all_splits(work.size, total, floor))
    assert got.members.sum() == total
    assert (work / got.members).max() == best


@given(works, st.integers(0, 5))
def test_least_variance_is_the_best_of_all_splits(work, more):
    work = np.array(work, dtype=float)
    total = work.size + more
    got = apportion(work, total=total, floor=1, rule="least_variance")
    best = min((work**2 / n).sum() for n in all_splits(work.size, total, 1))
    np.testing.assert_allclose((work**2 / got.members).sum(), best)


@given(
    st.lists(st.integers(1, 5000), min_size=4, max_size=4),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(2, 5),
)
def test_nested_quotas_are_the_best_of_all_splits(work, more, floor_b, cap_a):
    work = np.array(work)
    total = 4 + more
    quota = {"community": np.array([0, 0, 1, 1]), "community_ids": ("A", "B")}
    legal = [
        n
        for n in all_splits(4, total, 1)
        if n[:2].sum() <= cap_a and n[2:].sum() >= floor_b and n.max() <= 4
    ]
    if not legal:
        return
    got = apportion(
        work, total=total, floor=1, cap=4, community_floor={"B": floor_b}, community_cap={"A": cap_a}, **quota
    )  # fmt: skip
    assert any((n == got.members).all() for n in legal)
    assert (work / got.members).max() == min((work / n).max() for n in legal)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=6), st.integers(1, 3), st.integers(0, 12))
def test_the_engine_and_staffing_hand_out_by_the_same_rule(work, floor, more):
    from gridkit.rules import apportion as seats

    total = floor * len(work) + more
    lowest = np.full(len(work), floor, dtype=np.int64)
    mine = apportion(np.array(work), total=total, floor=floor).members
    np.testing.assert_array_equal(seats(np.array(work, float), total, lowest), mine)
