"""To which bank does the water belong?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import cKDTree

from gridkit.geo.adjacency import border_segments
from gridkit.geo.coverage import dissolve
from gridkit.geo.faces import pieces_within, segments
from gridkit.geo.points import inner_points, locate
from gridkit.geo.tessellation import midlines, points_along

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray, IntArray, LabelArray

BANK_POINT_M = 25.0


def share_water(
    faces: GeometryArray, wet: shapely.Geometry, area: shapely.Geometry
) -> GeometryArray:
    """Give every place on the water to the unit on the nearest bank.

    Parameters
    ----------
    faces : (n,), metres
        A valid coverage, cut along the banks.
    wet
        The water.
    area
        What the faces cover.

    Returns
    -------
    (m,)
        A valid coverage; water without any bank inside the town stays a piece of its own.
    """
    is_wet = np.asarray(locate(inner_points(faces), shapely.get_parts(wet)) >= 0)
    if not is_wet.any() or is_wet.all():
        return faces
    left, right, start, end = border_segments(faces)
    mixed = is_wet[left] != is_wet[right]
    left, right, start, end = left[mixed], right[mixed], start[mixed], end[mixed]
    water, land = np.where(is_wet[left], left, right), np.where(is_wet[left], right, left)
    xy, piece = points_along(segments(start, end), every_m=BANK_POINT_M)
    # Ends of a piece of bank belong to two units; points a little inside it tell them apart.
    middle = (start[piece] + end[piece]) / 2
    xy = xy + (middle - xy) * 0.02
    of_water, of_land = water[piece], land[piece]
    cuts = []
    for w in np.unique(of_water):
        own = of_water == w
        lines = midlines(xy[own], of_land[own])
        if len(lines):
            inside = shapely.intersection(lines, shapely.buffer(faces[w], 0.01))
            cuts.append(shapely.get_parts(inside))
    if cuts:
        more = np.concatenate(cuts)
        more = more[shapely.get_type_id(more) == 1]
        pieces = pieces_within(np.concatenate([shapely.boundary(faces), more]), area)
    else:
        pieces = faces
    return _to_banks(faces, pieces, xy, of_water, of_land)


def _to_banks(
    faces: GeometryArray,
    pieces: GeometryArray,
    xy: FloatArray,
    of_water: IntArray,
    of_land: IntArray,
) -> GeometryArray:
    """Unite each piece of water with the land face of the nearest bank that touches it."""
    at = inner_points(pieces)
    face = holder_of(at, faces)
    owner = face.astype(np.int64)
    for w in np.unique(of_water):
        own, mine = of_water == w, np.flatnonzero(face == w)
        owner[mine] = of_land[own][cKDTree(xy[own]).query(at[mine])[1]]
    label = np.unique(owner, return_inverse=True)[1].astype(np.int32)
    united = dissolve(pieces, label, int(label.max()) + 1)
    return single_parts(united)


def holder_of(xy: FloatArray, faces: GeometryArray) -> LabelArray:
    """Find the face that holds each point, or the nearest one."""
    found = locate(xy, faces)
    lost = np.flatnonzero(found < 0)
    if lost.size:
        found[lost] = shapely.STRtree(faces).nearest(shapely.points(xy[lost]))
    return found


def single_parts(shapes: GeometryArray) -> GeometryArray:
    """Let every part of a multipolygon be a piece of its own."""
    return shapely.get_parts(shapes)
