"""Which members go to which grids at least cost, again and again while costs change a little?

The network simplex method on the bipartite flow member -> grid -> sink. The tree of the last answer
is a start for the next, so that a round of a price search costs a few pivots and not a whole solve.

References: Dantzig, G. B. (1951); Cunningham, W. H. (1976), A network simplex method, Mathematical
Programming 11, 105-116 (strongly feasible trees); Ahuja, Magnanti and Orlin (1993), Network flows,
chapter 11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import inner, lean

if TYPE_CHECKING:
    from gridkit._typing import IntArray, LabelArray, Position

AT_LOWER, IN_TREE, AT_UPPER = 1, 0, -1


@inner
def _set_potentials(
    start: LabelArray,
    cost: IntArray,
    parent: LabelArray,
    arc: LabelArray,
    child: LabelArray,
    after: LabelArray,
    depth: LabelArray,
    price: IntArray,
    root: Position,
) -> None:
    """Set depth and potential of every node below `root` from those of its parent."""
    u = child[root]
    while u >= 0:
        p = parent[u]
        e = arc[u]
        depth[u] = depth[p] + 1
        # Tree arcs have no reduced cost: cost + price[from] - price[to] = 0.
        price[u] = price[p] - cost[e] if start[e] == u else price[p] + cost[e]
        if child[u] >= 0:
            u = child[u]
            continue
        while u != root and after[u] < 0:
            u = parent[u]
        if u == root:
            break
        u = after[u]


@inner
def _unlink(
    u: int, parent: LabelArray, child: LabelArray, after: LabelArray, before: LabelArray
) -> None:
    """Take a node out of its parent's list of children."""
    if before[u] >= 0:
        after[before[u]] = after[u]
    else:
        child[parent[u]] = after[u]
    if after[u] >= 0:
        before[after[u]] = before[u]
    after[u] = -1
    before[u] = -1


@inner
def _link(
    u: int, p: int, parent: LabelArray, child: LabelArray, after: LabelArray, before: LabelArray
) -> None:
    """Hang a node below another."""
    parent[u] = p
    after[u] = child[p]
    before[u] = -1
    if child[p] >= 0:
        before[child[p]] = u
    child[p] = u


@lean
def cheapest_flow(
    start: LabelArray,
    end: LabelArray,
    room: IntArray,
    cost: IntArray,
    flow: IntArray,
    state: LabelArray,
    parent: LabelArray,
    arc: LabelArray,
    child: LabelArray,
    after: LabelArray,
    before: LabelArray,
    depth: LabelArray,
    price: IntArray,
    root: int,
) -> int:
    """Pivot until the flow is cheapest; all arrays but the first four are changed. Return the pivots.

    `start`, `end`, `room`, `cost`: arcs. `flow`, `state`: the flow and whether each arc is in the tree
    or at a bound. `parent`, `arc`, `child`, `after`, `before`, `depth`, `price`: the tree, by node.
    """
    n_arcs = start.size
    price[root] = 0
    depth[root] = 0
    _set_potentials(start, cost, parent, arc, child, after, depth, price, root)
    block = max(int(np.sqrt(n_arcs)), 20)
    at = 0
    pivots = 0
    while True:
        # ---- entering arc: the worst of the next block that has any
        enter = -1
        worst = 0
        looked = 0
        in_block = 0
        while looked < n_arcs:
            e = at
            at += 1
            if at == n_arcs:
                at = 0
            looked += 1
            in_block += 1
            if state[e] != 0:
                v = state[e] * (cost[e] + price[start[e]] - price[end[e]])
                if v < worst:
                    worst = v
                    enter = e
            if in_block == block:
                if enter >= 0:
                    break
                in_block = 0
        if enter < 0:
            return pivots
        pivots += 1
        # ---- the cycle: from the join down to `first`, over the arc, up from `second`
        if state[enter] == 1:
            first = start[enter]
            second = end[enter]
        else:
            first = end[enter]
            second = start[enter]
        a = first
        b = second
        while a != b:
            if depth[a] >= depth[b]:
                a = parent[a]
            else:
                b = parent[b]
        join = a
        most = room[enter]
        leave = -1
        side = 0
        for way in range(1, 3):
            u = first if way == 1 else second
            while u != join:
                e = arc[u]
                d = flow[e]
                if (start[e] == u) != (way == 1):
                    d = room[e] - d
                if d < most or (d == most and way == 2):
                    most = d
                    leave = u
                    side = way
                u = parent[u]
        # ---- move the flow round
        if most > 0:
            flow[enter] += state[enter] * most
            for way in range(1, 3):
                u = first if way == 1 else second
                while u != join:
                    e = arc[u]
                    flow[e] += -most if (start[e] == u) == (way == 1) else most
                    u = parent[u]
        if side == 0:
            state[enter] = -state[enter]
            continue
        out = arc[leave]
        state[out] = 1 if flow[out] == 0 else -1
        state[enter] = 0
        # ---- hang the cut part on again, turned round so that the entering arc's end is its top
        top = first if side == 1 else second
        base = second if side == 1 else first
        u = top
        new_parent = base
        new_arc = enter
        while True:
            old_parent = parent[u]
            old_arc = arc[u]
            _unlink(u, parent, child, after, before)
            _link(u, new_parent, parent, child, after, before)
            arc[u] = new_arc
            if u == leave:
                break
            new_parent = u
            new_arc = old_arc
            u = old_parent
        e = arc[top]
        depth[top] = depth[base] + 1
        price[top] = price[base] - cost[e] if start[e] == top else price[base] + cost[e]
        _set_potentials(start, cost, parent, arc, child, after, depth, price, np.int64(top))
