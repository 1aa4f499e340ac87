"""What do the data ask for that the batch file leaves out?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from gridkit.model.finding import Finding, Report

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridkit.batch.chain import Work


def staffing_gaps(work: Work) -> Report:
    """List objects that no standard visits, and years of the visit plan whose holidays are not named."""
    found = _unvisited(work)
    settings = work.batch.staffing
    if settings is not None and settings.field is not None:
        use = settings.field
        first = date.fromisoformat(use.start)
        last = first + timedelta(days=use.n_days - 1)
        found += _without_holidays(
            range(first.year, last.year + 1),
            use.calendar.holidays,
            "staffing.field.calendar",
            "the visits",
        )
    return Report(tuple(found))


def hazard_gaps(work: Work) -> Report:
    """List years of reports whose holidays are not named."""
    if work.hazards is None or not len(work.hazards):
        return Report()
    when = work.hazards.times["reported"]
    years = np.unique(when[~np.isnat(when)].astype("datetime64[Y]").astype(int)) + 1970
    clock = work.batch.indicators.clock
    return Report(
        tuple(_without_holidays(years.tolist(), clock.holidays, "indicators.clock", "the reports"))
    )


def _unvisited(work: Work) -> list[Finding]:
    """List the classes of objects that the town counts and the standards do not name."""
    if work.standards is None:
        return []
    known = work.standards.class_names
    named = tuple(f"{stem}_{c}" for stem in ("objects", "n") for c in known)
    found = []
    for name, measure in sorted(work.town.units.measures.items()):
        if not name.startswith("objects_") or not measure.values.sum():
            continue
        if name in named or name.startswith(tuple(f"{n}_" for n in named)):
            continue
        kind = name.removeprefix("objects_")
        text = f"no standard names the class '{kind}': its {measure.values.sum():,.0f} objects make no work. Add it to the standards if they are to be visited."
        found.append(Finding(rule="standards", severity="note", text=text, level="unit"))
    return found


def _without_holidays(
    years: Iterable[int], holidays: tuple[str, ...], where: str, whose: str
) -> list[Finding]:
    """List the years of which a calendar that names holidays names none."""
    named = {int(day[:4]) for day in holidays}
    missing = [str(y) for y in years if y not in named]
    if not named or not missing:
        return []
    text = f"`{where}` names holidays of {', '.join(map(str, sorted(named)))}, but none of {', '.join(missing)}, which {whose} touch: every weekday there counts as worked. Add the holidays."
    return [Finding(rule="calendar", severity="warning", text=text)]
