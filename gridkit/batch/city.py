"""How do many towns run, so that one failure is a row and a stopped run goes on where it stopped?"""

from __future__ import annotations

import hashlib
import json
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gridkit import __version__
from gridkit.batch.job import Job, run_job
from gridkit.batch.record import input_hashes
from gridkit.errors import GridkitError, InputError, some_of
from gridkit.io.atomic import write_text
from gridkit.io.sheets import write_csv
from gridkit.model.result import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    import pandas as pd

    from gridkit.batch.job import Outcome

MANIFEST = "manifest.jsonl"
"""One line for each finished town; only ever added to, so that a stopped run can go on."""
SUMMARY = "city.csv"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
State = Literal["legal", "broken", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TownOutcome:
    """What became of one town of a city.

    Parameters
    ----------
    town
        Name of its folder.
    state
        ``"legal"``: done, every hard rule is kept. ``"broken"``: done, a rule is broken. ``"failed"``: nothing was written.
    text
        One sentence: the first broken rule, or why it failed.
    fingerprint
        Hash of settings, inputs and version; equal fingerprints need not be done again.
    seconds
        Wall time.
    figures
        The numbers of the town's summary.
    is_old
        Whether it was done by an earlier run and is taken over.
    """

    town: str
    state: State
    text: str = ""
    fingerprint: str = ""
    seconds: float = 0.0
    figures: dict[str, Any] = field(default_factory=dict)
    is_old: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CityOutcome:
    """What became of all towns.

    Parameters
    ----------
    towns
        In the order of their names.
    table
        Name of the table written.
    """

    towns: tuple[TownOutcome, ...]
    table: str = SUMMARY

    @property
    def is_legal(self) -> bool:
        """Whether every town is done and keeps every hard rule."""
        return all(t.state == "legal" for t in self.towns)

    @property
    def n_failed(self) -> int:
        """Towns of which nothing was written."""
        return sum(t.state == "failed" for t in self.towns)

    def to_frame(self) -> pd.DataFrame:
        """Give a row for each town: ``town, state, text`` and the figures of its summary."""
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        rows = [
            {"town": t.town, "state": t.state, "text": t.text, **_flat(t.figures)}
            for t in self.towns
        ]
        return pd.DataFrame(rows)

    def __str__(self) -> str:
        """Say how many, and name every town that is not right."""
        by = {s: sum(t.state == s for t in self.towns) for s in ("legal", "broken", "failed")}
        old = sum(t.is_old for t in self.towns)
        head = f"{len(self.towns)} towns: {by['legal']} keep every rule, {by['broken']} break one, {by['failed']} failed"
        lines = [head + (f"; {old} taken over from an earlier run" if old else "")]
        lines += [f"  {t.state:<7} {t.town}: {t.text}" for t in self.towns if t.state != "legal"]
        return "\n".join(lines)


def batch_jobs(configs: Sequence[Path], out: Path, *, seed: int | None = None) -> list[Job]:
    """Make a job for each batch file; a folder stands for all ``*.toml`` in it.

    Results go to a folder named after the batch file, or after its folder where files share a name.

    Parameters
    ----------
    configs
        Batch files, or folders of them.
    out
        Holds a folder for each town.
    seed
        Replaces the seed of every batch file.

    Returns
    -------
    list of Job
        In the order of the names.

    Raises
    ------
    InputError
        If there is no batch file, or two towns would write to one folder.
    """
    files: list[Path] = []
    for path in configs:
        if path.is_dir():
            found = sorted(path.glob("*.toml"))
            if not found:
                msg = f"the folder {path} holds no batch file (*.toml)."
                raise InputError(msg)
            files += found
        else:
            files.append(path)
    if not files:
        msg = "give at least one batch file, or a folder of them."
        raise InputError(msg)
    stems = [f.stem for f in files]
    names = [
        f.resolve().parent.name if stems.count(s) > 1 else s
        for f, s in zip(files, stems, strict=True)
    ]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        msg = f"several batch files would write to the same folder ({some_of(twice)}); rename the files or their folders."
        raise InputError(msg)
    return [
        Job(config=f, out=out / n, seed=seed, overwrite=True)
        for n, f in sorted(zip(names, files, strict=True))
    ]


def run_batch(
    jobs: Sequence[Job],
    *,
    out: Path,
    n_workers: int = 1,
    shard: tuple[int, int] = (1, 1),
    executor: Executor | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> CityOutcome:
    """Run many towns; finished ones are skipped, failures are rows.

    Parameters
    ----------
    jobs
        One for each town, each with a folder of its own in `out`.
    out
        Holds `MANIFEST` (a line for each finished town) and `SUMMARY`.
    n_workers
        Processes, each with one thread.
    shard
        ``(i, n)``: do the i-th of n parts of the towns, 1 <= i <= n, so that n machines share them.
    executor
        Any `concurrent.futures.Executor` instead (Dask gives one); `run_job` is sent to it.
    on_progress
        Told as each town ends.

    Returns
    -------
    CityOutcome
        Of the towns of this part, the ones taken over included.

    Raises
    ------
    InputError
        If the shard or the number of workers makes no sense.
    """
    i, n = shard
    if not 1 <= i <= n or n_workers < 1:
        msg = f"expected a shard i/n with 1 <= i <= n and at least one worker; got {i}/{n} and {n_workers}."
        raise InputError(msg)
    own = sorted(jobs, key=_name)[i - 1 :: n]
    out.mkdir(parents=True, exist_ok=True)
    manifest = out / (MANIFEST if n == 1 else f"manifest-{i}of{n}.jsonl")
    old = _read_manifest(out)
    todo, done = _sorted_out(own, old)
    begun = executor or _pool(min(n_workers, max(1, len(todo))))
    try:
        waiting = {begun.submit(do_town, job, mark): job for job, mark in todo}
        for future in as_completed(waiting):
            town = future.result()
            _append(manifest, town)
            done[town.town] = town
            _tell(on_progress, town, len(done), len(own))
    finally:  # Ctrl-C: what has not begun is not begun, what is finished is in the manifest
        if executor is None:
            begun.shutdown(wait=False, cancel_futures=True)
    table = SUMMARY if n == 1 else f"city-{i}of{n}.csv"
    outcome = CityOutcome(towns=tuple(done[_name(j)] for j in own), table=table)
    write_csv(out / table, outcome.to_frame())
    return outcome


def do_town(job: Job, mark: str) -> TownOutcome:
    """Run one town; whatever goes wrong is said in its row."""
    began = time.perf_counter()
    town = TownOutcome(town=_name(job), state="failed", fingerprint=mark)
    try:
        outcome = run_job(job)
    except GridkitError as error:
        town = replace(town, text=" ".join(str(error).split()))
    except Exception as error:  # noqa: BLE001  one town must not end the others
        town = replace(town, text=f"a fault of gridkit itself ({type(error).__name__}: {error})")
    else:
        town = replace(town, state=_state(outcome), text=_first(outcome), figures=outcome.figures)
    return replace(town, seconds=round(time.perf_counter() - began, 3))


def _state(outcome: Outcome) -> State:
    return "legal" if outcome.is_legal else "broken"


def _first(outcome: Outcome) -> str:
    broken = [f.text for f in outcome.report if f.severity == "broken"]
    more = f" ... and {len(broken) - 1} more" if len(broken) > 1 else ""
    return broken[0] + more if broken else ""


def _sorted_out(
    jobs: Sequence[Job], old: dict[str, TownOutcome]
) -> tuple[list[tuple[Job, str]], dict[str, TownOutcome]]:
    """Tell the towns that must be run from those whose result is there and still right."""
    todo, done = [], {}
    for job in jobs:
        name = _name(job)
        try:
            mark = _fingerprint(job)
        except GridkitError as error:
            done[name] = TownOutcome(town=name, state="failed", text=" ".join(str(error).split()))
            continue
        before = old.get(name)
        there = job.out is not None and (job.out / "run.json").is_file()
        if before and before.fingerprint == mark and before.state != "failed" and there:
            done[name] = replace(before, is_old=True)
        else:
            todo.append((job, mark))
    return todo, done


def _fingerprint(job: Job) -> str:
    """Hash what a result depends on: the version, the settings of the job, every input file."""
    what = {
        "version": __version__,
        "inputs": input_hashes(job),
        "parts": job.parts,
        "seed": job.seed,
        "lang": job.lang,
        "what_if": job.what_if,
    }
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def _read_manifest(folder: Path) -> dict[str, TownOutcome]:
    """Read the finished towns of all shards; a line cut short by a crash is left out."""
    out: dict[str, TownOutcome] = {}
    for path in sorted(folder.glob("manifest*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                town = TownOutcome(**json.loads(line))
            except (ValueError, TypeError):
                continue
            out[town.town] = town
    return out


def _append(path: Path, town: TownOutcome) -> None:
    """Add a line and wait until it is on the disk."""
    line = json.dumps(asdict(town), ensure_ascii=False, sort_keys=True)
    if path.is_file() and not path.read_bytes().endswith(b"\n"):  # a crash cut the last line short
        write_text(path, "".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]))
    with path.open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def _pool(n_workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(n_workers, mp_context=get_context("spawn"), initializer=_one_thread)


def _one_thread() -> None:
    """Keep libraries of a worker from starting a thread for every core."""
    for name in THREADS:
        os.environ[name] = "1"


def _tell(tell: Callable[[Progress], None] | None, town: TownOutcome, n: int, of: int) -> None:
    if tell is not None:
        text = f"{town.town}: {town.text or town.state}"
        tell(Progress(stage=f"{n} of {of} towns", share=n / of, text=text))


def _name(job: Job) -> str:
    if job.out is None:
        msg = "a job of a city needs a folder: Job(config=..., out=...)."
        raise InputError(msg)
    return job.out.name


def _flat(figures: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Write nested figures as columns: ``plan.n_base_grids`` becomes ``plan_n_base_grids``."""
    out: dict[str, Any] = {}
    for key, value in figures.items():
        if isinstance(value, dict):
            out |= _flat(value, f"{before}{key}_")
        elif isinstance(value, str | int | float | bool) or value is None:
            out[before + key] = value
    return out
