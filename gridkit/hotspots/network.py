"""Which stretches of street have more hazards than others?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely

from gridkit._kernels.network import spread_along
from gridkit.errors import GeometryError, InputError
from gridkit.model._arrays import frozen

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

    from gridkit._typing import FloatArray, GeometryArray, IntArray, LabelArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Streets:
    """Streets as a network: segments that meet at nodes.

    Make one with `from_lines`.

    Parameters
    ----------
    shapes : (m,), metres
        Lines; two streets are joined where they share an end point.
    crs
        A metric reference system.
    ends : (m, 2)
        Nodes at the two ends of each segment.
    length_m : (m,), m
        Lengths.
    n_nodes
        Number of nodes.
    ids : (m,), optional
        Of the line that each segment is from.
    """

    shapes: GeometryArray
    crs: pyproj.CRS
    ends: IntArray
    length_m: FloatArray
    n_nodes: int
    ids: tuple[str, ...] = ()

    @classmethod
    def from_lines(
        cls, lines: gpd.GeoSeries, *, join_m: float = 0.1, split: bool = False
    ) -> Streets:
        """Take segments from lines that are noded: they cross only at their ends.

        Parameters
        ----------
        lines
            Lines or multilines in a metric system; empty ones and those without length are left
            out, multilines are taken apart. The index gives the ids.
        join_m : m
            Ends nearer than this are the same node.
        split
            Cut lines where they cross, so that they need not be noded.

        Raises
        ------
        GeometryError
            If something is not a line, or there is none.
        CRSError
            If lengths cannot be measured in the reference system.
        """
        from gridkit.geo.crs import check_metric  # noqa: PLC0415  only this door checks

        shapes = np.asarray(lines.array, dtype=object)
        shapes, owner = shapely.get_parts(shapes, return_index=True)
        if shapes.size == 0 or not np.isin(shapely.get_type_id(shapes), (1, 2)).all():
            msg = "streets must be lines; got none, or something else among them."
            raise GeometryError(msg)
        if split:
            shapes, owner = _split(shapes, owner)
        length = shapely.length(shapes)
        shapes, owner, length = shapes[length > 0], owner[length > 0], length[length > 0]
        names = [str(i) for i in lines.index]
        west, south, east, north = shapely.total_bounds(shapes)
        crs = check_metric(
            lines.crs, (float(west), float(south), float(east), float(north)), name="streets"
        )
        both = np.concatenate(
            [
                shapely.get_coordinates(shapely.get_point(shapes, 0)),
                shapely.get_coordinates(shapely.get_point(shapes, -1)),
            ]
        )
        _, node = np.unique(np.round(both / join_m).astype(np.int64), axis=0, return_inverse=True)
        ends = np.column_stack([node[: shapes.size], node[shapes.size :]]).astype(np.int64)
        return cls(
            shapes=frozen(shapes),
            crs=crs,
            ends=frozen(ends),
            length_m=frozen(length),
            n_nodes=int(node.max()) + 1,
            ids=tuple(names[i] for i in owner),
        )

    def snap(self, xy: FloatArray, *, most_m: float = 50.0) -> tuple[LabelArray, FloatArray]:
        """Find the nearest segment of each point and the place along it.

        Parameters
        ----------
        xy : (n, 2), metres
            Points.
        most_m : m
            Points farther from every street are left out.

        Returns
        -------
        segment : (n,)
            -1 for a point too far away.
        at_m : (n,), m
            Distance from the segment's first end; nan for a point too far away.
        """
        made = shapely.points(np.asarray(xy, dtype=np.float64))
        points: GeometryArray = np.asarray(made, dtype=object).reshape(-1)
        tree = shapely.STRtree(self.shapes)
        who, found = tree.query_nearest(points, max_distance=most_m, all_matches=True)
        order = np.lexsort((found, who))
        first = np.unique(who[order], return_index=True)
        segment = np.full(len(points), -1, dtype=np.int32)
        segment[first[0]] = found[order][first[1]]
        at = np.full(len(points), np.nan)
        ok = segment >= 0
        at[ok] = shapely.line_locate_point(self.shapes[segment[ok]], points[ok])
        return segment, at

    def neighbors(self) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
        """List for every node the segments that end there.

        Returns
        -------
        start : (n_nodes + 1,)
        node, edge : (2m,)
            The other end, and the segment.
        length_m : (2m,), m
        """
        source = np.concatenate([self.ends[:, 0], self.ends[:, 1]])
        target = np.concatenate([self.ends[:, 1], self.ends[:, 0]])
        edge = np.tile(np.arange(len(self.ends)), 2)
        order = np.lexsort((edge, target, source))
        start = np.searchsorted(source[order], np.arange(self.n_nodes + 1)).astype(np.int64)
        return start, target[order], edge[order], self.length_m[edge[order]]

    def __len__(self) -> int:
        """Count the segments."""
        return len(self.shapes)


def _split(shapes: GeometryArray, owner: IntArray) -> tuple[GeometryArray, IntArray]:
    """Cut lines where they cross; every piece belongs to the line that it lies on."""
    pieces = shapely.get_parts(shapely.node(shapely.multilinestrings(shapes)))
    middle = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    who, found = shapely.STRtree(shapes).query_nearest(middle, all_matches=True)
    order = np.lexsort((found, who))
    first = np.unique(who[order], return_index=True)[1]
    return pieces, owner[found[order][first]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StreetDensity:
    """Density of hazards along streets, on short pieces (lixels).

    Parameters
    ----------
    streets
        The network.
    segment : (k,)
        Segment of each lixel.
    from_m, to_m : (k,), m
        Where it begins and ends along the segment.
    density : (k,)
        Hazards per km of street.
    count : (m,)
        Hazards snapped to each segment.
    n_left_out
        Hazards too far from any street.
    """

    streets: Streets
    segment: LabelArray
    from_m: FloatArray
    to_m: FloatArray
    density: FloatArray
    count: IntArray
    n_left_out: int

    @property
    def per_segment(self) -> FloatArray:
        """Mean density of each segment: (m,), hazards per km."""
        length = self.to_m - self.from_m
        total = np.bincount(self.segment, self.density * length, len(self.streets))
        return np.asarray(total / np.bincount(self.segment, length, len(self.streets)))

    @property
    def total(self) -> float:
        """Density added up along all streets: about the number of hazards when the kernel is split."""
        return float((self.density * (self.to_m - self.from_m)).sum() / 1000)

    def to_frame(self) -> gpd.GeoDataFrame:
        """Give one line for each lixel: ``segment, density_per_km, geometry``, in the streets' CRS."""
        import geopandas as gpd  # noqa: PLC0415  frames cross the door only
        from shapely.ops import substring  # noqa: PLC0415  only here

        lines = [
            substring(self.streets.shapes[s], a, b)
            for s, a, b in zip(self.segment, self.from_m, self.to_m, strict=True)
        ]
        data = {"segment": self.segment, "density_per_km": self.density}
        return gpd.GeoDataFrame(data, geometry=lines, crs=self.streets.crs)

    def segments_frame(self, *, suppress_below: int = 0) -> gpd.GeoDataFrame:
        """Give one line for each segment.

        Parameters
        ----------
        suppress_below
            Segments with fewer hazards, but more than none, go without their count and rate.

        Returns
        -------
        GeoDataFrame
            ``street_id, n, length_m, n_per_km, density_per_km, is_suppressed, geometry``, in the streets'
            CRS; the density is smoothed along streets and stays.
        """
        import geopandas as gpd  # noqa: PLC0415  frames cross the door only
        import pandas as pd  # noqa: PLC0415  the same

        small = (self.count > 0) & (self.count < suppress_below)
        data: dict[str, Any] = {
            "street_id": list(self.streets.ids) or [str(k + 1) for k in range(len(self.count))],
            "n": pd.array(self.count, dtype="Int64"),
            "length_m": np.asarray(self.streets.length_m).round(1),
            "n_per_km": (self.count / (self.streets.length_m / 1000)).round(2),
            "density_per_km": self.per_segment.round(3),
            "is_suppressed": small,
        }
        data["n"][small], data["n_per_km"][small] = pd.NA, np.nan
        return gpd.GeoDataFrame(data, geometry=self.streets.shapes, crs=self.streets.crs)


