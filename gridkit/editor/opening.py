"""What does the editor begin with: the records of the opened plan, and is a log of that plan?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.editor import store
from gridkit.editor.history import Grid
from gridkit.errors import InputError

if TYPE_CHECKING:
    from gridkit._typing import Json
    from gridkit.editor.ground import Ground


def now() -> str:
    """Give the present time, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def first_records(ground: Ground, codes: tuple[str, ...]) -> tuple[Grid, ...]:
    """Make the records of the opened plan."""
    opened = ground.opened
    first = opened.levels[0]
    parent: Any = np.full(len(first), -1)
    if ground.community is not None:
        if len(opened.levels) > 1:
            number = {c: i for i, c in enumerate(ground.community_ids)}
            above = opened.levels[1]
            parent = [number.get(above.ids[h], -1) if h >= 0 else -1 for h in above.holder]
        else:
            counts = np.zeros((len(first), len(ground.community_ids)), dtype=np.int64)
            ok = opened.base >= 0
            np.add.at(counts, (opened.base[ok], ground.of[ok]), 1)
            parent = np.where(counts.sum(axis=1) > 0, counts.argmax(axis=1), -1).tolist()
    heads = ground.heads or {}
    blank = Grid(id="", name="")
    return tuple(
        replace(
            blank,
            id=i,
            name=name,
            code=codes[s] if codes else "",
            community=int(parent[s]),
            members=int(heads.get(i, 0)),
        )
        for s, (i, name) in enumerate(zip(first.ids, first.names, strict=True))
    )


def check_log(event: Json, ground: Ground) -> None:
    """Make sure that a log belongs to the plan that is opened.

    Raises
    ------
    InputError
        If it is of another plan, town, or version.
    """
    if event.get("t") != "open" or event.get("format") != store.FORMAT:
        msg = "the log in the folder `edit` was written by another version; move the folder away to begin anew."
        raise InputError(msg)
    if event.get("plan") != ground.digest:
        msg = (
            "the folder `edit` holds the editing of another plan (the run was made again, or its units changed). "
            "Rename the folder to keep it, and open the plan again; edit/plan.csv can be imported in the page."
        )
        raise InputError(msg)
