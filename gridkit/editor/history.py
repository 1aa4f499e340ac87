"""What was done, by whom, and how does one get from one state to another?

Steps form a tree: each was made after another one. A scenario is a name for a place in the tree. To
undo is to go to the parent; a new step after an undo begins a new branch, and the old one stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gridkit.editor.refusal import unknown

if TYPE_CHECKING:
    from gridkit._typing import IntArray, LabelArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What is known of one base grid at one moment, besides its units.

    Parameters
    ----------
    id, name, code
        Text.
    community
        Position of its parent; -1 for none.
    alive
        False once it was merged or taken out.
    locked
        Whether its units stay as they are.
    note
        Of the planner.
    members
        Head count.
    """

    id: str
    name: str
    code: str = ""
    community: int = -1
    alive: bool = True
    locked: bool = False
    note: str = ""
    members: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """One change of a plan, with the way back.

    Parameters
    ----------
    number, parent
        Its place in the tree; the opened plan is step 0.
    kind, facts
        What was done, and what its sentence needs.
    by, at
        Who and when.
    units, old, new
        Units that moved, and their grids before and after.
    grids
        Records that changed: slot, before (None: was not there), after.
    """

    number: int
    parent: int
    kind: str
    by: str
    at: str
    units: IntArray
    old: LabelArray
    new: LabelArray
    grids: tuple[tuple[int, Grid | None, Grid], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Scenario:
    """A named place in the tree.

    Parameters
    ----------
    name
        Unique.
    head
        The step it stands at.
    ahead
        Steps that redo would make, the next one last.
    revision
        Rises with every change of the head.
    created, by, origin
        When, by whom, from which scenario.
    """

    name: str
    head: int = 0
    ahead: list[int] = field(default_factory=list)
    revision: int = 0
    created: str = ""
    by: str = ""
    origin: str | None = None


@dataclass(slots=True, kw_only=True)
class Comment:
    """What a reviewer wrote about a grid, or about the plan (slot -1)."""

    number: int
    grid: int
    scenario: str
    step: int
    text: str
    by: str
    at: str
    done: bool = False


class History:
    """The tree of steps and the scenarios in it."""

    def __init__(self) -> None:
        self.steps: list[Step | None] = [None]
        self.depth: list[int] = [0]
        self.scenarios: dict[str, Scenario] = {}
        self.comments: list[Comment] = []

    def scenario(self, name: str) -> Scenario:
        """Look a scenario up.

        Raises
        ------
        Refusal
            If there is none of this name.
        """
        found = self.scenarios.get(name)
        if found is None:
            raise unknown(f"there is no scenario '{name}'.", f"没有名为“{name}”的方案。")
        return found

    def step(self, number: int) -> Step:
        """Look a step up (not 0, the opened plan)."""
        found = self.steps[number] if 0 < number < len(self.steps) else None
        if found is None:
            raise unknown(f"there is no step {number}.", f"没有第 {number} 步。")
        return found

    def add(self, step: Step) -> None:
        """Add a step after its parent."""
        self.steps.append(step)
        self.depth.append(self.depth[step.parent] + 1)

    def parent(self, number: int) -> int:
        """Give the step before."""
        return self.step(number).parent

    def path(self, start: int, end: int) -> tuple[list[int], list[int]]:
        """Find the way between two steps.

        Returns
        -------
        back, forth
            Steps to take back, in order, and then steps to make, in order.
        """
        back: list[int] = []
        forth: list[int] = []
        while start != end:
            if self.depth[start] >= self.depth[end]:
                back.append(start)
                start = self.parent(start)
            else:
                forth.append(end)
                end = self.parent(end)
        return back, forth[::-1]

    def line(self, number: int) -> list[int]:
        """List the steps from the opened plan to a step."""
        return self.path(0, number)[1]

    def go(self, scenario: Scenario, to: int) -> None:
        """Move a scenario to a step; what lies ahead of it stays for redo when it is on the same line."""
        tip = scenario.ahead[0] if scenario.ahead else scenario.head
        back, forth = self.path(tip, to)
        scenario.ahead = back if not forth else []
        scenario.head = to

    def forward(self, scenario: Scenario, number: int) -> None:
        """Move a scenario to a step just made."""
        scenario.ahead = []
        scenario.head = number
