"""How far do hazards reach along streets?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import kernel

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray


@kernel
def reach_nodes(
    source: int,
    start: IntArray,
    node: IntArray,
    length: FloatArray,
    limit: float,
    distance: FloatArray,
    touched: IntArray,
    heap_d: FloatArray,
    heap_v: IntArray,
) -> int:
    """Find all nodes within a limit along streets (Dijkstra); returns how many were touched.

    `distance` must be -1 everywhere and is filled at the touched nodes.
    """
    n_touched = 0
    size = 1
    heap_d[0] = 0.0
    heap_v[0] = source
    while size > 0:
        d = heap_d[0]
        v = heap_v[0]
        size -= 1
        if size > 0:
            last_d = heap_d[size]
            last_v = heap_v[size]
            i = 0
            while True:
                c = 2 * i + 1
                if c >= size:
                    break
                if c + 1 < size and heap_d[c + 1] < heap_d[c]:
                    c += 1
                if heap_d[c] >= last_d:
                    break
                heap_d[i] = heap_d[c]
                heap_v[i] = heap_v[c]
                i = c
            heap_d[i] = last_d
            heap_v[i] = last_v
        if distance[v] >= 0 and distance[v] <= d:
            continue
        if distance[v] < 0:
            touched[n_touched] = v
            n_touched += 1
        distance[v] = d
        for a in range(start[v], start[v + 1]):
            u = node[a]
            w = d + length[a]
            if w <= limit and (distance[u] < 0 or w < distance[u]):
                i = size
                size += 1
                while i > 0:
                    up = (i - 1) // 2
                    if heap_d[up] <= w:
                        break
                    heap_d[i] = heap_d[up]
                    heap_v[i] = heap_v[up]
                    i = up
                heap_d[i] = w
                heap_v[i] = u
    return n_touched


@kernel
def spread_along(
    ends: IntArray,
    length: FloatArray,
    start: IntArray,
    node: IntArray,
    edge: IntArray,
    step: FloatArray,
    event_start: IntArray,
    event_at: FloatArray,
    lixel_start: IntArray,
    lixel_at: FloatArray,
    width: float,
    split: bool,  # noqa: FBT001  kernels take positions only
    density: FloatArray,
) -> None:
    """Add a quartic kernel of every event to the lixels (short pieces of street) it reaches.

    With `split` the kernel is shared among the branches at each crossing that is passed (equal split,
    discontinuous), which keeps the total; without it every branch gets the whole kernel.
    """
    n_nodes = start.size - 1
    n_edges = length.size
    from_u = np.full(n_nodes, -1.0)
    from_v = np.full(n_nodes, -1.0)
    share_u = np.zeros(n_nodes)
    share_v = np.zeros(n_nodes)
    touched_u = np.empty(n_nodes, np.int64)
    touched_v = np.empty(n_nodes, np.int64)
    room = 2 * node.size + 64
    heap_d = np.empty(room)
    heap_v = np.empty(room, np.int64)
    seen = np.full(n_edges, -1)
    near = np.empty(n_edges, np.int64)
    scale = 15.0 / 16.0 / width
    for e in range(n_edges):
        if event_start[e] == event_start[e + 1]:
            continue
        u = ends[e, 0]
        v = ends[e, 1]
        n_u = reach_nodes(u, start, node, step, width, from_u, touched_u, heap_d, heap_v)
        n_v = reach_nodes(v, start, node, step, width, from_v, touched_v, heap_d, heap_v)
        if split:
            fill_shares(u, e, n_u, touched_u, from_u, start, node, edge, step, share_u)
            fill_shares(v, e, n_v, touched_v, from_v, start, node, edge, step, share_v)
        n_near = 0
        for k in range(n_u):
            for a in range(start[touched_u[k]], start[touched_u[k] + 1]):
                if seen[edge[a]] != e:
                    seen[edge[a]] = e
                    near[n_near] = edge[a]
                    n_near += 1
        for k in range(n_v):
            for a in range(start[touched_v[k]], start[touched_v[k] + 1]):
                if seen[edge[a]] != e:
                    seen[edge[a]] = e
                    near[n_near] = edge[a]
                    n_near += 1
        for k in range(n_near):
            f = near[k]
            p = ends[f, 0]
            q = ends[f, 1]
            for b in range(event_start[e], event_start[e + 1]):
                at = event_at[b]
                rest = length[e] - at
                for x in range(lixel_start[f], lixel_start[f + 1]):
                    if f == e:
                        d = abs(lixel_at[x] - at)
                        w = 1.0
                        # the way round the block may be shorter, but its branches are shared already
                        if d < width:
                            z = d / width
                            density[x] += scale * (1 - z * z) ** 2 * w
                        continue
                    best = width
                    w = 0.0
                    for side in range(2):
                        out = at if side == 0 else rest
                        for end in range(2):
                            m = p if end == 0 else q
                            along = lixel_at[x] if end == 0 else length[f] - lixel_at[x]
                            d0 = from_u[m] if side == 0 else from_v[m]
                            if d0 < 0:
                                continue
                            d = out + d0 + along
                            if d < best:
                                best = d
                                w = share_u[m] if side == 0 else share_v[m]
                    if best < width:
                        z = best / width
                        density[x] += scale * (1 - z * z) ** 2 * (w if split else 1.0)
        for k in range(n_u):
            from_u[touched_u[k]] = -1.0
            share_u[touched_u[k]] = 0.0
        for k in range(n_v):
            from_v[touched_v[k]] = -1.0
            share_v[touched_v[k]] = 0.0


@kernel
def fill_shares(
    source: int,
    own_edge: int,
    n_touched: int,
    touched: IntArray,
    distance: FloatArray,
    start: IntArray,
    node: IntArray,
    edge: IntArray,
    step: FloatArray,
    share: FloatArray,
) -> None:
    """Share of the kernel that goes out of each node into every branch but the one it came by.

    Nodes are taken by distance along the tree of shortest ways.
    """
    order = np.argsort(distance[touched[:n_touched]])
    for k in range(n_touched):
        v = touched[order[k]]
        degree = start[v + 1] - start[v]
        if v == source:
            share[v] = 1.0 / max(degree - 1, 1)
            continue
        best = 0.0
        for a in range(start[v], start[v + 1]):
            u = node[a]
            if edge[a] == own_edge or distance[u] < 0:
                continue
            if abs(distance[u] + step[a] - distance[v]) < 1e-9 and share[u] > best:
                best = share[u]
        share[v] = best / max(degree - 1, 1)
