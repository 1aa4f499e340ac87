"""A small town on the table: 8 x 6 squares, two communities, four base grids, a limit and a balance."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from gridkit.editor.editor import Editor
from gridkit.editor.ground import Ground
from gridkit.editor.room import Room
from gridkit.model.plan import Plan
from gridkit.rules import Balance, Limit, Rules
from tests.conftest import square_town

if TYPE_CHECKING:
    from pathlib import Path

ROWS, COLUMNS = 6, 8
RULES = Rules(
    limits=(Limit(measure="residents", low=60, high=180),),
    balance=Balance(measure="residents", tolerance=0.5),
)


def small_plan() -> Plan:
    """Four blocks of 3 x 4 squares: 120 residents each, slots 0 NW, 1 NE, 2 SW, 3 SE or the like."""
    town = square_town(ROWS, COLUMNS, communities=True)
    at = np.arange(ROWS * COLUMNS)
    row, column = at // COLUMNS, at % COLUMNS
    return Plan.from_labels(town, (2 * (column >= 4) + (row >= 3)).astype(np.int32))


def new_editor(folder: Path | None = None, **more: object) -> Editor:
    heads = dict.fromkeys(small_plan().levels[0].ids, 2)
    plan = small_plan()
    return Editor(Ground(plan, RULES, members=heads, current=plan), folder=folder, **more)


def new_room(folder: Path | None = None) -> Room:
    return Room(new_editor(folder))


def finished(room: Room, window: str, scenario: str = "main", **job: object):
    """Start a job and wait for its end."""
    revision = room.editor.history.scenario(scenario).revision
    made = room.jobs.start(window, {"scenario": scenario, "revision": revision, "job": job})
    own = room.jobs.get(made["job"]["job"])
    own.thread.join(timeout=300)  # a machine with much else to do
    return own


def folder_hash(folder: Path) -> str:
    """Hash the names and bytes of all files in a folder."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()
