"""Which units, and which circles of units, have more hazards than their exposure lets one expect?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InputError
from gridkit.hotspots.case import hotspot, united
from gridkit.hotspots.emerging import CLASSES, emerging_hotspots
from gridkit.hotspots.local import adjusted_p, eb_index, gi_star, local_moran
from gridkit.hotspots.neighbors import band_neighbors, subgraph, typical_band
from gridkit.hotspots.scanning import scan
from gridkit.hotspots.scanning_time import scan_space_time
from gridkit.hotspots.sharpen import sharpened
from gridkit.hotspots.walking import along_streets
from gridkit.hotspots.window import scan_by_gini

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray
    from gridkit.hotspots.case import Case
    from gridkit.hotspots.clusters import Cluster
    from gridkit.hotspots.rings import Windows
    from gridkit.model.hotspots import Hotspot

TELLING = (
    "new",
    "consecutive",
    "intensifying",
    "persistent",
    "diminishing",
    "oscillating",
    "sporadic",
)
"""Classes of units that may be hot in the last period, those that call for somebody first."""


def high_rates(case: Case) -> tuple[list[Hotspot], list[str]]:
    """Units with high rates among units with high rates (Gi*), neighbours united."""
    return _local(case, "gi_star")


def moran(case: Case) -> tuple[list[Hotspot], list[str]]:
    """Units with a high rate whose neighbours have high rates too (local Moran)."""
    return _local(case, "moran")


def _local(case: Case, method: str) -> tuple[list[Hotspot], list[str]]:
    s, graph = case.settings, case.town.graph
    keep = np.ones(case.cases.size, bool) if not case.has_exposure else case.expected > 0
    values = case.cases.astype(np.float64)
    if case.has_exposure:
        # in units of chance spread, with long tails drawn in: one tiny unit must not drown the rest
        values = np.arcsinh(eb_index(case.rated[keep].astype(np.float64), case.expected[keep]))
    name = "Gi*" if method == "gi_star" else "Local Moran"
    if keep.sum() < 10 or np.ptp(values) == 0:
        return [], [
            f"{name} was not computed: it needs at least 10 units with exposure and rates that differ."
        ]
    band, start, neighbor = _around(case, keep)
    compare = gi_star if method == "gi_star" else local_moran
    local = compare(values, start, neighbor, n_permutations=s.n_permutations, seed=case.seed)
    p, z = np.ones(keep.size), np.zeros(keep.size)
    raw = local.p_high if s.p_values == "permutation" else local.p_normal_high
    p[keep] = adjusted_p(raw, method=s.correction)
    z[keep] = local.statistic
    hot = (p <= s.alpha) & (z > 0)
    if method == "moran":
        hot[keep] &= local.quadrant == 0
    piece = graph.pieces(np.where(hot, 0, -1).astype(np.int32))
    found = []
    for label in np.unique(piece[hot]):
        units = np.flatnonzero(hot & (piece == label))
        n, e = int(case.cases[units].sum()), float(case.expected[units].sum())
        if n == 0 or n <= e:
            continue  # a calm unit among hot ones
        found.append(
            hotspot(
                case, method, n, e, statistic=float(z[units].max()), p_value=float(p[units].min()),
                shape=united(case, units), units=units,
            )
        )  # fmt: skip
    found.sort(key=lambda h: (-h.statistic, -h.n))
    what = (
        f"rates per {case.exposure}, in units of their own chance spread"
        if case.has_exposure
        else "counts"
    )
    how = (
        f"{s.n_permutations:,} permutations" if s.p_values == "permutation" else "the normal curve"
    )
    note = (
        f"{name} on {what}: a unit is compared together with the units that touch it or lie within {band:.0f} m; p by {how}, "
        f"adjusted for {int(keep.sum()):,} units ({s.correction.upper()}), kept at {s.alpha:g}; touching units are united."
    )
    return found, [note]


def _around(case: Case, keep: BoolArray) -> tuple[float, IntArray, LabelArray]:
    """List the units around each unit that is kept."""
    graph, xy = case.town.graph, case.town.units.xy[keep]
    band = case.settings.neighbor_m or typical_band(xy)
    start, neighbor = band_neighbors(xy, band, *subgraph(graph.start, graph.neighbor, keep))
    return band, start, neighbor


def emerging(case: Case) -> tuple[list[Hotspot], list[str]]:
    """Units whose rates are hot in the last period, by their history: new, intensifying, persistent..."""
    s, keep = case.settings, np.ones(case.cases.size, bool)
    count, expected, first = case.cube()
    n_periods = count.shape[1]
    if case.has_exposure:
        keep = case.expected > 0
    if n_periods < 4 or keep.sum() < 10:
        return [], [f"No emerging hotspots: they need 4 periods of {s.period_days} days and 10 units."]  # fmt: skip
    values = count[keep].astype(np.float64)
    if case.has_exposure:
        # Freeman-Tukey deviates: the same spread by chance for large and small expectations
        root = np.sqrt(4 * expected[keep] + 1)
        values = np.sqrt(values) + np.sqrt(values + 1) - root
    if np.ptp(values) == 0:
        return [], ["No emerging hotspots: all units and periods are alike."]
    _, start, neighbor = _around(case, keep)
    made = emerging_hotspots(values, start, neighbor, alpha=s.alpha)
    kind = np.zeros(keep.size, dtype=np.int64)
    kind[keep] = made.kind
    z, now = np.zeros(keep.size), np.zeros(keep.size, dtype=bool)
    z[keep], now[keep] = made.z[:, -1], made.is_hot[:, -1]
    found = []
    for word in TELLING:
        hot = now & (kind == CLASSES.index(word))
        piece = case.town.graph.pieces(np.where(hot, 0, -1).astype(np.int32))
        for label in np.unique(piece[hot]):
            units = np.flatnonzero(hot & (piece == label))
            n, e = int(case.cases[units].sum()), float(case.expected[units].sum())
            spot = hotspot(
                case, "emerging", n, e, statistic=float(z[units].max()), p_value=float("nan"),
                shape=united(case, units), units=units,
            )  # fmt: skip
            found.append(replace(spot, text=f"{word}: {spot.text}"))
    found.sort(key=lambda h: (TELLING.index(h.text.split(":")[0]), -h.statistic))
    share = {w: int((kind == k).sum()) for k, w in enumerate(CLASSES) if k and (kind == k).any()}
    told = ", ".join(f"{v:,} {w}" for w, v in share.items()) or "none"
    day = np.datetime64(first, "D")
    note = (
        f"Emerging hotspots (Gi* in space and time over {n_periods} periods of {s.period_days} days from {day}, trend by Mann-Kendall): "
        f"units by class: {told}. The classes describe; they are not adjusted for looking at every unit."
    )
    return found, [note]


def scan_units(case: Case) -> tuple[list[Hotspot], list[str]]:
    """Circles or ellipses that hold more hazards than any of them would by chance."""
    s = case.settings
    if not case.has_exposure:
        return [], ["No scan: it compares hazards with an exposure, and none was named."]
    cases = np.where(case.expected > 0, case.rated, 0)
    if (case.expected > 0).sum() < 10 or cases.sum() < 10:
        return [], ["No scan: it needs at least 10 units with exposure and 10 hazards in them."]
    xy, windows = case.town.units.xy, _windows(case)
    look = scan_by_gini if s.scan.choose_share else scan
    result = look(
        xy, cases, case.expected, model=s.scan_model, settings=s.scan, distance=windows, seed=case.seed
    )  # fmt: skip
    sure = [c for c in result.clusters if c.p_value <= s.alpha]
    units = [c.units for c in sure]
    if s.sharpen and sure and windows is None:
        graph = case.town.graph
        units = _apart(sharpened(xy, cases, case.expected, units, graph.start, graph.neighbor))
    found = [_of_units(case, "scan", c, u) for c, u in zip(sure, units, strict=True) if u.size]
    strongest = ""
    if not sure and result.clusters:
        c = result.clusters[0]
        strongest = (
            f" None is beyond chance; the strongest window holds {c.n:,} hazards where {c.expected:,.1f} were "
            f"expected (p = {c.p_value:.2g})."
        )
    scatter = (
        f", which scatter as much as this one does beyond chance (variance {result.dispersion:.2f})"
        if result.dispersion
        else ""
    )
    chosen = " (chosen by the Gini coefficient)" if s.scan.choose_share else ""
    shape = "windows along streets" if windows is not None else f"{s.scan.shape} windows"
    model = " with negative binomial counts" if s.scan_model == "negative_binomial" else ""
    note = (
        f"Scan{model} ({shape} with up to {result.share:.0%} of all {case.exposure}{chosen}): p compares with the best "
        f"of {result.n_windows:,} windows on {result.maxima.size:,} maps of chance{scatter}; no correction is needed "
        f"for having looked everywhere.{strongest}"
    )
    return found, [note]


def _windows(case: Case) -> Windows | None:
    """Distances along streets, when they are asked for."""
    if case.settings.distance == "plane":
        return None
    if case.streets is None:
        msg = "distance = 'streets' needs streets; name their file in [streets], or take distance = 'plane'."
        raise InputError(msg)
    return along_streets(case.streets, case.town.units.xy)


def scan_units_time(case: Case) -> tuple[list[Hotspot], list[str]]:
    """Circles over some periods."""
    s, days = case.settings, case.settings.period_days
    n_periods = case.periods()[1]
    if n_periods < 3:
        return [], [f"No scan in time: it needs at least 3 periods of {days} days."]
    if not case.has_exposure and s.scan_time.model == "poisson":
        return [], [
            "No scan in time: the Poisson model compares with an exposure; take the permutation model."
        ]
    # expected: the exposure of the unit times what the whole town had in that period
    count, expected, first = case.cube()
    hoped: FloatArray | None = expected if case.has_exposure else None
    result = scan_space_time(case.town.units.xy, count, hoped, settings=s.scan_time, seed=case.seed)
    found = []
    for c in result.clusters:
        if c.p_value <= s.alpha:
            start = np.datetime64(first + c.first * days, "D")
            end = np.datetime64(first + (c.last + 1) * days - 1, "D")
            found.append(_of_units(case, "scan_time", c, c.units, period=f"{start}/{end}"))
    note = (
        f"Scan in space and time ({s.scan_time.model}, periods of {days} days, circles with up to "
        f"{s.scan_time.max_share:.0%}): a place counts only for the time in which it stands out."
    )
    return found, [note]


def _apart(clusters: list[IntArray]) -> list[IntArray]:
    """Leave a unit to the strongest of the clusters that want it."""
    out: list[IntArray] = []
    for units in clusters:
        taken = np.concatenate(out) if out else np.zeros(0, dtype=np.int64)
        out.append(np.setdiff1d(units, taken))
    return out


def _of_units(
    case: Case, method: str, cluster: Cluster, units: IntArray, *, period: str = ""
) -> Hotspot:
    """Turn a cluster of a scan into a hotspot; its units may have been sharpened."""
    units = np.sort(units)
    n, expected = cluster.n, cluster.expected
    if units.size != cluster.units.size or not np.isin(units, cluster.units).all():
        n, expected = int(case.rated[units].sum()), float(case.expected[units].sum())
    made = hotspot(
        case, method, n, expected, statistic=cluster.statistic, p_value=cluster.p_value,
        shape=united(case, units), units=units,
    )  # fmt: skip
    if not period:
        return made
    return replace(made, period=period, text=f"{period}: {made.text}")
