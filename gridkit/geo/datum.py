"""Where does a point lie whose coordinates were shifted on purpose (GCJ-02, BD-09)?

Maps and phones in mainland China give coordinates in GCJ-02 (shifted by 18 to 714 m) or in Baidu's
BD-09 (shifted once more). Inside gridkit everything is WGS 84, or CGCS2000, which for this use is the
same. A shift is undone only when the datum is declared; it is never guessed.

The official transform adds about one metre of noise, so expect one metre against a real map; going
there and back again comes out within one millimetre.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

import numpy as np

from gridkit.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridkit._typing import BoolArray, FloatArray

Datum: TypeAlias = Literal["WGS84", "CGCS2000", "GCJ02", "BD09"]
"""Datums that longitude and latitude can be declared in."""
DatumWord: TypeAlias = Literal[
    "WGS84", "CGCS2000", "GCJ02", "BD09", "wgs84", "cgcs2000", "gcj02", "bd09"
]
"""The same, as a batch file may write them."""

SEMI_MAJOR_M: Final = 6_378_245.0
ECCENTRICITY2: Final = 0.00669342162296594323
"""Krasovsky 1940, the ellipsoid of the shift."""
BOX: Final = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north of the area in which coordinates are shifted."""
ROUNDS: Final = 5
_K: Final = np.pi * 3000.0 / 180.0


def to_gcj02(lonlat: FloatArray) -> FloatArray:
    """Shift WGS 84 to GCJ-02.

    Parameters
    ----------
    lonlat : (n, 2), degrees
        Longitude, latitude.

    Returns
    -------
    (n, 2), degrees
        Outside `BOX` nothing is shifted.

    References
    ----------
    The reverse-engineered formula as PRCoords, eviltransform and transbigdata publish it.

    Examples
    --------
    >>> to_gcj02(np.array([[121.5272106, 31.1774276]])).round(8).tolist()
    [[121.53154186, 31.17530398]]
    """
    lonlat = _pairs(lonlat)
    return np.where(_shifted(lonlat)[:, None], lonlat + _shift(lonlat), lonlat)


def from_gcj02(lonlat: FloatArray) -> FloatArray:
    """Bring GCJ-02 back to WGS 84, within a micrometre.

    Parameters
    ----------
    lonlat : (n, 2), degrees
        Longitude, latitude in GCJ-02.

    Returns
    -------
    (n, 2), degrees
        WGS 84.
    """
    lonlat = _pairs(lonlat)
    return np.where(_shifted(lonlat)[:, None], _undo(lonlat, _always_gcj02), lonlat)


def to_bd09(lonlat: FloatArray) -> FloatArray:
    """Shift WGS 84 to BD-09 (Baidu).

    Parameters
    ----------
    lonlat : (n, 2), degrees
        Longitude, latitude.

    Returns
    -------
    (n, 2), degrees
        BD-09.

    Examples
    --------
    >>> to_bd09(np.array([[113.67, 22.94]])).round(9).tolist()
    [[113.681659479, 22.943056869]]
    """
    lonlat = _pairs(lonlat)
    return np.where(_shifted(lonlat)[:, None], _bd09_from_gcj02(_always_gcj02(lonlat)), lonlat)


def from_bd09(lonlat: FloatArray) -> FloatArray:
    """Bring BD-09 back to WGS 84, within a micrometre.

    Parameters
    ----------
    lonlat : (n, 2), degrees
        Longitude, latitude in BD-09.

    Returns
    -------
    (n, 2), degrees
        WGS 84.
    """
    lonlat = _pairs(lonlat)
    gcj02 = _undo(lonlat, _bd09_from_gcj02)
    return np.where(_shifted(lonlat)[:, None], _undo(gcj02, _always_gcj02), lonlat)


def convert(lonlat: FloatArray, source: str, target: str) -> FloatArray:
    """Turn longitude and latitude of one datum into another.

    Parameters
    ----------
    lonlat : (n, 2), degrees
        Longitude, latitude.
    source, target
        ``"WGS84"``, ``"CGCS2000"``, ``"GCJ02"`` or ``"BD09"``; ``"GCJ-02"`` is understood too.

    Returns
    -------
    (n, 2), degrees
        In the target datum.

    Raises
    ------
    ConfigError
        If a datum is not known.

    Examples
    --------
    >>> convert(np.array([[113.675125903281, 22.937144209132]]), "GCJ-02", "WGS84").round(
    ...     9
    ... ).tolist()
    [[113.67, 22.94]]
    """
    back: dict[Datum, Callable[[FloatArray], FloatArray]] = {"GCJ02": from_gcj02, "BD09": from_bd09}
    there: dict[Datum, Callable[[FloatArray], FloatArray]] = {"GCJ02": to_gcj02, "BD09": to_bd09}
    from_, to = read_datum(source, name="source"), read_datum(target, name="target")
    if from_ == to:
        return _pairs(lonlat)
    plain = back[from_](lonlat) if from_ in back else _pairs(lonlat)
    return there[to](plain) if to in there else plain


