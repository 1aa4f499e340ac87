"""What is the engine doing in the background, how far is it, and where does its answer go?"""

from __future__ import annotations

import logging
import math
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gridkit.editor.engine import KINDS, errand, proposal_of, run_errand
from gridkit.editor.refusal import Refusal, bad, both, refused, unknown
from gridkit.editor.words import say_stage
from gridkit.errors import GridkitError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gridkit._typing import Json
    from gridkit.editor.engine import Answer
    from gridkit.editor.room import Room
    from gridkit.maps.texts import Pair
    from gridkit.model.plan import Plan
    from gridkit.model.result import Progress

log = logging.getLogger(__name__)
TELL_EVERY_S = 0.2
MOST_KEPT = 50


@dataclass(slots=True, kw_only=True)
class Job:
    """One errand of the engine, or an export.

    Parameters
    ----------
    id, kind, scenario, by
        Which, for whom.
    step, revision
        State that it began from.
    """

    id: str
    kind: str
    scenario: str
    by: str
    step: int
    revision: int
    state: str = "running"
    stage: str = ""
    share: float | None = None
    text: Pair = ("", "")
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None
    error: Pair | None = None
    change: Json | None = None
    scenarios: list[str] = field(default_factory=list)
    kept_as: str | None = None
    files: list[str] = field(default_factory=list)
    folder: Path | None = None
    cancel: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def to_json(self) -> Json:
        """Describe it to the page."""
        seconds = (self.ended or time.monotonic()) - self.began
        return {
            "job": self.id,
            "kind": self.kind,
            "scenario": self.scenario,
            "state": self.state,
            "stage": self.stage,
            "share": self.share,
            "text": both(self.text),
            "seconds": round(seconds, 2),
            "error": None if self.error is None else both(self.error),
            "change": self.change,
            "scenarios": self.scenarios,
            "kept_as": self.kept_as,
            "files": self.files,
            "review": "map.html" if "map.html" in self.files else None,
        }


