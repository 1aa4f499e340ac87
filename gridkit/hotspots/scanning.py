"""Which circle (or ellipse) holds more hazards than any circle would by chance?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gridkit._kernels.scan import (
    fill_needed,
    ratio,
    scan_seen,
)
from gridkit.errors import InputError
from gridkit.hotspots.clusters import (
    Cluster,
    ScanResult,
    ScanSettings,
    gumbel_p,
    monte_carlo_p,
)
from gridkit.hotspots.dispersion import Scatter
from gridkit.hotspots.rings import (
    as_windows,
    memory_order,
)
from gridkit.hotspots.scan_map import MODELS, Lanes, ScanMap, draw_blocks
from gridkit.hotspots.scores import best_scores
from gridkit.model._arrays import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridkit._typing import BoolArray, FloatArray, IntArray
    from gridkit.hotspots.rings import Distance, Windows

LANES = 256
"""Chance maps that are scanned side by side."""

SORT_AFTER = (0, 2, 8)
"""After these chunks of centres, chance maps are grouped by their best statistic so far."""

BLOCK_BYTES = 2**27
"""Memory for the counts of chance maps that are held at once."""


def scan(
    xy: FloatArray,
    cases: IntArray,
    exposure: FloatArray,
    *,
    model: Literal["poisson", "bernoulli", "negative_binomial"] = "poisson",
    settings: ScanSettings | None = None,
    distance: Distance | Windows | None = None,
    seed: int = 0,
) -> ScanResult:
    """Scan a map with growing windows around every unit.

    Parameters
    ----------
    xy : (n, 2), metres
        Places of the units.
    cases : (n,)
        Hazards of every unit.
    exposure : (n,)
        Poisson: what hazards are expected in proportion to (also an expectation that is adjusted for
        categories or seasons). Bernoulli: whole numbers of persons or objects, cases among them.
    model
        ``"poisson"`` for hazards per exposure, ``"bernoulli"`` for things that are a case or not,
        ``"negative_binomial"`` for hazards that scatter more than Poisson counts (the statistic is a
        score then, and single units with wild counts weigh less).
    settings
        Window, replicates.
    distance
        Instead of the distance in the plane: on the sphere (`great_circle`), along streets
        (`along_streets`).
    seed
        Of the chance maps; the result does not depend on the number of threads.

    Returns
    -------
    ScanResult

    Raises
    ------
    InputError
        If lengths differ, counts are negative, cases lie where there is no exposure, or there are
        fewer than two units with exposure or fewer than `min_hazards` cases.

    References
    ----------
    Kulldorff, M. (1997). A spatial scan statistic.
    Kulldorff, M. et al. (2006). An elliptic spatial scan statistic.
    Abrams, A. M., Kleinman, K., Kulldorff, M. (2010). Gumbel based p-value approximations.
    Zhang, Z., Assunção, R., Kulldorff, M. (2010). Spatial scan statistics adjusted for multiple clusters.

    Examples
    --------
    Ten units in a row, one of them with far too many hazards:

    >>> xy = np.column_stack([np.arange(10.0), np.zeros(10)])
    >>> cases = np.array([2, 1, 2, 30, 2, 1, 2, 2, 1, 2])
    >>> found = scan(xy, cases, np.ones(10), settings=ScanSettings(max_share=0.3, n_replicates=99))
    >>> found.clusters[0].units.tolist(), found.clusters[0].n
    ([3], 30)
    """
    settings = settings or ScanSettings()
    cases, exposure = _checked(xy, cases, exposure, model, settings)
    keep = np.flatnonzero(exposure > 0)
    keep = keep[memory_order(xy[keep])]
    found: list[Cluster] = []
    first: tuple[FloatArray, float, int] | None = None
    while True:
        inner = _map(xy, cases, exposure, keep, model, settings, distance)
        clusters, maxima, dispersion, n_windows = _scan_map(inner, seed + len(found))
        first = first or (maxima, dispersion, n_windows)
        new = [_renamed(c, keep) for c in clusters]
        if settings.secondary == "apart":
            found = new
            break
        if not new or (found and not new[0].p_value <= 0.05) or len(found) >= settings.most:
            break
        found.append(new[0])
        keep = keep[~np.isin(keep, new[0].units)]
        if keep.size < 3 or cases[keep].sum() < settings.min_hazards:
            break
    maxima, dispersion, n_windows = first
    return ScanResult(
        clusters=tuple(found),
        maxima=frozen(maxima),
        dispersion=dispersion,
        n_windows=n_windows,
        share=settings.max_share,
    )


def _checked(
    xy: FloatArray, cases: IntArray, exposure: FloatArray, model: str, settings: ScanSettings
) -> tuple[IntArray, FloatArray]:
    """Refuse what cannot be scanned, in words."""
    cases = np.ascontiguousarray(cases, dtype=np.int64)
    exposure = np.ascontiguousarray(exposure, dtype=np.float64)
    if not len(xy) == cases.size == exposure.size:
        msg = f"a scan needs one place, count and exposure for each unit; got {len(xy)}, {cases.size}, {exposure.size}"
        raise InputError(msg)
    if (cases < 0).any() or not (np.isfinite(exposure).all() and (exposure >= 0).all()):
        msg = "counts and exposures must be finite and not negative."
        raise InputError(msg)
    bare = int(((exposure == 0) & (cases > 0)).sum())
    if bare:
        msg = f"{bare} units have hazards but no exposure; leave them out or give them an exposure."
        raise InputError(msg)
    if (exposure > 0).sum() < 2 or cases.sum() < settings.min_hazards:
        msg = f"a scan needs at least 2 units with exposure and {settings.min_hazards} hazards; got {(exposure > 0).sum()} and {cases.sum()}"
        raise InputError(msg)
    if model == "bernoulli" and (
        (cases > exposure).any() or (exposure != np.floor(exposure)).any()
    ):
        msg = (
            "for a Bernoulli scan the exposure is a whole number of persons, the cases among them."
        )
        raise InputError(msg)
    return cases, exposure


def _map(
    xy: FloatArray,
    cases: IntArray,
    exposure: FloatArray,
    keep: IntArray,
    model: str,
    settings: ScanSettings,
    distance: Distance | Windows | None,
) -> ScanMap:
    """Choose units and turn exposures into expectations."""
    count, weight = cases[keep], exposure[keep]
    total = int(count.sum())
    size = weight if model == "bernoulli" else weight * (total / weight.sum())

    return ScanMap(
        xy=xy[keep],
        cases=count,
        size=size,
        weight=weight,
        model=MODELS.index(model),
        total=total,
        persons=float(size.sum()),
        settings=settings,
        windows=None if distance is None else as_windows(distance),
        keep=keep,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Seen:
    """Best window of every centre and shape: statistic, number of units, which shape."""

    best: FloatArray
    length: IntArray
    shape: IntArray


def _scan_map(what: ScanMap, seed: int) -> tuple[list[Cluster], FloatArray, float, int]:
    """Scan the map seen and the maps of chance, and list clusters that share no unit."""
    n, s = what.cases.size, what.settings
    if what.model == 2:
        return _scan_scores(what, seed)
    careful = s.overdispersed and what.model == 0 and s.n_replicates > 0
    level = Scatter(what.cases, what.size, what.xy) if careful else None
    phi = level.variance if level else 0.0
    n_lanes = max(32, min(LANES, 32 * (-(-s.n_replicates // 32))))
    n_blocks = -(-s.n_replicates // n_lanes)
    together = max(1, min(n_blocks, BLOCK_BYTES // (n * n_lanes)))
    seen = _Seen(best=np.zeros(n), length=np.zeros(n, np.int64), shape=np.zeros(n, np.int64))
    maxima = np.zeros(n_blocks * n_lanes)
    lanes = draw_blocks(what, phi, seed, 0, together, n_lanes) if n_blocks else None
    times = _times(level, lanes)
    n_windows = _pass(what, lanes, seen, maxima, 0)
    done = together * n_lanes
    maxima[:done] *= times
    for b in range(together, n_blocks, together):
        if s.early_stop and (maxima[:done] >= seen.best.max()).sum() >= 25:
            break
        lanes = draw_blocks(what, phi, seed, b, min(together, n_blocks - b), n_lanes)
        times = _times(level, lanes)
        _pass(what, lanes, None, maxima, b * n_lanes)
        maxima[done : done + times.size] *= times
        done = (b + together) * n_lanes
    maxima = maxima[: min(done, s.n_replicates)]
    return _list(what, seen, maxima), maxima, phi, n_windows


def _times(level: Scatter | None, lanes: Lanes | None) -> FloatArray:
    """Say by what the statistics of these maps of chance are multiplied: 1 when scatter is not asked about."""
    if lanes is None:
        return np.zeros(0)
    if level is None:
        return np.ones(lanes.best.size)
    base = lanes.base[:, None]
    return np.concatenate([level.times(c, base=base) for c in lanes.counts])


def _scan_scores(what: ScanMap, seed: int) -> tuple[list[Cluster], FloatArray, float, int]:
    """Do the same for negative binomial counts, window by window a score."""
    level = Scatter(what.cases, what.size, what.xy)
    best, length, shape, maxima, n_windows = best_scores(
        what.cases, what.size, level.variance, what.shapes(), least=what.settings.min_hazards,
        n_replicates=what.settings.n_replicates, seed=seed,
        level=level,
    )  # fmt: skip
    seen = _Seen(best=best, length=length, shape=shape)
    return _list(what, seen, maxima), maxima, level.variance, n_windows


def _chunks(n: int) -> Iterator[IntArray]:
    """Go through all centres; a thin sample first, which lifts the floors of chance maps quickly."""
    thin = np.arange(0, n, 61, dtype=np.int64)
    rest = np.setdiff1d(np.arange(n, dtype=np.int64), thin)
    yield thin
    for a in range(0, rest.size, 512):
        yield rest[a : a + 512]


def _pass(
    what: ScanMap, lanes: Lanes | None, seen: _Seen | None, maxima: FloatArray, at: int
) -> int:
    """Go once through all windows, on the map seen, on chance maps, or on both."""
    n_windows, total, least = 0, float(what.total), what.settings.min_hazards
    for k, (rings, penalty) in enumerate(what.shapes()):
        for number, centers in enumerate(_chunks(what.cases.size)):
            ids, start = rings.chunk(centers)
            n_windows += ids.size
            if seen is not None:
                top, length = np.zeros(centers.size), np.zeros(centers.size, dtype=np.int64)
                scan_seen(
                    start, ids, what.size, what.cases, what.model, total, what.persons, least, top, length
                )  # fmt: skip
                top *= penalty
                better = top > seen.best[centers]
                own = centers[better]
                seen.best[own], seen.length[own], seen.shape[own] = top[better], length[better], k
            if lanes is not None:
                lanes.scan(what, ids, start, penalty, 4 if number == 0 else 128)
                if k == 0 and number in SORT_AFTER:
                    _sort_lanes(what, lanes, penalty)
    if lanes is not None:
        maxima[at + lanes.index] = lanes.best
    return n_windows


def _sort_lanes(what: ScanMap, lanes: Lanes, penalty: float) -> None:
    """Put chance maps with similar best statistics into one block, so that its floor is high."""
    n_blocks, n_lanes = lanes.best.shape
    order = np.argsort(lanes.best, axis=None, kind="stable")
    for a in range(0, what.cases.size, 256):  # a few units at a time stay in the cache
        part = lanes.counts[:, a : a + 256].transpose(1, 0, 2).reshape(-1, n_blocks * n_lanes)
        mixed = np.take(part, order, axis=1).reshape(-1, n_blocks, n_lanes)
        lanes.counts[:, a : a + 256] = mixed.transpose(1, 0, 2)
    lanes.best[:] = lanes.best.ravel()[order].reshape(n_blocks, n_lanes)
    lanes.index[:] = lanes.index.ravel()[order].reshape(n_blocks, n_lanes)
    for blk in range(n_blocks):
        lanes.floor[blk] = max(float(lanes.best[blk].min()) / penalty, 0.5)
        fill_needed(
            what.model, float(what.total), what.persons, what.most(), lanes.floor[blk] * 0.999999, lanes.needed[blk]
        )  # fmt: skip


def _list(what: ScanMap, seen: _Seen, maxima: FloatArray) -> list[Cluster]:
    """List clusters by strength; one that shares a unit with a stronger one is left out."""
    shapes = [rings for rings, _ in what.shapes()]
    taken: BoolArray = np.zeros(what.cases.size, dtype=bool)
    out: list[Cluster] = []
    for i in np.argsort(-seen.best, kind="stable"):
        if seen.best[i] <= 0 or len(out) >= what.settings.most:
            break
        if out and monte_carlo_p(float(seen.best[i]), maxima) > 0.5:
            break  # nobody looks at these
        if taken[i]:
            continue
        ids, _ = shapes[seen.shape[i]].chunk(np.array([i], dtype=np.int64))
        units = ids[: seen.length[i]]
        if taken[units].any():
            continue
        taken[units] = True
        out.append(_cluster(what, units, float(seen.best[i]), maxima))
    return out


def _cluster(what: ScanMap, units: IntArray, statistic: float, maxima: FloatArray) -> Cluster:
    """Count one window."""
    n, size = int(what.cases[units].sum()), float(what.size[units].sum())
    expected = size * what.total / what.persons if what.model == 1 else size
    outside = what.total - expected
    rest = (what.total - n) / outside if outside > 0 else 0.0
    llr = statistic
    if what.model < 2:
        llr = float(ratio(what.model, float(n), size, float(what.total), what.persons))
    return Cluster(
        units=units,
        n=n,
        expected=expected,
        llr=llr,
        statistic=statistic,
        p_value=monte_carlo_p(statistic, maxima),
        p_gumbel=gumbel_p(statistic, maxima),
        relative_risk=(n / expected) / rest if rest > 0 else float("inf"),
    )


def _renamed(cluster: Cluster, keep: IntArray) -> Cluster:
    """Translate positions in memory order to those of the caller."""
    from dataclasses import replace  # noqa: PLC0415  only here

    return replace(cluster, units=frozen(keep[cluster.units]))
