"""How small can shapes and columns be written into a page?

A payload is ``zlib( uint32 length of head | head as JSON | bodies )``, then base64. Coordinates are whole
numbers of `QUANTUM` degrees; each is the difference to the one before, zigzag, in variable length.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from gridkit.errors import CRSError
from gridkit.geo.crs import WGS84, turn_between

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray, IntArray

QUANTUM = 1e-6
"""Degrees: about 0.1 m."""


def to_lon_lat(shapes: GeometryArray, crs: object, *, name: str) -> GeometryArray:
    """Reproject shapes to WGS 84 longitude and latitude.

    Raises
    ------
    CRSError
        If the layer does not say in which system it is.
    """
    if crs is None:
        msg = f"`{name}` has no reference system, so it cannot be put on a map: {name}.set_crs('EPSG:...')"
        raise CRSError(msg)
    source = pyproj.CRS.from_user_input(crs)
    if source == WGS84:
        return shapes
    turn = turn_between(source, WGS84)

    def both(xy: FloatArray) -> FloatArray:
        return np.column_stack(turn.transform(xy[:, 0], xy[:, 1]))

    return np.asarray(shapely.transform(shapely.force_2d(shapes), both), dtype=object)


def varints(values: IntArray) -> bytes:
    """Write whole numbers, not negative, seven bits a byte, the last byte below 128.

    Examples
    --------
    >>> varints(np.array([1, 128])).hex()
    '018001'
    """
    left = values.astype(np.uint64)
    n_bytes = np.ones(left.size, dtype=np.int64)
    rest = left >> np.uint64(7)
    while rest.any():
        n_bytes += rest > 0
        rest >>= np.uint64(7)
    start = np.concatenate([[0], np.cumsum(n_bytes)])
    out = np.zeros(int(start[-1]), dtype=np.uint8)
    for k in range(int(n_bytes.max(initial=0))):
        has = n_bytes > k
        more = np.where(n_bytes[has] > k + 1, 128, 0).astype(np.uint8)
        out[start[:-1][has] + k] = (left[has] & np.uint64(127)).astype(np.uint8) | more
        left >>= np.uint64(7)
    return out.tobytes()


def encode_shapes(shapes: GeometryArray) -> bytes:
    """Write polygons, lines or points in longitude and latitude.

    For each feature the number of its rings, for each ring the number of its points (without the
    repeated last one), then the differences x, y to the point before.

    Parameters
    ----------
    shapes : (n,), degrees
        All of one kind, single or multi.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    closed = bool(parts.size) and shapely.get_type_id(parts[0]) == 3
    if closed:
        rings, part = shapely.get_rings(parts, return_index=True)
        owner = owner[part]
    else:
        rings = parts
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    q = np.round(xy / QUANTUM).astype(np.int64)
    keep = np.ones(len(q), dtype=bool)
    same = (ring[1:] == ring[:-1]) & (q[1:] == q[:-1]).all(axis=1)
    keep[1:] &= ~same
    if closed:
        keep[np.flatnonzero(np.diff(ring, append=-1) != 0)] = False
    q, ring = q[keep], ring[keep]
    n_points = np.bincount(ring, minlength=len(rings)).astype(np.int64)
    if closed:  # a hole smaller than the quantum is no hole
        whole = n_points >= 3
        inside = whole[ring]
        q, owner, n_points = q[inside], owner[whole], n_points[whole]
    return _stream(q, n_points, owner, len(shapes))


def _stream(q: IntArray, n_points: IntArray, owner: IntArray, n: int) -> bytes:
    """Put the counts between the differences."""
    delta = np.diff(q, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel()
    zigzag = np.where(delta < 0, -2 * delta - 1, 2 * delta)
    n_rings = np.bincount(owner, minlength=n).astype(np.int64)
    ring_at = np.concatenate([[0], np.cumsum(n_points)]).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(n_rings)])[:-1].astype(np.int64)
    at = np.concatenate([2 * ring_at[first], 2 * ring_at[:-1]])
    values = np.concatenate([n_rings, n_points])
    feature = np.concatenate([np.arange(n), owner])
    is_ring = np.concatenate([np.zeros(n, dtype=np.int8), np.ones(owner.size, dtype=np.int8)])
    order = np.lexsort((at, is_ring, feature))
    return varints(np.insert(zigzag, at[order], values[order]).astype(np.int64))


def pack(head: dict[str, Any], bodies: list[bytes]) -> str:
    """Make the text that stands in the page: the same content gives the same text."""
    return base64.b64encode(pack_bytes(head, bodies, level=9)).decode("ascii")


def unpack(text: str) -> tuple[dict[str, Any], bytes]:
    """Read back what `pack` made.

    Raises
    ------
    ValueError
        If it is something else.

    Examples
    --------
    >>> unpack(pack({"a": 1}, [b"xy"]))
    ({'a': 1}, b'xy')
    """
    try:
        raw = zlib.decompress(base64.b64decode(text))
        (size,) = struct.unpack_from("<I", raw)
    except (zlib.error, struct.error) as error:
        msg = f"no payload of a page: {error}"
        raise ValueError(msg) from error
    head: dict[str, Any] = json.loads(raw[4 : 4 + size])
    return head, raw[4 + size :]


def pack_bytes(head: dict[str, Any], bodies: list[bytes], *, level: int = 1) -> bytes:
    """Make what a server sends: the content of `pack` before it becomes text."""
    text = json.dumps(head, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    raw = text.encode("utf-8")
    return zlib.compress(b"".join([struct.pack("<I", len(raw)), raw, *bodies]), level)
