"""How does a run of the command end? With an exit code, and one sentence when it failed."""

from __future__ import annotations

import _thread
import os
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any, TextIO

import typer

from gridkit.cli.app import app
from gridkit.errors import EXIT_INTERRUPTED, GridkitError, GridkitWarning, InfeasibleError

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = "interrupted; nothing was left half-written."
AGAIN_S = 0.05
"""After so long, a callback that swallowed a Ctrl-C is over."""
SHOWN = 3
"""Reasons of one rule that are said."""
UsageError: Any = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")
"""What typer raises for a wrong call; old versions take it from click, new ones have their own."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with the exit code of `docs/cli.md`."""
    warnings.showwarning = _show_warning
    sys.unraisablehook = _drop
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; errors become one line on standard error."""
    try:
        done = app(args=None if arguments is None else list(arguments), standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        return _say(INTERRUPTED, EXIT_INTERRUPTED)
    except typer.Exit as leave:
        done = leave.exit_code
    except UsageError as error:
        error.show(sys.stderr)
        return int(error.exit_code)
    except Exception as error:  # the last door: a person never sees a traceback
        if os.environ.get("GRIDKIT_DEBUG"):
            raise
        return _say(*_in_words(error))
    if done == EXIT_INTERRUPTED:  # how typer passes Ctrl-C on
        return _say(INTERRUPTED, EXIT_INTERRUPTED)
    return done if isinstance(done, int) else 0


def _in_words(error: Exception) -> tuple[str, int]:
    """Give the sentence and the exit code of an error."""
    if isinstance(error, InfeasibleError):
        reasons = _some_of_each(error) or [str(error)]
        return "no plan can keep the rules: " + "\n  ".join(reasons), error.exit_code
    if isinstance(error, GridkitError):
        return str(error), error.exit_code
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        return f"the system refused: {error.strerror or error}{where}.", 2
    if isinstance(error, MemoryError):
        return "there is not enough memory for this town.", GridkitError.exit_code
    what = f"{type(error).__name__}: {error}"
    way = "Set GRIDKIT_DEBUG=1 to see where, and report it."
    return f"a fault of gridkit itself ({what}). {way}", GridkitError.exit_code


def _some_of_each(error: InfeasibleError) -> list[str]:
    """Say the first findings of each rule, and how many more there are like them."""
    groups: dict[str, list[str]] = {}
    for f in error.findings:
        groups.setdefault(str(getattr(f, "rule", f)), []).append(str(getattr(f, "text", f)))
    lines = []
    for texts in groups.values():
        n = len(texts) if len(texts) <= SHOWN + 1 else SHOWN
        lines += texts[:n]
        if len(texts) > n:
            lines.append(f"... and {len(texts) - n} more like this.")
    return lines


def _say(sentence: str, code: int) -> int:
    print(f"gridkit: {sentence}", file=sys.stderr)  # noqa: T201  a face prints
    return code


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,  # noqa: ARG001  warnings gives these names
    lineno: int,  # noqa: ARG001  the same
    file: TextIO | None = None,
    line: str | None = None,  # noqa: ARG001  the same
) -> None:
    """Print our own warnings as one line; leave the others to who debugs."""
    if issubclass(category, GridkitWarning) or os.environ.get("GRIDKIT_DEBUG"):
        print(f"gridkit: warning: {message}", file=file or sys.stderr)


def _drop(about: sys.UnraisableHookArgs) -> None:
    """Say nothing about a library that was interrupted where nothing can be raised; interrupt again.

    Python drops a Ctrl-C that falls into a callback from C, such as those by which kernels are loaded.
    """
    if about.exc_type is KeyboardInterrupt:
        again = threading.Timer(AGAIN_S, _thread.interrupt_main)
        again.daemon = True
        again.start()
    if os.environ.get("GRIDKIT_DEBUG"):
        sys.__unraisablehook__(about)
