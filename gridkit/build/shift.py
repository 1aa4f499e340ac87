"""Do these points sit where the datum they claim would put them?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj
import shapely
from scipy.spatial import cKDTree

from gridkit.errors import GeometryError
from gridkit.geo.crs import WGS84, turn_between
from gridkit.geo.datum import Datum, convert, ground_distance_m

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray

MIN_POINTS: Final = 30
EVERY_M: Final = 15.0
CLEAR: Final = 0.7
"""Another datum is named when points then sit at most this times as far from the streets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatumGuess:
    """How well points fit the streets, or the town, under each datum.

    Parameters
    ----------
    declared
        The datum the points are said to be in.
    likely
        The datum they fit best.
    distance_m
        Median distance to the nearest street (or share of points outside the town, times 1,000)
        under each datum.
    is_suspect
        Whether another datum fits clearly better.
    message
        One sentence for the user; empty when all is well.
    """

    declared: Datum
    likely: Datum
    distance_m: dict[Datum, float]
    is_suspect: bool
    message: str = ""


def check_datum(
    lonlat: FloatArray,
    *,
    declared: Datum = "WGS84",
    area: shapely.Geometry,
    crs: pyproj.CRS,
    streets: GeometryArray | None = None,
    name: str = "points",
) -> DatumGuess:
    """Compare the points with the streets, or the town, as if they were in each datum.

    Nothing is converted: a contradiction is for the user to decide. Only datums that move points by
    18 to 1,400 m are told apart (GCJ-02, BD-09), and only where they are in use.

    Parameters
    ----------
    lonlat : (n, 2), degrees
        As they stand in the file.
    declared
        The datum they are said to be in.
    area
        The town, in `crs`.
    crs
        A metric system.
    streets : (m,), optional
        Lines in `crs`; without, only points outside the town can be seen.
    name
        What to call the points.

    Returns
    -------
    DatumGuess
        Never suspect with fewer than 30 points.

    Raises
    ------
    GeometryError
        If there is no finite point.
    """
    points = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        msg = f"`{name}` has no finite coordinates."
        raise GeometryError(msg)
    step = max(1, len(points) // 3000)
    points = points[::step]
    turn = turn_between(WGS84, crs)
    middle = shapely.get_coordinates(shapely.centroid(area))[0]
    corner = np.array([turn.transform(float(middle[0]), float(middle[1]), direction="INVERSE")])
    plain: Datum = "WGS84" if declared in {"WGS84", "CGCS2000"} else declared
    datums: tuple[Datum, ...] = ("WGS84", "GCJ02", "BD09")
    if np.allclose(convert(corner, "WGS84", "GCJ02"), corner):
        datums = (plain,)  # nothing is shifted in this part of the world
    tree = None
    if streets is not None and len(streets):
        tree = cKDTree(shapely.get_coordinates(shapely.segmentize(streets, EVERY_M)))
    shapely.prepare(area)
    fit = {d: _misfit(points, d, area, turn, tree) for d in datums}
    likely = min(fit, key=lambda d: (fit[d], d != plain))
    clear = len(points) >= MIN_POINTS and likely != plain and fit[likely] < CLEAR * fit[plain]
    message = ""
    if clear:
        moved = np.median(ground_distance_m(points, convert(points, likely, plain)))
        what = (
            f"lie {fit[plain]:,.0f} m from the nearest street (median) as {declared}, but {fit[likely]:,.0f} m as {likely}"
            if tree is not None
            else f"lie outside the town for {fit[plain] / 1000:.0%} as {declared}, but for {fit[likely] / 1000:.0%} as {likely}"
        )
        message = f"`{name}` {what}, a shift of about {moved:,.0f} m. If they are in {likely}, declare it: datum = '{likely}'"
    return DatumGuess(
        declared=declared,
        likely=likely,
        distance_m=fit,
        is_suspect=bool(clear),
        message=message,
    )


def _misfit(
    points: FloatArray,
    datum: Datum,
    area: shapely.Geometry,
    turn: pyproj.Transformer,
    tree: cKDTree | None,
) -> float:
    """Median distance to streets, or 1,000 times the share outside the town."""
    plain = convert(points, datum, "WGS84")
    xy = np.column_stack(turn.transform(plain[:, 0], plain[:, 1]))
    if tree is not None:
        return float(np.median(tree.query(xy)[0]))
    return 1000.0 * float((~shapely.contains_xy(area, xy[:, 0], xy[:, 1])).mean())
