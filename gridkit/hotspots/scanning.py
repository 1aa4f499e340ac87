"""Which circle (or ellipse) holds more hazards than any circle would by chance?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gridkit._kernels.scan import (
    N_BINS,
    draw_hypergeometric,
    draw_multinomial,
    fill_needed,
    ratio,
    scan_lanes_narrow,
    scan_lanes_wide,
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
from gridkit.hotspots.dispersion import overdispersion
from gridkit.hotspots.rings import (
    ELLIPSES,
    DistanceRings,
    PlanarRings,
    memory_order,
    straightened,
)
from gridkit.model._arrays import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridkit._typing import BoolArray, FloatArray, IntArray
    from gridkit.hotspots.rings import Distance, Rings

LANES = 256
"""Chance maps that are scanned side by side."""

SORT_AFTER = (0, 2, 8)
"""After these chunks of centres, chance maps are grouped by their best statistic so far."""

BLOCK_BYTES = 2**27
"""Memory for the counts of chance maps that are held at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Map:
    """What is scanned, in memory order: counts, window sizes, and the shapes of windows."""

    xy: FloatArray
    cases: IntArray
    size: FloatArray
    weight: FloatArray
    model: int
    total: int
    persons: float
    settings: ScanSettings
    distance: Distance | None = None

    def shapes(self) -> Iterator[tuple[Rings, float]]:
        """Give the rings of each window shape, and its penalty."""
        limit = self.settings.max_share * float(self.weight.sum())
        radius = self.settings.max_radius_m or np.inf
        if self.distance is not None:
            yield (
                DistanceRings(
                    distance=self.distance,
                    weight=self.weight,
                    most_weight=limit,
                    most_distance=radius,
                ),
                1.0,
            )
            return
        for shape, n_angles in ELLIPSES if self.settings.shape == "elliptic" else ELLIPSES[:1]:
            penalty = (4 * shape / (shape + 1) ** 2) ** self.settings.penalty
            for k in range(n_angles):
                xy = straightened(self.xy, shape, np.pi * k / n_angles) if shape > 1 else self.xy
                yield (
                    PlanarRings(xy=xy, weight=self.weight, most_weight=limit, most_radius_m=radius),
                    penalty,
                )


