"""Which units touch, and how long is the border between them?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from gridkit._deps import need
from gridkit.errors import SchemaError, some_of
from gridkit.geo.adjacency import rook_edges
from gridkit.model._arrays import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray
    from gridkit.model.units import Units


_NONE: IntArray = np.zeros(0, dtype=np.int64)
_NONE_M: FloatArray = np.zeros(0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnitGraph:
    """The contiguity graph of a town, in compressed rows.

    Two units are neighbours when they share a border of some length (rook), or when somebody
    declared a link (a bridge, a ferry); a declared link has border length 0.

    Build one with `build_rook`, `from_edges` or `from_networkx`; change one with `with_links` and
    `without`; hand one on with `to_networkx` or `to_libpysal`.

    Parameters
    ----------
    ids : (n,)
        Ids of the units.
    start : (n + 1,)
        The neighbours of unit ``i`` are ``neighbor[start[i]:start[i + 1]]``, in rising order.
    neighbor : (2e,)
        Positions of the neighbours; every edge stands twice.
    border_m : (2e,), m
        Length of the common border.
    visible_m : (2e,), m, optional
        How much of it runs along things one can see (streets, rail, water); None when nobody looked.
    walls
        Common borders that are no edges, because nobody can cross them: positions of the two units (each
        pair once) and metres. They are no outline of a grid that holds both.
    """

    ids: tuple[str, ...]
    start: IntArray
    neighbor: LabelArray
    border_m: FloatArray
    visible_m: FloatArray | None = None
    walls: tuple[IntArray, IntArray, FloatArray] = (_NONE, _NONE, _NONE_M)

    def __post_init__(self) -> None:
        for name in ("start", "neighbor", "border_m"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        if self.visible_m is not None:
            object.__setattr__(self, "visible_m", frozen(self.visible_m))

    # ------------------------------------------------------------------ made from
    @classmethod
    def build_rook(cls, units: Units) -> UnitGraph:
        """Find the neighbours of every unit from the shared borders.

        Parameters
        ----------
        units
            Polygons that form a coverage, in metres.

        Returns
        -------
        UnitGraph
            An edge for every common border of some length; corners alone do not count.
        """
        left, right, border_m = rook_edges(units.shapes)
        return cls.from_edges(units.ids, left, right, border_m)

    @classmethod
    def from_edges(
        cls,
        ids: Sequence[str],
        left: IntArray,
        right: IntArray,
        border_m: FloatArray,
        *,
        visible_m: FloatArray | None = None,
        walls: tuple[IntArray, IntArray, FloatArray] = (_NONE, _NONE, _NONE_M),
    ) -> UnitGraph:
        """Make a graph from a list of edges, each given once.

        Parameters
        ----------
        ids : (n,)
            Ids of the units.
        left, right : (e,)
            Positions of the two ends.
        border_m : (e,), m
            Border lengths.
        visible_m : (e,), m, optional
            How much of each runs along things one can see.
        walls
            Common borders that are no edges.
        """
        n = len(ids)
        source, target = np.concatenate([left, right]), np.concatenate([right, left])
        both = np.concatenate([border_m, border_m]).astype(np.float64)
        order = np.lexsort((target, source))
        start = np.searchsorted(source[order], np.arange(n + 1)).astype(np.int64)
        return cls(
            ids=tuple(ids),
            start=start,
            neighbor=target[order].astype(np.int32),
            border_m=both[order],
            visible_m=None if visible_m is None else np.tile(visible_m, 2)[order],
            walls=walls,
        )

    @classmethod
    def from_networkx(cls, graph: Any, ids: Sequence[str]) -> UnitGraph:
        """Make a graph from a networkx graph whose nodes are unit ids.

        Parameters
        ----------
        graph
            A `networkx.Graph`; the edge attribute ``border_m`` is read, 0 where it is missing.
        ids : (n,)
            Ids of the units, in the order the town has them.

        Raises
        ------
        SchemaError
            If the nodes are not exactly the ids.
        """
        position = {i: p for p, i in enumerate(ids)}
        extra = [n for n in graph.nodes if n not in position]
        missing = [i for i in ids if i not in graph]
        if extra or missing:
            msg = (
                f"the graph's nodes are not the units: {len(missing)} units are missing"
                f"{' (' + some_of(missing) + ')' if missing else ''} and {len(extra)} nodes are unknown"
                f"{' (' + some_of(extra) + ')' if extra else ''}."
            )
            raise SchemaError(msg)
        edges = sorted(
            (min(position[a], position[b]), max(position[a], position[b]), float(w))
            for a, b, w in graph.edges(data="border_m", default=0.0)
            if a != b
        )
        table = np.array(edges, dtype=np.float64).reshape(-1, 3)
        return cls.from_edges(
            ids, table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2]
        )

    # ------------------------------------------------------------------ handed on
    def to_networkx(self) -> Any:
        """Give a `networkx.Graph` with unit ids as nodes and ``border_m`` on the edges."""
        graph = need("networkx", why="to hand the contiguity graph on").Graph()
        graph.add_nodes_from(self.ids)
        left, right, border_m = self.edges()
        graph.add_edges_from(
            (self.ids[a], self.ids[b], {"border_m": float(w)})
            for a, b, w in zip(left, right, border_m, strict=True)
        )
        return graph

    def to_libpysal(self) -> Any:
        """Give a `libpysal.graph.Graph` with unit ids and border lengths as weights.

        A unit without neighbours is an isolate; a declared link weighs one millimetre, because
        libpysal takes a weight of 0 for no link.

        Raises
        ------
        MissingDependencyError
            If libpysal is not installed.
        """
        graph = need("libpysal.graph", why="to hand the contiguity graph to PySAL").Graph
        left = np.repeat(np.arange(len(self.ids)), np.diff(self.start))
        ids = np.array(self.ids, dtype=object)
        lonely = np.flatnonzero(np.diff(self.start) == 0)
        weight = np.concatenate([np.maximum(self.border_m, 1e-3), np.zeros(lonely.size)])
        focal = ids[np.concatenate([left, lonely])]
        other = ids[np.concatenate([self.neighbor.astype(np.int64), lonely])]
        order = np.argsort(np.concatenate([left, lonely]), kind="stable")
        return graph.from_arrays(focal[order], other[order], weight[order])

    def edges(self) -> tuple[IntArray, IntArray, FloatArray]:
        """List every edge once.

        Returns
        -------
        left, right : (e,)
            Positions, ``left < right``.
        border_m : (e,), m
            Border lengths.
        """
        left = np.repeat(np.arange(len(self.ids), dtype=np.int32), np.diff(self.start))
        once = left < self.neighbor
        left, right = left[once], self.neighbor[once]
        return left.astype(np.int64), right.astype(np.int64), self.border_m[once]

    def visible(self) -> FloatArray | None:
        """Give the visible length of every edge of `edges`: (e,), m; None when nobody looked."""
        if self.visible_m is None:
            return None
        left = np.repeat(np.arange(len(self.ids)), np.diff(self.start))
        return self.visible_m[left < self.neighbor]

    def borders(self) -> tuple[IntArray, IntArray, FloatArray]:
        """List every common border once: edges, and walls that nobody can cross.

        Returns
        -------
        left, right : (b,)
            Positions.
        border_m : (b,), m
            Border lengths.
        """
        if not self.walls[0].size:
            return self.edges()
        pairs = zip(self.edges(), self.walls, strict=True)
        left, right, border_m = (np.concatenate(pair) for pair in pairs)
        return left, right, border_m

    # ------------------------------------------------------------------ changed
    def with_visible(self, visible_m: FloatArray) -> UnitGraph:
        """Return the graph with the visible length of every edge of `edges`: (e,), m."""
        left, right, border_m = self.edges()
        seen = np.clip(visible_m, 0.0, border_m)
        return UnitGraph.from_edges(
            self.ids, left, right, border_m, visible_m=seen, walls=self.walls
        )

    def with_links(self, pairs: Iterable[tuple[int, int]]) -> UnitGraph:
        """Return the graph with declared links added; one that exists already stays as it is.

        Parameters
        ----------
        pairs
            Positions of two units each.

        Returns
        -------
        UnitGraph
            The links have border length 0.
        """
        left, right, border_m = self.edges()
        known = set(zip(left.tolist(), right.tolist(), strict=True))
        new = sorted({(min(p), max(p)) for p in pairs if p[0] != p[1]} - known)
        if not new:
            return self
        table = np.array(new, dtype=np.int64)
        seen = self.visible()
        return UnitGraph.from_edges(
            self.ids,
            np.concatenate([left, table[:, 0]]),
            np.concatenate([right, table[:, 1]]),
            np.concatenate([border_m, np.zeros(len(new))]),
            visible_m=None if seen is None else np.concatenate([seen, np.zeros(len(new))]),
            walls=self.walls,
        )

    def without(self, drop: BoolArray) -> UnitGraph:
        """Return the graph without some edges.

        Parameters
        ----------
        drop : (e,)
            Which edges of `edges` to remove.
        """
        left, right, border_m = self.edges()
        seen = self.visible()
        return UnitGraph.from_edges(
            self.ids,
            left[~drop],
            right[~drop],
            border_m[~drop],
            visible_m=None if seen is None else seen[~drop],
            walls=self.walls,
        )

    def shut(self, drop: BoolArray) -> UnitGraph:
        """Return the graph without some edges, whose borders are remembered as walls.

        Parameters
        ----------
        drop : (e,)
            Which edges of `edges` nobody can cross.
        """
        found = zip(self.walls, (e[drop] for e in self.edges()), strict=True)
        left, right, border_m = (np.concatenate(pair) for pair in found)
        return replace(self.without(drop), walls=(left, right, border_m))

    # ------------------------------------------------------------------ asked
    def pieces(self, labels: LabelArray | None = None) -> LabelArray:
        """Number the connected pieces, of the whole graph or inside each label.

        Parameters
        ----------
        labels : (n,), optional
            Edges between different labels do not connect.

        Returns
        -------
        (n,)
            Piece of each unit, numbered from 0 in the order of their first unit.
        """
        keep = None
        if labels is not None:
            keep = np.repeat(labels, np.diff(self.start)) == labels[self.neighbor]
        return connected(self.start, self.neighbor, keep)

    @property
    def n_edges(self) -> int:
        """Number of edges, each counted once."""
        return self.neighbor.size // 2

    def __repr__(self) -> str:
        """Say how many units and edges, in how many pieces."""
        n_pieces = int(self.pieces().max(initial=-1)) + 1
        return f"<UnitGraph: {len(self.ids):,} units, {self.n_edges:,} edges, {n_pieces} piece{'s' * (n_pieces != 1)}>"


def connected(start: IntArray, neighbor: LabelArray, keep: BoolArray | None = None) -> LabelArray:
    """Number the connected pieces of a graph in compressed rows, over all edges or those kept.

    Pieces are numbered from 0 in the order of their first node.
    """
    if keep is not None and not keep.all():
        upto = np.cumsum(keep, dtype=np.int32)
        start = np.where(start > 0, upto[np.maximum(start, 1) - 1], 0)
        del upto
        neighbor = neighbor[keep]
    n = start.size - 1
    matrix = csr_array(
        (np.ones(neighbor.size), neighbor, start.astype(np.int32)), shape=(n, n), copy=False
    )
    # every edge goes both ways, so that strong pieces are the pieces: no transpose is made
    _, found = connected_components(matrix, directed=True, connection="strong")
    _, first, piece = np.unique(found, return_index=True, return_inverse=True)
    rank = np.empty(first.size, dtype=np.int32)
    rank[np.argsort(first)] = np.arange(first.size)
    return rank[piece]
