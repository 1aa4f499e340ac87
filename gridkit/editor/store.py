"""How do steps become lines of a log, and lines steps again?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.editor.history import Comment, Grid, History, Scenario, Step
from gridkit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridkit._typing import Json

FORMAT = 1


def opening(digest: str, at: str) -> Json:
    """Give the first line of a log."""
    return {"t": "open", "format": FORMAT, "plan": digest, "at": at}


def step_event(step: Step, scenario: str, *, slots: Sequence[str], units: Sequence[str]) -> Json:
    """Write a step: grids and units by their ids."""
    names = [*slots, ""]  # position -1 is the last one
    key = (step.old.astype(np.int64) + 1) * (len(names) + 1) + step.new + 1
    moves = []
    for k in np.unique(key).tolist():
        at = np.flatnonzero(key == k)
        old, new = int(step.old[at[0]]), int(step.new[at[0]])
        moves.append([names[old], names[new], [units[u] for u in step.units[at].tolist()]])
    grids = [[s, None if a is None else asdict(a), asdict(b)] for s, a, b in step.grids]
    return {
        "t": "step",
        "n": step.number,
        "after": step.parent,
        "in": scenario,
        "kind": step.kind,
        "facts": dict(step.facts),
        "by": step.by,
        "at": step.at,
        "moves": moves,
        "grids": grids,
    }


class Reader:
    """Turns the events of a log into a history.

    Parameters
    ----------
    history
        Filled by `take`.
    slots
        Ids of the grids; new ones are appended.
    position
        Position of every unit by id.
    """

    def __init__(self, history: History, slots: list[str], position: Mapping[str, int]) -> None:
        self.history, self.slots, self.position = history, slots, position
        self.number = {i: s for s, i in enumerate(slots)} | {"": -1}

    def take(self, event: Json) -> Scenario | None:
        """Take one event; give the scenario that it moved."""
        kind, h = event["t"], self.history
        if kind == "step":
            return self._step(event)
        if kind == "head":
            scenario = h.scenario(event["in"])
            h.go(scenario, event["to"])
            scenario.revision += 1
            return scenario
        if kind == "scenario":
            self._scenario(event)
        elif kind == "comment":
            keys = ("grid", "text", "by", "at", "step")
            made = {k: event[k] for k in keys}
            h.comments.append(Comment(number=event["n"], scenario=event["in"], **made))
        elif kind == "resolve":
            for comment in h.comments:
                if comment.number == event["n"]:
                    comment.done = True
        elif kind != "open":
            msg = f"the log holds an entry '{kind}' that this version does not know; open it with the version that wrote it."
            raise InputError(msg)
        return None

    def _step(self, event: Json) -> Scenario:
        grids = tuple(
            (slot, None if a is None else Grid(**a), Grid(**b)) for slot, a, b in event["grids"]
        )
        for slot, _, after in grids:
            if slot == len(self.slots):
                self.slots.append(after.id)
                self.number[after.id] = slot
        units: list[int] = []
        old: list[int] = []
        new: list[int] = []
        for a, b, ids in event["moves"]:
            units += [self.position[i] for i in ids]
            old += [self.number[a]] * len(ids)
            new += [self.number[b]] * len(ids)
        h = self.history
        step = Step(
            number=event["n"],
            parent=event["after"],
            kind=event["kind"],
            facts=event["facts"],
            by=event["by"],
            at=event["at"],
            units=np.array(units, dtype=np.int64),
            old=np.array(old, dtype=np.int32),
            new=np.array(new, dtype=np.int32),
            grids=grids,
        )
        h.add(step)
        scenario = h.scenario(event["in"])
        h.forward(scenario, step.number)
        scenario.revision += 1
        return scenario

    def _scenario(self, event: Json) -> None:
        h, name = self.history, event["in"]
        if event["do"] == "branch":
            h.scenarios[name] = Scenario(
                name=name,
                head=event["step"],
                created=event["at"],
                by=event["by"],
                origin=event.get("from"),
            )
        elif event["do"] == "name":
            own = h.scenarios.pop(name)
            own.name = event["name"]
            h.scenarios[own.name] = own
        elif event["do"] == "delete":
            del h.scenarios[name]


def scenario_json(scenario: Scenario, history: History, pen: str | None) -> Json:
    """Describe a scenario to the page."""
    return {
        "name": scenario.name,
        "revision": scenario.revision,
        "step": scenario.head,
        "n_steps": history.depth[scenario.head],
        "created": scenario.created,
        "by": scenario.by,
        "from": scenario.origin,
        "pen": pen,
    }


def comment_json(comment: Comment) -> dict[str, Any]:
    """Describe a comment to the page."""
    out = asdict(comment)
    out["comment"] = out.pop("number")
    return out
