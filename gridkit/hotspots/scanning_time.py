"""Which circle, over which stretch of time, holds more hazards than chance allows?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from gridkit._kernels.scan import N_BINS, draw_multinomial, draw_permutation, fill_needed
from gridkit._kernels.scan_time import scan_time_lanes, scan_time_seen
from gridkit.errors import ConfigError, InputError
from gridkit.hotspots.clusters import Cluster, ScanResult, gumbel_p, monte_carlo_p
from gridkit.hotspots.rings import DistanceRings, PlanarRings
from gridkit.model._arrays import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from gridkit._typing import BoolArray, FloatArray, IntArray
    from gridkit.hotspots.rings import Distance, Rings

LANES = 128
"""Chance maps that are scanned side by side."""

SORT_AFTER = (0, 1, 3)
"""After these chunks of centres, chance maps are grouped by their best statistic so far."""

BLOCK_BYTES = 2**28
"""Memory for the counts of chance maps that are held at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceTimeSettings:
    """How a scan in space and time looks for clusters.

    Parameters
    ----------
    model
        ``"poisson"``: hazards in proportion to an expectation for every unit and period.
        ``"permutation"``: no expectation is needed; the times of all reports are dealt out anew, so
        that only the going together of place and time counts, whatever is always dense or busy.
    max_share : 0..0.5
        Largest share of the expectation (for the permutation: of the hazards) inside the circle.
    max_radius_m : m
        Largest radius; 0 for no limit.
    max_periods
        Longest stretch, in periods; 0 for half of all.
    alive_only
        Look only for clusters that last into the last period (prospective: early warning).
    min_hazards
        Fewest hazards of a cluster.
    n_replicates
        Maps of chance.
    most
        At most this many clusters.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    model: Literal["poisson", "permutation"] = "poisson"
    max_share: float = 0.05
    max_radius_m: float = 0.0
    max_periods: int = 12
    alive_only: bool = False
    min_hazards: int = 2
    n_replicates: int = 999
    most: int = 50

    def __post_init__(self) -> None:
        if not 0 < self.max_share <= 0.5:
            msg = f"`max_share` is a share above 0 and at most 0.5; got {self.max_share}"
            raise ConfigError(msg)
        if min(self.n_replicates, self.max_periods, self.max_radius_m) < 0 or self.min_hazards < 1:
            msg = "expected n_replicates, max_periods and max_radius_m not negative, and min_hazards >= 1."
            raise ConfigError(msg)


def scan_space_time(
    xy: FloatArray,
    cases: IntArray,
    expected: FloatArray | None = None,
    *,
    settings: SpaceTimeSettings | None = None,
    distance: Distance | None = None,
    seed: int = 0,
) -> ScanResult:
    """Scan with cylinders: a circle of units over a stretch of periods.

    Parameters
    ----------
    xy : (n, 2), metres
        Places of the units.
    cases : (n, t)
        Hazards of every unit and period.
    expected : (n, t), optional
        What is expected of them, in any scale: exposure times season, adjusted for whatever should
        not count as a hotspot. Not used by the permutation model.
    settings
        Model, windows, replicates.
    distance
        Instead of the distance in the plane.
    seed
        Of the chance maps.

    Returns
    -------
    ScanResult
        Clusters with `first` and `last` period, sharing no unit.

    Raises
    ------
    InputError
        If shapes differ, something is negative, or hazards lie where none are expected.

    References
    ----------
    Kulldorff, M. et al. (1998). Evaluating cluster alarms: a space-time scan statistic.
    Kulldorff, M. (2001). Prospective time periodic geographical disease surveillance.
    Kulldorff, M. et al. (2005). A space-time permutation scan statistic.
    """
    settings = settings or SpaceTimeSettings()
    cases = np.ascontiguousarray(cases, dtype=np.int64)
    hoped = _expectation(cases, expected, settings)
    if cases.ndim != 2 or hoped.shape != cases.shape or len(xy) != len(cases):
        msg = f"expected one row of counts and of expectations for each of {len(xy)} places; got {cases.shape} and {hoped.shape}"
        raise InputError(msg)
    if (cases < 0).any() or (hoped < 0).any() or ((hoped == 0) & (cases > 0)).any():
        msg = "counts and expectations are not negative, and hazards may only lie where some are expected."
        raise InputError(msg)
    total = int(cases.sum())
    if total < settings.min_hazards:
        msg = f"a scan needs at least {settings.min_hazards} hazards; got {total}"
        raise InputError(msg)
    weight = hoped.sum(axis=1)
    keep = np.flatnonzero(weight > 0)
    map_ = _Cube(
        xy=xy[keep],
        cases=cases[keep],
        expected=np.ascontiguousarray(hoped[keep] * (total / hoped.sum())),
        total=total,
        settings=settings,
        distance=_between(distance, keep),
        longest=settings.max_periods or max(1, cases.shape[1] // 2),
    )
    best, where, n_windows = _look(map_)
    maxima = _chance(map_, seed)
    clusters = tuple(_renamed(c, keep) for c in _list(map_, best, where, maxima))
    return ScanResult(clusters=clusters, maxima=frozen(maxima), dispersion=0.0, n_windows=n_windows)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Cube:
    """What is scanned: counts and expectations by unit and period."""

    xy: FloatArray
    cases: IntArray
    expected: FloatArray
    total: int
    settings: SpaceTimeSettings
    distance: Distance | None
    longest: int

    def rings(self) -> Rings:
        """Give the circles around every unit."""
        weight = self.expected.sum(axis=1)
        limit = self.settings.max_share * self.total
        radius = self.settings.max_radius_m or np.inf
        if self.distance is not None:
            return DistanceRings(
                distance=self.distance, weight=weight, most_weight=limit, most_distance=radius
            )
        return PlanarRings(xy=self.xy, weight=weight, most_weight=limit, most_radius_m=radius)


def _expectation(
    cases: IntArray, expected: FloatArray | None, settings: SpaceTimeSettings
) -> FloatArray:
    """For the permutation: what place and time lead one to expect if they are independent."""
    if settings.model == "permutation":
        return np.outer(cases.sum(axis=1), cases.sum(axis=0)).astype(np.float64)
    if expected is None:
        msg = "the Poisson model needs `expected`, one figure for each unit and period; or take model='permutation'."
        raise InputError(msg)
    return np.ascontiguousarray(expected, dtype=np.float64)


def _between(distance: Distance | None, keep: IntArray) -> Distance | None:
    if distance is None:
        return None

    def of_kept(center: int, /) -> FloatArray:
        return distance(int(keep[center]))[keep]

    return of_kept


def _chunks(n: int) -> Iterator[IntArray]:
    thin = np.arange(0, n, 61, dtype=np.int64)
    rest = np.setdiff1d(np.arange(n, dtype=np.int64), thin)
    yield thin
    for a in range(0, rest.size, 128):
        yield rest[a : a + 128]


def _look(cube: _Cube) -> tuple[FloatArray, IntArray, int]:
    """Find the best cylinder of every centre on the map that was seen."""
    n, n_times = cube.cases.shape
    best, where = np.zeros(n), np.zeros((n, 3), dtype=np.int64)
    n_windows, rings, s = 0, cube.rings(), cube.settings
    for centers in _chunks(n):
        ids, start = rings.chunk(centers)
        top, at = np.zeros(centers.size), np.zeros((centers.size, 3), dtype=np.int64)
        scan_time_seen(
            start, ids, cube.expected, cube.cases, float(cube.total), cube.longest, s.alive_only,
            s.min_hazards, top, at,
        )  # fmt: skip
        best[centers], where[centers] = top, at
        n_windows += ids.size * (1 if s.alive_only else n_times) * cube.longest
    return best, where, n_windows


def _chance(cube: _Cube, seed: int) -> FloatArray:
    """Scan maps of chance: the best statistic of each."""
    s, (n, n_times) = cube.settings, cube.cases.shape
    if s.n_replicates == 0:
        return np.zeros(0)
    n_lanes = min(LANES, 32 * (-(-s.n_replicates // 32)))
    n_blocks = -(-s.n_replicates // n_lanes)
    together = max(1, min(n_blocks, BLOCK_BYTES // (n * n_times * n_lanes)))
    if s.max_share * cube.total + 14 * np.sqrt(cube.total) > 32_000:
        msg = f"{cube.total:,} hazards are too many for windows of {s.max_share:.0%}; take a smaller `max_share`."
        raise InputError(msg)
    peak = float(cube.expected.max())
    dtype: Any = np.uint8 if peak + 8 * np.sqrt(peak) + 20 < 255 else np.int16
    most = s.max_share * cube.total * (1 + 1e-9)
    rings, maxima = cube.rings(), np.zeros(n_blocks * n_lanes)
    weight = np.ascontiguousarray(cube.expected.sum(axis=1))
    widest = _longest_share(cube)
    for b in range(0, n_blocks, together):
        count = min(together, n_blocks - b)
        lanes = np.zeros((count, n, n_times, n_lanes), dtype=dtype)
        for k in range(count):
            _draw(cube, seed, b + k, lanes[k])
        best, floor = np.zeros((count, n_lanes)), np.full(count, 0.5)
        index = np.arange(count * n_lanes)
        needed = np.zeros((count, N_BINS), dtype=np.int64)
        fill_needed(0, float(cube.total), float(cube.total), most, 0.5, needed[0])
        needed[:] = needed[0]
        for number, centers in enumerate(_chunks(n)):
            ids, start = rings.chunk(centers)
            scan_time_lanes(
                start, ids, cube.expected, weight, widest, lanes, float(cube.total), most, cube.longest, s.alive_only,
                s.min_hazards, best, floor, needed, 2 if number == 0 else 32,
            )  # fmt: skip
            if number in SORT_AFTER:
                order = np.argsort(best, axis=None, kind="stable")
                index = index[order]
                best = best.ravel()[order].reshape(count, n_lanes)
                _regroup(lanes, order)
                floor = np.maximum(best.min(axis=1), 0.5)
                for k in range(count):
                    fill_needed(
                        0,
                        float(cube.total),
                        float(cube.total),
                        most,
                        floor[k] * 0.999999,
                        needed[k],
                    )
        maxima[b * n_lanes + index] = best.ravel()
    return maxima[: s.n_replicates]


def _regroup(lanes: Any, order: IntArray) -> None:
    """Put chance maps into another order, unit by unit to save memory."""
    n_blocks, n, n_times, n_lanes = lanes.shape
    for i in range(n):
        flat = lanes[:, i].transpose(1, 0, 2).reshape(n_times, -1)[:, order]
        lanes[:, i] = flat.reshape(n_times, n_blocks, n_lanes).transpose(1, 0, 2)


def _longest_share(cube: _Cube) -> float:
    """Largest share of the expectation that a stretch of the longest kind holds."""
    upto = np.concatenate([[0.0], np.cumsum(cube.expected.sum(axis=0))])
    reach = np.minimum(np.arange(upto.size) + cube.longest, upto.size - 1)
    return float((upto[reach] - upto).max()) / cube.total


def _draw(cube: _Cube, seed: int, stream: int, lanes: Any) -> None:
    """Draw one block of chance maps."""
    n, n_times, n_lanes = lanes.shape
    if cube.settings.model == "permutation":
        place, time = np.nonzero(cube.cases)
        times_over = cube.cases[place, time]
        where, when = np.repeat(place, times_over), np.repeat(time, times_over)
        draw_permutation(seed, stream, where, when, lanes)
        return
    flat = lanes.reshape(n * n_times, n_lanes)
    none = np.zeros(n * n_times, dtype=np.int64)
    most = int(np.iinfo(lanes.dtype).max)
    if not draw_multinomial(seed, stream, cube.expected.ravel(), cube.total, none, flat, most):
        msg = f"a unit and period of a chance map got more than {most:,} hazards; cut large units into smaller ones."
        raise InputError(msg)


def _list(cube: _Cube, best: FloatArray, where: IntArray, maxima: FloatArray) -> list[Cluster]:
    """List clusters by strength; one that shares a unit with a stronger one is left out."""
    rings = cube.rings()
    taken: BoolArray = np.zeros(len(cube.cases), dtype=bool)
    out: list[Cluster] = []
    for i in np.argsort(-best, kind="stable"):
        if best[i] <= 0 or len(out) >= cube.settings.most:
            break
        if out and monte_carlo_p(float(best[i]), maxima) > 0.5:
            break
        if taken[i]:
            continue
        k, first, end = where[i]
        units = rings.chunk(np.array([i], dtype=np.int64))[0][:k]
        if taken[units].any():
            continue
        taken[units] = True
        n = int(cube.cases[units, first:end].sum())
        expected = float(cube.expected[units, first:end].sum())
        rest = (cube.total - n) / (cube.total - expected) if cube.total > expected else 0.0
        llr = float(best[i])
        out.append(
            Cluster(
                units=units,
                n=n,
                expected=expected,
                llr=llr,
                statistic=llr,
                p_value=monte_carlo_p(llr, maxima),
                p_gumbel=gumbel_p(llr, maxima),
                relative_risk=(n / expected) / rest if rest > 0 else float("inf"),
                first=int(first),
                last=int(end) - 1,
            )
        )
    return out


def _renamed(cluster: Cluster, keep: IntArray) -> Cluster:
    from dataclasses import replace  # noqa: PLC0415  only here

    return replace(cluster, units=frozen(keep[cluster.units]))
