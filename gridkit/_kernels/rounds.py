"""Which member visits which stops, in which order, so that the longest shift is short?

Ruin and recreate (Christiaens & Vanden Berghe 2020, "Slack induction by string removals for vehicle
routing problems", Transportation Science 54(2)): neighbouring strings of stops are taken out and put
back where they cost least; a worse plan is kept with a chance that falls (simulated annealing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import inner, lean

if TYPE_CHECKING:
    from gridkit._typing import Arrays, BoolArray, FloatArray, IntArray, LabelArray


@inner
def _draw(state: IntArray) -> float:
    """Give the next number in [0, 1) of Park & Miller's generator; the same compiled and plain."""
    state[0] = (state[0] * 48271) % 2147483647
    number: float = state[0] / 2147483647.0
    return number


@inner
def _times(
    route: LabelArray,
    size: int,
    way: FloatArray,
    service: FloatArray,
    opens: FloatArray,
    closes: FloatArray,
    post: int,
    shift: float,
    ready: FloatArray,
    latest: FloatArray,
) -> float:
    """Fill earliest ends and latest starts along a route; return when the member is back."""
    t = 0.0
    at = post
    for p in range(size):
        s = route[p]
        t = max(t + way[at, s], opens[s]) + service[s]
        ready[p] = t
        at = s
    back = t + way[at, post] if size > 0 else 0.0
    bound = shift
    after = post
    for p in range(size - 1, -1, -1):
        s = route[p]
        bound = min(bound - way[s, after] - service[s], closes[s])
        latest[p] = bound
        after = s
    return back


@inner
def _ruin(
    near: LabelArray,
    size: LabelArray,
    new_route: LabelArray,
    new_size: LabelArray,
    new_where: LabelArray,
    hit: LabelArray,
    state: IntArray,
) -> None:
    """Take strings of stops near one stop out, one string a route."""
    n = new_where.size
    K = size.size
    n_used = 0
    n_placed = 0
    for k in range(K):
        hit[k] = 0
        if size[k] > 0:
            n_used += 1
            n_placed += size[k]
    mean_size = n_placed / max(n_used, 1)
    longest_string = min(10.0, mean_size)
    n_strings = int(1.0 + _draw(state) * (40.0 / (1.0 + longest_string) - 1.0))
    seed_stop = int(_draw(state) * n)
    done = 0
    for q in range(near.shape[1] + 1):
        if done >= n_strings:
            break
        s = seed_stop if q == 0 else near[seed_stop, q - 1]
        k = new_where[s]
        if k < 0 or hit[k] == 1:
            continue
        hit[k] = 1
        done += 1
        length = int(1.0 + _draw(state) * min(longest_string, new_size[k]))
        length = min(length, new_size[k])
        at = 0
        while new_route[k, at] != s:
            at += 1
        low = max(0, at - length + 1)
        high = min(at, new_size[k] - length)
        first = low + int(_draw(state) * (high - low + 1))
        for p in range(first, first + length):
            new_where[new_route[k, p]] = -1
        for p in range(first, new_size[k] - length):
            new_route[k, p] = new_route[k, p + length]
        new_size[k] -= length


@inner
def _line_up(
    way: FloatArray,
    home: int,
    opens: FloatArray,
    closes: FloatArray,
    drop_cost: FloatArray,
    new_where: LabelArray,
    absent: LabelArray,
    rank: FloatArray,
    state: IntArray,
) -> int:
    """List the stops that are out, in the order in which they are put back."""
    n = new_where.size
    n_absent = 0
    kind = _draw(state)
    for s in range(n):
        if new_where[s] < 0:
            absent[n_absent] = s
            if kind < 0.5:
                rank[n_absent] = _draw(state)
            elif kind < 0.75:
                rank[n_absent] = -way[home, s]
            elif kind < 0.9:
                rank[n_absent] = way[home, s]
            else:
                rank[n_absent] = closes[s] - opens[s]
            rank[n_absent] -= 1e9 * (drop_cost[s] > 1e5)  # what must not be missed goes first
            n_absent += 1
    for a in range(1, n_absent):  # insertion sort: few, and stable
        s = absent[a]
        r = rank[a]
        b = a - 1
        while b >= 0 and rank[b] > r:
            absent[b + 1] = absent[b]
            rank[b + 1] = rank[b]
            b -= 1
        absent[b + 1] = s
        rank[b + 1] = r
    return n_absent


