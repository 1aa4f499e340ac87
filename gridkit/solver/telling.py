"""How is the progress of a part told as progress of the whole?"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridkit.model.result import Progress
    from gridkit.solver.search import OnProgress


def part_of(on_progress: OnProgress | None, low: float, high: float) -> OnProgress | None:
    """Pass progress on as a part of something longer: its share becomes one from `low` to `high`."""
    if on_progress is None:
        return None

    def tell(progress: Progress) -> None:
        share = 0.0 if math.isnan(progress.share) else progress.share
        on_progress(replace(progress, share=low + (high - low) * share))

    return tell


def rising(on_progress: OnProgress | None) -> OnProgress | None:
    """Pass progress on with a share that never falls."""
    if on_progress is None:
        return None
    last = 0.0

    def tell(progress: Progress) -> None:
        nonlocal last
        last = max(last, progress.share)
        on_progress(replace(progress, share=last))

    return tell
