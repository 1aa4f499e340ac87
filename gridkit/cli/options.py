"""What do the options mean that several commands share?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Lang = Literal["en", "zh"]
BatchFile = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="The batch file (TOML; see docs/config.md).")
]
Out = Annotated[
    Path, typer.Option("--out", help="Folder for the results; made when it is not there.")
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace the results of an earlier run in the folder.")
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", help="Seed of every random choice; replaces the batch file's."),
]
PlanFile = Annotated[
    Path | None,
    typer.Option(
        "--plan", help="Take this plan (CSV: unit_id, base_grid_id) instead of making one."
    ),
]
CheckedPlan = Annotated[
    Path | None,
    typer.Option(
        "--plan", help="Check this plan (CSV: unit_id, base_grid_id), not the one in force."
    ),
]
GivenPlan = Annotated[
    Path | None, typer.Option("--plan", help="Plan whose base grids are named (plan.csv of a run).")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output instead of text.")
]
Quiet = Annotated[bool, typer.Option("--no-progress", help="Show no progress.")]
Language = Annotated[
    Lang | None,
    typer.Option("--lang", help="Language of the pages; by default as in the batch file or run."),
]
