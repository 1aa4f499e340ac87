"""Do these polygons cover the ground once, without gaps between neighbours, and what is their union?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.errors import GeometryError, some_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit._typing import GeometryArray, LabelArray

MIN_OVERLAP_M2 = 1.0
"""Overlaps below one square metre are named as wrong edges, not as areas."""


def check_polygons(shapes: GeometryArray, ids: Sequence[str], *, name: str) -> None:
    """Make sure that every shape is a finite, valid, non-empty polygon.

    Parameters
    ----------
    shapes : (n,)
        Polygons or multipolygons.
    ids : (n,)
        What to call them.
    name
        What to call the layer.

    Raises
    ------
    GeometryError
        Naming what is wrong, where, and all the problems found in ``.problems``.
    """
    problems: list[str] = []
    bad: list[object] = []

    def note(mask: np.ndarray, what: str, way: str) -> None:
        where = np.flatnonzero(mask)
        if where.size:
            named = some_of([ids[i] for i in where.tolist()])
            problems.append(f"{where.size} of {len(shapes)} `{name}` {what}: {named}. {way}")
            bad.extend(shapes[where])

    missing = shapely.is_missing(shapes)
    empty = ~missing & shapely.is_empty(shapes)
    note(missing | empty, "have no geometry", "Remove these rows or restore their outline.")
    there = ~missing & ~empty
    wrong = there & ~np.isin(shapely.get_type_id(shapes), (3, 6))
    note(wrong, "are not polygons", "Give the area itself, not its line or point.")
    areal = there & ~wrong
    low = np.ones(len(shapes), dtype=bool)
    low[areal] = np.isfinite(shapely.bounds(shapes[areal])).all(axis=1)
    flat, owner = shapely.get_coordinates(shapes, return_index=True)
    finite = np.ones(len(shapes), dtype=bool)
    finite[owner[~np.isfinite(flat).all(axis=1)]] = False
    note(
        areal & ~(low & finite),
        "have coordinates that are not finite numbers",
        "Correct the source.",
    )
    ok = areal & low & finite
    invalid = ok.copy()
    invalid[ok] = ~shapely.is_valid(shapes[ok])
    where = np.flatnonzero(invalid)
    if where.size:
        reasons = [f"'{ids[i]}' ({shapely.is_valid_reason(shapes[i])})" for i in where[:5]]
        more = f" and {where.size - 5} more" if where.size > 5 else ""
        problems.append(
            f"{where.size} of {len(shapes)} `{name}` are invalid: {', '.join(reasons)}{more}. Repair them "
            f"where they were drawn, or look at what shapely.make_valid(..., method='structure') does to them."
        )
        bad.extend(shapes[where])
    if problems:
        raise GeometryError(" ".join(problems), problems=problems, places=bad)


def check_coverage(shapes: GeometryArray, ids: Sequence[str], *, name: str) -> None:
    """Make sure that neighbours share their border exactly and nothing overlaps.

    Parameters
    ----------
    shapes : (n,), metres
        Valid polygons.
    ids : (n,)
        What to call them.
    name
        What to call the layer.

    Raises
    ------
    GeometryError
        With the overlapping pairs and their areas, or the units whose edges do not match, and the
        offending edges in ``.places``.
    """
    if shapely.coverage_is_valid(shapes):
        return
    edges = shapely.coverage_invalid_edges(shapes)
    wrong = np.flatnonzero(~shapely.is_empty(edges) & ~shapely.is_missing(edges))
    tree = shapely.STRtree(shapes[wrong])
    left, right = tree.query(shapes[wrong], predicate="intersects")
    once = left < right
    left, right = wrong[left[once]], wrong[right[once]]
    area = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    order = np.argsort(-area, kind="stable")
    pairs = [
        f"'{ids[int(left[i])]}' and '{ids[int(right[i])]}' by {area[i]:,.0f} m²"
        for i in order
        if area[i] > MIN_OVERLAP_M2
    ]
    if pairs:
        more = f" and {len(pairs) - 5} more pairs" if len(pairs) > 5 else ""
        what = f"{len(pairs)} pair{'s' * (len(pairs) != 1)} of `{name}` overlap: {', '.join(pairs[:5])}{more}."
    else:
        what = (
            f"{wrong.size} of {len(shapes)} `{name}` do not share their borders exactly: "
            f"{some_of([ids[i] for i in wrong.tolist()])}."
        )
    msg = (
        f"{what} Every place must belong to one unit. Snap the borders where the layer was drawn; "
        f"the edges in question are in error.places."
    )
    raise GeometryError(msg, places=list(edges[wrong]))


def dissolve(shapes: GeometryArray, labels: LabelArray, n: int) -> GeometryArray:
    """Unite the polygons of each label; shared borders vanish exactly.

    Parameters
    ----------
    shapes : (m,)
        A valid coverage.
    labels : (m,)
        Positions 0..n-1; -1 is left out.
    n
        Number of labels.

    Returns
    -------
    (n,)
        Polygons or multipolygons; an empty polygon for a label nobody has.
    """
    order = np.argsort(labels, kind="stable")
    start = np.searchsorted(labels[order], np.arange(n + 1))
    out = np.empty(n, dtype=object)
    for i in range(n):
        own = shapes[order[start[i] : start[i + 1]]]
        out[i] = shapely.coverage_union_all(own) if own.size else shapely.Polygon()
    return shapely.normalize(out)
