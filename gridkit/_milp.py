"""How is a mixed-integer program solved without the solver's own remarks on the screen?"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def milp(*arguments: Any, **options: Any) -> Any:
    """Call `scipy.optimize.milp` (HiGHS), and keep standard output clean for what gridkit says.

    HiGHS prints remarks of its own now and then, whatever ``disp`` says; they would stand in the
    middle of a summary, or of JSON that another program reads.

    Returns
    -------
    scipy.optimize.OptimizeResult
    """
    from scipy.optimize import milp as solve  # noqa: PLC0415  only for proofs

    with _quiet():
        return solve(*arguments, **options)


@contextmanager
def _quiet() -> Iterator[None]:
    """Send what C code writes to standard output nowhere; leave Python's own output alone."""
    try:
        sys.stdout.flush()
        kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    except (OSError, ValueError, AttributeError):  # no standard output: nothing to keep clean
        yield
        return
    try:
        _flush_c()
        os.dup2(nowhere, 1)
        yield
    finally:
        _flush_c()  # what is still in the buffer of C goes nowhere too
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _flush_c() -> None:
    if os.name == "posix":
        ctypes.CDLL(None).fflush(None)