@inner
def _place(
    s: int,
    way: FloatArray,
    service: FloatArray,
    post: LabelArray,
    shift: FloatArray,
    may: BoolArray,
    opens: FloatArray,
    closes: FloatArray,
    new_route: LabelArray,
    new_size: LabelArray,
    new_dur: FloatArray,
    ready: FloatArray,
    latest: FloatArray,
    longest: float,
    weight_longest: float,
    timed: bool,  # noqa: FBT001  kernels take arguments by position
    state: IntArray,
) -> tuple[float, int, int]:
    """Find the cheapest place for a stop, now and then overlooking one."""
    K = post.size
    best_add = 1e18
    best_k = -1
    best_p = -1
    for k in range(K):
        if not may[s, k]:
            continue
        home = post[k]
        for p in range(new_size[k] + 1):
            before = home if p == 0 else new_route[k, p - 1]
            after = home if p == new_size[k] else new_route[k, p]
            add = way[before, s] + way[s, after] + service[s]
            if new_size[k] > 0:
                add -= way[before, after]
            if timed:
                start = (0.0 if p == 0 else ready[k, p - 1]) + way[before, s]
                start = max(start, opens[s])
                if start > closes[s]:
                    break
                end = start + service[s] + way[s, after]
                limit = shift[k] if p == new_size[k] else latest[k, p]
                if end > limit + 1e-9:
                    continue
            elif new_dur[k] + add > shift[k] + 1e-9:
                continue
            more = new_dur[k] + add - longest
            if more > 0:
                add += weight_longest * more
            if add < best_add and _draw(state) > 0.01:
                best_add = add
                best_k = k
                best_p = p
    return best_add, best_k, best_p


@inner
def _take_over(
    route: LabelArray,
    size: LabelArray,
    dur: FloatArray,
    new_route: LabelArray,
    new_size: LabelArray,
    new_dur: FloatArray,
) -> None:
    """Copy the first routes into the second ones."""
    for k in range(len(size)):
        new_size[k] = size[k]
        new_dur[k] = dur[k]
        for p in range(size[k]):
            new_route[k, p] = route[k, p]


def improve_rounds(
    stops: Arrays, weight_longest: float, n_rounds: int, seed: int, heat: float
) -> tuple[LabelArray, LabelArray, float]:
    """Search routes of K members over n stops; return routes (K, n), their sizes and the cost.

    `stops` are `way`, `service`, `post`, `shift`, `may`, `opens`, `closes`, `drop_cost`, `near`.
    `way` (n + d, n + d): minutes between stops, then posts; `service` (n,): minutes at each stop; `post`
    and `shift` (K,): node of each member's post, and minutes. `may` (n, K): who can serve what. `near`
    (n, q): the stops near each one. `opens`, `closes` (n,): when service may start, minutes after the
    shift begins. Cost: minutes of all, plus `weight_longest` times the longest shift, plus `drop_cost`
    of every stop that is left out.
    """
    _, service, post, _, _, opens, closes, _, _ = stops
    n, K = len(service), len(post)
    timed = bool((opens > 0.0).any() or (closes < 1e12).any())
    cool = (0.01 / heat) ** (1.0 / max(n_rounds, 1)) if heat > 0.01 else 1.0
    plans = np.full((3, K, max(n, 1)), -1, dtype=np.int32)
    sizes, durs = np.zeros((3, K), dtype=np.int32), np.zeros((3, K))
    where, clock = np.full((2, n), -1, dtype=np.int32), np.zeros((2, K, max(n, 1)))
    best = _improve(
        stops, weight_longest, n_rounds, timed, heat, cool, plans, sizes, durs, where, clock,
        np.zeros(n, dtype=np.int32), np.zeros(n), np.zeros(K, dtype=np.int32),
        np.array([seed % 2147483646 + 1]),
    )  # fmt: skip
    return plans[2], sizes[2], best


