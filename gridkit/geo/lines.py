"""Where do lines end in nothing, and which small gaps between them can be closed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.geo.faces import segments

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray, IntArray


def only_lines(shapes: GeometryArray) -> GeometryArray:
    """Take the lines out of any geometries: parts of multilines, and the outlines of polygons."""
    there = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    parts = shapely.get_parts(shapely.get_parts(there))
    kind = shapely.get_type_id(parts)
    areal = np.isin(kind, (3, 6))
    outlines = shapely.get_parts(shapely.boundary(parts[areal]))
    return np.concatenate([parts[np.isin(kind, (1, 2))], outlines])


def loose_ends(lines: GeometryArray) -> tuple[FloatArray, IntArray]:
    """Find the ends of lines where no other line starts, ends or has a vertex.

    Parameters
    ----------
    lines : (n,), metres
        Simple lines.

    Returns
    -------
    xy : (m, 2), m
        The ends.
    line : (m,)
        The line that each belongs to.
    """
    first, last = shapely.get_point(lines, 0), shapely.get_point(lines, -1)
    xy = np.concatenate([shapely.get_coordinates(first), shapely.get_coordinates(last)])
    owner = np.concatenate([np.arange(len(lines)), np.arange(len(lines))])
    everything = np.round(shapely.get_coordinates(lines), 3)
    _, inverse, count = np.unique(everything, axis=0, return_inverse=True, return_counts=True)
    n_points = shapely.get_num_coordinates(lines)
    end = np.cumsum(n_points) - 1
    start = end - n_points + 1
    times = count[inverse.ravel()]
    loose = np.concatenate([times[start], times[end]]) == 1
    return xy[loose], owner[loose]


def close_gaps(lines: GeometryArray, *, gap_m: float) -> GeometryArray:
    """Draw the missing pieces from loose ends to the nearest other line, where it is near enough.

    Parameters
    ----------
    lines : (n,), metres
        Simple lines.
    gap_m : m
        Longest piece that is drawn; 0 draws none.

    Returns
    -------
    (m,)
        The pieces, a little longer than the gap so that they cross.
    """
    nothing = np.zeros(0, dtype=object)
    if gap_m <= 0 or len(lines) == 0:
        return nothing
    xy, owner = loose_ends(lines)
    ends = np.asarray(shapely.points(xy), dtype=object)
    end, line = shapely.STRtree(lines).query(ends, predicate="dwithin", distance=gap_m)
    other = owner[end] != line
    end, line = end[other], line[other]
    far = shapely.distance(ends[end], lines[line])
    order = np.lexsort((line, far, end))
    nearest = order[np.unique(end[order], return_index=True)[1]]
    nearest = nearest[far[nearest] > 0]
    if nearest.size == 0:
        return nothing
    bridge = shapely.get_coordinates(
        shapely.shortest_line(ends[end[nearest]], lines[line[nearest]])
    ).reshape(-1, 2, 2)
    start, stop = bridge[:, 0], bridge[:, 1]
    length = np.linalg.norm(stop - start, axis=1)[:, None]
    return segments(start, stop + (stop - start) / length * 0.01)
