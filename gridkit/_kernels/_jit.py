"""How are loops compiled? The only place that knows numba.

``GRIDKIT_JIT=0`` runs the same source as plain Python (tests use it as the slow, readable answer).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")

JIT = os.environ.get("GRIDKIT_JIT", "1") != "0"
"""Whether kernels are compiled in this process."""

if JIT:
    import numba

    def kernel(function: F) -> F:
        """Compile a loop without the interpreter; the result is cached on disk."""
        return cast("F", numba.njit(cache=True, nogil=True, error_model="numpy")(function))

    def inline(function: F) -> F:
        """Compile a small helper into every kernel that calls it."""
        return cast("F", numba.njit(cache=True, nogil=True, inline="always")(function))

else:

    def kernel(function: F) -> F:
        """Leave the function as it is."""
        return function

    def inline(function: F) -> F:
        """Leave the function as it is."""
        return function


def is_compiled() -> bool:
    """Whether compiled kernels are on the disk already (the first use after an install makes them)."""
    return not JIT or any((Path(__file__).parent / "__pycache__").glob("*.nbi"))
