"""Where are the hotspots of this town, in words a planner can use?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridkit.hotspots.by_points import density, density_time, hdbscan, near_repeat
from gridkit.hotspots.by_streets import street_crowds, street_scan
from gridkit.hotspots.by_units import emerging, high_rates, moran, scan_units, scan_units_time
from gridkit.hotspots.case import prepare
from gridkit.hotspots.settings import HotspotSettings
from gridkit.model.hotspots import Hotspot, Hotspots

if TYPE_CHECKING:
    from gridkit._typing import BoolArray
    from gridkit.hotspots.network import Streets
    from gridkit.model.hazards import Hazards
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town

_METHODS = {
    "density": density,
    "density_time": density_time,
    "emerging": emerging,
    "gi_star": high_rates,
    "hdbscan": hdbscan,
    "moran": moran,
    "near_repeat": near_repeat,
    "scan": scan_units,
    "scan_time": scan_units_time,
    "street_crowds": street_crowds,
    "street_scan": street_scan,
}


def find_hotspots(
    town: Town,
    hazards: Hazards,
    *,
    exposure: str | None = None,
    settings: HotspotSettings | None = None,
    plan: Plan | None = None,
    streets: Streets | None = None,
    seed: int = 0,
) -> Hotspots:
    """Look for places with more hazards than expected.

    Parameters
    ----------
    town
        With the measure that hazards are divided by.
    hazards
        Cleaned and located; only first reports inside the town count.
    exposure
        Overrules ``settings.exposure``; an empty text for counts.
    settings
        Methods and their figures.
    plan
        To say which base grids a hotspot touches.
    streets
        For the methods along streets, and for distances along streets.
    seed
        Of the permutations.

    Returns
    -------
    Hotspots
        Found by each method, with `notes` that say what was chosen and why, how far the methods agree,
        and what to be careful about.

    Raises
    ------
    InputError
        If no hazard lies in the town, there is no exposure although one is named, or a method along
        streets is asked for without streets.
    SchemaError
        If the town has no such measure, or no hazard has a category asked for.
    """
    settings = settings or HotspotSettings()
    if exposure is not None:
        settings = replace(settings, exposure=exposure)
    case, notes = prepare(town, hazards, settings, plan=plan, streets=streets, seed=seed)
    found: list[Hotspot] = []
    for method in settings.methods:
        some, said = _METHODS[method](case)
        found += some[: settings.most]
        notes += said
        if len(some) > settings.most:
            notes.append(
                f"Of {len(some)} hotspots by {method} the {settings.most} strongest are listed."
            )
    made = Hotspots(
        crs=town.units.crs,
        found=tuple(found),
        exposure=case.exposure,
        notes=tuple(notes),
        suppress_below=settings.suppress_below,
    )
    return replace(made, notes=(*made.notes, *_agreed(made, len(town.units))))


def _agreed(found: Hotspots, n_units: int) -> list[str]:
    """Say how far the methods point at the same places, and where all of them do."""
    shared = agreement(found, n_units)
    if not shared:
        return []
    told = "; ".join(f"{v:.0%} of the units of '{a}' are in '{b}'" for (a, b), v in shared.items())
    out = [f"Agreement between methods: {told}."]
    tested = sorted({h.method for h in found if np.isfinite(h.p_value)})
    if len(tested) > 1:
        count = np.zeros(n_units, dtype=np.int64)
        for units in _units_of(found, n_units, tested).values():
            count += units
        n_all = int((count == len(tested)).sum())
        out.append(
            f"{n_all:,} units are in hotspots of all {len(tested)} tested methods ({', '.join(tested)}): start there."
            if n_all
            else f"No unit is in hotspots of all {len(tested)} tested methods ({', '.join(tested)}): look before you send somebody."
        )
    return out


def _units_of(found: Hotspots, n_units: int, methods: list[str]) -> dict[str, BoolArray]:
    of: dict[str, BoolArray] = {m: np.zeros(n_units, dtype=bool) for m in methods}
    for h in found:
        if h.method in of:
            of[h.method][h.unit_pos] = True
    return of


def agreement(found: Hotspots, n_units: int) -> dict[tuple[str, str], float]:
    """Tell how far two methods point at the same units.

    Parameters
    ----------
    found
        Hotspots by several methods.
    n_units
        Units of the town.

    Returns
    -------
    dict
        (method, other method) to the share of the first one's units that the other has too.
    """
    methods = list(dict.fromkeys(h.method for h in found))
    of = _units_of(found, n_units, methods)
    return {
        (a, b): float((of[a] & of[b]).sum() / max(of[a].sum(), 1)) for a in of for b in of if a != b
    }
