"""Which windows does a scan look at? Circles and ellipses that grow around every unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from gridkit._kernels.rings import growing_rings

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray, LabelArray

ELLIPSES = ((1.0, 1), (1.5, 4), (2.0, 6), (3.0, 9), (4.0, 12), (5.0, 15))
"""Long axis over short axis, and how many directions are tried (Kulldorff et al. 2006)."""


class Rings(Protocol):
    """Lists of units by distance, for every centre, as long as a limit allows."""

    def chunk(self, centers: IntArray) -> tuple[IntArray, IntArray]:
        """Give the lists of some centres, one after another, and where each starts.

        Returns
        -------
        ids : (m,), start : (len(centers) + 1,)
        """
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class PlanarRings:
    """Rings in the plane, found through square cells; nothing is stored for all centres at once.

    Parameters
    ----------
    xy : (n, 2), metres
        Places of the units.
    weight : (n,)
        What a window may hold at most `most_weight` of.
    most_weight
        Limit of a window.
    most_radius_m : m
        Limit of its radius.
    """

    xy: FloatArray
    weight: FloatArray
    most_weight: float
    most_radius_m: float = np.inf
    _index: tuple[Any, ...] = field(init=False, repr=False)
    _scratch: tuple[LabelArray, LabelArray, FloatArray, LabelArray, IntArray, FloatArray] = field(
        init=False, repr=False
    )
    _room: list[int] = field(init=False, repr=False, default_factory=lambda: [1024])

    def __post_init__(self) -> None:
        x = np.ascontiguousarray(self.xy[:, 0])
        y = np.ascontiguousarray(self.xy[:, 1])
        cells = square_cells(x, y)
        object.__setattr__(self, "_index", (x, y, cells, cell_index(x, y, *cells)))
        n = x.size
        scratch = (
            np.empty(n, dtype=np.int32),
            np.empty(n, dtype=np.int32),
            np.empty(n),
            np.empty(n + 1, dtype=np.int32),
            np.empty(n, dtype=np.int64),
            np.empty(n),
        )
        object.__setattr__(self, "_scratch", scratch)

    def chunk(self, centers: IntArray) -> tuple[IntArray, IntArray]:
        """Give the lists of some centres (see `Rings`)."""
        x, y, (west, south, side, columns, rows), (order, cells) = self._index
        radius = min(float(self.most_radius_m), 2.0 * side * (columns + rows))
        n = x.size
        start = np.zeros(centers.size + 1, dtype=np.int64)
        ids = np.empty(max(self._room[0], n), dtype=np.int64)
        done = 0
        while True:
            done = growing_rings(
                centers, x, y, self.weight,
                # sums of the same weights in another order may differ in the last digit
                self.most_weight * (1 + 1e-12),
                radius, west, south, side, columns, rows, order, cells, *self._scratch,
                done, int(start[done]), ids, start,
            )  # fmt: skip
            if done == centers.size:
                break
            ids = np.concatenate([ids, np.empty(ids.size + n, dtype=np.int64)])
        self._room[0] = min(int(1.1 * start[-1]) + n, ids.size)
        return ids[: start[-1]], start


@dataclass(frozen=True, kw_only=True, eq=False)
class DistanceRings:
    """Rings by any distance: great circle, street network, a table.

    Parameters
    ----------
    distance
        Function from a centre's position to its distances from all units, (n,).
    weight, most_weight, most_distance
        As in `PlanarRings`.
    """

    distance: Distance
    weight: FloatArray
    most_weight: float
    most_distance: float = np.inf

    def chunk(self, centers: IntArray) -> tuple[IntArray, IntArray]:
        """Give the lists of some centres (see `Rings`)."""
        lists = []
        for i in centers.tolist():
            d = self.distance(i)
            order = np.lexsort((np.arange(d.size), d))
            upto = np.cumsum(self.weight[order])
            k = min(
                int(np.searchsorted(upto, self.most_weight * (1 + 1e-12), side="right")),
                int(np.searchsorted(d[order], self.most_distance, side="right")),
            )
            lists.append(order[:k].astype(np.int64))
        size = [v.size for v in lists]
        start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
        return (np.concatenate(lists) if lists else np.zeros(0, np.int64)), start


class Distance(Protocol):
    """A function from a centre's position to distances."""

    def __call__(self, center: int, /) -> FloatArray:
        """Give the distances of all units from one."""
        ...