class Jobs:
    """The errands of a room, each in a thread of its own.

    Parameters
    ----------
    room
        Whose editor they change, and whom they tell.
    """

    def __init__(self, room: Room) -> None:
        self.room = room
        self.all: dict[str, Job] = {}
        self.export: Callable[[Plan, Json, str, Callable[[Progress], None]], Path] | None = None
        self._n = 0
        self._told = 0.0

    def start(self, window: str, body: Json) -> Json:
        """Begin a job for a window.

        Raises
        ------
        Refusal
            If it cannot be asked, or another job of the scenario is running.
        """
        room = self.room
        with room.lock:
            own = room.window(window)
            name, wish = body.get("scenario"), body.get("job")
            if not isinstance(name, str) or not isinstance(wish, dict):
                raise bad(
                    "the body must be {scenario, revision, job: {kind, ...}}.",
                    "请求应为 {scenario, revision, job: {kind, ...}}。",
                )
            kind = wish.get("kind")
            scenario = room.editor.history.scenario(name)
            if kind not in (*KINDS, "export"):
                raise bad(f"there is no job {kind!r}.", f"没有任务 {kind!r}。")
            if type(body.get("revision")) is not int:
                raise bad("`revision` must be a whole number.", "`revision` 应为整数。")
            room.claim(own, name)
            room.editor.check_revision(scenario, body["revision"])
            if any(j.state == "running" and j.scenario == name for j in self.all.values()):
                raise refused(
                    "the engine is at work on this scenario already; wait, or cancel that.",
                    "引擎正在处理此方案，请等待或取消。",
                )
            self._n += 1
            job = Job(
                id=f"j{self._n}", kind=kind, scenario=name, by=own.name, step=scenario.head,
                revision=scenario.revision,
            )  # fmt: skip
            work = (
                self._export_work(job, wish) if kind == "export" else self._engine_work(job, wish)
            )
            self.all[job.id] = job
            for old in [k for k, j in self.all.items() if j.state != "running"][:-MOST_KEPT]:
                del self.all[old]
            job.thread = threading.Thread(target=self._run, args=(job, work), daemon=True)
            job.thread.start()
            return {"ok": True, "job": job.to_json()}

    def _engine_work(self, job: Job, wish: Json) -> Callable[[], None]:
        """Freeze what the engine is asked, and say how its answer is put in."""
        editor = self.room.editor
        desk = editor.table(job.scenario).desk
        asked = errand(desk, wish, editor.slots, seed=job.step)

        def put(name: str, answer: Answer, kind: str) -> Json:
            table = editor.table(name)
            was = table.report.totals()
            made = proposal_of(table.desk, asked, answer, editor.slots, kind=kind)
            change = editor.make(name, made, by=job.by)
            return {**change, "was": {k: was[k] for k in ("town", "n_broken")}}

        def work() -> None:
            answers = run_errand(
                asked, cancelled=job.cancel.is_set, on_progress=lambda p: self._progress(job, p)
            )
            with self.room.lock:
                if job.cancel.is_set():
                    return
                if job.kind == "alternatives":
                    for answer in answers:
                        name = self._free_name("alternative")
                        editor.branch(name, scenario=job.scenario, step=job.step, by=job.by)
                        put(name, answer, "alternative")
                        job.scenarios.append(name)
                    return
                name = job.scenario
                kept = editor.history.scenarios.get(name)
                if kept is None or kept.head != job.step:
                    name = self._free_name(job.kind.replace("_", " "))
                    source = (
                        job.scenario if kept is not None else next(iter(editor.history.scenarios))
                    )
                    editor.branch(name, scenario=source, step=job.step, by=job.by)
                    job.kept_as = name
                job.change = put(name, answers[0], job.kind)

        return work

    def _export_work(self, job: Job, wish: Json) -> Callable[[], None]:
        if self.export is None:
            raise refused(
                "there is no batch file behind this plan, so a run cannot be written. The plan itself can be saved as a file.",
                "此方案没有批处理文件，无法输出全部成果；可以只保存方案文件。",
            )
        write = self.export
        given = wish.get("name", "")
        if not isinstance(given, str) or len(given) > 60:
            raise bad(
                "`name` must be a text of at most 60 characters.",
                "`name` 应为不超过 60 个字符的文字。",
            )
        plan = self.room.editor.plan(job.scenario)
        state = {**self.room.plan(job.scenario), **self.room.comments()}
        name = given.strip() or f"{job.scenario}-{job.step}"

        def work() -> None:
            job.folder = write(plan, state, name, lambda p: self._progress(job, p))
            job.files = sorted(p.name for p in job.folder.iterdir() if p.is_file())

        return work

    def _free_name(self, word: str) -> str:
        names = self.room.editor.history.scenarios
        n = 1
        while f"{word} {n}" in names:
            n += 1
        return f"{word} {n}"

    def _progress(self, job: Job, progress: Progress) -> None:
        """Pass progress on, not too often."""
        if job.kind == "export" and job.cancel.is_set():
            raise _CancelledError
        now = time.monotonic()
        share = None if math.isnan(progress.share) else min(max(progress.share, 0.0), 1.0)
        moved = progress.stage != job.stage
        job.stage, job.share = progress.stage, share
        job.text = say_stage(progress.stage, progress.text)
        if moved or now - self._told > TELL_EVERY_S:
            self._told = now
            self.room.tell_job(job)

    def _run(self, job: Job, work: Callable[[], None]) -> None:
        """Work, and say how it ended."""
        self.room.tell_job(job)
        try:
            work()
            job.state = "cancelled" if job.cancel.is_set() else "done"
        except _CancelledError:
            job.state = "cancelled"
        except Refusal as error:
            job.state, job.error = "failed", error.text
        except GridkitError as error:
            job.state, job.error = "failed", (str(error), str(error))
        except Exception:  # a thread has no other door: a person is told, the log has the details
            log.exception("job %s (%s) failed", job.id, job.kind)
            fault = (
                "a fault of gridkit; the terminal has the details.",
                "gridkit 内部错误，详情见终端。",
            )
            job.state, job.error = "failed", fault
        job.ended, job.share = time.monotonic(), 1.0 if job.state == "done" else job.share
        with self.room.lock:
            if job.state == "done" and (job.change is not None or job.scenarios):
                shown = self.room.scenarios_json()
                if job.change is not None:
                    job.change["scenarios"] = shown
                self.room.tell({"type": "scenarios", "scenarios": shown})
            if job.change is not None and job.kept_as is None:
                self.room.tell({"type": "change", "change": job.change})
            self.room.tell_job(job)

    def get(self, number: str) -> Job:
        """Look a job up."""
        found = self.all.get(number)
        if found is None:
            raise unknown(f"there is no job '{number}'.", f"没有任务“{number}”。")
        return found

    def stop(self, number: str) -> Json:
        """Cancel a job; what it has done so far is dropped."""
        job = self.get(number)
        job.cancel.set()
        return {"ok": True, "job": job.to_json()}

    def to_json(self) -> list[Json]:
        """Describe the jobs of late."""
        return [j.to_json() for j in list(self.all.values())[-5:]]

    def close(self) -> None:
        """Cancel everything and wait a little."""
        for job in self.all.values():
            job.cancel.set()
        for job in self.all.values():
            if job.thread is not None and job.thread is not threading.current_thread():
                job.thread.join(timeout=5.0)


class _CancelledError(Exception):
    """An export was cancelled between two stages."""
