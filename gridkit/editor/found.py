"""What is one finding of the editor, and between which bounds must a sum lie?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.rules.check import SLACK

if TYPE_CHECKING:
    from gridkit._typing import FloatArray
    from gridkit.maps.texts import Pair
    from gridkit.model.finding import Severity
    from gridkit.rules.settings import Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing that is wrong or odd now.

    Parameters
    ----------
    key
        The same for the same thing before and after a step.
    rule, severity
        As in `Finding`.
    text
        English and Chinese.
    grids, units, communities
        Slots and positions it is about.
    measure
        What is measured, if anything.
    facts
        The numbers of the sentence.
    """

    key: str
    rule: str
    severity: Severity
    text: Pair
    grids: tuple[int, ...] = ()
    units: tuple[int, ...] = ()
    communities: tuple[int, ...] = ()
    measure: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def limit_bounds(
    limit: Limit, got: FloatArray, per: FloatArray | None
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Give low, high, value and slack of a limit; a ratio is compared as a ratio."""
    if per is not None:
        got = got / np.maximum(per, 1e-300)
    low = np.full(got.size, limit.low if limit.low > 0 else -np.inf)
    high = np.full(got.size, limit.high)
    return low, high, got, 2 * SLACK * np.maximum(np.abs(got), 1e-12)


def finite(x: float) -> float | None:
    """Give a bound that is there; None for none."""
    return float(x) if np.isfinite(x) else None
