"""Where do hazards crowd, and what is the outline of each crowd?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray, IntArray, LabelArray


def cluster_points(xy: FloatArray, clusterer: Any) -> LabelArray:
    """Cluster points with any scikit-learn clusterer.

    Parameters
    ----------
    xy : (n, 2), metres
        Points.
    clusterer
        Anything with scikit-learn's ``fit_predict``: `DBSCAN`, `HDBSCAN`, `OPTICS`...

    Returns
    -------
    (n,)
        Clusters numbered from 0, the largest first; -1 for noise.

    References
    ----------
    Ester, M. et al. (1996). A density-based algorithm for discovering clusters (DBSCAN).
    Campello, R. et al. (2013). Density-based clustering based on hierarchical density estimates (HDBSCAN).
    """
    labels = np.asarray(clusterer.fit_predict(xy), dtype=np.int64)
    return _numbered(np.where(labels < 0, -1, labels))


def _numbered(labels: IntArray) -> LabelArray:
    """Number clusters from 0, the largest first."""
    if not (labels >= 0).any():
        return labels.astype(np.int32)
    count = np.bincount(labels[labels >= 0])
    first = np.full(count.size, len(labels))
    np.minimum.at(first, labels[labels >= 0], np.flatnonzero(labels >= 0))
    rank = np.empty(count.size, dtype=np.int64)
    rank[np.lexsort((first, -count))] = np.arange(count.size)
    out = np.where(labels >= 0, rank[labels], -1)
    return np.where(out >= (count > 0).sum(), -1, out).astype(np.int32)


def cluster_space_time(
    xy: FloatArray, time: FloatArray, *, reach_m: float, reach_time: float, least: int
) -> LabelArray:
    """Cluster points that are near both in space and in time (ST-DBSCAN).

    Parameters
    ----------
    xy : (n, 2), metres
        Points.
    time : (n,)
        Times, in any unit.
    reach_m : m
        What is near in space...
    reach_time
        ...and in time; both must hold.
    least
        Points within reach (itself counted) that make a point the core of a cluster.

    Returns
    -------
    (n,)
        As `cluster_points`.

    References
    ----------
    Birant, D., Kut, A. (2007). ST-DBSCAN: an algorithm for clustering spatial-temporal data.

    Examples
    --------
    Four reports at one corner, two in May and two in August:

    >>> xy, day = np.zeros((4, 2)), np.array([1.0, 2, 90, 91])
    >>> cluster_space_time(xy, day, reach_m=50, reach_time=7, least=2).tolist()
    [0, 0, 1, 1]
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415  only where crowds in time are looked for

    place = np.column_stack([np.asarray(xy) / reach_m, np.asarray(time) / reach_time])
    pairs = cKDTree(place).query_pairs(1.0 + 1e-12, p=np.inf, output_type="ndarray")
    away = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    ok = away <= reach_m
    return cluster_pairs(len(xy), pairs[ok, 0], pairs[ok, 1], least=least)


def cluster_pairs(n: int, left: IntArray, right: IntArray, *, least: int) -> LabelArray:
    """Cluster points of which the near pairs are known, as DBSCAN does.

    Parameters
    ----------
    n
        Points.
    left, right : (m,)
        Pairs that are near each other, each once.
    least
        As `cluster_space_time`.

    Returns
    -------
    (n,)
        As `cluster_points`; a point within reach of two clusters belongs to the one whose core is first.
    """
    from scipy.sparse import coo_array  # noqa: PLC0415  only here
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415  the same

    degree = np.bincount(left, minlength=n) + np.bincount(right, minlength=n) + 1
    core = degree >= least
    both = core[left] & core[right]
    graph = coo_array((np.ones(int(both.sum()), np.int8), (left[both], right[both])), shape=(n, n))
    part = connected_components(graph, directed=False)[1]
    labels = np.where(core, part, -1).astype(np.int64)
    # a border point goes to the first of the cores it is near
    inner = np.concatenate([left, right])
    outer = np.concatenate([right, left])
    edge = core[inner] & ~core[outer]
    a, b = inner[edge], outer[edge]
    order = np.lexsort((a, b))
    border, first = np.unique(b[order], return_index=True)
    labels[border] = part[a[order][first]]
    return _numbered(labels)


def crowd_size(n: int, area_m2: float, reach_m: float, *, alpha: float = 0.001) -> int:
    """How many hazards within reach of each other are more than an even spread gives?

    Parameters
    ----------
    n
        Hazards.
    area_m2 : m²
        On which they lie.
    reach_m : m
        Radius.
    alpha
        Share of even maps on which a given place would reach the answer.

    Returns
    -------
    int
        At least 4.

    Examples
    --------
    9,000 on 18 km²: 16 within 100 m on average, 30 would be a surprise.

    >>> crowd_size(9_000, 18e6, 100)
    30
    """
    from scipy.stats import poisson  # noqa: PLC0415  heavy, and only here

    mean = n * np.pi * reach_m**2 / area_m2
    return max(4, int(poisson.isf(alpha, mean)) + 1)


def outlines(
    xy: FloatArray, labels: LabelArray, *, margin_m: float, ratio: float = 0.3
) -> GeometryArray:
    """Draw a concave hull around the points of every cluster.

    Parameters
    ----------
    xy : (n, 2), metres
        Points.
    labels : (n,)
        Clusters 0..k-1; -1 is left out.
    margin_m : m
        How far the outline runs outside its outermost points.
    ratio : 0..1
        1 is the convex hull; smaller follows the points more closely.

    Returns
    -------
    (k,), metres
        Polygons.
    """
    k = int(labels.max(initial=-1)) + 1
    made = np.empty(k, dtype=object)
    for i in range(k):
        own = shapely.multipoints(np.unique(xy[labels == i], axis=0))
        hull = shapely.concave_hull(own, ratio=ratio, allow_holes=False)
        made[i] = shapely.normalize(shapely.buffer(hull, margin_m, quad_segs=4))
    return made
