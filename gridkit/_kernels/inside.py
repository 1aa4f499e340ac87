"""In which polygon does a point lie, told from crossings of a ray with the few edges at its height?

Arrays in compressed rows: a grid of cells over the ground lists the polygons whose box touches each cell; every polygon
is cut into strips of equal height that list the edges passing through them. A point so near to an edge that rounding
could decide is left to a slower, exact test.
"""

from __future__ import annotations

import numpy as np

from gridkit._kernels._jit import lean

NOT_SURE = -2
_ROUNDING = 4 * 2.220446049250313e-16
"""Four roundings; Shewchuk (1997) needs one and a half for the sign of this determinant."""


@lean
def locate_points(
    x: np.ndarray,
    y: np.ndarray,
    out: np.ndarray,
    box: np.ndarray,
    origin: np.ndarray,
    n_cells: np.ndarray,
    cell_start: np.ndarray,
    cell_polygon: np.ndarray,
    strip_first: np.ndarray,
    strip_start: np.ndarray,
    strip_edge: np.ndarray,
    edge: np.ndarray,
) -> None:
    """Give the first polygon that holds each point; -1 for none, -2 where an exact test must decide.

    Parameters
    ----------
    x, y : (m,)
        Points, finite.
    out : (m,)
        Filled with the polygons.
    box : (n, 4)
        West, south, east, north of each polygon.
    origin : (4,)
        West, south of the grid of cells, and its cells per metre east and north.
    n_cells : (2,)
        Columns and rows.
    cell_start, cell_polygon
        Polygons by cell, rising.
    strip_first : (n + 1,)
        First strip of each polygon.
    strip_start, strip_edge
        Edges by strip.
    edge : (e, 4)
        x, y of both ends.
    """
    for i in range(x.size):
        px, py = x[i], y[i]
        out[i] = -1
        column = int(np.floor((px - origin[0]) * origin[2]))
        row = int(np.floor((py - origin[1]) * origin[3]))
        if column < -1 or row < -1 or column > n_cells[0] or row > n_cells[1]:
            continue
        cell = min(max(row, 0), n_cells[1] - 1) * n_cells[0] + min(max(column, 0), n_cells[0] - 1)
        for c in range(cell_start[cell], cell_start[cell + 1]):
            p = cell_polygon[c]
            if px < box[p, 0] or py < box[p, 1] or px > box[p, 2] or py > box[p, 3]:
                continue
            n_strips = strip_first[p + 1] - strip_first[p]
            share = (py - box[p, 1]) / (box[p, 3] - box[p, 1])
            strip = strip_first[p] + min(int(share * n_strips), n_strips - 1)
            is_inside, is_sure = False, True
            for s in range(strip_start[strip], strip_start[strip + 1]):
                e = strip_edge[s]
                x1, y1, x2, y2 = edge[e, 0], edge[e, 1], edge[e, 2], edge[e, 3]
                if px > max(x1, x2) or py < min(y1, y2) or py > max(y1, y2):
                    continue
                crosses = (y1 > py) != (y2 > py)
                if px >= min(x1, x2):
                    left, right = (x2 - x1) * (py - y1), (px - x1) * (y2 - y1)
                    side = left - right
                    if abs(side) <= _ROUNDING * (abs(left) + abs(right)):
                        is_sure = False
                        break
                    crosses = crosses and (side > 0) == (y2 > y1)
                if crosses:
                    is_inside = not is_inside
            if not is_sure:
                out[i] = NOT_SURE
                break
            if is_inside:
                out[i] = p
                break
