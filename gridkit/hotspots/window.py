"""How large may the windows of a scan be? As large as tells hazards and exposure apart best."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from gridkit.hotspots.clusters import Cluster, ScanResult, ScanSettings, gumbel_p, monte_carlo_p
from gridkit.hotspots.scanning import scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit._typing import FloatArray, IntArray
    from gridkit.hotspots.rings import Distance, Windows

SHARES = (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.10, 0.12, 0.15, 0.20, 0.25, 0.30, 0.40, 0.50)
"""Largest shares that are tried."""


def scan_by_gini(
    xy: FloatArray,
    cases: IntArray,
    exposure: FloatArray,
    *,
    model: Literal["poisson", "bernoulli", "negative_binomial"] = "poisson",
    settings: ScanSettings | None = None,
    distance: Distance | Windows | None = None,
    seed: int = 0,
    alpha: float = 0.05,
) -> ScanResult:
    """Scan with several largest window sizes and keep the one with the highest Gini coefficient.

    One cluster that melts two hotspots together holds much exposure without many hazards; several small
    ones that miss half of a hotspot leave hazards outside. The Gini coefficient of the clusters
    (hazards against exposure) is high when neither happens. Every cluster is compared with the best
    windows of *all* sizes on the maps of chance, so that having tried several sizes costs nothing.

    Parameters
    ----------
    xy, cases, exposure, model, settings, distance, seed
        As in `scan`; `settings.max_share` is the largest share tried.
    alpha : 0..1
        Clusters up to this p count.

    Returns
    -------
    ScanResult
        With `share` and `gini`.

    References
    ----------
    Han, J. et al. (2016). Using Gini coefficient to determine optimal cluster reporting sizes for spatial
    scan statistics. International Journal of Health Geographics 15:27.
    """
    settings = replace(settings or ScanSettings(), choose_share=False)

    def look(share: float, n_replicates: int) -> ScanResult:
        own = replace(settings, max_share=share, n_replicates=n_replicates)
        return scan(xy, cases, exposure, model=model, settings=own, distance=distance, seed=seed)

    widest = look(settings.max_share, settings.n_replicates)
    shares = [s for s in SHARES if s < settings.max_share]
    found = {s: _judged(look(s, 0).clusters, widest.maxima) for s in shares}
    found[settings.max_share] = widest.clusters
    whole = float(exposure.sum())
    index = {
        s: gini(
            [(c.n, float(exposure[c.units].sum()) / whole) for c in made if c.p_value <= alpha],
            int(cases.sum()),
        )
        for s, made in found.items()
    }
    # among equals the smallest window
    best = max(index, key=lambda s: (round(index[s], 12), -s))
    return replace(widest, clusters=found[best], share=best, gini=index)


def _judged(clusters: Sequence[Cluster], maxima: FloatArray) -> tuple[Cluster, ...]:
    """Compare clusters with maps of chance."""
    return tuple(
        replace(
            c,
            p_value=monte_carlo_p(c.statistic, maxima),
            p_gumbel=gumbel_p(c.statistic, maxima),
        )
        for c in clusters
    )


def gini(clusters: Sequence[tuple[int, float]], total: int) -> float:
    """Measure how far clusters tell hazards and exposure apart: 0 not at all, near 1 wholly.

    Parameters
    ----------
    clusters
        Hazards, and share of the exposure, of each; they share no unit.
    total
        All hazards.

    Returns
    -------
    float
        0..1.

    Examples
    --------
    Half of the hazards on a tenth of the exposure:

    >>> round(gini([(50, 0.1)], 100), 3)
    0.4
    """
    inside = sorted(((n / total, e) for n, e in clusters), key=lambda t: -t[0] / max(t[1], 1e-300))
    hazards = np.concatenate([[0.0], np.cumsum([h for h, _ in inside]), [1.0]])
    exposed = np.concatenate([[0.0], np.cumsum([e for _, e in inside]), [1.0]])
    under = ((hazards[1:] + hazards[:-1]) / 2 * np.diff(exposed)).sum()
    return float(2 * under - 1)
