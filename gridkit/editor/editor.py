"""How is a plan edited by people? Every step on the disk, counted at once, with a way back.

The `Editor` is the whole behaviour of the editor; the server only translates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gridkit.editor import snapshot, store
from gridkit.editor.desk import Desk
from gridkit.editor.history import History, Scenario, Step
from gridkit.editor.live import Live
from gridkit.editor.log import Log, note_holder
from gridkit.editor.opening import check_log, first_records, now
from gridkit.editor.ops import Proposal, Wish, propose
from gridkit.editor.refusal import Refusal, bad, refused
from gridkit.editor.report import Reporter

if TYPE_CHECKING:
    from pathlib import Path

    from gridkit._typing import Json
    from gridkit.editor.ground import Ground
    from gridkit.model.plan import Plan

MOST_TABLES = 6
"""States kept ready; others are made again from the history."""
SNAPSHOT_EVERY = 500


@dataclass(slots=True)
class Table:
    """A scenario's state, ready to be asked."""

    desk: Desk
    live: Live
    report: Reporter
    step: int = 0
    used: int = field(default=0)


class Editor:
    """A plan being edited by people.

    Parameters
    ----------
    ground
        Plan, rules, and what they are measured against.
    folder
        Where the log is kept; None keeps nothing on the disk. An earlier log of the same plan is gone
        on with.
    by
        Name that stands in the history.
    codes
        Code of each base grid of the opened plan.
    is_read_only
        Read the log only; another process may be writing it (see `catch_up`).
    """

    def __init__(
        self,
        ground: Ground,
        *,
        folder: Path | None = None,
        by: str = "planner",
        codes: tuple[str, ...] = (),
        is_read_only: bool = False,
    ) -> None:
        self.ground, self.by = ground, by
        self.history = History()
        first = ground.opened.levels[0]
        self.slots: list[str] = list(first.ids)
        self.first = first_records(ground, codes)
        self._tables: dict[str, Table] = {}
        self._clock = 0
        self._reader = store.Reader(self.history, self.slots, ground.town.position)
        self._log = Log(folder, is_read_only=is_read_only)
        self._n_events = 0
        try:
            self._open()
        except BaseException:
            self._log.close()
            raise

    def _open(self) -> None:
        events = self._log.read()
        if self._log.is_writing and self._log.folder is not None:
            note_holder(self._log.folder, since=now())
        if events:
            check_log(events[0], self.ground)
            for event in events:
                self._reader.take(event)
            self._n_events = len(events)
        else:
            self._write(store.opening(self.ground.digest, now()))
        if not self.history.scenarios:
            event = {
                "t": "scenario", "do": "branch", "in": "main", "step": 0, "by": self.by, "at": now(),
            }  # fmt: skip
            self._write(event)
            self._reader.take(event)

    # ------------------------------------------------------------------ asked
    @property
    def folder(self) -> Path | None:
        """Where the log is."""
        return self._log.folder

    def table(self, name: str) -> Table:
        """Give the present state of a scenario, counted."""
        scenario = self.history.scenario(name)
        table = self._tables.get(name)
        if table is None:
            table = self._new_table(scenario)
            self._tables[name] = table
            if len(self._tables) > MOST_TABLES:
                oldest = min(self._tables, key=lambda k: self._tables[k].used)
                if oldest != name:
                    del self._tables[oldest]
        self._clock += 1
        table.used = self._clock
        if table.step != scenario.head:
            self._walk(table, scenario.head)
        return table

    def plan(self, scenario: str = "main") -> Plan:
        """Give the plan of a scenario, frozen."""
        return self.table(scenario).desk.plan()

    def hash(self, scenario: str = "main") -> str:
        """Hash the state of a scenario."""
        return self.table(scenario).desk.hash()

    def _new_table(self, scenario: Scenario) -> Table:
        desk, step = Desk(self.ground, self.first), 0
        near = min(
            self._tables.values(),
            key=lambda t: sum(map(len, self.history.path(t.step, scenario.head))),
            default=None,
        )
        if near is not None:
            desk.become(near.desk.base, near.desk.grids)
            step = near.step
        elif (found := snapshot.read(self.folder, self)) is not None:
            step = found.step if snapshot.put(found, desk) else 0
        self._carry(desk, step, scenario.head)
        live = Live(desk)
        return Table(desk, live, Reporter(desk, live), scenario.head)

    def _carry(self, desk: Desk, start: int, end: int) -> set[int]:
        """Move a desk along the history; give what it touched."""
        back, forth = self.history.path(start, end)
        touched: set[int] = set()
        for number in back:
            touched |= desk.unmake(self.history.step(number))
        for number in forth:
            touched |= desk.make(self.history.step(number))
        desk.survey(s for s in touched if s >= 0)
        return touched

    def _walk(self, table: Table, to: int) -> Json:
        """Bring a table to a step; say what changed."""
        touched = self._carry(table.desk, table.step, to)
        table.step = to
        return table.report.step(touched)

    # ------------------------------------------------------------------ done
    def do(
        self,
        op: Json,
        *,
        scenario: str = "main",
        revision: int | None = None,
        by: str | None = None,
    ) -> Json:
        """Do one operation.

        Parameters
        ----------
        op
            ``{"kind": ..., ...}``, as docs/editor.md lists them.
        scenario
            Whose plan.
        revision
            The revision that the caller saw; refused when it is not the present one. None: any.
        by
            Who does it.

        Returns
        -------
        dict
            The change, as docs/editor.md describes it.

        Raises
        ------
        Refusal
            With a code and the reason in both languages.
        """
        own = self.history.scenario(scenario)
        self.check_revision(own, revision)
        if not isinstance(op, dict):
            raise bad("`op` must be an object.", "`op` 应为对象。")
        kind = op.get("kind")
        if kind in ("undo", "redo", "goto"):
            return self._travel(own, op, by or self.by)
        desk = self.table(scenario).desk
        proposal = (
            self._apportion(scenario) if kind == "apportion" else propose(desk, op, self.slots)
        )
        return self.make(scenario, proposal, by=by)

    def check_revision(self, scenario: Scenario, revision: int | None) -> None:
        """Make sure that the caller saw the present state.

        Raises
        ------
        Refusal
            ``stale``, with the present revision.
        """
        if revision is not None and revision != scenario.revision:
            raise Refusal(
                "stale",
                (
                    f"the plan was changed meanwhile (revision {scenario.revision}, you saw {revision}). Look at it and do it again.",
                    f"方案已被修改（现为第 {scenario.revision} 版，您看到的是第 {revision} 版）。请查看后重做。",
                ),
                revision=scenario.revision,
            )

    def make(self, scenario: str, proposal: Proposal, *, by: str | None = None) -> Json:
        """Make a step of a proposal: first on the disk, then here."""
        own, table = self.history.scenario(scenario), self.table(scenario)
        desk = table.desk
        differ = desk.base[proposal.units] != proposal.to if proposal.units.size else slice(0)
        units, to = proposal.units[differ], proposal.to[differ]
        if not units.size and not proposal.grids:
            return self._answer(own, table, proposal.kind, table.report.nothing(), proposal)
        step = Step(
            number=len(self.history.steps),
            parent=own.head,
            kind=proposal.kind,
            facts=proposal.facts,
            by=by or self.by,
            at=now(),
            units=units,
            old=desk.base[units].copy(),
            new=to.astype(np.int32),
            grids=tuple(
                (s, desk.grids[s] if s < len(desk.grids) else None, g)
                for s, g in sorted(proposal.grids.items())
            ),
        )
        names = [*self.slots, *(g.id for s, _, g in step.grids if s >= len(self.slots))]
        event = store.step_event(step, scenario, slots=names, units=self.ground.town.units.ids)
        self._write(event)
        self._reader.take(event)
        told = self._walk(table, own.head)
        if self._n_events % SNAPSHOT_EVERY == 0:
            self.save(scenario)
        return self._answer(own, table, proposal.kind, told, proposal)

    def _travel(self, own: Scenario, op: Json, by: str) -> Json:
        """Undo, redo, or go to any step."""
        table, kind = self.table(own.name), op["kind"]
        wish = Wish(desk=table.desk, op=op, slots=self.slots)
        to = own.head
        if kind == "goto":
            to = wish.whole("step", low=0, high=len(self.history.steps) - 1)
        else:
            for _ in range(wish.whole("times", low=1, high=100_000, default=1)):
                if kind == "undo" and to != 0:
                    to = self.history.parent(to)
            if kind == "redo" and own.ahead:
                times = wish.whole("times", low=1, high=100_000, default=1)
                to = own.ahead[-min(times, len(own.ahead))]
            if to == own.head:
                raise (
                    refused("there is nothing to take back.", "没有可撤销的步骤。")
                    if kind == "undo"
                    else refused("there is nothing to make again.", "没有可重做的步骤。")
                )
        if to == own.head:
            return self._answer(own, table, kind, table.report.nothing(), None)
        event = {"t": "head", "in": own.name, "to": to, "why": kind, "by": by, "at": now()}
        self._write(event)
        self._reader.take(event)
        return self._answer(own, table, kind, self._walk(table, to), None)

    def _apportion(self, scenario: str) -> Proposal:
        """Hand the same total of members out again."""
        from gridkit.editor.engine import apportioned  # noqa: PLC0415  engine builds on this module

        return apportioned(self.table(scenario).desk)

    def _answer(
        self, own: Scenario, table: Table, kind: str, told: Json, proposal: Proposal | None
    ) -> Json:
        out = {
            "ok": True,
            "scenario": own.name,
            "revision": own.revision,
            "step": own.head,
            "kind": kind,
            **table.report.ends(own, self.history),
            **told,
            "skipped": proposal.skipped if proposal else {"locked": 0, "source": 0},
            "new": proposal.new if proposal else None,
        }
        out["grids"] = [self._with_comments(g) for g in out["grids"]]
        return out

    # ------------------------------------------------------------------ scenarios and comments
    def branch(
        self, name: str, *, scenario: str = "main", step: int | None = None, by: str | None = None
    ) -> Scenario:
        """Begin a new scenario at a step of another one."""
        own = self.history.scenario(scenario)
        at = own.head if step is None else step
        if at != 0:
            self.history.step(at)
        self._check_name(name)
        self._note(
            {
                "t": "scenario", "do": "branch", "in": name, "step": at, "from": scenario,
                "by": by or self.by, "at": now(),
            }
        )  # fmt: skip
        return self.history.scenario(name)

    def rename(self, scenario: str, name: str, *, by: str | None = None) -> None:
        """Give a scenario another name."""
        self.history.scenario(scenario)
        if name != scenario:
            self._check_name(name)
            self._note(
                {"t": "scenario", "do": "name", "in": scenario, "name": name, "by": by or self.by, "at": now()}
            )  # fmt: skip
            table = self._tables.pop(scenario, None)
            if table is not None:
                self._tables[name] = table

    def delete(self, scenario: str, *, by: str | None = None) -> None:
        """Take the name of a scenario away; its steps stay in the log."""
        self.history.scenario(scenario)
        if len(self.history.scenarios) == 1:
            raise refused("the last scenario cannot be deleted.", "最后一个方案不能删除。")
        self._note(
            {"t": "scenario", "do": "delete", "in": scenario, "by": by or self.by, "at": now()}
        )
        self._tables.pop(scenario, None)

    def comment(self, scenario: str, grid: int, text: str, *, by: str | None = None) -> None:
        """Note what a reviewer says about a grid (or -1: the plan)."""
        own = self.history.scenario(scenario)
        desk = self.table(scenario).desk
        wish = Wish(desk=desk, op={"grid": grid, "text": text}, slots=self.slots)
        wish.slot("grid", none=True)
        if not wish.text("text", empty=False):
            raise bad("a comment needs a text.", "意见不能为空。")
        n = 1 + max((c.number for c in self.history.comments), default=0)
        self._note(
            {
                "t": "comment", "n": n, "in": scenario, "grid": grid, "step": own.head, "text": text,
                "by": by or self.by, "at": now(),
            }
        )  # fmt: skip

    def resolve(self, comment: int, *, by: str | None = None) -> None:
        """Mark a comment as done."""
        if type(comment) is not int or comment not in {c.number for c in self.history.comments}:
            raise bad(f"there is no comment {comment!r}.", f"没有第 {comment!r} 条意见。")
        self._note({"t": "resolve", "n": comment, "by": by or self.by, "at": now()})

    def _check_name(self, name: str) -> None:
        if not name.strip() or len(name) > 60 or name.startswith("@"):
            raise bad(
                "a scenario needs a name of 1 to 60 characters that does not begin with '@'.",
                "方案名称应为 1 至 60 个字符，且不以“@”开头。",
            )
        if name in self.history.scenarios:
            raise refused(f"there is a scenario '{name}' already.", f"已有名为“{name}”的方案。")

    def _with_comments(self, grid: Json) -> Json:
        n = sum(c.grid == grid["grid"] and not c.done for c in self.history.comments)
        return {**grid, "n_comments": n}

    # ------------------------------------------------------------------ kept
    def _write(self, event: Json) -> None:
        self._log.append(event)
        self._n_events += 1

    def _note(self, event: Json) -> None:
        self._write(event)
        self._reader.take(event)

    def catch_up(self) -> list[str]:
        """Read what another process has written since; give the scenarios that moved."""
        moved = []
        for event in self._log.more():
            own = self._reader.take(event)
            moved.append(own.name if own is not None else "")
        self._n_events += len(moved)
        return sorted(set(moved))

    def follow(self, scenario: str) -> Json:
        """Bring a scenario's state to its head, after `catch_up`; give the change."""
        own = self.history.scenario(scenario)
        table = self._tables.get(scenario)
        told = None if table is None else self._walk(table, own.head)
        table = self.table(scenario)
        head = self.history.steps[own.head]
        kind = "opened" if head is None else head.kind
        return self._answer(own, table, kind, told or table.report.nothing(), None)

    def save(self, scenario: str = "main") -> None:
        """Write the snapshot and the plan file, each in one piece."""
        if self.folder is not None and self._log.is_writing:
            snapshot.write(
                self.folder, self, self.table(scenario).desk, self.history.scenario(scenario)
            )

    def close(self, scenario: str | None = None) -> None:
        """Save, and let the folder go."""
        if self._log.is_writing and self._n_events > 2:
            name = (
                scenario
                if scenario in self.history.scenarios
                else next(iter(self.history.scenarios))
            )
            self.save(name)
        self._log.close()

    def state(self, scenario: str) -> Json:
        """Give everything that a page needs to show a scenario."""
        own, table = self.history.scenario(scenario), self.table(scenario)
        out = {
            "ok": True,
            "scenario": own.name,
            "revision": own.revision,
            "step": own.head,
            **table.report.ends(own, self.history),
            **table.report.all(),
            "hash": table.desk.hash(),
        }
        out["grids"] = [self._with_comments(g) for g in out["grids"]]
        return out
