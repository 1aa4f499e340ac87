"""What lies behind the results of an earlier run? The batch file, the town, the plan, and the head counts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gridkit.batch.chain import Work, read_inputs, read_plan
from gridkit.batch.frames import grid_codes
from gridkit.config.load import load_batch
from gridkit.errors import InputError
from gridkit.io.tables import read_table
from gridkit.staffing import apportion, workload

if TYPE_CHECKING:
    from gridkit.batch.job import Job

CONFIG = "config_path"


def config_path(job: Job) -> str | None:
    """Say where the batch file is, seen from the results; None when that would tell of the machine."""
    if job.out is None:
        return None
    here = Path.cwd().resolve()
    config, out = job.config.resolve(), job.out.resolve()
    if here in config.parents and here in out.parents:
        return Path(os.path.relpath(config, out)).as_posix()
    return None


def open_run(folder: Path, *, config: Path | None = None, plan: Path | None = None) -> Work:
    """Read what a run was made of, and its plan.

    Parameters
    ----------
    folder
        What `run_job` wrote.
    config
        The batch file, when it cannot be found from the folder.
    plan
        Another plan than the folder's.

    Raises
    ------
    InputError
        If the folder holds no plan, or the batch file is not found.
    """
    table = plan or folder / "plan.csv"
    if not table.is_file():
        msg = f"{folder} has no plan.csv, so there is nothing to edit. Make one: gridkit run CONFIG --out {folder}"
        raise InputError(msg)
    work = read_inputs(load_batch(config or find_config(folder)))
    return read_plan(work, table)


def find_config(folder: Path) -> Path:
    """Find the batch file that a run was made from.

    Raises
    ------
    InputError
        If the folder does not say where it is, or it is not there any more.
    """
    record = folder / "run.json"
    content = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    name = content.get("config", "CONFIG")
    way = f"Say where: gridkit edit {folder} --config {name}"
    if not isinstance(content.get(CONFIG), str):
        msg = f"{folder} does not say where its batch file is. {way}"
        raise InputError(msg)
    found: Path = (folder / content[CONFIG]).resolve()
    if not found.is_file():
        msg = f"the batch file of {folder} is not at {content[CONFIG]} any more. {way}"
        raise InputError(msg)
    return found


def head_counts(work: Work, folder: Path | None = None) -> dict[str, int] | None:
    """Give the members of each base grid: those of the run, else handed out by workload.

    Returns
    -------
    dict or None
        By grid id; None when the batch file has no [staffing].
    """
    settings, plan, standards = work.batch.staffing, work.plan, work.standards
    if settings is None or plan is None or standards is None:
        return None
    ids = plan.levels[0].ids
    if folder is not None and (folder / "headcount.csv").is_file():
        frame = read_table(folder / "headcount.csv", name="headcount")
        found = dict(
            zip(frame["base_grid_id"].astype(str), frame["members"].astype(int), strict=True)
        )
        if set(ids) <= set(found):
            return {i: int(found[i]) for i in ids}
    load = workload(plan, standards=standards, n_members=np.full(len(ids), settings.floor))
    need = load.required_members(floor=settings.floor, target_load=settings.target_load)
    total = settings.members_total or settings.n_synthetic or int(need.sum())
    above = plan.levels[1] if len(plan.levels) > 1 else None
    heads = apportion(
        load,
        total=total,
        floor=settings.floor,
        rule=settings.rule,
        community=None if above is None else above.holder,
        community_ids=() if above is None else above.ids,
    )
    return dict(zip(heads.grid_ids, heads.members.tolist(), strict=True))


def opened_codes(work: Work) -> tuple[str, ...]:
    """Give the codes of the base grids of the plan, as its files have them."""
    return tuple(grid_codes(work.plan)[work.plan.levels[0].name]) if work.plan is not None else ()