class Windows(Protocol):
    """Windows by a distance of their own, around units of which some are left out."""

    def rings(
        self, keep: IntArray, weight: FloatArray, most_weight: float, most_distance: float, /
    ) -> Rings:
        """Give the rings around the units kept, in their order."""
        ...


def as_windows(distance: Distance | Windows) -> Windows:
    """Make windows of a plain distance function; windows stay as they are."""
    return _ByDistance(distance) if callable(distance) else distance


@dataclass(frozen=True)
class _ByDistance:
    """Windows by a function from a unit to its distances."""

    distance: Distance

    def rings(
        self, keep: IntArray, weight: FloatArray, most_weight: float, most_distance: float, /
    ) -> Rings:
        """Give the rings around the units kept."""

        def between(center: int, /) -> FloatArray:
            return self.distance(int(keep[center]))[keep]

        return DistanceRings(
            distance=between, weight=weight, most_weight=most_weight, most_distance=most_distance
        )


def great_circle(lon_lat: FloatArray, *, radius: float = 6371.2213) -> Distance:
    """Measure distances on a sphere.

    Parameters
    ----------
    lon_lat : (n, 2), degrees
        Places.
    radius
        Of the sphere, in the unit wanted; by default kilometres (the radius SaTScan uses).

    Returns
    -------
    function
        For `DistanceRings`.
    """
    lon, lat = np.radians(lon_lat[:, 0]), np.radians(lon_lat[:, 1])
    unit = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])

    def from_center(center: int, /) -> FloatArray:
        chord = np.sqrt(((unit - unit[center]) ** 2).sum(axis=1))
        return np.asarray(2 * radius * np.arcsin(np.minimum(1.0, chord / 2)), dtype=np.float64)

    return from_center


def straightened(xy: FloatArray, shape: float, angle: float) -> FloatArray:
    """Stretch the plane so that ellipses of one shape and direction become circles.

    Parameters
    ----------
    xy : (n, 2), metres
        Places.
    shape
        Long axis over short axis.
    angle : radians
        Direction of the long axis, counted from east to north.

    Returns
    -------
    (n, 2)
    """
    c, s = np.cos(angle), np.sin(angle)
    return np.column_stack([xy[:, 0] * c + xy[:, 1] * s, shape * (-xy[:, 0] * s + xy[:, 1] * c)])


def memory_order(xy: FloatArray) -> IntArray:
    """Order units so that neighbours in space are near in memory."""
    x, y = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
    west, south, side, columns, rows = square_cells(x, y)
    order: IntArray = cell_index(x, y, west, south, side, columns, rows)[0]
    return order


def square_cells(x: FloatArray, y: FloatArray) -> tuple[float, float, float, int, int]:
    """Choose square cells that hold about four points each.

    Returns
    -------
    west, south, side, columns, rows
    """
    west, south = float(x.min()), float(y.min())
    wide, high = float(np.ptp(x)), float(np.ptp(y))
    span = max(wide, high, 1e-9)
    area = max(wide, span / x.size) * max(high, span / x.size)
    side = max(float(np.sqrt(4.0 * area / x.size)), span / 4096) * (1 + 1e-12)
    return west, south, side, int(wide / side) + 1, int(high / side) + 1


def cell_index(
    x: FloatArray, y: FloatArray, west: float, south: float, side: float, columns: int, rows: int
) -> tuple[IntArray, IntArray]:
    """Sort points into square cells: points in the order of cells, and where each cell starts."""
    column = np.minimum(((x - west) / side).astype(np.int64), columns - 1)
    row = np.minimum(((y - south) / side).astype(np.int64), rows - 1)
    cell = row * columns + column
    n_before = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=columns * rows))])
    return np.argsort(cell, kind="stable"), n_before.astype(np.int64)
