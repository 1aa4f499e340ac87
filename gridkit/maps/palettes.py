"""Which colours and classes does a choropleth get?

Every face (page, report, QGIS style, folium map) asks here, so that they show the same classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gridkit._typing import FloatArray

RAMP = ("#e9f0f6", "#c0d5e8", "#8db4d6", "#5a8fc0", "#316aa3", "#16456f")
"""Light to dark blue: one hue, even steps of lightness, so it reads in grey and by any eye."""
HEAT = ("#ffe9a8", "#fdc56b", "#fb9a43", "#ef6a2c", "#c9301c")
CHANGE = ("#8c510a", "#d8b365", "#f1ede4", "#5ab4ac", "#01665e")
"""Less, the same, more: brown to teal, told apart by the colour-blind."""
NO_DATA = "#b9b5ad"
N_CLASSES = 5
EVEN = 0.7
"""A class may hold this part of its fair share before limits get another digit."""


def class_breaks(values: FloatArray, *, n_classes: int = N_CLASSES) -> tuple[float, ...]:
    """Find the inner limits of classes that hold about the same number of values.

    The limits are as round as they can be without emptying a class.

    Parameters
    ----------
    values : (n,)
        Any numbers; those that are not finite are left out.
    n_classes
        Most classes.

    Returns
    -------
    tuple of float
        Rising; a value belongs to the class above every limit it reaches. Empty when all values
        are the same.

    Examples
    --------
    >>> class_breaks(np.arange(1.0, 101.0))
    (20.0, 40.0, 60.0, 80.0)
    """
    known = np.sort(np.asarray(values, dtype=np.float64))
    known = known[np.isfinite(known)]
    distinct = np.unique(known)
    if distinct.size <= 1:
        return ()
    if distinct.size <= n_classes:
        return tuple(float(v) for v in distinct[1:])
    at = np.quantile(known, np.arange(1, n_classes) / n_classes)
    at = np.unique(at[at > distinct[0]])
    if not at.size:  # nearly all values are the smallest: everything above it is one class
        return (float(distinct[1]),)
    best, fullest = at, -1
    for digits in range(1, 7):
        limits = _rounded(at, digits)
        counts = np.diff(np.concatenate([[0], np.searchsorted(known, limits), [known.size]]))
        least = int(counts.min()) if limits.size == at.size else 0
        if least >= EVEN * known.size / n_classes:
            return tuple(float(v) for v in limits)
        if least > fullest:
            best, fullest = limits, least
    return tuple(float(v) for v in best)


def _rounded(values: FloatArray, digits: int) -> FloatArray:
    """Round to significant digits of the largest value, and drop what then falls together."""
    step = 10.0 ** (np.floor(np.log10(np.abs(values).max() or 1.0)) - digits + 1)
    limits = np.unique(np.round(np.round(values / step) * step, 9))
    return limits[limits > 0] if (values > 0).all() else limits


def class_words(
    breaks: tuple[float, ...], *, decimals: int, all_values: str, whole: bool = False
) -> list[str]:
    """Say the classes between limits.

    Parameters
    ----------
    breaks
        Inner limits, rising.
    decimals
        Of the limits; no more are written than these need.
    all_values
        What the one class is called where there is no limit.
    whole
        Values are whole numbers: from 3 to below 6 is written 3 – 5.

    Examples
    --------
    >>> class_words((3.0, 6.0, 7.0), decimals=0, all_values="all", whole=True)
    ['< 3', '3 – 5', '6', '≥ 7']
    >>> class_words((0.5, 0.75), decimals=2, all_values="all")
    ['< 0.50', '0.50 – 0.75', '≥ 0.75']
    """
    if not breaks:
        return [all_values]
    whole = whole and all(b == np.floor(b) for b in breaks)
    while decimals and all(abs(b * 10 ** (decimals - 1) % 1) < 1e-9 for b in breaks):
        decimals -= 1
    said = [f"{b:,.{decimals}f}" for b in breaks]
    between = []
    for i in range(len(breaks) - 1):
        if whole and breaks[i + 1] - breaks[i] == 1:
            between.append(said[i])
        else:
            between.append(f"{said[i]} – {f'{breaks[i + 1] - 1:,.0f}' if whole else said[i + 1]}")
    return [f"< {said[0]}", *between, f"≥ {said[-1]}"]


def class_of(values: FloatArray, breaks: tuple[float, ...]) -> FloatArray:
    """Give the class of each value: how many limits it reaches; -1 where it is not finite."""
    at = np.searchsorted(np.asarray(breaks), values, side="right")
    return np.where(np.isfinite(values), at, -1)


def ramp(n: int, *, colors: tuple[str, ...] = RAMP) -> tuple[str, ...]:
    """Take `n` colours evenly from a ramp; halves go up, as in the page (theme.ts)."""
    if n == 1:
        return (colors[-2],)
    return tuple(colors[int(i * (len(colors) - 1) / (n - 1) + 0.5)] for i in range(n))