def read_datum(text: str, *, name: str = "datum") -> Datum:
    """Understand the name of a datum, however it is written.

    Raises
    ------
    ConfigError
        If it is not known.

    Examples
    --------
    >>> read_datum("gcj-02")
    'GCJ02'
    """
    plain = text.upper().replace("-", "").replace(" ", "").replace("_", "")
    known: tuple[Datum, ...] = get_args(Datum)
    for datum in known:
        if plain == datum:
            return datum
    msg = f"`{name}` is {text!r}, which is no known datum{did_you_mean(plain, known) or '.'} Known: {', '.join(known)}."
    raise ConfigError(msg)


def ground_distance_m(a: FloatArray, b: FloatArray) -> FloatArray:
    """Measure how far apart places are on the ellipsoid, to about a thousandth, for short distances.

    Parameters
    ----------
    a, b : (n, 2), degrees
        Longitude, latitude.

    Returns
    -------
    (n,), m
    """
    lat = np.radians((a[:, 1] + b[:, 1]) / 2)
    east_m, north_m = _metres_per_degree(lat)
    dx = (a[:, 0] - b[:, 0]) * east_m
    dy = (a[:, 1] - b[:, 1]) * north_m
    return np.hypot(dx, dy)


# ---------------------------------------------------------------------- inside
def _pairs(lonlat: FloatArray) -> FloatArray:
    return np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)


def _shifted(lonlat: FloatArray) -> BoolArray:
    west, south, east, north = BOX
    lon, lat = lonlat.T
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def _metres_per_degree(lat_rad: FloatArray) -> tuple[FloatArray, FloatArray]:
    w = 1 - ECCENTRICITY2 * np.sin(lat_rad) ** 2
    north = SEMI_MAJOR_M * (1 - ECCENTRICITY2) / w**1.5 * np.pi / 180
    east = SEMI_MAJOR_M / np.sqrt(w) * np.cos(lat_rad) * np.pi / 180
    return east, north


def _shift(lonlat: FloatArray) -> FloatArray:
    """Give the shift in degrees."""
    lon, lat = lonlat.T
    x, y = lon - 105, lat - 35
    pi = np.pi
    root = np.sqrt(np.abs(x))
    common = 2 * np.sin(6 * pi * x) + 2 * np.sin(2 * pi * x)
    north_m = (
        -100
        + 2 * x
        + 3 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + (
            common
            + 2 * np.sin(pi * y)
            + 4 * np.sin(pi * y / 3)
            + 16 * np.sin(pi * y / 12)
            + 32 * np.sin(pi * y / 30)
        )
        * (20 / 3)
    )
    east_m = (
        300
        + x
        + 2 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + (
            common
            + 2 * np.sin(pi * x)
            + 4 * np.sin(pi * x / 3)
            + 15 * np.sin(pi * x / 12)
            + 30 * np.sin(pi * x / 30)
        )
        * (20 / 3)
    )
    per_east, per_north = _metres_per_degree(np.radians(lat))
    return np.column_stack([east_m / per_east, north_m / per_north])


def _always_gcj02(lonlat: FloatArray) -> FloatArray:
    """Shift without looking at the box, so that points near its edge come back."""
    return np.asarray(lonlat + _shift(lonlat))


def _bd09_from_gcj02(lonlat: FloatArray) -> FloatArray:
    lon, lat = lonlat.T
    z = np.hypot(lon, lat) + 2e-5 * np.sin(_K * lat)
    theta = np.arctan2(lat, lon) + 3e-6 * np.cos(_K * lon)
    return np.column_stack([z * np.cos(theta) + 0.0065, z * np.sin(theta) + 0.006])


def _undo(lonlat: FloatArray, forward: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Find the place that `forward` brings here: p <- p - (forward(p) - here)."""
    p = lonlat.copy()
    for _ in range(ROUNDS):
        p -= forward(p) - lonlat
    return p
