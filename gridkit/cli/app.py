"""Which commands are there, and what do their options mean?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import gridkit as gk
from gridkit.cli.options import (
    AsJson,
    BatchFile,
    CheckedPlan,
    GivenPlan,
    Lang,
    Language,
    Out,
    Overwrite,
    PlanFile,
    Quiet,
    Seed,
)
from gridkit.cli.show import progress_shown
from gridkit.errors import EXIT_RULE_BROKEN, InputError
from gridkit.model.amounts import amount_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridkit.batch.job import Job, Outcome

app = typer.Typer(
    name="gridkit",
    help="Divide a town into community and base grids, staff them, and map where hazards cluster.\n\n"
    "Start with: gridkit run configs/cambridge.toml --out out/cambridge",
    epilog="Exit codes: 0 every hard rule is kept, 1 the plan breaks one, 2 bad input, 3 no plan is possible, "
    "4 the solver gave up, 5 something is not installed, 70 a fault of gridkit, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.")
    ] = False,
) -> None:
    """Take the options that stand before the command."""
    if version:
        typer.echo(f"gridkit {gk.__version__}")
        raise typer.Exit


def _do(verb: Callable[..., Outcome], job: Job, *, as_json: bool, no_progress: bool) -> int:
    """Do a job and print what came out; the exit code says whether every hard rule is kept."""
    with progress_shown(wanted=not (no_progress or as_json)) as tell:
        outcome = verb(job, on_progress=tell)
    typer.echo(json.dumps(outcome.to_json(), ensure_ascii=False) if as_json else outcome.summary)
    return 0 if outcome.is_legal else EXIT_RULE_BROKEN


@app.command()
def run(
    config: BatchFile,
    out: Out,
    *,
    plan: PlanFile = None,
    seed: Seed = None,
    lang: Language = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    no_progress: Quiet = False,
) -> int:
    """Do the whole job: divide, staff, find hotspots, draw.

    Writes the plan, tables, layers for QGIS, a map and a report; docs/files.md lists them.

    Example: gridkit run configs/cambridge.toml --out out/cambridge
    """
    job = gk.Job(config=config, out=out, plan=plan, seed=seed, lang=lang, overwrite=overwrite)
    return _do(gk.run_job, job, as_json=as_json, no_progress=no_progress)


@app.command()
def check(
    config: BatchFile,
    *,
    plan: CheckedPlan = None,
    as_json: AsJson = False,
    no_progress: Quiet = False,
) -> int:
    """Read everything, say what is wrong or odd, write nothing.

    Checks the inputs, whether the rules can hold at all, and the plan in force (or the one of --plan)
    against every rule. Exit 1 when that plan breaks a hard rule.

    Example: gridkit check configs/cambridge.toml
    """
    job = gk.Job(config=config, plan=plan)
    return _do(gk.check_job, job, as_json=as_json, no_progress=no_progress)


@app.command()
def partition(
    config: BatchFile,
    out: Out,
    *,
    seed: Seed = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    no_progress: Quiet = False,
) -> int:
    """Divide the town only: no staff, hotspots or map.

    Writes plan.csv, both levels of grids as GeoJSON, findings.json and certificate.json.

    Example: gridkit partition configs/cambridge.toml --out out/plan
    """
    job = gk.Job(config=config, out=out, seed=seed, overwrite=overwrite, parts=("plan",))
    return _do(gk.run_job, job, as_json=as_json, no_progress=no_progress)


@app.command()
def staff(
    config: BatchFile,
    out: Out,
    *,
    plan: PlanFile = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if", help="What would this change do: visit_cycle=weekly. May be given again."
        ),
    ] = None,
    explain: Annotated[
        list[str] | None,
        typer.Option(
            "--explain", help="Say why this member (id) is where they are. May be given again."
        ),
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    no_progress: Quiet = False,
) -> int:
    """Work out workload, head counts and named members for a plan.

    Without --plan a plan is made first.

    Example: gridkit staff configs/cambridge.toml --plan out/cambridge/plan.csv --out out/staff
    """
    job = gk.Job(
        config=config,
        out=out,
        plan=plan,
        overwrite=overwrite,
        parts=("plan", "staff"),
        what_if=tuple(what_if or ()),
        explain=tuple(explain or ()),
    )
    return _do(gk.run_job, job, as_json=as_json, no_progress=no_progress)


@app.command()
def hotspots(
    config: BatchFile,
    out: Out,
    *,
    plan: GivenPlan = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    no_progress: Quiet = False,
) -> int:
    """Clean reported hazards and find where they cluster.

    No plan is made. With --plan every hazard and hotspot says in which base grid it lies.

    Example: gridkit hotspots configs/cambridge.toml --plan out/cambridge/plan.csv --out out/hotspots
    """
    job = gk.Job(config=config, out=out, plan=plan, overwrite=overwrite, parts=("hazards",))
    return _do(gk.run_job, job, as_json=as_json, no_progress=no_progress)


@app.command()
def batch(
    configs: Annotated[
        list[Path],
        typer.Argument(metavar="CONFIG...", help="Batch files, or folders of them (*.toml)."),
    ],
    out: Annotated[
        Path, typer.Option("--out", help="Folder for the table and a folder for each town.")
    ],
    *,
    workers: Annotated[
        int, typer.Option("--workers", help="Towns done at the same time, one core each.", min=1)
    ] = 1,
    shard: Annotated[
        str,
        typer.Option("--shard", help="Do the i-th of n parts: 2/4 on the second of four machines."),
    ] = "1/1",
    seed: Seed = None,
    no_progress: Quiet = False,
) -> int:
    """Run many towns, each into a folder of its own.

    Finished towns are skipped, a failure is a row of city.csv, and the same command goes on with a stopped run.

    Exit codes: 0 every town keeps its rules, 1 one breaks a rule, 2 one failed.

    Example: gridkit batch towns/ --out out/city --workers 4
    """
    i, slash, n = shard.partition("/")
    if not (slash and i.isdecimal() and n.isdecimal()):
        msg = f"--shard is '{shard}'; expected i/n, for example 2/4."
        raise InputError(msg)
    jobs = gk.batch_jobs(configs, out, seed=seed)
    with progress_shown(wanted=not no_progress) as tell:
        city = gk.run_batch(
            jobs, out=out, n_workers=workers, shard=(int(i), int(n)), on_progress=tell
        )
    typer.echo(str(city))
    typer.echo(f"Table: {out / city.table}")
    return InputError.exit_code if city.n_failed else 0 if city.is_legal else EXIT_RULE_BROKEN


@app.command()
def draw(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Folder with the results of a run; with --graph a batch file."
        ),
    ],
    *,
    graph: Annotated[
        bool,
        typer.Option(
            "--graph",
            help="Draw the units of a batch file: who touches whom, shut borders, missing links.",
        ),
    ] = False,
    lang: Language = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="File to write; by default map.html in DIR, graph.html with --graph."
        ),
    ] = None,
) -> None:
    """Draw the map of a run again, or who touches whom (--graph).

    Example: gridkit draw out/cambridge --lang zh
    """
    if graph:
        written, text = gk.draw_graph(folder, out or Path("graph.html"), lang=lang)
        typer.echo(f"Graph: {text}\nMap: {written}")
        return
    if not folder.is_dir():
        msg = f"there is no folder {folder}. Run `gridkit run CONFIG --out {folder}` first."
        raise InputError(msg)
    written = gk.draw_folder(folder, lang=lang, out=out)
    typer.echo(f"Map: {written}")


@app.command()
def edit(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder with the results of a run.")
    ],
    *,
    config: Annotated[
        Path | None,
        typer.Option("--config", help="The batch file, when the folder does not say where it is."),
    ] = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="Edit this plan (CSV) instead of DIR/plan.csv.")
    ] = None,
    name: Annotated[
        str, typer.Option("--name", help="Your name, as it stands in the history.")
    ] = "planner",
    lang: Language = None,
    port: Annotated[int, typer.Option("--port", help="Port; 0 takes a free one.")] = 0,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; this machine only by default.")
    ] = "127.0.0.1",
    allow_network: Annotated[
        bool, typer.Option("--allow-network", help="Let others in at --host; needs --password.")
    ] = False,
    password: Annotated[
        str | None,
        typer.Option("--password", help="What others must type (12 characters or more)."),
    ] = None,
    fork: Annotated[
        bool, typer.Option("--fork", help="Work on a copy of the editing so far.")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Only look, while others edit.")] = False,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the address.")
    ] = False,
) -> None:
    """Redraw a plan by hand in the browser.

    Serves a page on this machine only, until Ctrl-C. Every step is kept in DIR/edit.

    Example: gridkit edit out/cambridge
    """
    gk.web.edit_folder(
        folder, config=config, plan=plan, by=name, lang=lang, port=port, address=host,
        allow_network=allow_network, password=password, fork=fork, follow=follow,
        open_browser=not no_browser,
        on_ready=lambda url: typer.echo(f"The editor: {url}\nCtrl-C stops it; every step is kept in {folder / 'edit'}."),
    )  # fmt: skip


@app.command()
def units(config: BatchFile, out: Out, *, overwrite: Overwrite = False) -> None:
    """Build units from streets, rail, water and a town line.

    Writes units.gpkg and divides nothing; for batch files with [build]. Says how many pieces the streets
    enclose, what was united and why, and how much of every load lies outside.

    Example: gridkit units configs/cambridge_streets.toml --out out/units
    """
    written, report = gk.write_units(config, out, overwrite=overwrite)
    typer.echo(str(report))
    typer.echo(f"Units: {written}")


@app.command()
def synth(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="houjie, wuzhen or dongguan (33 towns).")
    ],
    out: Out,
    *,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same bytes.")] = 1,
) -> None:
    """Write the input files of a made-up town.

    The town is calibrated to published figures, which are printed beside those that came out. Every
    file says that it is made up. configs/houjie.toml then divides it.

    Example: gridkit synth houjie --out out/houjie-data
    """
    folders = gk.write_synthetic(name, out, seed=seed, on_town=lambda t: typer.echo(t.describe()))
    typer.echo(f"Made-up data: {len(folders)} town{'s' * (len(folders) != 1)} in {out}")


@app.command()
def datum(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="CSV or vector file with longitudes and latitudes."),
    ],
    out: Annotated[Path, typer.Option("--out", help="File to write.")],
    source: Annotated[
        str, typer.Option("--from", help="Datum of the file: WGS84, CGCS2000, GCJ02 or BD09.")
    ],
    *,
    target: Annotated[str, typer.Option("--to", help="Datum wanted.")] = "WGS84",
    x_column: Annotated[str, typer.Option("--x", help="Column of the longitude (CSV).")] = "lon",
    y_column: Annotated[str, typer.Option("--y", help="Column of the latitude (CSV).")] = "lat",
) -> None:
    """Convert a file between WGS 84, GCJ-02 and BD-09.

    CGCS2000 counts as WGS 84. The datum is declared, never guessed.

    Example: gridkit datum points.csv --from GCJ02 --out points_wgs84.csv
    """
    n = gk.convert_file(
        file, out, source=source, target=target, x_column=x_column, y_column=y_column
    )
    typer.echo(f"{n:,} rows from {source} to {target}: {out}")


@app.command()
def presets(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Print this preset.")] = None,
) -> None:
    """List presets of rules, or print one with its sources.

    Example: gridkit presets cn-urban
    """
    known = (f"{n:<20} {gk.rules.read_preset(n).title}" for n in gk.rules.list_presets())
    typer.echo("\n".join(known) if name is None else gk.rules.preset_text(name))


@app.command()
def compare(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR...",
            help="Two to four folders with results of runs; the first is what others are compared with.",
        ),
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Also write compare.html, moved.csv and grids.csv into this folder."
        ),
    ] = None,
    lang: Annotated[Lang, typer.Option("--lang", help="Language of compare.html.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Put plans side by side, and count what moved.

    Figures of every run, and how much of the town is in another grid than in the first. With --out also a
    page with maps, and every unit and grid that changes.

    Example: gridkit compare out/today out/proposal --out out/compared
    """
    table = gk.compare_folders(folders)
    if out is not None:
        for written in gk.draw_folders(folders, out, lang=lang):
            typer.echo(f"Wrote {written}", err=True)
    if as_json:
        typer.echo(json.dumps(json.loads(table.to_json()), ensure_ascii=False))
    else:
        typer.echo(table.to_string(na_rep="-", float_format=amount_text))


@app.command()
def warm() -> None:
    """Compile the loops now, not at the first plan.

    Once after an install is enough; without it the first plan takes up to half a minute longer.

    Example: gridkit warm
    """
    typer.echo(f"Compiled in {gk.compile_kernels():.1f} s.")


@app.command()
def schema() -> None:
    """Print the JSON schema of batch files.

    Text editors complete and check TOML with it.

    Example: gridkit schema > gridkit.schema.json
    """
    typer.echo(json.dumps(gk.config_schema(), ensure_ascii=False, indent=2))