def scan(
    xy: FloatArray,
    cases: IntArray,
    exposure: FloatArray,
    *,
    model: Literal["poisson", "bernoulli"] = "poisson",
    settings: ScanSettings | None = None,
    distance: Distance | None = None,
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
        ``"poisson"`` for hazards per exposure, ``"bernoulli"`` for things that are a case or not.
    settings
        Window, replicates.
    distance
        Instead of the distance in the plane: great circle, along streets (`great_circle`...).
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
        clusters=tuple(found), maxima=frozen(maxima), dispersion=dispersion, n_windows=n_windows
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
    distance: Distance | None,
) -> _Map:
    """Choose units and turn exposures into expectations."""
    count, weight = cases[keep], exposure[keep]
    total = int(count.sum())
    size = weight * (total / weight.sum()) if model == "poisson" else weight

    def between(center: int, /) -> FloatArray:
        assert distance is not None  # noqa: S101  only called then
        return distance(int(keep[center]))[keep]

    return _Map(
        xy=xy[keep],
        cases=count,
        size=size,
        weight=weight,
        model=0 if model == "poisson" else 1,
        total=total,
        persons=float(size.sum()),
        settings=settings,
        distance=None if distance is None else between,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Seen:
    """Best window of every centre and shape: statistic, number of units, which shape."""

    best: FloatArray
    length: IntArray
    shape: IntArray


@dataclass(kw_only=True, eq=False)
class _Lanes:
    """Counts of chance maps side by side, and the best statistic of each so far."""

    counts: Any
    base: IntArray
    best: FloatArray
    floor: FloatArray
    needed: IntArray
    kernel: Any
    index: IntArray


def _scan_map(what: _Map, seed: int) -> tuple[list[Cluster], FloatArray, float, int]:
    """Scan the map seen and the maps of chance, and list clusters that share no unit."""
    n, s = what.cases.size, what.settings
    phi = (
        overdispersion(what.cases, what.size, what.xy)
        if s.overdispersed and what.model == 0 and s.n_replicates
        else 0.0
    )
    n_lanes = max(32, min(LANES, 32 * (-(-s.n_replicates // 32))))
    n_blocks = -(-s.n_replicates // n_lanes)
    together = max(1, min(n_blocks, BLOCK_BYTES // (n * n_lanes)))
    seen = _Seen(best=np.zeros(n), length=np.zeros(n, np.int64), shape=np.zeros(n, np.int64))
    maxima = np.zeros(n_blocks * n_lanes)
    n_windows = _pass(
        what,
        None if n_blocks == 0 else _draw_blocks(what, phi, seed, 0, together, n_lanes),
        seen,
        maxima,
        0,
    )
    done = together * n_lanes
    for b in range(together, n_blocks, together):
        if s.early_stop and (maxima[:done] >= seen.best.max()).sum() >= 25:
            break
        lanes = _draw_blocks(what, phi, seed, b, min(together, n_blocks - b), n_lanes)
        _pass(what, lanes, None, maxima, b * n_lanes)
        done = (b + together) * n_lanes
    maxima = maxima[: min(done, s.n_replicates)]
    return _list(what, seen, maxima), maxima, phi, n_windows


def _chunks(n: int) -> Iterator[IntArray]:
    """Go through all centres; a thin sample first, which lifts the floors of chance maps quickly."""
    thin = np.arange(0, n, 61, dtype=np.int64)
    rest = np.setdiff1d(np.arange(n, dtype=np.int64), thin)
    yield thin
    for a in range(0, rest.size, 512):
        yield rest[a : a + 512]


def _pass(what: _Map, lanes: _Lanes | None, seen: _Seen | None, maxima: FloatArray, at: int) -> int:
    """Go once through all windows, on the map seen, on chance maps, or on both."""
    n_windows, total, least = 0, float(what.total), what.settings.min_hazards
    most = what.settings.max_share * what.persons * (1 + 1e-9)
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
                lanes.kernel(
                    start, ids, what.size, lanes.base, lanes.counts, what.model, total, what.persons,
                    most, penalty, least, lanes.best, lanes.floor, lanes.needed,
                    4 if number == 0 else 128,
                )  # fmt: skip
                if k == 0 and number in SORT_AFTER:
                    _sort_lanes(what, lanes, penalty)
    if lanes is not None:
        maxima[at + lanes.index] = lanes.best
    return n_windows


def _sort_lanes(what: _Map, lanes: _Lanes, penalty: float) -> None:
    """Put chance maps with similar best statistics into one block, so that its floor is high."""
    n_blocks, n_lanes = lanes.best.shape
    order = np.argsort(lanes.best, axis=None, kind="stable")
    for a in range(0, what.cases.size, 256):  # a few units at a time stay in the cache
        part = lanes.counts[:, a : a + 256].transpose(1, 0, 2).reshape(-1, n_blocks * n_lanes)
        mixed = np.take(part, order, axis=1).reshape(-1, n_blocks, n_lanes)
        lanes.counts[:, a : a + 256] = mixed.transpose(1, 0, 2)
    lanes.best[:] = lanes.best.ravel()[order].reshape(n_blocks, n_lanes)
    lanes.index[:] = lanes.index.ravel()[order].reshape(n_blocks, n_lanes)
    most = what.settings.max_share * what.persons * (1 + 1e-9)
    for blk in range(n_blocks):
        lanes.floor[blk] = max(float(lanes.best[blk].min()) / penalty, 0.5)
        fill_needed(
            what.model, float(what.total), what.persons, most, lanes.floor[blk] * 0.999999, lanes.needed[blk]
        )  # fmt: skip


def _draw_blocks(what: _Map, phi: float, seed: int, first: int, count: int, n_lanes: int) -> _Lanes:
    """Draw some blocks of chance maps, in few bits where the counts allow."""
    n = what.cases.size
    mean = what.size * (what.total / what.persons)
    base = mean.astype(np.int64)
    spread = np.sqrt(mean * (1 + phi * mean)).max()
    counts: Any = None
    narrow = 12 * np.sqrt(what.total * (1 + phi * mean.max())) < 30_000
    for dtype, room in ((np.int8, 127), (np.int16, 32_767), (np.int32, 2**31)):
        if 7 * spread + 10 < room and (narrow or dtype is np.int32):
            counts = np.zeros((count, n, n_lanes), dtype=dtype)
            if all(_draw(what, mean, base, phi, seed, first + k, counts[k]) for k in range(count)):
                break
    needed = np.zeros((count, N_BINS), dtype=np.int64)
    most = what.settings.max_share * what.persons * (1 + 1e-9)
    fill_needed(what.model, float(what.total), what.persons, most, 0.5, needed[0])
    needed[:] = needed[0]
    return _Lanes(
        counts=counts,
        base=base,
        best=np.zeros((count, n_lanes)),
        floor=np.full(count, 0.5),
        needed=needed,
        index=np.arange(count * n_lanes, dtype=np.int64).reshape(count, n_lanes),
        kernel=scan_lanes_wide if counts.dtype == np.int32 else scan_lanes_narrow,
    )


def _draw(
    what: _Map, mean: FloatArray, base: IntArray, phi: float, seed: int, stream: int, lanes: Any
) -> bool:
    """Draw one block of chance maps; False when a count does not fit its bits."""
    most = int(np.iinfo(lanes.dtype).max)
    if what.model == 0 and phi == 0:
        return bool(draw_multinomial(seed, stream, mean, what.total, base, lanes, most))
    if what.model == 1:
        drawn = np.zeros(lanes.shape, dtype=np.int32)
        draw_hypergeometric(seed, stream, what.size.astype(np.int64), what.total, base, drawn)
    else:
        rng = np.random.default_rng([seed, stream])
        mixed = mean[:, None] * rng.gamma(1.0 / phi, phi, lanes.shape)
        drawn = rng.multinomial(what.total, (mixed / mixed.sum(axis=0)).T).T - base[:, None]
    if np.abs(drawn).max() > most:
        return False
    lanes[:] = drawn
    return True


def _list(what: _Map, seen: _Seen, maxima: FloatArray) -> list[Cluster]:
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


def _cluster(what: _Map, units: IntArray, statistic: float, maxima: FloatArray) -> Cluster:
    """Count one window."""
    n, size = int(what.cases[units].sum()), float(what.size[units].sum())
    expected = size if what.model == 0 else size * what.total / what.persons
    outside = what.total - expected
    rest = (what.total - n) / outside if outside > 0 else 0.0
    return Cluster(
        units=units,
        n=n,
        expected=expected,
        llr=float(ratio(what.model, float(n), size, float(what.total), what.persons)),
        statistic=statistic,
        p_value=monte_carlo_p(statistic, maxima),
        p_gumbel=gumbel_p(statistic, maxima),
        relative_risk=(n / expected) / rest if rest > 0 else float("inf"),
    )


def _renamed(cluster: Cluster, keep: IntArray) -> Cluster:
    """Translate positions in memory order to those of the caller."""
    from dataclasses import replace  # noqa: PLC0415  only here

    return replace(cluster, units=frozen(keep[cluster.units]))
