"""What is near when one has to walk: windows and crowds along streets, not as the crow flies?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit._kernels.street_rings import street_rings
from gridkit.errors import InputError
from gridkit.hotspots.clusters import ScanResult, ScanSettings
from gridkit.hotspots.density import cluster_pairs
from gridkit.hotspots.scanning import scan

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray, LabelArray
    from gridkit.hotspots.network import Streets

CHUNK = 4096
"""Hazards whose neighbours are listed at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StreetPoints:
    """Points on streets, as windows for a scan.

    Parameters
    ----------
    streets
        The network.
    segment : (n,)
        Segment of each point.
    at_m : (n,), m
        Where on it, from its first end.
    """

    streets: Streets
    segment: IntArray
    at_m: FloatArray

    def rings(
        self, keep: IntArray, weight: FloatArray, most_weight: float, most_distance: float, /
    ) -> StreetRings:
        """Give the windows around some of the points, in the order given."""
        return StreetRings(
            streets=self.streets,
            segment=np.ascontiguousarray(self.segment[keep], dtype=np.int64),
            at_m=np.ascontiguousarray(self.at_m[keep], dtype=np.float64),
            weight=np.ascontiguousarray(weight, dtype=np.float64),
            most_weight=most_weight,
            most_distance=most_distance,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class StreetRings:
    """Lists of points by distance along streets (see `gridkit.hotspots.rings.Rings`).

    Parameters
    ----------
    streets, segment, at_m
        As `StreetPoints`.
    weight, most_weight, most_distance
        As `gridkit.hotspots.rings.PlanarRings`.
    """

    streets: Streets
    segment: IntArray
    at_m: FloatArray
    weight: FloatArray
    most_weight: float
    most_distance: float
    _index: tuple[Any, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        order = np.argsort(self.segment, kind="stable")
        start = np.searchsorted(self.segment[order], np.arange(len(self.streets) + 1))
        object.__setattr__(
            self, "_index", (start.astype(np.int64), order, self.streets.neighbors())
        )

    def chunk(self, centers: IntArray) -> tuple[IntArray, IntArray]:
        """Give the lists of some centres, and where each starts."""
        ids, _, start = self.measured(centers)
        return ids, start

    def measured(self, centers: IntArray) -> tuple[IntArray, FloatArray, IntArray]:
        """Give the lists with their distances."""
        point_start, point, (start, node, edge, step) = self._index
        centers = np.asarray(centers, dtype=np.int64)
        n, n_nodes, n_heap = self.segment.size, start.size - 1, node.size + 8
        scratch = (
            np.zeros(n_nodes, dtype=np.bool_), np.empty(n_nodes, dtype=np.int64),
            np.full(n, np.inf), np.empty(n, dtype=np.int64),
            np.empty(n_heap), np.empty(n_heap, dtype=np.int64),
        )  # fmt: skip
        first = np.zeros(centers.size + 1, dtype=np.int64)
        ids, away = np.empty(2 * n, dtype=np.int64), np.empty(2 * n)
        done = 0
        while True:
            done = street_rings(
                centers, self.segment, self.at_m, self.weight,
                point_start, point, np.asarray(self.streets.ends, dtype=np.int64),
                np.asarray(self.streets.length_m), start, node, edge, step,
                self.most_weight * (1 + 1e-12), float(self.most_distance),
                *scratch, done, int(first[done]), ids, away, first,
            )  # fmt: skip
            if done == centers.size:
                return ids[: first[-1]], away[: first[-1]], first
            ids, away = (np.concatenate([a, np.empty(a.size + n, a.dtype)]) for a in (ids, away))


def along_streets(streets: Streets, xy: FloatArray, *, most_m: float = np.inf) -> StreetPoints:
    """Measure distances along streets instead of in the plane, for `scan`.

    Parameters
    ----------
    streets
        The network.
    xy : (n, 2), metres
        Places of the units; each stands at the nearest point of a street.
    most_m : m
        How far from a street a unit may lie.

    Returns
    -------
    StreetPoints
        To be given to `scan` as its `distance`.

    Raises
    ------
    InputError
        If a unit lies farther from every street.

    Examples
    --------
    >>> scan(xy, cases, exposure, distance=along_streets(streets, xy))  # doctest: +SKIP
    """
    reach = most_m if np.isfinite(most_m) else float(np.ptp(xy, axis=0).sum()) + 1e6
    segment, at = streets.snap(xy, most_m=reach)
    far = int((segment < 0).sum())
    if far:
        msg = f"{far:,} of {len(xy):,} units lie more than {most_m:g} m from every street; raise `most_m`."
        raise InputError(msg)
    return StreetPoints(streets=streets, segment=segment.astype(np.int64), at_m=at)


def middles(streets: Streets) -> StreetPoints:
    """Give the middle of every segment."""
    return StreetPoints(
        streets=streets,
        segment=np.arange(len(streets), dtype=np.int64),
        at_m=np.asarray(streets.length_m) / 2,
    )


def scan_streets(
    streets: Streets,
    count: IntArray,
    exposure: FloatArray | None = None,
    *,
    settings: ScanSettings | None = None,
    seed: int = 0,
) -> ScanResult:
    """Scan with windows that grow along streets from segment to segment.

    Parameters
    ----------
    streets
        The network.
    count : (m,)
        Hazards on every segment.
    exposure : (m,), optional
        What they are divided by, as traffic; by default the length.
    settings
        As in `scan`; only circular.
    seed
        Of the chance maps.

    Returns
    -------
    ScanResult
        `units` of its clusters are segments.

    References
    ----------
    Shiode, S. (2011). Street-level spatial scan statistic and STAC for analysing street crime concentrations.
    """
    import shapely  # noqa: PLC0415  only for the middles

    made = shapely.line_interpolate_point(streets.shapes, np.asarray(streets.length_m) / 2)
    return scan(
        shapely.get_coordinates(made),
        count,
        np.asarray(streets.length_m) if exposure is None else exposure,
        settings=settings,
        distance=middles(streets),
        seed=seed,
    )


def cluster_along_streets(
    streets: Streets, xy: FloatArray, *, reach_m: float, least: int, most_m: float = 50.0
) -> LabelArray:
    """Cluster hazards that are near each other along streets (DBSCAN with network distance).

    Parameters
    ----------
    streets
        The network.
    xy : (n, 2), metres
        Hazards.
    reach_m : m
        What is near, along streets.
    least
        Hazards within reach (itself counted) that make one the core of a cluster.
    most_m : m
        Hazards farther from every street are in no cluster.

    Returns
    -------
    (n,)
        Clusters numbered from 0, the largest first; -1 for noise.

    References
    ----------
    Yiu, M. L., Mamoulis, N. (2004). Clustering objects on a spatial network.
    """
    segment, at = streets.snap(xy, most_m=most_m)
    near = np.flatnonzero(segment >= 0)
    labels = np.full(len(xy), -1, dtype=np.int32)
    if near.size == 0:
        return labels
    points = StreetPoints(streets=streets, segment=segment.astype(np.int64), at_m=at)
    rings = points.rings(near, np.ones(near.size), np.inf, reach_m)
    left, right = [], []
    for a in range(0, near.size, CHUNK):
        centers = np.arange(a, min(a + CHUNK, near.size), dtype=np.int64)
        ids, start = rings.chunk(centers)
        own = np.repeat(centers, np.diff(start))
        one = own < ids
        left.append(own[one])
        right.append(ids[one])
    labels[near] = cluster_pairs(
        near.size, np.concatenate(left), np.concatenate(right), least=least
    )
    return labels


def length_by_unit(streets: Streets, shapes: Any, *, reach_m: float = 20.0) -> FloatArray:
    """Measure the streets in and along every unit.

    Units are often bounded by the middle of streets, so a piece of street belongs in equal shares to all
    units within reach; the total stays the length of the streets near the town.

    Parameters
    ----------
    streets
        The network.
    shapes : (n,), metres
        Units.
    reach_m : m
        How far a street may be from a unit that it belongs to.

    Returns
    -------
    (n,), km
    """
    import shapely  # noqa: PLC0415  only here

    n_pieces = np.maximum(1, np.ceil(np.asarray(streets.length_m) / 20.0)).astype(np.int64)
    of = np.repeat(np.arange(len(streets)), n_pieces)
    number = np.arange(of.size) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
    share = (number + 0.5) / n_pieces[of]
    points = shapely.line_interpolate_point(streets.shapes[of], share, normalized=True)
    piece, unit = shapely.STRtree(shapes).query(points, predicate="dwithin", distance=reach_m)
    shared = np.bincount(piece, minlength=of.size)
    length = (np.asarray(streets.length_m) / n_pieces)[of]
    return np.asarray(
        np.bincount(unit, length[piece] / shared[piece], minlength=len(shapes)) / 1000
    )
