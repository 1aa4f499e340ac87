"""Where is the danger higher for the same exposure, as a surface?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.errors import InputError
from gridkit.geo.points import locate
from gridkit.hotspots.kde import Grid, SurfaceSettings, rule_of_thumb, smooth_cells
from gridkit.model.surface import Surface

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, GeometryArray, LabelArray
    from gridkit.model.hazards import Hazards
    from gridkit.model.town import Town


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskSurface:
    """Relative risk at every place.

    Parameters
    ----------
    ratio
        Density of hazards over density of exposure; 1 is the town's mean, nan where almost nobody is
        exposed.
    p_value
        Share of maps of chance with a ratio as high at that place, the seen map counted.
    outlines
        Polygons within which p is at most the level asked for, largest first. They are not corrected
        for looking at every place: read them beside a scan.
    alpha : 0..1
        That level.
    """

    ratio: Surface
    p_value: Surface
    outlines: GeometryArray
    alpha: float = 0.05


def risk_surface(
    town: Town,
    hazards: Hazards,
    *,
    exposure: str = "residents",
    controls: FloatArray | None = None,
    settings: SurfaceSettings | None = None,
    n_replicates: int = 99,
    alpha: float = 0.05,
    seed: int = 0,
) -> RiskSurface:
    """Divide a density of hazards by a density of exposure, both smoothed alike.

    Parameters
    ----------
    town
        With the measure.
    hazards
        First reports inside units with exposure count.
    exposure
        The measure; within a unit it is taken as even.
    controls : (m, 2), metres, optional
        Points to compare with instead of a measure: other hazards, all visits, all inspections.
    settings
        Cell, bandwidth (one for both densities; `adaptive` is not used), edge.
    n_replicates
        Maps of chance for the p-value.
    alpha : 0..1
        Level of the outlines.
    seed
        Of the maps of chance.

    Returns
    -------
    RiskSurface

    Raises
    ------
    InputError
        If no hazard lies where somebody is exposed.

    References
    ----------
    Kelsall, J. E., Diggle, P. J. (1995). Kernel estimation of relative risk.
    Davies, T. M., Hazelton, M. L. (2010). Adaptive kernel estimation of spatial relative risk.
    """
    settings = settings or SurfaceSettings()
    used, grid = hazards.inside(), Grid.over(town, settings)
    if controls is None:
        measure = town.units.measure(exposure).values
        used = used.take(measure[used.unit_pos] > 0)
        inside, mass = _exposure_cells(town, grid, measure)
    else:
        inside = grid.mask(town)
        held = locate(controls, town.units.shapes) >= 0
        mass = grid.bin(controls[held], np.ones(int(held.sum())))
        exposure = "control point"
    if len(used) == 0 or not mass.sum() > 0:
        msg = f"no hazard lies where there is any {exposure}; take another exposure."
        raise InputError(msg)
    width = settings.bandwidth_m or rule_of_thumb(used.xy, least_m=grid.cell_m)
    n = len(used)

    def smoothed(cells: FloatArray) -> FloatArray:
        return smooth_cells(cells, grid, inside, bandwidth_m=width, edge=settings.edge)

    below = smoothed(mass * (n / mass.sum()))
    enough = inside & (below > 1e-3 * below[inside].mean())
    seen = smoothed(grid.bin(used.xy, np.ones(n)))
    rng = np.random.default_rng(seed)
    share = (mass / mass.sum()).ravel()
    as_high = np.zeros(seen.shape)
    for _ in range(n_replicates):
        drawn = rng.multinomial(n, share).astype(np.float64).reshape(seen.shape)
        as_high += smoothed(drawn) >= seen
    ratio = np.where(enough, seen / np.where(enough, below, 1.0), np.nan)
    p = np.where(enough, (1 + as_high) / (n_replicates + 1), np.nan)
    note = f"Hazards per {exposure}, both smoothed with a Gaussian of {width:.0f} m; 1 is the mean of the town."
    surface = Surface(
        values=ratio[::-1],
        west=grid.west,
        north=grid.south + grid.rows * grid.cell_m,
        cell_m=grid.cell_m,
        crs=town.units.crs,
        name="relative risk",
        unit="times the mean",
        notes=(note,),
    )
    chance = replace(
        surface, values=p[::-1], name="p of relative risk", unit="probability", notes=(note,)
    )
    return RiskSurface(
        ratio=surface, p_value=chance, outlines=_outlines(p <= alpha, surface), alpha=alpha
    )


def _exposure_cells(town: Town, grid: Grid, measure: FloatArray) -> tuple[BoolArray, FloatArray]:
    """Spread the exposure of each unit evenly over the cells whose centre lies in it."""
    of = grid.units_of_cells(town)
    count = np.bincount(of[of >= 0], minlength=measure.size)
    mass = np.zeros(of.shape)
    ok = of >= 0
    mass[ok] = (measure / np.maximum(count, 1))[of[ok]]
    small = np.flatnonzero((count == 0) & (measure > 0))
    if small.size:  # no centre lies in them: their own point stands for them
        mass += grid.bin(town.units.xy[small], measure[small])
    return np.asarray(ok, dtype=bool), mass


def _outlines(where: BoolArray | LabelArray, surface: Surface) -> GeometryArray:
    """Draw polygons around cells, the largest first."""
    from rasterio import Affine
    from rasterio.features import shapes

    mask = np.ascontiguousarray(where[::-1]).astype(np.uint8)
    made = [
        shapely.geometry.shape(geometry)
        for geometry, value in shapes(mask, transform=Affine(*surface.transform))
        if value == 1
    ]
    out = np.array(made, dtype=object)
    return out[np.argsort(-shapely.area(out), kind="stable")] if out.size else out
