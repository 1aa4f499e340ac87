"""How many hazards should there be, given what they are divided by?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray, IntArray
    from gridkit.model.hazards import Hazards
    from gridkit.model.town import Town


def counts_by_unit(hazards: Hazards, n_units: int) -> IntArray:
    """Count hazards in every unit: (n_units,); those outside the town are left out."""
    at = hazards.unit_pos
    return np.bincount(at[at >= 0], minlength=n_units).astype(np.int64)


def expected_by_unit(cases: IntArray, exposure: FloatArray) -> FloatArray:
    """Share the hazards out in proportion to the exposure.

    Parameters
    ----------
    cases : (n,)
        Hazards of every unit.
    exposure : (n,)
        What they are divided by; hazards in units without any are left out of the total.

    Returns
    -------
    (n,)
        Adds up to the hazards in units with exposure.
    """
    total = exposure.sum()
    known = cases[exposure > 0].sum()
    return np.asarray(exposure * (known / total if total > 0 else 0.0), dtype=np.float64)


def expected_in(
    outlines: GeometryArray, town: Town, expected: FloatArray
) -> tuple[FloatArray, list[IntArray]]:
    """Add expectations up inside outlines; a unit that is cut counts by the share of its area.

    Parameters
    ----------
    outlines : (k,), metres
        Polygons in the CRS of the town.
    town
        With its units.
    expected : (n,)
        For every unit.

    Returns
    -------
    inside : (k,)
        Expected hazards.
    touched : k arrays
        Positions of the units of which at least 1 % or 100 m² lies in the outline.
    """
    shapes = town.units.shapes
    out = np.zeros(len(outlines))
    touched: list[IntArray] = []
    tree = shapely.STRtree(shapes)
    for i, outline in enumerate(outlines):
        near = np.sort(tree.query(outline, predicate="intersects")).astype(np.int64)
        common = shapely.area(shapely.intersection(shapes[near], outline))
        out[i] = (expected[near] * common / town.units.area_m2[near]).sum()
        touched.append(near[(common > 100.0) | (common > 0.01 * town.units.area_m2[near])])
    return out, touched


def relative_risk(n: float, expected: float, total: float) -> float:
    """Divide the rate inside by the rate outside.

    Parameters
    ----------
    n, expected
        Hazards inside, seen and expected.
    total
        Hazards in the whole town, seen as well as expected.

    Returns
    -------
    float
        nan without expectation; infinite when nothing is left outside.

    Examples
    --------
    >>> relative_risk(20, 10, 100)
    2.25
    """
    if not expected > 0:
        return float("nan")
    outside = (total - n) / (total - expected) if total > expected else 0.0
    return (n / expected) / outside if outside > 0 else float("inf")
