"""What became of every row of a file of reports?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridkit.model.finding import Finding

if TYPE_CHECKING:
    from gridkit._typing import BoolArray
    from gridkit.io.hazard_files import Rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CleaningReport:
    """What became of every row of a file of reports.

    Parameters
    ----------
    n_read, n_kept
        Rows in the file, and rows that became hazards; the rest is refused.
    n_outside, n_linked
        Hazards outside the town (kept, in no unit), and reports linked to an earlier one.
    refused
        (line, id, reason) of every refused row, in the order of the file.
    doubtful
        (line, id, what was done) of kept rows in which a value was set aside.
    notes
        What was found out or assumed about the file.
    """

    n_read: int
    n_kept: int
    n_outside: int
    n_linked: int
    refused: tuple[tuple[int, str, str], ...] = ()
    doubtful: tuple[tuple[int, str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def rejected(self) -> pd.DataFrame:
        """The refused rows: ``line, hazard_id, reason``."""
        return pd.DataFrame(list(self.refused), columns=["line", "hazard_id", "reason"])

    def reasons(self) -> dict[str, int]:
        """Count the refused rows by reason (values in quotes left out), most frequent first."""
        kinds = [r.split(" '")[0].split(" (")[0] for _, _, r in self.refused]
        found = pd.Series(kinds, dtype=object).value_counts(sort=False)
        return dict(
            sorted(((str(k), int(v)) for k, v in found.items()), key=lambda t: (-t[1], t[0]))
        )

    def to_findings(self) -> tuple[Finding, ...]:
        """Say it as findings for the report of a run."""
        out = []
        if self.refused:
            why = ", ".join(f"{n} {k}" for k, n in self.reasons().items())
            text = f"{len(self.refused):,} of {self.n_read:,} rows of hazards were refused: {why}."
            ids = tuple(i for _, i, _ in self.refused)
            out.append(
                Finding(
                    rule="hazards_refused", severity="warning", text=text, level="hazard", ids=ids
                )
            )
        if self.n_outside:
            text = f"{self.n_outside:,} of {self.n_kept:,} hazards lie outside the town and are counted in no grid."
            out.append(Finding(rule="hazards_outside", severity="note", text=text, level="hazard"))
        if self.doubtful:
            ids = tuple(i for _, i, _ in self.doubtful)
            text = f"{len(self.doubtful):,} values of hazards were set aside, for example: {self.doubtful[0][2]}."
            out.append(
                Finding(
                    rule="hazards_doubtful", severity="warning", text=text, level="hazard", ids=ids
                )
            )
        out += [
            Finding(rule="hazards_read", severity="note", text=t, level="hazard")
            for t in self.notes
        ]
        return tuple(out)

    def __str__(self) -> str:
        """Say how many rows were read, kept and refused, and why."""
        why = "; ".join(f"{n:,} {k}" for k, n in self.reasons().items())
        refused = f"{len(self.refused):,} refused{' (' + why + ')' if why else ''}"
        return (
            f"{self.n_read:,} rows read = {self.n_kept:,} kept + {refused}; {self.n_outside:,} kept rows lie outside "
            f"the town, {self.n_linked:,} repeat an earlier report."
        )


class Sieve:
    """Remembers, for every row, the first reason against it."""

    def __init__(self, rows: Rows, ids: np.ndarray) -> None:
        self.reason: np.ndarray = np.full(len(ids), "", dtype=object)
        self.ids, self.line = ids, rows.line
        self.doubtful: list[tuple[int, str, str]] = []

    @property
    def kept(self) -> BoolArray:
        """Rows that nothing was held against so far."""
        return np.asarray(self.reason == "", dtype=bool)

    def refuse(self, mask: Any, reason: str, values: Any = None) -> None:
        """Refuse rows that nothing was held against so far."""
        at = np.flatnonzero(np.asarray(mask, dtype=bool) & self.kept)
        if values is None:
            self.reason[at] = reason
        else:
            given = np.asarray(values, dtype=object)
            self.reason[at] = [f"{reason} '{str(given[i])[:60]}'" for i in at]

    def doubt(self, mask: Any, what: str) -> None:
        """List rows of which one value is set aside."""
        at = np.flatnonzero(np.asarray(mask, dtype=bool) & self.kept)
        self.doubtful += [(int(self.line[i]), str(self.ids[i]), what) for i in at]