@lean
def _improve(
    stops: Arrays,
    weight_longest: float,
    n_rounds: int,
    timed: bool,  # noqa: FBT001  kernels take arguments by position
    heat: float,
    cool: float,
    plans: LabelArray,
    sizes: LabelArray,
    durs: FloatArray,
    wheres: LabelArray,
    clock: FloatArray,
    absent: LabelArray,
    rank: FloatArray,
    hit: LabelArray,
    state: IntArray,
) -> float:
    """Search as `improve_rounds` says; of every plan: [0] the one at hand, [1] the new one, [2] the best."""
    way, service, post, shift, may, opens, closes, drop_cost, near = stops
    n = len(service)
    K = len(post)
    route, new_route, best_route = plans[0], plans[1], plans[2]
    size, new_size, best_size = sizes[0], sizes[1], sizes[2]
    dur, new_dur, best_dur = durs[0], durs[1], durs[2]
    where, new_where = wheres[0], wheres[1]
    ready, latest = clock[0], clock[1]
    cost = 0.0
    for s in range(n):
        cost += drop_cost[s]
    best = cost
    temperature = heat
    for turn in range(n_rounds):
        _take_over(route, size, dur, new_route, new_size, new_dur)
        for s in range(n):
            new_where[s] = where[s]
        if turn > 0 and n > 0:
            _ruin(near, size, new_route, new_size, new_where, hit, state)
        # ---- times of what is left
        longest = 0.0
        for k in range(K):
            new_dur[k] = _times(
                new_route[k], new_size[k], way, service, opens, closes, post[k], shift[k],
                ready[k], latest[k],
            )  # fmt: skip
            longest = max(longest, new_dur[k])
        n_absent = _line_up(way, post[0], opens, closes, drop_cost, new_where, absent, rank, state)
        # ---- recreate: cheapest place, now and then overlooked
        dropped = 0.0
        for a in range(n_absent):
            s = absent[a]
            best_add, best_k, best_p = _place(
                s, way, service, post, shift, may, opens, closes, new_route, new_size, new_dur,
                ready, latest, longest, weight_longest, timed, state,
            )  # fmt: skip
            if best_k < 0 or (drop_cost[s] < best_add):
                dropped += drop_cost[s]
                continue
            for p in range(new_size[best_k], best_p, -1):
                new_route[best_k, p] = new_route[best_k, p - 1]
            new_route[best_k, best_p] = s
            new_size[best_k] += 1
            new_where[s] = best_k
            new_dur[best_k] = _times(
                new_route[best_k], new_size[best_k], way, service, opens, closes, post[best_k],
                shift[best_k], ready[best_k], latest[best_k],
            )  # fmt: skip
            longest = max(longest, new_dur[best_k])
        # ---- keep it?
        longest = 0.0
        new_cost = dropped
        for k in range(K):
            new_cost += new_dur[k]
            longest = max(longest, new_dur[k])
        new_cost += weight_longest * longest
        draw = _draw(state)
        if new_cost < cost - temperature * np.log(max(draw, 1e-12)):
            cost = new_cost
            _take_over(new_route, new_size, new_dur, route, size, dur)
            for s in range(n):
                where[s] = new_where[s]
            if cost < best - 1e-9:
                best = cost
                _take_over(route, size, dur, best_route, best_size, best_dur)
        temperature *= cool
    return best
