"""How does the editor stand in a notebook, and how does the edited plan come back to Python?"""

from __future__ import annotations

import weakref
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from gridkit.editor.editor import Editor
from gridkit.editor.ground import Ground
from gridkit.editor.room import Room
from gridkit.model.finding import Finding, Report
from gridkit.rules.settings import Rules
from gridkit.web.host import Host
from gridkit.web.serve import Server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit._typing import Json
    from gridkit.model.plan import Plan
    from gridkit.staffing import Standards


class PlanEditor:
    """An editor in a notebook: shows itself, and gives the plan back.

    Parameters
    ----------
    server
        That serves it.
    height
        Of the frame, in pixels.
    """

    def __init__(self, server: Server, *, height: int) -> None:
        self._server, self._height = server, height
        self._stop = weakref.finalize(self, server.stop)

    @property
    def plan(self) -> Plan:
        """The plan as it stands now, in the scenario used last."""
        room = self._server.room
        with room.lock:
            return room.editor.plan(room.last)

    @property
    def scenarios(self) -> dict[str, Plan]:
        """The plans of all scenarios, by name."""
        room = self._server.room
        with room.lock:
            return {name: room.editor.plan(name) for name in room.editor.history.scenarios}

    @property
    def report(self) -> Report:
        """What the plan breaks now."""
        room = self._server.room
        with room.lock:
            table = room.editor.table(room.last)
            slots = room.editor.slots
            return Report(
                tuple(
                    Finding(
                        rule=f.rule,
                        severity=f.severity,
                        text=f.text[0],
                        level="base_grid" if f.grids else "unit",
                        ids=tuple(slots[g] for g in f.grids),
                        facts=f.facts,
                    )
                    for f in table.live.found.values()
                )
            )

    @property
    def url(self) -> str:
        """Address for a browser window of its own; works once."""
        return self._server.url

    def do(self, kind: str, **fields: object) -> Json:
        """Do one operation from Python, as docs/editor.md lists them; the page follows.

        Parameters
        ----------
        kind
            ``"assign"``, ``"undo"``...
        **fields
            Of the operation.
        """
        room = self._server.room
        with room.lock:
            change = room.editor.do({"kind": kind, **fields}, scenario=room.last)
            change["scenarios"] = room.scenarios_json()
            room.tell({"type": "change", "change": change})
            return change

    def close(self) -> None:
        """Stop the server."""
        self._stop()

    def __repr__(self) -> str:
        """Say what is edited."""
        return f"<Editor of {self.plan!r}>"

    def _repr_html_(self) -> str:
        """Show the page in a frame."""
        if not self._stop.alive:
            return f"<p>{escape(repr(self.plan))}, closed</p>"
        return (
            f'<iframe src="{escape(self._server.frame_url)}" title="gridkit" '
            f'style="width:100%;height:{self._height}px;border:1px solid #bbb"></iframe>'
        )


def edit(
    plan: Plan,
    *,
    rules: Rules | None = None,
    current: Plan | None = None,
    standards: Standards | None = None,
    members: Mapping[str, int] | None = None,
    folder: Path | str | None = None,
    lang: str = "en",
    height: int = 720,
) -> PlanEditor:
    """Edit a plan by hand in a notebook.

    Parameters
    ----------
    plan
        Where to begin; it does not change.
    rules
        What a plan must keep; by default only that grids hang together and cover the town.
    current
        The plan in force; what moved is counted against it, or against `plan`.
    standards, members
        For workload and load per member: `members` is the head count of each base grid, by id.
    folder
        Where to keep every step; by default nothing is kept on the disk.
    lang
        ``"en"`` or ``"zh"``.
    height
        Of the frame, in pixels.

    Returns
    -------
    PlanEditor
        Shows itself as the last line of a cell; ``.plan`` is the edited plan.

    Examples
    --------
    >>> town = __import__("gridkit").make_town(n_units=60, seed=1)
    >>> plan = __import__("gridkit").solve(town, Rules(), prove=False).plan
    >>> editor = edit(plan)  # doctest: +SKIP
    """
    ground = Ground(plan, rules or Rules(), current=current, standards=standards, members=members)
    editor = Editor(ground, folder=None if folder is None else Path(folder))
    room = Room(editor)
    server = Server(room, Host(room), lang=lang, frames=True, idle_s=0)
    return PlanEditor(server.start(), height=height)
