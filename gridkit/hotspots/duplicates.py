"""Which reports speak of the same hazard?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, LabelArray
    from gridkit.model.hazards import TimeArray


def link_duplicates(
    xy: FloatArray,
    reported_at: TimeArray,
    category: LabelArray,
    *,
    distance_m: float,
    hours: float,
    reporter: LabelArray | None = None,
    by: Literal["any", "same", "other"] = "any",
) -> LabelArray:
    """Link each report to the first report of the same hazard.

    Reports are taken in the order of their time. One joins the earliest hazard of its category
    whose *first* report is near enough in space and time, and starts a hazard of its own when there
    is none; so a chain of reports cannot grow longer than `hours`.

    Parameters
    ----------
    xy : (n, 2), metres
        Places.
    reported_at : (n,)
        Times.
    category : (n,)
        What was reported.
    distance_m : m
        Largest distance from the first report.
    hours : h
        Longest time after the first report; 0 links nothing.
    reporter : (n,), optional
        Who reported; -1 where that is not known.
    by
        Link reports of ``"any"`` reporters, only those of the ``"same"`` one, or only those of an
        ``"other"`` one; who is not known is neither.

    Returns
    -------
    (n,)
        Position of the first report of the same hazard (itself for a first report).

    Examples
    --------
    >>> when = np.array(
    ...     ["2024-05-01T08:00", "2024-05-01T09:00", "2024-05-09T09:00"], "datetime64[s]"
    ... )
    >>> link_duplicates(
    ...     np.zeros((3, 2)), when, np.zeros(3, np.int32), distance_m=20, hours=24
    ... ).tolist()
    [0, 0, 2]
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415  only where links are asked for

    n = len(xy)
    first = np.arange(n, dtype=np.int32)
    if n < 2 or hours <= 0:
        return first
    seconds = reported_at.astype("datetime64[s]").astype(np.int64)
    order = np.lexsort((np.arange(n), seconds))
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    wide = max(distance_m, 1e-9)
    place = np.column_stack(
        [
            (xy - xy.min(axis=0)) / wide,
            (seconds - seconds.min()) / (hours * 3600.0),
            category * 4.0,
        ]
    )
    pairs = cKDTree(place).query_pairs(1.0 + 1e-9, p=np.inf, output_type="ndarray")
    gap = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    pairs = pairs[gap <= distance_m + 1e-9]
    if by != "any" and reporter is not None:
        one, two = reporter[pairs[:, 0]], reporter[pairs[:, 1]]
        pairs = pairs[(one >= 0) & (two >= 0) & ((one == two) == (by == "same"))]
    pairs = rank[pairs]
    early, late = pairs.min(axis=1), pairs.max(axis=1)
    root = np.arange(n, dtype=np.int64)
    for k in np.lexsort((early, late)):
        a, b = early[k], late[k]
        if root[b] == b and root[a] == a:
            root[b] = a
    first[order] = order[root].astype(np.int32)
    return first
