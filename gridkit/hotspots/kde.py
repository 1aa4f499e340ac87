"""How dense are hazards at every place of the town?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import shapely

from gridkit._kernels.kde import linear_bin
from gridkit.errors import ConfigError, InputError
from gridkit.model.surface import Surface

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, LabelArray
    from gridkit.model.hazards import Hazards
    from gridkit.model.town import Town

EDGE_ROUNDS = 5
"""Rounds of the correction at the town line; after five an even spread is even within 1 %."""

EDGE_ROUNDS_ADAPTIVE = 1
"""The same for each class of an adaptive surface."""

N_CLASSES = 14
"""Bandwidths of an adaptive surface are rounded to this many classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceSettings:
    """How a density surface is made.

    Parameters
    ----------
    cell_m : m
        Side of a cell; 0 to choose (about 500 cells along the longer side, not below 10 m).
    bandwidth_m : m
        Standard deviation of the Gaussian kernel; 0 to choose by Scott's rule with a robust spread.
    adaptive
        Let the bandwidth shrink where hazards are dense and grow where they are rare (Abramson).
    edge
        ``"town"``: hazards near the town line count more, so that density does not sink towards it
        and the surface adds up to the number of hazards; ``"none"``: no correction.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    cell_m: float = 0.0
    bandwidth_m: float = 0.0
    adaptive: bool = False
    edge: Literal["town", "none"] = "town"

    def __post_init__(self) -> None:
        if self.cell_m < 0 or self.bandwidth_m < 0:
            msg = (
                f"`cell_m` and `bandwidth_m` are lengths; got {self.cell_m} and {self.bandwidth_m}"
            )
            raise ConfigError(msg)


def density_surface(
    town: Town, hazards: Hazards, *, settings: SurfaceSettings | None = None
) -> Surface:
    """Spread every hazard over its surroundings and add up.

    Only first reports inside the town count. Every cell whose centre lies in the town gets a value;
    the others are nan.

    Parameters
    ----------
    town
        Whose line ends the surface.
    hazards
        What to spread.
    settings
        Cell size, bandwidth, edge.

    Returns
    -------
    Surface
        Hazards per km²; with the edge correction its `total` is the number of hazards.

    Raises
    ------
    InputError
        If no hazard lies in the town.

    References
    ----------
    Diggle, P. J. (1985). A kernel method for smoothing point process data.
    Jones, M. C. (1993). Simple boundary correction for kernel density estimation.
    Abramson, I. S. (1982). On bandwidth variation in kernel estimates.
    Davies, T. M., Baddeley, A. (2018). Fast computation of spatially adaptive kernel estimates.
    Milanfar, P. (2013). Symmetrizing smoothing filters. (The correction at the town line.)
    """
    settings = settings or SurfaceSettings()
    used = hazards.inside()
    if len(used) == 0:
        msg = f"none of {len(hazards)} hazards lies in {town.name}, so there is no density to draw."
        raise InputError(msg)
    grid = Grid.over(town, settings)
    inside = grid.mask(town)
    bandwidth = settings.bandwidth_m or rule_of_thumb(used.xy, least_m=grid.cell_m)
    note = (
        f"Gaussian kernel of {bandwidth:.0f} m{'' if settings.bandwidth_m else ' (rule of thumb)'}"
    )
    values = smooth(used.xy, grid, inside, bandwidth_m=bandwidth, settings=settings)
    values[~inside] = np.nan
    note += (", narrower where hazards are dense" if settings.adaptive else "") + (
        ", corrected at the town line." if settings.edge == "town" else "."
    )
    return Surface(
        values=values[::-1] * 1e6,
        west=grid.west,
        north=grid.south + grid.rows * grid.cell_m,
        cell_m=grid.cell_m,
        crs=town.units.crs,
        name="hazards",
        unit="per km²",
        notes=(note,),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Square cells over a town, row 0 in the south.

    Parameters
    ----------
    west, south : metres
        Outer corner.
    cell_m : m
        Side of a cell.
    rows, columns
        How many.
    """

    west: float
    south: float
    cell_m: float
    rows: int
    columns: int

    @classmethod
    def over(cls, town: Town, settings: SurfaceSettings) -> Grid:
        """Lay cells over a town; corners lie on whole multiples of the cell."""
        west, south, east, north = shapely.total_bounds(town.units.shapes)
        cell = settings.cell_m or max(10.0, round(max(east - west, north - south) / 500, -1))
        if (east - west) * (north - south) / cell**2 > 4e8:
            msg = f"cells of {cell:g} m make more than 400 million of them; use a larger `cell_m`."
            raise InputError(msg)
        west, south = np.floor(west / cell) * cell, np.floor(south / cell) * cell
        return cls(
            west=float(west),
            south=float(south),
            cell_m=float(cell),
            rows=int(np.ceil((north - south) / cell)),
            columns=int(np.ceil((east - west) / cell)),
        )

    def mask(self, town: Town) -> BoolArray:
        """Find the cells whose centre lies in the town: (rows, columns)."""
        return np.asarray(self.units_of_cells(town) >= 0, dtype=bool)

    def units_of_cells(self, town: Town) -> LabelArray:
        """Find the unit in which the centre of each cell lies: (rows, columns), -1 for none."""
        from rasterio import Affine
        from rasterio.features import rasterize

        north = self.south + self.rows * self.cell_m
        burnt = rasterize(
            ((shape, number) for number, shape in enumerate(town.units.shapes)),
            out_shape=(self.rows, self.columns),
            transform=Affine(self.cell_m, 0.0, self.west, 0.0, -self.cell_m, north),
            fill=-1,
            dtype="int32",
        )
        return np.ascontiguousarray(burnt[::-1])

    def bin(self, xy: FloatArray, weight: FloatArray) -> FloatArray:
        """Share points among cell centres: (rows, columns), adding up to the weights."""
        x, y = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
        return linear_bin(x, y, weight, self.west, self.south, self.cell_m, self.rows, self.columns)


