import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gridkit._kernels.chance import uniforms
from gridkit._kernels.kde import linear_bin
from gridkit._kernels.series import close_pairs
from gridkit.hotspots.clock import WorkClock, elapsed
from gridkit.hotspots.duplicates import link_duplicates
from gridkit.hotspots.local import adjusted_p, neighbor_sums
from gridkit.hotspots.rings import PlanarRings

places = hnp.arrays(
    np.float64, st.tuples(st.integers(2, 25), st.just(2)), elements=st.integers(0, 60).map(float)
)


@settings(max_examples=40, deadline=None)
@given(places, st.floats(0.1, 1.0), st.floats(1, 100))
def test_rings_list_units_by_distance_then_position(xy, share, radius):
    weight = 1.0 + np.arange(len(xy)) % 3
    most = share * weight.sum()
    ids, start = PlanarRings(xy=xy, weight=weight, most_weight=most, most_radius_m=radius).chunk(
        np.arange(len(xy))
    )
    for i in range(len(xy)):
        d2 = ((xy - xy[i]) ** 2).sum(axis=1)
        order = np.lexsort((np.arange(len(xy)), d2))
        order = order[d2[order] <= radius**2]
        k = np.searchsorted(np.cumsum(weight[order]), most * (1 + 1e-12), side="right")
        assert ids[start[i] : start[i + 1]].tolist() == order[:k].tolist()


@settings(max_examples=40, deadline=None)
@given(places)
def test_binning_loses_no_weight_and_keeps_the_middle(xy):
    weight = 1.0 + np.arange(len(xy))
    cells = linear_bin(xy[:, 0].copy() + 20, xy[:, 1].copy() + 20, weight, 0.0, 0.0, 5.0, 20, 22)
    assert cells.sum() == pytest.approx(weight.sum())
    x = (np.arange(22) + 0.5) * 5
    assert (cells.sum(axis=0) * x).sum() == pytest.approx((weight * (xy[:, 0] + 20)).sum())


@settings(max_examples=40, deadline=None)
@given(places, st.floats(0, 30), st.floats(0, 40))
def test_linked_reports_are_near_their_first_report_and_no_first_could_have_joined(
    xy, distance, hours
):
    when = np.datetime64("2024-01-01", "s") + (np.arange(len(xy)) * 7919 % 50) * np.timedelta64(
        3600, "s"
    )
    kind = np.arange(len(xy)) % 2
    first = link_duplicates(xy, when, kind, distance_m=distance, hours=hours)
    gap = np.hypot(*(xy - xy[first]).T)
    wait = (when - when[first]).astype(np.int64) / 3600
    assert (first[first] == first).all()
    assert (gap <= distance + 1e-6).all()
    assert ((wait >= 0) & (wait <= hours + 1e-6)).all()
    assert (kind == kind[first]).all()
    roots = np.flatnonzero(first == np.arange(len(xy)))
    if hours > 0:
        for a in roots:
            for b in roots:
                later = when[b] > when[a]
                close = np.hypot(*(xy[a] - xy[b])) <= distance - 1e-6
                soon = (when[b] - when[a]).astype(np.int64) / 3600 <= hours - 1e-6
                assert not (later and close and soon and kind[a] == kind[b])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 20 * 86_400), st.integers(0, 20 * 86_400))
def test_work_hours_add_up(start, first, second):
    at = np.datetime64("2024-03-01", "s") + np.array([start, start + first, start + first + second])
    clock = WorkClock(holidays=("2024-03-08",), extra_days=("2024-03-09",))
    for unit in ("hours", "work_hours", "working_days"):
        a = elapsed(at[:1], at[1:2], unit=unit, clock=clock)
        b = elapsed(at[1:2], at[2:], unit=unit, clock=clock)
        assert (a + b)[0] == pytest.approx(elapsed(at[:1], at[2:], unit=unit, clock=clock)[0])
        assert 0 <= a[0] <= max(first / 3600, 1 + first / 86_400)


@settings(max_examples=40, deadline=None)
@given(hnp.arrays(np.float64, st.integers(1, 20), elements=st.floats(0, 1)))
def test_adjusted_p_is_never_smaller_and_keeps_the_order(p):
    for method in ("bh", "by"):
        made = adjusted_p(p, method=method)
        assert (made >= p - 1e-12).all()
        assert (np.diff(made[np.argsort(p, kind="stable")]) >= -1e-12).all()


@settings(max_examples=30, deadline=None)
@given(hnp.arrays(np.float64, 12, elements=st.floats(-5, 5)), st.integers(0, 10**6))
def test_sums_over_neighbours_and_close_pairs_are_plain_sums(values, seed):
    rng = np.random.default_rng(seed)
    near = np.triu(rng.random((12, 12)) < 0.3, 1)
    near |= near.T
    start = np.concatenate([[0], np.cumsum(near.sum(axis=1))]).astype(np.int64)
    neighbor = np.nonzero(near)[1].astype(np.int32)
    np.testing.assert_allclose(neighbor_sums(values, start, neighbor), near @ values, atol=1e-12)
    left, right = np.nonzero(np.triu(near, 1))
    assert (
        close_pairs(left, right, values, 1.0) == (np.abs(values[left] - values[right]) <= 1.0).sum()
    )


def test_random_numbers_are_even_and_depend_on_seed_and_stream():
    u = uniforms(3, 0, 20_000)
    assert ((u >= 0) & (u < 1)).all()
    assert np.abs(np.bincount((u * 10).astype(int), minlength=10) - 2000).max() < 200
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 0.03
    assert not np.array_equal(u, uniforms(3, 1, 20_000))
    assert not np.array_equal(u, uniforms(4, 0, 20_000))
    np.testing.assert_array_equal(u[:50], uniforms(3, 0, 50))
