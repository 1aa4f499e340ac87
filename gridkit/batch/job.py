"""How does one town run from files to files? Paths in, paths out; nothing is kept in between."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gridkit.batch import outputs
from gridkit.batch.chain import (
    Work,
    find_hazards,
    make_plan,
    read_inputs,
    read_plan,
)
from gridkit.batch.field import plan_field_work, write_field
from gridkit.batch.layers import lay_layers, write_layers
from gridkit.batch.pages import write_atlas, write_map, write_report
from gridkit.batch.record import record_rows, run_record
from gridkit.batch.staff import explain_places, staff_plan, write_reasons
from gridkit.batch.stage import check_folder, staged
from gridkit.batch.summary import figures, summarize
from gridkit.config.load import input_files, load_batch
from gridkit.errors import InputError
from gridkit.io.sheets import write_json
from gridkit.io.sniff import existing_file
from gridkit.model.finding import Report
from gridkit.model.result import Progress
from gridkit.rules import check, check_feasible

if TYPE_CHECKING:
    from collections.abc import Callable

Part = Literal["plan", "staff", "hazards", "pages"]
ALL_PARTS: tuple[Part, ...] = ("plan", "staff", "hazards", "pages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to do for one town; it can be sent to another process.

    Parameters
    ----------
    config
        The batch file.
    out
        Folder for the results.
    plan
        Use this plan (CSV) instead of making one.
    parts
        Which parts of the chain to do and write.
    seed
        Replaces the seed of the batch file.
    lang
        Replaces the language of the batch file.
    overwrite
        Whether results of an earlier run may be replaced.
    what_if
        Changes of the standards to try: ``"visit_cycle=weekly"``; the summary shows the table.
    explain
        Members whose place the summary explains.
    """

    config: Path
    out: Path | None = None
    plan: Path | None = None
    parts: tuple[Part, ...] = ALL_PARTS
    seed: int | None = None
    lang: Literal["en", "zh"] | None = None
    overwrite: bool = False
    what_if: tuple[str, ...] = ()
    explain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a job came to.

    Parameters
    ----------
    summary
        Text that a planner can read.
    report
        All findings.
    figures
        The numbers of the summary, as plain data.
    files
        What was written.
    """

    summary: str
    report: Report
    figures: dict[str, Any] = field(default_factory=dict)
    files: tuple[Path, ...] = ()

    @property
    def is_legal(self) -> bool:
        """Whether every hard rule is kept."""
        return self.report.is_legal

    def to_json(self) -> dict[str, Any]:
        """Give one object for ``--json``."""
        return {
            "schema": 1,
            "is_legal": self.is_legal,
            "figures": self.figures,
            "files": [f.as_posix() for f in self.files],
            "findings": [f.to_json() for f in self.report],
        }


class _Clock:
    """Tells progress, and how long each stage took."""

    def __init__(self, tell: Callable[[Progress], None] | None, stages: tuple[str, ...]) -> None:
        self.seconds: dict[str, float] = {}
        self._tell = tell
        self._stages = stages

    def stage(self, name: str) -> _Stage:
        return _Stage(self, name)

    def tell(self, name: str, share: float, text: str) -> None:
        if self._tell is not None:
            at = self._stages.index(name)
            done = (at + (share if share == share else 0.0)) / len(self._stages)  # noqa: PLR0124  NaN: unknown
            self._tell(Progress(stage=name, share=done, text=text))


class _Stage:
    def __init__(self, clock: _Clock, name: str) -> None:
        self._clock, self._name, self._start = clock, name, 0.0

    def __enter__(self) -> Callable[[Progress], None]:
        self._start = time.perf_counter()
        self._clock.tell(self._name, 0.0, "")
        return lambda p: self._clock.tell(self._name, p.share, p.text)

    def __exit__(self, *_: object) -> None:
        self._clock.seconds[self._name] = round(time.perf_counter() - self._start, 3)


STAGES = (
    "read settings and layers",
    "divide the town",
    "staff the grids",
    "hazards and hotspots",
    "teams, visits and rounds",
    "write tables and layers",
    "draw map and report",
)


def run_job(job: Job, *, on_progress: Callable[[Progress], None] | None = None) -> Outcome:
    """Do a job and write its files.

    Parameters
    ----------
    job
        What to do.
    on_progress
        Told where the job is.

    Returns
    -------
    Outcome
        Summary, findings and files.

    Raises
    ------
    InputError
        If something given cannot be used; nothing is written.
    InfeasibleError
        If no plan can keep the rules; nothing is written.
    """
    if job.out is None:
        msg = "a job that writes needs a folder: Job(config=..., out=...)."
        raise InputError(msg)
    clock = _Clock(on_progress, STAGES)
    with clock.stage(STAGES[0]):
        batch = load_batch(job.config)
        _check_files(job)
        check_folder(job.out, outputs.FILES + outputs.ON_REQUEST, overwrite=job.overwrite)
        if job.lang is not None:
            batch = dataclasses.replace(
                batch, output=dataclasses.replace(batch.output, lang=job.lang)
            )
        work = read_inputs(batch)
    work = _work_out(job, work, clock)
    with staged(job.out, outputs.FILES + outputs.ON_REQUEST) as folder:
        with clock.stage(STAGES[5]):
            _write_tables(folder, job, work)
        with clock.stage(STAGES[6]):
            if "pages" in job.parts:
                write_map(folder / "map.html", work)
                write_report(folder / "report.html", work, record_rows(job, work))
                write_atlas(folder / "atlas.pdf", work)
        write_json(folder / "run.json", run_record(job, work, clock.seconds))
    files = tuple(job.out / n for n in outputs.FILES + outputs.ON_REQUEST if (job.out / n).exists())
    return Outcome(
        summary=summarize(
            work,
            out=job.out,
            seconds=clock.seconds,
            what_if=bool(job.what_if),
            reasons=explain_places(work, job.explain),
        ),
        report=work.report,
        figures=figures(work),
        files=files,
    )


def _check_files(job: Job) -> None:
    """Make sure that every file that will be read is there, before a person waits for the first.

    Raises
    ------
    InputError
        Naming the file, and the nearest there is.
    """
    for name, path in input_files(job.config).items():
        existing_file(path, name=name)
    if job.plan is not None:
        existing_file(job.plan, name="plan")


def _work_out(job: Job, work: Work, clock: _Clock) -> Work:
    with clock.stage(STAGES[1]) as tell:
        if job.plan is not None:
            work = read_plan(work, job.plan)
        elif "plan" in job.parts:
            work = make_plan(work, seed=job.seed, on_progress=tell)
    if "staff" in job.parts:
        with clock.stage(STAGES[2]):
            work = staff_plan(work, changes=job.what_if)
            explain_places(work, job.explain)  # an unknown id is said before anything is written
    if "hazards" in job.parts:
        with clock.stage(STAGES[3]):
            work = find_hazards(work, seed=job.seed)
    if "staff" in job.parts:
        with clock.stage(STAGES[4]):
            work = plan_field_work(work)
    return lay_layers(work) if "plan" in job.parts else work


def _write_tables(folder: Path, job: Job, work: Work) -> None:
    grids = outputs.grid_frames(work)
    if "plan" in job.parts:
        outputs.write_plan(folder, work, grids)
        write_layers(folder, work)
    if "staff" in job.parts:
        outputs.write_staff(folder, work)
    if "hazards" in job.parts:
        outputs.write_hazards(folder, work)
    if "staff" in job.parts:
        write_reasons(folder, work)
        write_field(folder, work)
    if "pages" in job.parts:
        outputs.write_package(folder, work, grids)
    write_json(folder / "findings.json", [f.to_json() for f in work.report])


def check_job(job: Job, *, on_progress: Callable[[Progress], None] | None = None) -> Outcome:
    """Read everything and say what is wrong or odd; write nothing.

    Parameters
    ----------
    job
        Its config; its plan, when another than the one in force is to be checked.
    on_progress
        Told where the check is.

    Returns
    -------
    Outcome
        Not legal when the plan checked breaks a hard rule.

    Raises
    ------
    InputError
        If something given cannot be used.
    """
    clock = _Clock(on_progress, STAGES)
    with clock.stage(STAGES[0]):
        batch = load_batch(job.config)
        _check_files(job)
        work = read_inputs(batch)
    with clock.stage(STAGES[1]):
        reasons = Report(tuple(check_feasible(work.town, work.batch.rules)))
        if job.plan is not None:
            work = read_plan(work, job.plan)
        elif work.current is not None:
            found = check(work.current, work.batch.rules)
            work = dataclasses.replace(work, plan=work.current, checked=found)
        work = dataclasses.replace(work, said=work.said + reasons)
    if work.batch.hazards is not None:
        with clock.stage(STAGES[3]):
            work = find_hazards(work, look=False)
    return Outcome(summary=summarize(work), report=work.report, figures=figures(work))
