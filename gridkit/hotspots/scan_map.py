"""What does a scan look at: the map seen, and maps of chance side by side?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit._kernels.scan import (
    N_BINS,
    draw_hypergeometric,
    draw_multinomial,
    fill_needed,
    scan_lanes,
)
from gridkit.hotspots.rings import ELLIPSES, PlanarRings, straightened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridkit._typing import FloatArray, IntArray
    from gridkit.hotspots.clusters import ScanSettings
    from gridkit.hotspots.rings import Rings, Windows

MODELS = ("poisson", "bernoulli", "negative_binomial")
"""Positions are the numbers that kernels know; the last one has kernels of its own."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ScanMap:
    """What is scanned, in memory order: counts, window sizes, and the shapes of windows."""

    xy: FloatArray
    cases: IntArray
    size: FloatArray
    weight: FloatArray
    model: int
    total: int
    persons: float
    settings: ScanSettings
    windows: Windows | None = None
    keep: IntArray | None = None

    def most(self) -> float:
        """Give the largest size of a window."""
        return self.settings.max_share * self.persons * (1 + 1e-9)

    def shapes(self) -> Iterator[tuple[Rings, float]]:
        """Give the rings of each window shape, and its penalty."""
        limit = self.settings.max_share * float(self.weight.sum())
        radius = self.settings.max_radius_m or np.inf
        if self.windows is not None and self.keep is not None:
            yield self.windows.rings(self.keep, self.weight, limit, radius), 1.0
            return
        for shape, n_angles in ELLIPSES if self.settings.shape == "elliptic" else ELLIPSES[:1]:
            penalty = (4 * shape / (shape + 1) ** 2) ** self.settings.penalty
            for k in range(n_angles):
                xy = straightened(self.xy, shape, np.pi * k / n_angles) if shape > 1 else self.xy
                yield (
                    PlanarRings(xy=xy, weight=self.weight, most_weight=limit, most_radius_m=radius),
                    penalty,
                )


@dataclass(kw_only=True, eq=False)
class Lanes:
    """Counts of chance maps side by side, and the best statistic of each so far."""

    counts: Any
    base: IntArray
    best: FloatArray
    floor: FloatArray
    needed: IntArray
    totals: Any
    index: IntArray

    def scan(
        self, what: ScanMap, ids: IntArray, start: IntArray, penalty: float, renew: int
    ) -> None:
        """Lift the best statistics by some windows; floors are renewed every so many centres."""
        longest = int(np.diff(start).max(initial=0))
        scan_lanes(
            start, ids, what.size, self.base, self.counts, what.model, float(what.total),
            what.persons, what.most(), penalty, what.settings.min_hazards, self.best, self.floor,
            self.needed, renew, np.empty((2, longest), np.int32), np.empty(longest),

            *self.totals,
        )  # fmt: skip


def draw_blocks(
    what: ScanMap, phi: float, seed: int, first: int, count: int, n_lanes: int
) -> Lanes:
    """Draw some blocks of chance maps, in few bits where the counts allow."""
    n = what.cases.size
    mean = what.size * (what.total / what.persons)
    base = mean.astype(np.int64)
    spread = np.sqrt(mean * (1 + phi * mean)).max()
    counts: Any = None
    narrow = 12 * np.sqrt(what.total * (1 + phi * mean.max())) < 30_000
    for dtype, room in ((np.int8, 127), (np.int16, 32_767), (np.int32, 2**31)):
        if 6.5 * spread + 5 < room and (narrow or dtype is np.int32):
            counts = np.zeros((count, n, n_lanes), dtype=dtype)
            if all(_draw(what, mean, base, phi, seed, first + k, counts[k]) for k in range(count)):
                break
    needed = np.zeros((count, N_BINS), dtype=np.int64)
    fill_needed(what.model, float(what.total), what.persons, what.most(), 0.5, needed[0])
    needed[:] = needed[0]
    return Lanes(
        counts=counts,
        base=base,
        best=np.zeros((count, n_lanes)),
        floor=np.full(count, 0.5),
        needed=needed,
        index=np.arange(count * n_lanes, dtype=np.int64).reshape(count, n_lanes),
        totals=np.zeros((2, n_lanes), np.int32 if counts.dtype == np.int32 else np.int16),
    )


def _draw(
    what: ScanMap, mean: FloatArray, base: IntArray, phi: float, seed: int, stream: int, lanes: Any
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