def street_density(
    streets: Streets,
    xy: FloatArray,
    *,
    bandwidth_m: float = 200.0,
    lixel_m: float = 50.0,
    kernel: Literal["split", "simple"] = "split",
    most_m: float = 50.0,
) -> StreetDensity:
    """Spread every hazard along the streets around it.

    Distances run along streets, so a hazard does not leak over a river or a railway to a street that
    is near in the air only.

    Parameters
    ----------
    streets
        The network.
    xy : (n, 2), metres
        Hazards, in the reference system of the streets.
    bandwidth_m : m
        How far a hazard reaches (quartic kernel).
    lixel_m : m
        Length of the pieces that get a value.
    kernel
        ``"split"``: at a crossing the kernel is shared among the streets that go on, so that the total
        stays the number of hazards (equal split, discontinuous). ``"simple"``: every street gets the
        whole, which makes crossings look busier than they are.
    most_m : m
        Hazards farther from every street are left out and counted.

    Returns
    -------
    StreetDensity

    Raises
    ------
    InputError
        If no hazard lies near a street, or a length is not above 0.

    References
    ----------
    Okabe, A., Satoh, T., Sugihara, K. (2009). A kernel density estimation method for networks.
    McSwiggan, G., Baddeley, A., Nair, G. (2017). Kernel density estimation on a linear network.
    """
    if bandwidth_m <= 0 or lixel_m <= 0:
        msg = f"`bandwidth_m` and `lixel_m` must be above 0; got {bandwidth_m} and {lixel_m}"
        raise InputError(msg)
    segment, at = streets.snap(xy, most_m=most_m)
    near = segment >= 0
    if not near.any():
        msg = f"none of {len(xy)} hazards lies within {most_m:g} m of a street; check the reference system."
        raise InputError(msg)
    order = np.lexsort((at[near], segment[near]))
    count = np.bincount(segment[near], minlength=len(streets)).astype(np.int64)
    event_start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    n_lixels = np.maximum(1, np.ceil(streets.length_m / lixel_m - 1e-9)).astype(np.int64)
    lixel_start = np.concatenate([[0], np.cumsum(n_lixels)]).astype(np.int64)
    of = np.repeat(np.arange(len(streets)), n_lixels)
    number = np.arange(of.size) - lixel_start[of]
    piece = (streets.length_m / n_lixels)[of]
    start, node, edge, step = streets.neighbors()
    density = np.zeros(of.size)
    spread_along(
        streets.ends, streets.length_m, start, node, edge, step, event_start,
        np.ascontiguousarray(at[near][order]), lixel_start, (number + 0.5) * piece,
        float(bandwidth_m), kernel == "split", density,
    )  # fmt: skip
    return StreetDensity(
        streets=streets,
        segment=frozen(of.astype(np.int32)),
        from_m=frozen(number * piece),
        to_m=frozen((number + 1) * piece),
        density=frozen(density * 1000),
        count=frozen(count),
        n_left_out=int((~near).sum()),
    )


def street_distances(streets: Streets, from_node: int, *, limit_m: float) -> FloatArray:
    """Measure distances along streets from one node.

    Parameters
    ----------
    streets
        The network.
    from_node
        Its position.
    limit_m : m
        How far to go.

    Returns
    -------
    (n_nodes,), m
        Infinite beyond the limit.
    """
    from gridkit._kernels.network import reach_nodes  # noqa: PLC0415  only here

    start, node, _, step = streets.neighbors()
    distance = np.full(streets.n_nodes, -1.0)
    touched = np.empty(streets.n_nodes, dtype=np.int64)
    heap = np.empty(2 * node.size + 64), np.empty(2 * node.size + 64, dtype=np.int64)
    reach_nodes(from_node, start, node, step, float(limit_m), distance, touched, *heap)
    return np.where(distance < 0, np.inf, distance)
