"""Where do hazards crowd, and what is the outline of each crowd?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.stats import poisson

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray, LabelArray


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
    labels = np.where(labels < 0, -1, labels)
    if not (labels >= 0).any():
        return labels.astype(np.int32)
    count = np.bincount(labels[labels >= 0])
    first = np.full(count.size, len(labels))
    np.minimum.at(first, labels[labels >= 0], np.flatnonzero(labels >= 0))
    rank = np.empty(count.size, dtype=np.int64)
    rank[np.lexsort((first, -count))] = np.arange(count.size)
    out = np.where(labels >= 0, rank[labels], -1)
    return np.where(out >= (count > 0).sum(), -1, out).astype(np.int32)


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
