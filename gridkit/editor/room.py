"""Who is at the table, who holds the pen, and who must be told what?

A `Room` is what a server talks to: windows come and go, ask and do, and hear what others did. It may be
called from several threads.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridkit.editor import store
from gridkit.editor.jobs import Jobs
from gridkit.editor.refusal import Refusal, bad, both
from gridkit.editor.words import say_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridkit._typing import Json
    from gridkit.editor.editor import Editor
    from gridkit.editor.jobs import Job

GRACE_S = 15.0
"""So long a window that is not connected keeps its pen."""


@dataclass(slots=True, kw_only=True)
class Window:
    """One page that is open.

    Parameters
    ----------
    id
        Made up by the page.
    name
        Stands in the history.
    scenario
        What it looks at.
    seen
        When it was heard of last.
    n_open
        Its live connections.
    """

    id: str
    name: str
    scenario: str
    seen: float
    n_open: int = 0


class Room:
    """Windows around one editor.

    Parameters
    ----------
    editor
        What they work on.
    is_read_only
        Whether nobody may change anything.
    """

    def __init__(self, editor: Editor, *, is_read_only: bool = False) -> None:
        self.editor = editor
        self.is_read_only = is_read_only
        self.lock = threading.RLock()
        self.windows: dict[str, Window] = {}
        self.pens: dict[str, str] = {}
        self.last = next(iter(editor.history.scenarios))
        self.jobs = Jobs(self)
        self._listeners: list[Callable[[Json, str | None], None]] = []

    # ------------------------------------------------------------------ windows
    def window(self, window: str) -> Window:
        """Know a window, new or not."""
        with self.lock:
            own = self.windows.get(window)
            if own is None:
                self._forget_old()
                own = Window(
                    id=window, name=self.editor.by, scenario=self.last, seen=time.monotonic()
                )
                self.windows[window] = own
            if own.scenario not in self.editor.history.scenarios:
                own.scenario = next(iter(self.editor.history.scenarios))
            own.seen = time.monotonic()
            return own

    def arrive(self, window: str) -> Json:
        """A window has a live connection now; tell the others."""
        with self.lock:
            own = self.window(window)
            own.n_open += 1
            if self._pen(own.scenario) is None and not self.is_read_only:
                self.pens[own.scenario] = own.id
            self._tell_windows(but=window)
            return {
                "type": "hello",
                "window": window,
                "windows": self.windows_json(),
                "scenarios": self.scenarios_json(),
            }

    def leave(self, window: str) -> None:
        """A live connection ended."""
        with self.lock:
            own = self.windows.get(window)
            if own is not None:
                own.n_open = max(own.n_open - 1, 0)
                own.seen = time.monotonic()
            self._tell_windows(but=window)

    def _forget_old(self) -> None:
        limit = time.monotonic() - 3600
        for key, w in list(self.windows.items()):
            if not w.n_open and w.seen < limit:
                del self.windows[key]

    def _is_there(self, window: str | None) -> bool:
        own = self.windows.get(window or "")
        return own is not None and (own.n_open > 0 or time.monotonic() - own.seen < GRACE_S)

    def _pen(self, scenario: str) -> str | None:
        """Tell who holds the pen of a scenario."""
        own = self.pens.get(scenario)
        if own is not None and not self._is_there(own):
            del self.pens[scenario]
            own = None
        return own

    def windows_json(self) -> list[Json]:
        """Describe the windows that are there."""
        return [
            {
                "id": w.id,
                "name": w.name,
                "scenario": w.scenario,
                "pen": self._pen(w.scenario) == w.id,
            }
            for w in self.windows.values()
            if self._is_there(w.id)
        ]

    def scenarios_json(self) -> list[Json]:
        """Describe the scenarios."""
        h = self.editor.history
        return [store.scenario_json(s, h, self._pen(s.name)) for s in h.scenarios.values()]

    # ------------------------------------------------------------------ told
    def listen(self, listener: Callable[[Json, str | None], None]) -> None:
        """Call a function with every message, and the window that needs not hear it."""
        self._listeners.append(listener)

    def tell(self, message: Json, *, but: str | None = None) -> None:
        """Tell all windows something."""
        for listener in self._listeners:
            listener(message, but)

    def _tell_windows(self, *, but: str | None = None) -> None:
        self.tell({"type": "windows", "windows": self.windows_json()}, but=but)

    def _tell_scenarios(self, *, but: str | None = None) -> None:
        self.tell({"type": "scenarios", "scenarios": self.scenarios_json()}, but=but)

    # ------------------------------------------------------------------ done
    def do(self, window: str, body: Json) -> Json:
        """Do one operation for a window."""
        with self.lock:
            own = self.window(window)
            name, op = body.get("scenario"), body.get("op")
            if not isinstance(name, str) or not isinstance(op, dict):
                raise bad(
                    "the body must be {scenario, revision, op: {kind, ...}}.",
                    "请求应为 {scenario, revision, op: {kind, ...}}。",
                )
            self.editor.history.scenario(name)
            side = (
                getattr(self, f"_do_{op.get('kind')}", None)
                if isinstance(op.get("kind"), str)
                else None
            )
            if side is not None:
                return self._aside(own, name, op, side)
            revision = body.get("revision")
            if type(revision) is not int:
                raise bad("`revision` must be a whole number.", "`revision` 应为整数。")
            self.claim(own, name)
            change = self.editor.do(op, scenario=name, revision=revision, by=own.name)
            change["scenarios"] = self.scenarios_json()
            self.last = name
            if change["units"] or change["grids"] or change["kind"] in ("undo", "redo", "goto"):
                self.tell({"type": "change", "change": change}, but=window)
            return change

    def claim(self, window: Window, scenario: str) -> None:
        """Make sure that a window may write; a free pen is taken.

        Raises
        ------
        Refusal
            ``pen``, when another window has it.
        """
        if self.is_read_only:
            raise Refusal(
                "pen",
                (
                    "this window only follows; nothing can be changed here.",
                    "此窗口为只读，不能修改。",
                ),
            )
        pen = self._pen(scenario)
        if pen is None:
            self.pens[scenario] = window.id
        elif pen != window.id:
            who = self.windows[pen].name
            raise Refusal(
                "pen",
                (
                    f"{who} is drawing in '{scenario}' in another window. Follow, take the pen, or branch a scenario of your own.",
                    f"{who} 正在另一窗口编辑“{scenario}”。可以跟随查看、接管，或另建方案。",
                ),
                pen=pen,
            )

    def catch_up(self) -> None:
        """Read what another process did since, and tell the windows that follow it."""
        with self.lock:
            moved = self.editor.catch_up()
            if not moved:
                return
            self._tell_scenarios()
            self.tell({"type": "comments", "comments": self.comments()["comments"]})
            for name in moved:
                if name in self.editor.history.scenarios:
                    change = self.editor.follow(name)
                    change["scenarios"] = self.scenarios_json()
                    self.tell({"type": "change", "change": change})

    def _aside(self, own: Window, name: str, op: Json, side: Callable[..., Json]) -> Json:
        """Do what is no step: scenarios, comments, names, the pen."""
        if self.is_read_only and op["kind"] != "switch":
            self.claim(own, name)
        out = side(own, name, op)
        at = out.get("scenario", name)
        scenario = self.editor.history.scenario(at)
        return {
            "ok": True,
            "kind": op["kind"],
            "scenario": at,
            "revision": scenario.revision,
            "scenarios": self.scenarios_json(),
            **out,
        }

    def _do_branch(self, own: Window, name: str, op: Json) -> Json:
        step = op.get("step")
        if step is not None and type(step) is not int:
            raise bad("`step` must be a whole number.", "`step` 应为整数。")
        made = self.editor.branch(_text(op, "name"), scenario=name, step=step, by=own.name)
        self.pens[made.name] = own.id
        own.scenario = self.last = made.name
        self._tell_scenarios(but=own.id)
        self._tell_windows(but=own.id)
        return {"scenario": made.name}

    def _do_name_scenario(self, own: Window, name: str, op: Json) -> Json:
        self.claim(own, name)
        new = _text(op, "name")
        self.editor.rename(name, new, by=own.name)
        if name in self.pens:
            self.pens[new] = self.pens.pop(name)
        for w in self.windows.values():
            w.scenario = new if w.scenario == name else w.scenario
        self.last = new if self.last == name else self.last
        self._tell_scenarios(but=own.id)
        self._tell_windows(but=own.id)
        return {"scenario": new, "was": name}

    def _do_delete_scenario(self, own: Window, name: str, op: Json) -> Json:  # noqa: ARG002  one shape
        self.claim(own, name)
        self.editor.delete(name, by=own.name)
        self.pens.pop(name, None)
        left = next(iter(self.editor.history.scenarios))
        for w in self.windows.values():
            w.scenario = left if w.scenario == name else w.scenario
        self.last = left if self.last == name else self.last
        self._tell_scenarios(but=own.id)
        self._tell_windows(but=own.id)
        return {"scenario": own.scenario}

    def _do_switch(self, own: Window, name: str, op: Json) -> Json:  # noqa: ARG002  one shape
        own.scenario = self.last = name
        if self._pen(name) is None and not self.is_read_only:
            self.pens[name] = own.id
        self._tell_windows(but=own.id)
        return {}

    def _do_comment(self, own: Window, name: str, op: Json) -> Json:
        self.editor.comment(name, op.get("grid", -1), _text(op, "text"), by=own.name)
        return self._comments(own)

    def _do_resolve(self, own: Window, name: str, op: Json) -> Json:  # noqa: ARG002  one shape
        self.editor.resolve(op.get("comment", 0), by=own.name)
        return self._comments(own)

    def _comments(self, own: Window) -> Json:
        comments = self.comments()["comments"]
        self.tell({"type": "comments", "comments": comments}, but=own.id)
        return {"comments": comments}

    def _do_name(self, own: Window, name: str, op: Json) -> Json:  # noqa: ARG002  one shape
        given = op.get("name")
        if not isinstance(given, str) or not 0 < len(given.strip()) <= 60:
            raise bad("a name has 1 to 60 characters.", "名称应为 1 至 60 个字符。")
        own.name = given.strip()
        self._tell_windows(but=own.id)
        return {"name": own.name}

    def _do_pen(self, own: Window, name: str, op: Json) -> Json:
        if op.get("action") == "take":
            if self.is_read_only:
                self.claim(own, name)
            self.pens[name] = own.id
        elif op.get("action") == "release":
            if self._pen(name) == own.id:
                del self.pens[name]
        else:
            raise bad("`action` is take or release.", "`action` 应为 take 或 release。")
        self._tell_windows(but=own.id)
        self._tell_scenarios(but=own.id)
        return {"windows": self.windows_json()}

    # ------------------------------------------------------------------ asked
    def plan(self, scenario: str) -> Json:
        """Give everything about a scenario."""
        with self.lock:
            return self.editor.state(scenario)

    def comments(self) -> Json:
        """Give all comments."""
        with self.lock:
            found = self.editor.history.comments
            return {"ok": True, "comments": [store.comment_json(c) for c in found]}

    def steps(self, scenario: str) -> Json:
        """Give the history, and what of it lies on the way to the head of a scenario."""
        with self.lock:
            h = self.editor.history
            own = h.scenario(scenario)
            tip = own.ahead[0] if own.ahead else own.head
            line = {0, *h.line(tip)}
            main = h.scenarios[next(iter(h.scenarios))]
            steps: list[Json] = [
                {
                    "step": 0, "parent": None, "kind": "opened", "text": both(say_step("opened", {})),
                    "by": main.by, "at": main.created, "n_units": 0,
                }
            ]  # fmt: skip
            steps += [
                {
                    "step": s.number,
                    "parent": s.parent,
                    "kind": s.kind,
                    "text": both(say_step(s.kind, s.facts)),
                    "by": s.by,
                    "at": s.at,
                    "n_units": int(s.units.size),
                }
                for s in h.steps
                if s is not None
            ]
            for step in steps:
                step["on_line"] = step["step"] in line
                step["at_head"] = step["step"] == own.head
            return {"ok": True, "steps": steps, "scenarios": self.scenarios_json()}

    def tell_job(self, job: Job) -> None:
        """Tell all windows how a job stands."""
        self.tell({"type": "job", "job": job.to_json()})

    def close(self) -> None:
        """Stop the jobs, say good-bye, save and let go."""
        self.jobs.close()
        with self.lock:
            self.tell({"type": "bye", "text": both(("the server stops.", "服务已停止。"))})
            self.editor.close(self.last)

    def facts(self, window: str) -> Json:
        """Give what a page needs to begin, besides the plan."""
        with self.lock:
            own = self.window(window)
            g = self.editor.ground
            boxes = g.boxes
            bounds = [*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()]
            communities = []
            for c, (i, name) in enumerate(zip(g.community_ids, g.community_names, strict=True)):
                at = g.of == c if (g.town.community is not None or g.community is None) else None
                inside = boxes[at] if at is not None else boxes
                if len(inside):
                    box = [*inside[:, :2].min(axis=0).tolist(), *inside[:, 2:].max(axis=0).tolist()]
                else:
                    box = bounds
                communities.append(
                    {
                        "id": i,
                        "name": name,
                        "bounds": [round(x, 6) for x in box],
                        "n_units": int(at.sum()) if at is not None else 0,
                        "color": g.community_colors[c],
                    }
                )
            code = g.town.units.crs.to_epsg()
            return {
                "ok": True,
                "version": 1,
                "town": g.town.name,
                "is_synthetic": g.town.is_synthetic,
                "window": own.id,
                "name": own.name,
                "n_units": g.n,
                "crs": f"EPSG:{code}" if code else g.town.units.crs.name,
                "bounds": [round(x, 6) for x in bounds],
                "communities": communities,
                "measures": [m.to_json() for m in g.measures],
                "limits": g.limits_json(),
                "scenario": own.scenario,
                "scenarios": self.scenarios_json(),
                "windows": self.windows_json(),
                "jobs": self.jobs.to_json(),
                "read_only": self.is_read_only,
                "has_current": g.current is not None,
                "colors": 6,
            }


def _text(op: Json, key: str) -> str:
    """Read a text."""
    given = op.get(key)
    if not isinstance(given, str):
        raise bad(f"`{key}` must be a text.", f"`{key}` 应为文字。")
    return given
