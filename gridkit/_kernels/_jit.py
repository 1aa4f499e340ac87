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

    compiled: Any = numba.njit
    OPTIONS: dict[str, Any] = {
        "cache": True,
        "nogil": True,
        "error_model": "numpy",
        "no_cfunc_wrapper": True,
    }

    def kernel(function: F) -> F:
        """Compile a loop without the interpreter; the result is cached on disk."""
        return cast("F", compiled(**OPTIONS)(function))

    def lean(function: F) -> F:
        """Compile a loop that makes no arrays: none is counted, so it compiles and runs faster."""
        return cast("F", compiled(**OPTIONS, _nrt=False)(function))

    def inline(function: F) -> F:
        """Compile a small helper, which makes no arrays, into every kernel that calls it."""
        return cast("F", compiled(**OPTIONS, _nrt=False, forceinline=True)(function))

else:

    def kernel(function: F) -> F:
        """Leave the function as it is."""
        return function

    lean = inline = kernel


def is_compiled() -> bool:
    """Whether compiled kernels are on the disk already (the first use after an install makes them)."""
    return not JIT or any((Path(__file__).parent / "__pycache__").glob("*.nbi"))
