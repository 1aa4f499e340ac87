"""Which small towns can one check by hand?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely

from gridkit.datasets.towns import CENTER, CRS
from gridkit.model.graph import UnitGraph
from gridkit.model.plan import Level
from gridkit.model.town import Town
from gridkit.model.units import Measure, Units

if TYPE_CHECKING:
    from collections.abc import Sequence


SIDE_M = 100.0


def tiny_town() -> Town:
    """Make nine squares of 100 m, three by three, in three rows as communities.

    Ids run ``r1c1`` (south-west) to ``r3c3``; residents are 10, 20, ... 90 in that order,
    households 4, 8, ... 36; communities are ``south``, ``middle``, ``north``.

    Returns
    -------
    Town
        In EPSG:4547, metres.

    Examples
    --------
    >>> tiny_town().units.measure("residents").values.tolist()
    [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0]
    """
    return _squares("tiny", 3, 3, community=[r for r in range(3) for _ in range(3)], names=_ROWS)


_ROWS = ("south", "middle", "north")


def river_town() -> Town:
    """Make two banks of 3 x 6 squares, a river of 50 m between, and one bridge at the third column.

    The banks touch nowhere; the bridge is the declared link ``r3c3``-``r4c3``. Communities are
    ``south`` and ``north``.

    Returns
    -------
    Town
        In EPSG:4547, metres.
    """
    lift = [0.0, 0.0, 0.0, 50.0, 50.0, 50.0]
    town = _squares(
        "river",
        6,
        6,
        lift=lift,
        community=[int(r > 2) for r in range(6) for _ in range(6)],
        names=("south", "north"),
    )
    return town.with_links([("r3c3", "r4c3")])


def island_town() -> Town:
    """Make 4 x 4 squares and an island of 2 x 2 squares 300 m to the east; nothing links them.

    Returns
    -------
    Town
        In EPSG:4547, metres.
    """
    shapes = [
        shapely.box(c * SIDE_M, r * SIDE_M, (c + 1) * SIDE_M, (r + 1) * SIDE_M)
        for r in range(4)
        for c in range(4)
    ]
    ids = [f"r{r}c{c}" for r in range(1, 5) for c in range(1, 5)]
    shapes += [
        shapely.box(700 + c * SIDE_M, r * SIDE_M, 700 + (c + 1) * SIDE_M, (r + 1) * SIDE_M)
        for r in range(2)
        for c in range(2)
    ]
    ids += ["i1c1", "i1c2", "i2c1", "i2c2"]
    return _town("island", ids, shapes)


def ragged_town() -> Town:
    """Make a town of awkward units: a unit around another, a sliver, two parts, a corner contact.

    ``ring`` surrounds ``core``; ``sliver`` is 0.4 m wide; ``twin`` has two parts that touch nothing of
    each other; ``corner`` meets ``sliver`` in a point only. South of them lie ``a``, ``b`` and ``c``,
    with a hole (a lake) in ``b``.

    Returns
    -------
    Town
        In EPSG:4547, metres.
    """
    box = shapely.box
    ring = box(0, 100, 300, 400).difference(box(100, 200, 200, 300))
    lake = box(120, 30, 180, 70)
    shapes = {
        "a": box(0, 0, 100, 100),
        "b": box(100, 0, 200, 100).difference(lake),
        "c": box(200, 0, 400, 100),
        "core": box(100, 200, 200, 300),
        "corner": box(300.4, 400, 400, 500),
        "ring": ring,
        "sliver": box(300, 100, 300.4, 400),
        "twin": shapely.union_all([box(300.4, 100, 400, 200), box(300.4, 300, 400, 400)]),
    }
    middle = {"waist": box(300.4, 200, 400, 300)}
    shapes = dict(sorted({**shapes, **middle}.items()))
    noded = _shared_vertices(list(shapes.values()))
    return _town("ragged", list(shapes), noded)


def _shared_vertices(
    shapes: Sequence[shapely.Geometry],
) -> list[shapely.Geometry]:
    """Give each polygon the vertices that its neighbours have on the common border."""
    everything = shapely.multipoints(np.unique(shapely.get_coordinates(list(shapes)), axis=0))
    return list(shapely.snap(np.array(shapes, dtype=object), everything, 1e-9))


def _squares(
    name: str,
    n_rows: int,
    n_columns: int,
    *,
    lift: Sequence[float] = (),
    community: Sequence[int],
    names: tuple[str, ...],
) -> Town:
    up = [*lift] or [0.0] * n_rows
    shapes = [
        shapely.box(
            c * SIDE_M,
            r * SIDE_M + up[r],
            (c + 1) * SIDE_M,
            (r + 1) * SIDE_M + up[r],
        )
        for r in range(n_rows)
        for c in range(n_columns)
    ]
    ids = [f"r{r}c{c}" for r in range(1, n_rows + 1) for c in range(1, n_columns + 1)]
    return _town(name, ids, shapes, community=community, names=names)


def _town(
    name: str,
    ids: Sequence[str],
    shapes: Sequence[shapely.Geometry],
    *,
    community: Sequence[int] = (),
    names: tuple[str, ...] = (),
) -> Town:
    there = shapely.transform(np.array(shapes, dtype=object), lambda xy: xy + np.array(CENTER))
    count = np.arange(1, len(ids) + 1, dtype=np.float64)
    units = Units(
        ids=tuple(ids),
        shapes=there,
        crs=pyproj.CRS.from_user_input(CRS),
        measures={
            "residents": Measure(name="residents", values=10 * count, unit="persons"),
            "households": Measure(name="households", values=4 * count, unit="households"),
            "n_objects": Measure(
                name="n_objects", values=2 * count, unit="objects", label="objects"
            ),
            "workload_min": Measure(
                name="workload_min", values=60 * count, unit="min", label="workload a month"
            ),
        },
    )
    level = (
        Level(
            name="community_grid",
            ids=names,
            holder=np.array(community, dtype=np.int32),
        )
        if names
        else None
    )
    return Town(
        name=name,
        units=units,
        graph=UnitGraph.build_rook(units),
        community=level,
        is_synthetic=True,
    )