def rule_of_thumb(xy: FloatArray, *, least_m: float) -> float:
    r"""Choose a bandwidth from the spread of the points.

    Scott's rule :math:`h = \sigma n^{-1/6}` with :math:`\sigma` the smaller of the standard
    deviation and the interquartile range / 1.349, averaged over east and north.

    Parameters
    ----------
    xy : (n, 2), metres
        Points.
    least_m : m
        Smallest answer: points all in one place have no spread.

    References
    ----------
    Scott, D. W. (1992). Multivariate Density Estimation.
    """
    spread = xy.std(axis=0)
    quartile = np.subtract(*np.quantile(xy, [0.75, 0.25], axis=0)) / 1.349
    sigma = np.where(quartile > 0, np.minimum(spread, quartile), spread)
    return max(float(np.sqrt((sigma**2).mean()) * len(xy) ** (-1 / 6)), least_m)


def smooth(
    xy: FloatArray,
    grid: Grid,
    inside: BoolArray,
    *,
    bandwidth_m: float,
    settings: SurfaceSettings,
    weight: FloatArray | None = None,
) -> FloatArray:
    """Spread points over the cells.

    Parameters
    ----------
    xy : (n, 2), metres
        Points.
    grid, inside
        Cells, and which of them lie in the town.
    bandwidth_m : m
        Of the kernel; of the pilot when `settings.adaptive`.
    settings
        Edge and adaptivity.
    weight : (n,), optional
        By default 1 each.

    Returns
    -------
    (rows, columns), per m²
        With the edge correction, the cells inside add up to the weights.
    """
    weight = np.ones(len(xy)) if weight is None else np.asarray(weight, dtype=np.float64)
    if not settings.adaptive:
        return smooth_cells(
            grid.bin(xy, weight), grid, inside, bandwidth_m=bandwidth_m, edge=settings.edge
        )
    mass = grid.bin(xy, weight)
    pilot = smooth_cells(mass, grid, inside, bandwidth_m=bandwidth_m, edge=settings.edge)
    column = np.clip(((xy[:, 0] - grid.west) / grid.cell_m).astype(np.int64), 0, grid.columns - 1)
    row = np.clip(((xy[:, 1] - grid.south) / grid.cell_m).astype(np.int64), 0, grid.rows - 1)
    at = np.maximum(pilot[row, column], 1e-12 * pilot.max())
    middle = np.exp((weight * np.log(at)).sum() / weight.sum())
    factor = np.clip(np.sqrt(middle / at), 0.2, 5.0)
    low, high = np.log(factor.min()), np.log(factor.max())
    step = max((high - low) / N_CLASSES, 1e-9)
    number = np.minimum(((np.log(factor) - low) / step).astype(np.int64), N_CLASSES - 1)
    out = np.zeros((grid.rows, grid.columns))
    for c in np.unique(number):
        own = number == c
        width = bandwidth_m * float(np.exp(low + (c + 0.5) * step))
        part = grid.bin(xy[own], weight[own])
        out += smooth_cells(
            part, grid, inside, bandwidth_m=width, edge=settings.edge, rounds=EDGE_ROUNDS_ADAPTIVE
        )
    return out


