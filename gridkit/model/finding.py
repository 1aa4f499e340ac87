"""What did a check find? One sentence each, with the facts behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from gridkit.model.sentences import say_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

Severity: TypeAlias = Literal["broken", "warning", "note"]
"""``broken``: a hard rule does not hold. ``warning``: look at it. ``note``: good to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a check found.

    Parameters
    ----------
    rule
        Key of the rule or check, as in the docs: ``"contiguity"``, ``"limit"``.
    severity
        How bad it is.
    text
        One sentence with what, where, got and allowed.
    level
        What `ids` are ids of: ``"unit"``, ``"base_grid"``, ``"community_grid"``, ``"hazard"``...
    ids
        The things it is about, all of them.
    facts
        The numbers of the sentence, so that it can be said in another language.
    """

    rule: str
    severity: Severity
    text: str
    level: str = ""
    ids: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))

    def say(self, lang: str) -> str:
        """Give the sentence in a language of the pages: ``"en"`` or ``"zh"``.

        Parameters
        ----------
        lang
            ``"en"`` or ``"zh"``.

        Returns
        -------
        str
            English where no template of the sentence is known.
        """
        return say_in(self.text, lang)

    def to_json(self) -> dict[str, Any]:
        """Give plain data for ``findings.json``; a limit that is not there is null."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "text": self.text,
            "level": self.level,
            "ids": list(self.ids),
            "facts": {
                k: None if isinstance(v, float) and not math.isfinite(v) else v
                for k, v in self.facts.items()
            },
        }


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of a check, the broken rules first.

    Parameters
    ----------
    findings
        In any order.
    """

    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        rank = {"broken": 0, "warning": 1, "note": 2}
        object.__setattr__(
            self, "findings", tuple(sorted(self.findings, key=lambda f: rank[f.severity]))
        )

    @property
    def is_legal(self) -> bool:
        """Whether no hard rule is broken."""
        return not any(f.severity == "broken" for f in self.findings)

    def of(self, rule: str) -> tuple[Finding, ...]:
        """Give the findings of one rule.

        Parameters
        ----------
        rule
            ``"balance"``, ``"limit"``, ``"contiguity"`` ...

        Returns
        -------
        tuple of Finding
            Broken ones first.
        """
        return tuple(f for f in self.findings if f.rule == rule)

    def to_frame(self) -> pd.DataFrame:
        """Give one row for each finding.

        Returns
        -------
        DataFrame
            ``severity, rule, level, n_ids, text``.
        """
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        columns = ["severity", "rule", "level", "n_ids", "text"]
        rows = [(f.severity, f.rule, f.level, len(f.ids), f.text) for f in self.findings]
        return pd.DataFrame(rows, columns=columns)

    def __add__(self, other: Report) -> Report:
        """Join two reports."""
        return Report(self.findings + other.findings)

    def __len__(self) -> int:
        """Count the findings."""
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        """Go through the findings, the broken rules first."""
        return iter(self.findings)

    def __str__(self) -> str:
        """Say everything, a line each."""
        if not self.findings:
            return "No findings: every rule holds."
        return "\n".join(f"{f.severity}: {f.text}" for f in self.findings)

    def _repr_html_(self) -> str:
        """Show a small table in a notebook."""
        if not self.findings:
            return "<p>No findings: every rule holds.</p>"
        rows = "".join(
            f"<tr><td>{escape(f.severity)}</td><td>{escape(f.rule)}</td>"
            f"<td style='text-align:left'>{escape(f.text)}</td></tr>"
            for f in self.findings
        )
        return f"<table><tr><th>severity</th><th>rule</th><th>finding</th></tr>{rows}</table>"
