"""How far is it along the streets, from homes to grids and from stop to stop?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.errors import GeometryError, InputError

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, GeometryArray, IntArray

MARGIN_M = 300.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StreetWays:
    """Streets as a network on which ways are measured.

    Make one with `from_segments`.

    Parameters
    ----------
    shapes : (s,), metres
        Segments that meet at nodes.
    ends : (s, 2)
        Nodes at the two ends of each segment.
    length_m : (s,), m
        Lengths.
    node_xy : (v, 2), metres
        Places of the nodes.
    """

    shapes: GeometryArray
    ends: IntArray
    length_m: FloatArray
    node_xy: FloatArray

    @classmethod
    def from_segments(cls, shapes: GeometryArray, ends: IntArray) -> StreetWays:
        """Take segments and their nodes; only the largest connected part is kept.

        Parameters
        ----------
        shapes : (s,), metres
            Lines, each from its first node to its second.
        ends : (s, 2)
            Those nodes, numbered from 0.

        Raises
        ------
        GeometryError
            If there is no segment.
        """
        from scipy.sparse import coo_array  # noqa: PLC0415  scipy loads when needed
        from scipy.sparse.csgraph import connected_components  # noqa: PLC0415  the same

        if len(shapes) == 0:
            msg = "there is no street to walk along; give a layer of streets, or measure straight lines."
            raise GeometryError(msg)
        n = int(ends.max()) + 1
        links = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), (n, n))
        _, part = connected_components(links, directed=False)
        length = shapely.length(shapes)
        weight = np.bincount(part[ends[:, 0]], length)
        keep = part[ends[:, 0]] == int(np.argmax(weight))
        node, new = np.unique(ends[keep], return_inverse=True)
        xy = np.zeros((node.size, 2))
        own = new.reshape(-1, 2)
        for side, at in enumerate((0, -1)):
            xy[own[:, side]] = shapely.get_coordinates(shapely.get_point(shapes[keep], at))
        return cls(shapes=shapes[keep], ends=own, length_m=length[keep], node_xy=xy)

    def ways_m(self, a_xy: FloatArray, b_xy: FloatArray | None = None) -> FloatArray:
        """Measure the shortest way between all points of two sets.

        Every point goes straight to the nearest street, and along it.

        Parameters
        ----------
        a_xy : (n, 2), metres
            From.
        b_xy : (m, 2), metres
            To; by default the same points.

        Returns
        -------
        (n, m), metres
            Never less than the straight line; ``nan`` for a point that is not known.

        Raises
        ------
        InputError
            If points are not pairs of metres.
        """
        a = np.asarray(a_xy, dtype=np.float64)
        b = a if b_xy is None else np.asarray(b_xy, dtype=np.float64)
        if a.ndim != 2 or b.ndim != 2 or a.shape[1] != 2 or b.shape[1] != 2:
            msg = f"points need x and y in metres; got arrays of shape {a.shape} and {b.shape}."
            raise InputError(msg)
        if len(b) < len(a):
            return np.ascontiguousarray(self.ways_m(b, a).T)
        out = np.full((len(a), len(b)), np.nan)
        know_a, know_b = np.isfinite(a).all(axis=1), np.isfinite(b).all(axis=1)
        if know_a.any() and know_b.any():
            out[np.ix_(know_a, know_b)] = self._ways(a[know_a], b[know_b])
        return out

    def _ways(self, a: FloatArray, b: FloatArray) -> FloatArray:
        """Ways between known points, over as few streets as prove the answer."""
        seg_a, to_a, off_a = self._snap(a)
        seg_b, to_b, off_b = self._snap(b)
        straight = np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])
        low, high = np.vstack([a, b]).min(axis=0), np.vstack([a, b]).max(axis=0)
        margin = MARGIN_M
        while True:
            # A way of length d between p and q stays within (d - |pq|) / 2 of their box.
            near = ((self.node_xy >= low - margin) & (self.node_xy <= high + margin)).all(axis=1)
            near[self.ends[seg_a]] = near[self.ends[seg_b]] = True
            nodes = self._between(self.ends[seg_a], self.ends[seg_b], near)
            way = np.full(straight.shape, np.inf)
            for i in (0, 1):
                for j in (0, 1):
                    far = to_a[:, i, None] + nodes[i][j] + to_b[None, :, j]
                    np.minimum(way, far, out=way)
            same = seg_a[:, None] == seg_b[None, :]
            along = np.abs(to_a[:, 0, None] - to_b[None, :, 0])
            way = np.where(same, np.minimum(way, along), way) + off_a[:, None] + off_b[None, :]
            need = float(((way - straight) / 2).max(initial=0.0))
            if need <= margin or near.all():
                return np.asarray(np.maximum(way, straight))
            margin = need if np.isfinite(need) else 4 * margin + 1000.0

    def _snap(self, xy: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
        """Nearest segment of each point, metres from there to its two ends, and metres to it."""
        points = np.asarray(shapely.points(xy), dtype=object).reshape(-1)
        who, found = shapely.STRtree(self.shapes).query_nearest(points, all_matches=True)
        first = np.unique(who[np.lexsort((found, who))], return_index=True)[1]
        segment = found[np.lexsort((found, who))][first].astype(np.int64)
        lines = self.shapes[segment]
        at = shapely.line_locate_point(lines, points)
        ends = np.column_stack([at, self.length_m[segment] - at])
        return segment, ends, shapely.distance(lines, points)

    def _between(
        self, from_ends: IntArray, to_ends: IntArray, near: BoolArray
    ) -> tuple[tuple[FloatArray, ...], ...]:
        """Metres between the ends of segments, over the nodes that are near."""
        from scipy.sparse import coo_array  # noqa: PLC0415  scipy loads when needed
        from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415  the same

        number = np.cumsum(near) - 1
        use = near[self.ends].all(axis=1)
        e, length = number[self.ends[use]], self.length_m[use]
        order = np.lexsort((length, e.max(axis=1), e.min(axis=1)))  # parallel streets: the shortest
        pair = np.column_stack([e.min(axis=1), e.max(axis=1)])[order]
        first = np.unique(pair, axis=0, return_index=True)[1]
        pair, length = pair[first], np.maximum(length[order][first], 1e-9)
        k = int(near.sum())
        graph = coo_array((length, (pair[:, 0], pair[:, 1])), (k, k)).tocsr()
        start, where = np.unique(number[from_ends], return_inverse=True)
        away = dijkstra(graph, directed=False, indices=start)
        row, column = where.reshape(-1, 2), number[to_ends]
        return tuple(tuple(away[np.ix_(row[:, i], column[:, j])] for j in (0, 1)) for i in (0, 1))
