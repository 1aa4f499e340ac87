"""How was this result made? Versions, seed, input hashes and times, for run.json."""

from __future__ import annotations

import hashlib
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridkit.batch.opened import CONFIG, config_path
from gridkit.batch.summary import figures
from gridkit.config.load import input_files

if TYPE_CHECKING:
    from gridkit.batch.chain import Work
    from gridkit.batch.job import Job

PACKAGES = ("gridkit", "numpy", "scipy", "numba", "shapely", "pyproj", "pyogrio", "geopandas", "pandas", "rasterio", "scikit-learn", "pyarrow")  # fmt: skip


def run_record(job: Job, work: Work, seconds: dict[str, float]) -> dict[str, Any]:
    """Describe a run; the only output that carries times.

    Returns
    -------
    dict
        Paths are relative to the batch file's folder, so that nothing tells of the machine.
    """
    return {
        "schema": 1,
        "town": work.town.name,
        "is_synthetic": work.town.is_synthetic,
        "config": job.config.name,
        CONFIG: config_path(job),
        "seed": work.batch.solve.seed if job.seed is None else job.seed,
        "parts": list(job.parts),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": seconds,
        "inputs": input_hashes(job),
        "versions": versions(),
        "solver": dict(work.result.stats) if work.result is not None else {},
        "figures": figures(work),
    }


def input_hashes(job: Job) -> dict[str, str]:
    """Hash the batch file and every file it names: relative path -> SHA-256."""
    found = {job.config.name: job.config.resolve()}
    found |= {Path(n).as_posix(): p for n, p in input_files(job.config).items() if p.is_file()}
    if job.plan is not None:
        found[job.plan.name] = job.plan
    return {name: file_hash(path) for name, path in sorted(found.items())}


def file_hash(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Give the versions behind a result, those of the C libraries included."""
    import pyogrio  # noqa: PLC0415  only to ask its version
    import pyproj  # noqa: PLC0415  the same
    import rasterio
    import shapely  # noqa: PLC0415  the same

    out = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            out[name] = version(name)
        except PackageNotFoundError:  # run from a checkout
            from gridkit import __version__  # noqa: PLC0415  only then

            out[name] = __version__
    out["GEOS"] = shapely.geos_version_string
    out["PROJ"] = pyproj.proj_version_str
    out["GDAL (vectors)"] = ".".join(str(v) for v in pyogrio.__gdal_version__)
    out["GDAL (rasters)"] = rasterio.__gdal_version__
    return out


def record_rows(job: Job, work: Work) -> dict[str, str]:
    """Give the methods page of the report: seed, inputs and versions, no times, no paths of a machine."""
    seed = work.batch.solve.seed if job.seed is None else job.seed
    rows = {"Seed": str(seed)}
    rows |= {f"Input {name}": f"SHA-256 {value}" for name, value in input_hashes(job).items()}
    return rows | {f"Version of {name}": value for name, value in versions().items()}
