from __future__ import annotations

import numpy as np
import pytest

from gridkit.errors import InfeasibleError, InputError
from gridkit.staffing.apportion import add_members, apportion, grow

WORK = np.array([9000, 30_000, 12_000, 3000])


def test_the_next_member_goes_where_each_member_carries_most():
    got = apportion(WORK, total=10, floor=2)
    assert got.members.tolist() == [2, 4, 2, 2]
    assert got.order.tolist() == [1, 1]
    assert got.next_order[:3].tolist() == [
        1,
        1,
        2,
    ]  # 6,000 in grids 2 and 3: a tie goes to the first
    assert got.total == 10
    assert got.worst_load == pytest.approx(7500 / 8809)


def test_too_few_members_says_how_many_are_missing():
    with pytest.raises(
        InfeasibleError, match=r"5 members cannot give 4 grids .* 8 are needed, 3 are missing"
    ) as caught:
        apportion(WORK, total=5, floor=2)
    assert caught.value.findings[0].facts["missing"] == 3


def test_where_would_twenty_more_go():
    heads = apportion(WORK, total=10)
    more = add_members(heads, n=20)
    assert len(more) == 20
    assert more["worst_load_after"].is_monotonic_decreasing
    again = apportion(WORK, total=30)
    assert grow(heads, n=20).members.tolist() == again.members.tolist()
    assert more["base_grid_id"].value_counts()["2"] == again.members[1] - heads.members[1]


def test_no_grid_loses_a_member_when_the_town_hires():
    rng = np.random.default_rng(0)
    work = rng.integers(1000, 90_000, 40)
    before = apportion(work, total=100).members
    for total in range(101, 160):
        now = apportion(work, total=total).members
        assert (now >= before).all()
        before = now


def test_caps_and_community_quotas():
    community = np.array([0, 0, 1, 1])
    got = apportion(
        WORK, total=12, floor=1, cap=np.array([9, 3, 9, 9]), community=community,
        community_ids=("A", "B"), community_floor={"B": 7},
    )  # fmt: skip
    assert got.members.tolist() == [2, 3, 5, 2]
    with pytest.raises(InfeasibleError, match=r"caps leave room for 8 members; 4 of 12"):
        apportion(WORK, total=12, cap=2)
    with pytest.raises(InputError, match=r"'C'"):
        apportion(
            WORK, total=12, community=community, community_ids=("A", "B"), community_cap={"C": 3}
        )
    with pytest.raises(InfeasibleError, match="cap below the floors"):
        apportion(
            WORK, total=12, community=community, community_ids=("A", "B"), community_cap={"A": 3}
        )


def test_bad_workloads_are_refused():
    with pytest.raises(InputError, match=r"negative or missing \(positions '1'\)"):
        apportion(np.array([5.0, np.nan]), total=9)
    with pytest.raises(InputError, match="unknown rule 'min_max'; did you mean 'min_max_load'"):
        apportion(WORK, total=10, rule="min_max")
    with pytest.raises(InputError, match="floor and cap cannot hold in 4 grids"):
        apportion(WORK, total=10, floor=3, cap=2)


def test_the_table_has_the_promised_columns():
    frame = apportion(WORK, total=10).to_frame()
    assert list(frame.columns) == [
        "base_grid_id", "workload_h", "members", "load", "load_with_one_more", "next_member_rank",
    ]  # fmt: skip
    assert frame["next_member_rank"].tolist()[1] == 1
