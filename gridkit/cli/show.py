"""How is progress shown? A bar on a terminal, a line for each stage elsewhere, both on standard error."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gridkit.model.result import Progress


@contextmanager
def progress_shown(*, wanted: bool) -> Iterator[Callable[[Progress], None] | None]:
    """Give a function that shows `Progress` while the block runs."""
    if not wanted:
        yield None
    elif sys.stderr.isatty():
        with _bar() as tell:
            yield tell
    else:
        yield _lines()


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console  # noqa: PLC0415  only on a terminal
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415  the same
    from rich.progress import Progress as Bar  # noqa: PLC0415  the same

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0, said="")

        def tell(progress: Progress) -> None:
            bar.update(
                task, description=progress.stage, completed=progress.share, said=progress.text
            )

        yield tell


def _lines() -> Callable[[Progress], None]:
    started = time.monotonic()
    last = ""

    def say(text: str) -> None:
        sys.stderr.write(f"[{time.monotonic() - started:6.1f} s] {text}\n")
        sys.stderr.flush()

    def tell(progress: Progress) -> None:
        nonlocal last
        if progress.stage != last:
            last = progress.stage
            say(progress.stage)
        if progress.text.startswith("compiling"):
            say(f"  {progress.text}")

    return tell
