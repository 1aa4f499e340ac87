"""How do units, barriers and groups become the nodes and edges that loops work on?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from gridkit.geo.order import hilbert_order
from gridkit.model.graph import connected
from gridkit.model.town import nearest_links
from gridkit.rules.bands import (
    community_ids,
    community_of,
    grid_counts,
    main_load,
    positions,
    sums,
)
from gridkit.rules.check import contiguity_graph

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray, RowArray
    from gridkit.model.graph import UnitGraph
    from gridkit.model.town import Town
    from gridkit.rules.settings import Rules


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """Nodes (units, or groups of units that stay together) numbered along a Hilbert curve.

    Parameters
    ----------
    node_of : (n units,)
        Node of each unit.
    start, neighbor, border, hidden, is_open
        Compressed rows of the edges inside communities; `hidden` is the length of a border that
        nothing on the ground shows; closed edges are borders one cannot pass.
    area, edge, xy
        Area, perimeter and a point of each node.
    community, dedicated : (n,)
        Community of each node; number of the carved-out or locked grid it belongs to, 0 for none.
    part : (n,)
        Connected piece of a community that the node lies in; -1 for dedicated ground.
    part_community : (n parts,)
        Community of each part.
    """

    node_of: IntArray
    start: RowArray
    neighbor: RowArray
    border: FloatArray
    hidden: FloatArray
    is_open: BoolArray
    area: FloatArray
    edge: FloatArray
    xy: FloatArray
    community: IntArray
    dedicated: IntArray
    part: LabelArray
    part_community: IntArray

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.area)


SMALL = 0.5
"""A piece of a community with less than this share of a mean grid is no grid of its own."""


def build_ground(town: Town, rules: Rules, dedicated: IntArray, *, is_new: bool = True) -> Ground:
    """Contract groups, cut community lines, close barriers and the borders of dedicated ground.

    Parameters
    ----------
    town, rules
        What is asked.
    dedicated : (n units,)
        Number of the carved-out or locked grid of each unit; 0 for ordinary ground.
    is_new
        Whether the plan is drawn from nothing: small pieces of a community whose grids may be in
        several pieces then stay with the unit they are nearest to.
    """
    of = community_of(town).astype(np.int64)
    left, right, border_m, hidden_m, shut = _edges(town, rules, of, dedicated)
    strays = _strays(town, rules, of, dedicated) if is_new else []
    group = _groups(town, rules, strays)
    n = int(group.max()) + 1
    weight = np.maximum(town.units.area_m2, 1e-12)
    total = sums(group, weight, n)
    xy = np.column_stack([sums(group, weight * town.units.xy[:, i], n) / total for i in (0, 1)])
    order = hilbert_order(xy)
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    node_of = rank[group]
    first = np.zeros(n, dtype=np.int64)
    first[node_of[::-1]] = np.arange(len(town.units))[::-1]
    small = node_of.astype(np.int32)
    a, b = small[left], small[right]
    del left, right
    own = a == b
    edge = sums(node_of, town.units.perimeter_m, n) - 2 * sums(a[own], border_m[own], n)
    if own.any():
        a, b, border_m, hidden_m, shut = (x[~own] for x in (a, b, border_m, hidden_m, shut))
    start, neighbor, (border, hidden), is_open = _rows(n, a, b, (border_m, hidden_m), shut)
    del own, a, b, border_m, hidden_m, shut
    spread = np.array([i in rules.contiguity.multi_part for i in community_ids(town)], dtype=bool)
    part = connected(start, neighbor, is_open).astype(np.int64)
    part = np.where(spread[of[first]], n + of[first], part)
    part[dedicated[first] > 0] = -1
    used, at = np.unique(part[part >= 0], return_inverse=True)
    numbered = np.full(n, -1, dtype=np.int32)
    numbered[part >= 0] = at.astype(np.int32)
    part_community = np.zeros(used.size, dtype=np.int64)
    part_community[at] = of[first][part >= 0]
    return Ground(
        node_of=node_of, start=start.astype(np.uint32), neighbor=neighbor.view(np.uint32),
        border=border, hidden=hidden, is_open=is_open,
        area=sums(node_of, town.units.area_m2, n), edge=edge, xy=np.ascontiguousarray(xy[order]),
        community=of[first], dedicated=dedicated[first], part=numbered, part_community=part_community,
    )  # fmt: skip


def _edges(
    town: Town, rules: Rules, of: IntArray, dedicated: IntArray
) -> tuple[IntArray, IntArray, FloatArray, FloatArray, BoolArray]:
    """List the edges inside communities, their hidden length, and which of them are closed."""
    graph = contiguity_graph(town, rules)
    if rules.contiguity.multi_part:  # its pieces are joined where they are nearest
        ids = community_ids(town)
        spread = np.array([i in rules.contiguity.multi_part for i in ids], dtype=bool)
        joined = nearest_links(town._replace(graph=graph), np.where(spread[of], of, -1))
        graph = graph.with_links([(a, b) for a, b, _ in joined])
    left, right, border_m = graph.edges()
    seen = graph.visible()
    hidden_m = border_m if seen is None else border_m - seen
    shut = dedicated[left] != dedicated[right]
    if (
        rules.contiguity.barriers or town.graph.walls[0].size
    ):  # borders behind barriers still are no outer border
        gone = _behind_barriers(town, graph)
        left, right, border_m = (
            np.concatenate(x) for x in zip((left, right, border_m), gone, strict=True)
        )
        hidden_m = np.concatenate([hidden_m, np.zeros(gone[0].size)])  # a barrier is in plain sight
        shut = np.concatenate([shut, np.ones(gone[0].size, dtype=bool)])
    inside = of[left] == of[right]
    if inside.all():
        return left, right, border_m, hidden_m, shut
    return left[inside], right[inside], border_m[inside], hidden_m[inside], shut[inside]


def _behind_barriers(town: Town, graph: UnitGraph) -> tuple[IntArray, IntArray, FloatArray]:
    """Give the borders that barriers took out of the contiguity graph."""
    n = len(town.units)
    left, right, border_m = town.graph.borders()
    l2, r2, _ = graph.edges()
    gone = ~np.isin(left * n + right, l2 * n + r2)
    return left[gone], right[gone], border_m[gone]


def _strays(town: Town, rules: Rules, of: IntArray, dedicated: IntArray) -> list[IntArray]:
    """List small pieces of communities in several pieces, each with the unit it is nearest to.

    Such a piece hangs on the rest by one link only. Moved unit by unit it would have to be left
    before it can be joined, so it goes where its nearest unit goes.
    """
    ids = community_ids(town)
    spread = np.array([i in rules.contiguity.multi_part for i in ids], dtype=bool)
    if not spread.any():
        return []
    ground = town._replace(graph=contiguity_graph(town, rules))
    labels = np.where(spread[of] & (dedicated == 0), of, -1).astype(np.int32)
    piece = ground.graph.pieces(labels)
    load = main_load(town, rules)
    mean = np.bincount(of, load, len(ids)) / np.maximum(grid_counts(town, rules), 1)
    held = np.bincount(piece, load)
    return [
        np.append(np.flatnonzero(piece == piece[a]), b)
        for a, b, _ in nearest_links(ground, labels)
        if held[piece[a]] < SMALL * mean[of[a]]
    ]


def _groups(town: Town, rules: Rules, strays: list[IntArray]) -> IntArray:
    """Number the nodes: a group that must stay together is one."""
    n = len(town.units)
    asked = [positions(town, g, where="locks.together") for g in rules.locks.together]
    if not asked and not strays:
        return np.arange(n, dtype=np.int64)
    a: list[int] = []
    b: list[int] = []
    for own in (*asked, *strays):
        a += [int(own[0])] * len(own)
        b += [int(x) for x in own]
    matrix = csr_array((np.ones(len(a), np.int8), (a, b)), shape=(n, n))
    return connected_components(matrix, directed=False)[1].astype(np.int64)


def _rows(
    n: int, a: LabelArray, b: LabelArray, lengths: tuple[FloatArray, ...], shut: BoolArray
) -> tuple[IntArray, LabelArray, tuple[FloatArray, ...], BoolArray]:
    """Compress edges into rows; edges between the same nodes are united."""
    key, inverse = np.unique(
        np.minimum(a, b).astype(np.int64) * n + np.maximum(a, b), return_inverse=True
    )
    m, low, high = key.size, (key // n).astype(np.int32), (key % n).astype(np.int32)
    del key
    source, target = np.concatenate([low, high]), np.concatenate([high, low])
    del low, high
    start = np.append(0, np.cumsum(np.bincount(source, minlength=n))).astype(np.int64)
    order = np.lexsort((target, source))
    neighbor = target[order]
    del source, target
    order %= m
    edge = order.astype(np.int32)  # of each place in the rows
    del order
    rows = [sums(inverse, lengths[0], m)[edge]]
    rows += [rows[0] if x is lengths[0] else sums(inverse, x, m)[edge] for x in lengths[1:]]
    return start, neighbor, tuple(rows), (np.bincount(inverse, ~shut, m) > 0)[edge]
