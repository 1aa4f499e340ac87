"""How is a long history opened quickly, and where is the plan as a file?

A snapshot is one state, written in one piece. It is trusted only when its hash is right; without it
the history is replayed from the beginning.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.editor.history import Grid
from gridkit.io.atomic import write_text
from gridkit.io.sheets import write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from gridkit.editor.desk import Desk
    from gridkit.editor.editor import Editor
    from gridkit.editor.history import Scenario

NAME, PLAN = "snapshot.json", "plan.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One state: the step, the slot of every unit, the records, and their hash."""

    step: int
    base: tuple[int, ...]
    grids: tuple[Grid | None, ...]
    hash: str


def write(folder: Path, editor: Editor, desk: Desk, scenario: Scenario) -> None:
    """Write the snapshot and the plan of a scenario."""
    content = {
        "plan": editor.ground.digest,
        "scenario": scenario.name,
        "step": scenario.head,
        "hash": desk.hash(),
        "grids": [None if g is None else asdict(g) for g in desk.grids],
        "base": desk.base.tolist(),
    }
    write_text(folder / NAME, json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n")
    write_csv(folder / PLAN, desk.plan().to_frame())


def read(folder: Path | None, editor: Editor) -> Snapshot | None:
    """Read the snapshot; None when there is none that can be used."""
    if folder is None or not (folder / NAME).is_file():
        return None
    try:
        content: dict[str, Any] = json.loads((folder / NAME).read_text(encoding="utf-8"))
        found = Snapshot(
            step=int(content["step"]),
            base=tuple(content["base"]),
            grids=tuple(None if g is None else Grid(**g) for g in content["grids"]),
            hash=str(content["hash"]),
        )
    except (ValueError, KeyError, TypeError, OSError):
        return None
    fits = (
        content.get("plan") == editor.ground.digest
        and 0 <= found.step < len(editor.history.steps)
        and len(found.base) == editor.ground.n
        and len(found.grids) <= len(editor.slots)
        and max(found.base, default=-1) < len(found.grids)
        and min(found.base, default=0) >= -1
    )
    return found if fits else None


def put(found: Snapshot, desk: Desk) -> bool:
    """Bring a desk to a snapshot; back again when the hash is not right."""
    old_base, old_grids = desk.base.copy(), tuple(desk.grids)
    desk.become(np.array(found.base, dtype=np.int32), found.grids)
    if desk.hash() == found.hash:
        return True
    desk.become(old_base, old_grids)
    return False
