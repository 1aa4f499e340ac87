from __future__ import annotations

from itertools import combinations_with_replacement
from math import factorial

import numpy as np
import pytest

from gridkit.errors import InputError
from gridkit.staffing.mobile import deploy_teams, expected_coverage, mexclp
from gridkit.staffing.response import erlang_c, response


def places(n_teams, n_units=30, seed=0):
    rng = np.random.default_rng(seed)
    units, teams = rng.uniform(0, 10, (n_units, 2)), rng.uniform(0, 10, (n_teams, 2))
    way = np.hypot(units[:, None, 0] - teams[None, :, 0], units[:, None, 1] - teams[None, :, 1])
    return way, rng.dirichlet(np.ones(n_units))


def erlang_b(a, n):
    return a**n / factorial(n) / sum(a**k / factorial(k) for k in range(n + 1))


@pytest.mark.parametrize("n_teams", [1, 2, 4, 7])
def test_lost_calls_follow_erlangs_loss_formula(n_teams):
    way, share = places(n_teams)
    a = 0.6 * n_teams
    got = response(way, calls_per_hour=share * a * 2, service_min=30)
    assert got.delayed == pytest.approx(erlang_b(a, n_teams))
    assert got.busy.sum() == pytest.approx(a * (1 - erlang_b(a, n_teams)))
    np.testing.assert_allclose(got.share.sum(axis=1), 1 - got.delayed)


@pytest.mark.parametrize("n_teams", [1, 3, 6])
def test_waiting_calls_follow_erlangs_delay_formula(n_teams):
    way, share = places(n_teams)
    a = 0.7 * n_teams
    got = response(way, calls_per_hour=share * a * 2, service_min=30, mode="queue")
    assert got.delayed == pytest.approx(erlang_c(a, n_teams))
    assert got.busy.sum() == pytest.approx(a)
    assert got.wait_min == pytest.approx(erlang_c(a, n_teams) * 30 / (n_teams - a))


def test_two_teams_worked_by_hand():
    # Team 1 is nearest to unit 1, team 2 to unit 2; one call per service time from each: all four
    # patterns, rates 1 and 1: p(00)=0.2, p(10)=p(01)=0.2, p(11)=0.4 (2 lambda = 2: Erlang B(2,2)=0.4).
    got = response(
        np.array([[1.0, 2.0], [2.0, 1.0]]), calls_per_hour=np.array([1.0, 1.0]), service_min=60
    )
    assert got.delayed == pytest.approx(0.4)
    np.testing.assert_allclose(got.busy, [0.6, 0.6])
    np.testing.assert_allclose(got.share, [[0.4, 0.2], [0.2, 0.4]])
    assert got.mean_min.tolist() == pytest.approx([4 / 3, 4 / 3])
    assert got.home_share == pytest.approx(2 / 3)


@pytest.mark.parametrize("mode", ["lost", "queue"])
@pytest.mark.parametrize("use", [0.3, 0.6])
def test_the_approximation_is_within_a_few_percent_of_the_exact_answer(mode, use):
    way, share = places(8, seed=3)
    calls = share * 8 * use * 2
    exact = response(way, calls_per_hour=calls, service_min=30, mode=mode)
    near = response(way, calls_per_hour=calls, service_min=30, mode=mode, exact=False)
    assert near.method == "approximate"
    assert near.delayed == pytest.approx(exact.delayed, rel=1e-6)
    np.testing.assert_allclose(near.busy, exact.busy, rtol=0.06)
    assert near.response_min == pytest.approx(exact.response_min, rel=0.03)


def test_a_simulation_gives_the_same_busy_shares():
    way, share = places(3, n_units=6, seed=5)
    rate = share * 3 * 0.5
    got = response(way, calls_per_hour=rate, service_min=60)
    rng = np.random.default_rng(0)
    free_at, busy, now = np.zeros(3), np.zeros(3), 0.0
    n = 40_000
    gaps = rng.exponential(1 / rate.sum(), n)
    units = rng.choice(6, n, p=share)
    length = rng.exponential(1.0, n)
    for gap, u, s in zip(gaps, units, length, strict=True):
        now += gap
        idle = [t for t in np.argsort(way[u]) if free_at[t] <= now]
        if idle:
            free_at[idle[0]] = now + s
            busy[idle[0]] += s
    np.testing.assert_allclose(busy / now, got.busy, atol=0.01)


def test_endless_queues_and_bad_numbers_are_refused():
    way, share = places(2)
    with pytest.raises(InputError, match=r"queue without end\. Add 2 more"):
        response(way, calls_per_hour=share * 6, service_min=30, mode="queue")
    with pytest.raises(InputError, match="calls not negative"):
        response(way, calls_per_hour=-share, service_min=30)
    with pytest.raises(InputError, match="`service_min` is 0"):
        response(way, calls_per_hour=share, service_min=0)
    with pytest.raises(InputError, match="a row for each unit"):
        response(way, calls_per_hour=share[:3], service_min=9)


@pytest.mark.parametrize("seed", range(5))
def test_expected_coverage_is_close_to_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    cover, w = rng.random((25, 7)) < 0.3, rng.uniform(0, 5, 25)
    got = expected_coverage(cover, w, mexclp(cover, w, n_teams=3, busy=0.4), busy=0.4)
    best = max(
        expected_coverage(cover, w, np.array(c), busy=0.4)
        for c in combinations_with_replacement(range(7), 3)
    )
    assert 0.97 * best <= got <= best + 1e-9


def test_moving_by_block_covers_at_least_what_staying_covers():
    rng = np.random.default_rng(2)
    away = rng.uniform(0, 4000, (40, 12))
    demand = {f"block {i}": rng.lognormal(0, 1, 40) for i in range(5)}
    got = deploy_teams(demand, away, n_teams=3, radius_m=900, busy=0.3)
    assert (got.expected >= got.fixed_expected * 0.99).all()
    assert got.coverage > got.fixed_coverage
    assert got.sites.shape == (5, 3)
    assert len(got.to_frame()) == 15
    auto = deploy_teams(demand, away, n_teams=3, radius_m=900)
    assert len(auto.responses) == 5
    np.testing.assert_allclose(auto.busy, [r.busy.mean() for r in auto.responses])
    kept = deploy_teams(demand, away, n_teams=3, radius_m=900, busy=0.3, fixed=(4,))
    assert (kept.sites[:, 0] == 4).all()
    with pytest.raises(InputError, match="needs at least one block"):
        deploy_teams({}, away, n_teams=3, radius_m=900)


@pytest.mark.parametrize("n", [30, 400])
def test_moving_never_covers_less_even_when_teams_are_nearly_always_busy(n):
    rng = np.random.default_rng(n)
    away = rng.uniform(0, 5000, (60, 9))
    blocks = {f"b{i}": rng.poisson(n / 60, 60).astype(float) for i in range(5)}
    got = deploy_teams(blocks, away, n_teams=4, radius_m=1500)
    assert (got.expected >= got.fixed_expected - 1e-9).all()
