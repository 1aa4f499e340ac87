"""What does a search report while it runs and when it ends?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from types import MappingProxyType
from typing import Any

from gridkit.model.finding import Report
from gridkit.model.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a long verb is.

    Parameters
    ----------
    stage
        A word: ``"start"``, ``"improve"``, ``"balance"``, ``"prove"``.
    share
        How much of the whole is done, 0..1; ``nan`` when unknown.
    text
        A sentence for people.
    quality
        Figures of the best plan so far, by name.
    """

    stage: str
    share: float
    text: str = ""
    quality: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "quality", MappingProxyType(dict(self.quality)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a plan got in one of the things it should be good at.

    Parameters
    ----------
    name
        As in ``[rules.objective]``: ``"roundness"``, ``"evenness"``.
    value
        The figure, recounted from the plan.
    unit
        ``"1"`` for shares, ``"km"``...
    better
        ``"higher"`` or ``"lower"``.
    weight
        What it counted; 0 when it was only measured.
    rank
        Place in the order of goals, from 1; 0 when goals were weighed.
    text
        A sentence for people.
    """

    name: str
    value: float
    unit: str
    better: str
    weight: float
    rank: int
    text: str

    def is_worse(self, other: Goal, *, slack: float = 0.0) -> bool:
        """Whether this is worse than another plan's figure by more than a share of it."""
        room = slack * abs(other.value) + 1e-9
        if self.better == "higher":
            return self.value < other.value - room
        return self.value > other.value + room

    def to_json(self) -> dict[str, Any]:
        """Give plain data."""
        return {
            "name": self.name,
            "value": None if math.isnan(self.value) else self.value,
            "unit": self.unit,
            "better": self.better,
            "weight": self.weight,
            "rank": self.rank,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """How good any plan could be in one respect, beside what this plan reached.

    Parameters
    ----------
    name
        What: ``"largest_load"``, ``"n_grids"``.
    where
        The town or the community it is about.
    bound
        No plan that keeps the rules does better.
    achieved
        What the plan has.
    method
        How the bound was found: ``"counting"``, ``"exact"``, ``"relaxation"``.
    is_loose
        Whether the bound may be weak: no plan is known that comes near it.
    text
        A sentence for people.
    best_known
        The best that any plan seen has in this respect, whatever it costs in others.
    """

    name: str
    where: str
    bound: float
    achieved: float
    method: str
    is_loose: bool
    text: str
    best_known: float = math.nan

    @property
    def gap(self) -> float:
        """``(achieved - bound) / bound``; 0 means proven best, ``nan`` that it cannot be said."""
        if self.bound == 0 or not math.isfinite(self.bound):
            return 0.0 if self.achieved == self.bound else math.nan
        return (self.achieved - self.bound) / self.bound

    def to_json(self) -> dict[str, Any]:
        """Give plain data."""
        gap = self.gap
        return {
            "name": self.name,
            "where": self.where,
            "bound": self.bound,
            "achieved": self.achieved,
            "best_known": None if math.isnan(self.best_known) else self.best_known,
            "gap": None if math.isnan(gap) else gap,
            "method": self.method,
            "is_loose": self.is_loose,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What can be proven about a plan.

    Parameters
    ----------
    bounds
        One for each proven statement.
    binding
        Sentences about the rules that hold the plan back (a grid at its limit).
    unavoidable
        Sentences about findings that every plan has.
    goals
        What the plan got in each thing it should be good at.
    """

    bounds: tuple[Bound, ...] = ()
    binding: tuple[str, ...] = ()
    unavoidable: tuple[str, ...] = ()
    goals: tuple[Goal, ...] = ()

    def of(self, name: str) -> tuple[Bound, ...]:
        """Give the bounds of one name."""
        return tuple(b for b in self.bounds if b.name == name)

    def to_json(self) -> dict[str, Any]:
        """Give plain data for ``certificate.json``."""
        return {
            "bounds": [b.to_json() for b in self.bounds],
            "binding": list(self.binding),
            "unavoidable": list(self.unavoidable),
            "goals": [g.to_json() for g in self.goals],
        }

    def sentences(self) -> tuple[str, ...]:
        """Give everything in words: goals, bounds, what binds, what cannot be avoided."""
        return (
            *(g.text for g in self.goals),
            *(b.text for b in self.bounds),
            *self.binding,
            *self.unavoidable,
        )

    def __str__(self) -> str:
        """Say everything, a line each."""
        return "\n".join(self.sentences()) or "Nothing is proven."


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A plan, what a check of it found, and what is proven about it.

    Parameters
    ----------
    plan
        The plan.
    report
        Findings against the rules it was made for.
    certificate
        Bounds and gaps.
    stats
        Figures of the search: seed, starts, moves, how it stopped; no times.
    seconds
        Wall time of each stage.
    alternatives
        Other plans along the front, when asked for.
    members
        Head count of each base grid, by id, when members were given.
    """

    plan: Plan
    report: Report
    certificate: Certificate = Certificate()
    stats: Mapping[str, Any] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    alternatives: tuple[Plan, ...] = ()
    members: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", MappingProxyType(dict(self.members)))
        object.__setattr__(self, "stats", MappingProxyType(dict(self.stats)))
        object.__setattr__(self, "seconds", MappingProxyType(dict(self.seconds)))

    @property
    def is_legal(self) -> bool:
        """Whether the plan keeps every hard rule."""
        return self.report.is_legal

    @property
    def goals(self) -> tuple[Goal, ...]:
        """What the plan got in each thing it should be good at."""
        return self.certificate.goals

    def __repr__(self) -> str:
        """Say what was found and whether it is legal."""
        n_broken = sum(f.severity == "broken" for f in self.report)
        state = "keeps every rule" if n_broken == 0 else f"breaks rules in {n_broken} places"
        return f"<Result: {self.plan!r}, {state}>"

    def _repr_html_(self) -> str:
        """Show the plan, the findings and the bounds in a notebook."""
        said = self.certificate.sentences()
        bounds = "".join(f"<li>{escape(text)}</li>" for text in said)
        findings = self.report._repr_html_()
        return f"{self.plan._repr_html_()}{findings}<ul>{bounds}</ul>"