def smooth_cells(
    mass: FloatArray,
    grid: Grid,
    inside: BoolArray,
    *,
    bandwidth_m: float,
    edge: str,
    rounds: int = EDGE_ROUNDS,
) -> FloatArray:
    """Convolve binned points with a Gaussian that is cut off at the town line.

    With `a(x) K(x, c) a(c)` in place of the kernel `K`, where `a` is 1 far from the line and grows
    towards it, the weights over the town add up to 1 both for a hazard (nothing is lost) and for a
    place (an even spread stays even). A few rounds find `a`; the last step makes the first exact.

    Parameters
    ----------
    mass : (rows, columns)
        Weights of the cells.
    grid, inside
        The cells, and which of them lie in the town.
    bandwidth_m : m
        Standard deviation of the kernel.
    edge
        ``"town"`` or ``"none"``.
    rounds
        Of the correction.

    Returns
    -------
    (rows, columns), per m²
    """
    width_m = bandwidth_m
    if edge == "none":
        return np.maximum(_convolve(mass, grid.cell_m, width_m), 0.0) / grid.cell_m**2
    lift = np.ones(inside.shape)
    for _ in range(rounds):
        share = np.maximum(_convolve(lift * inside, grid.cell_m, width_m), 1e-3)
        lift = np.sqrt(lift / share)
    share = np.maximum(_convolve(lift * inside, grid.cell_m, width_m), 1e-6)
    spread = np.maximum(_convolve(mass / share, grid.cell_m, width_m), 0.0)
    return lift * inside * spread / grid.cell_m**2


def _convolve(cells: FloatArray, cell_m: float, width_m: float) -> FloatArray:
    """Convolve with a Gaussian that adds up to 1, without wrapping around."""
    from scipy import fft  # noqa: PLC0415  only where surfaces are made

    rows, columns = cells.shape
    pad = int(np.ceil(6.0 * width_m / cell_m))
    tall, wide = (fft.next_fast_len(s + pad, real=True) for s in (rows, columns))
    spectrum = fft.rfft2(cells, (tall, wide))
    spectrum *= _transfer(tall, cell_m, width_m, real=False)[:, None]
    spectrum *= _transfer(wide, cell_m, width_m, real=True)[None, :]
    return np.asarray(fft.irfft2(spectrum, (tall, wide))[:rows, :columns], dtype=np.float64)


def _transfer(size: int, cell_m: float, width_m: float, *, real: bool) -> FloatArray:
    """Transform of a sampled Gaussian, scaled so that it adds up to 1."""
    from scipy import fft  # noqa: PLC0415  only where surfaces are made

    at = np.minimum(np.arange(size), size - np.arange(size)) * cell_m
    bell = np.exp(-0.5 * (at / width_m) ** 2)
    bell /= bell.sum()
    made = fft.rfft(bell) if real else fft.fft(bell)
    return np.ascontiguousarray(made.real)
