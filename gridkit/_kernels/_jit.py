"""How are loops compiled? The only place that knows numba.

``GRIDKIT_JIT=0`` runs the same source as plain Python (tests use it as the slow, readable answer).
"""

from __future__ import annotations

import os
from hashlib import sha256
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

    def sources() -> bytes:
        """Give the checksum of every kernel's source."""
        files = sorted(Path(__file__).parent.glob("*.py"))
        return sha256(b"".join(file.read_bytes() for file in files)).digest()

    SOURCES = sources()

    def built(function: F, **more: Any) -> F:
        """Compile a function; the result on disk holds while no kernel's source changes.

        numba alone watches the function's own file, and would go on using a kernel with a helper
        of another file compiled into it after that helper has changed.
        """
        made = compiled(**OPTIONS, **more)(function)
        made._cache._cache_file._source_stamp = SOURCES  # noqa: SLF001  numba has no public way
        return cast("F", made)

    def kernel(function: F) -> F:
        """Compile a loop without the interpreter; the result is cached on disk."""
        return built(function)

    def lean(function: F) -> F:
        """Compile a loop that makes no arrays: none is counted, so it compiles and runs faster."""
        return built(function, _nrt=False)

    def inline(function: F) -> F:
        """Compile a small helper, which makes no arrays, into every kernel that calls it."""
        return built(function, _nrt=False, forceinline=True)

else:

    def kernel(function: F) -> F:
        """Leave the function as it is."""
        return function

    lean = inline = kernel


def is_compiled() -> bool:
    """Whether compiled kernels are on the disk already (the first use after an install makes them)."""
    return not JIT or any((Path(__file__).parent / "__pycache__").glob("*.nbi"))
