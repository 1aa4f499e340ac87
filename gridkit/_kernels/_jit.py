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
    from numba.core.compiler import Compiler

    UNNEEDED = {
        "AnnotateTypes", "DeadBranchPrune", "FindLiterallyCalls", "InlineClosureLikes", "InlineInlinables",
        "InlineOverloads", "LiteralPropagationSubPipelinePass", "LiteralUnroll", "MakeFunctionToJitFunction",
        "NoPythonSupportedFeatureValidation", "NopythonRewrites", "RewriteDynamicRaises",
        "RewriteSemanticConstants", "WithLifting",
    }  # fmt: skip
    """Passes of the compiler for what no loop here has: closures, ``with``, exceptions, unrolling, sums
    of whole arrays."""

    class Remembering:
        """What numba knows of types, asked once for an operation and not at each place it stands.

        By itself numba tries some ten implementations at every ``+`` of the source, which was a
        fourth of the time to compile.
        """

        def __init__(self, context: Any, known: dict[Any, Any]) -> None:
            self._context = context
            self._known = known

        def __getattr__(self, name: str) -> Any:
            return getattr(self._context, name)

        def _once(self, key: tuple[Any, ...], ask: Callable[..., Any], *question: Any) -> Any:
            try:
                found = self._known.get(key)
            except TypeError:  # a slice cannot be a key
                return ask(*question)
            if found is None:
                found = self._known[key] = ask(*question)
            return found

        def resolve_function_type(self, func: Any, args: Any, kws: Any) -> Any:
            """Tell the types of a call."""
            key = func, tuple(args), tuple(sorted(dict(kws).items()))
            return self._once(key, self._context.resolve_function_type, func, args, kws)

        def resolve_static_getitem(self, value: Any, index: Any) -> Any:
            """Tell the type of a place in a tuple."""
            key = value, index, type(index)
            return self._once(key, self._context.resolve_static_getitem, value, index)

    KNOWN: dict[bool, dict[Any, Any]] = {True: {}, False: {}}
    """What was asked so far, in loops that count arrays and in those that do not."""

    class ShortCompiler(Compiler):
        """numba's compiler without what no loop here needs."""

        def define_pipelines(self) -> list[Any]:
            """List the passes."""
            known = KNOWN[bool(self.state.flags.nrt)]
            self.state.typingctx = Remembering(self.state.typingctx, known)
            # numba's own method has no types
            made: list[Any] = super().define_pipelines()  # type: ignore[no-untyped-call]
            for one in made:
                one.passes = [
                    p for p in one.passes if getattr(p[0], "__name__", "") not in UNNEEDED
                ]
            return made

    compiled: Any = numba.njit
    OPTIONS: dict[str, Any] = {
        "cache": True,
        "nogil": True,
        "error_model": "numpy",
        "no_cfunc_wrapper": True,
        "pipeline_class": ShortCompiler,
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

    def inner(function: F) -> F:
        """Compile a loop that only other loops call: lean, and without a door for Python."""
        return built(function, _nrt=False, no_cpython_wrapper=True)

    def inline(function: F) -> F:
        """Compile a small helper, which makes no arrays, into every loop that calls it."""
        return built(function, _nrt=False, no_cpython_wrapper=True, forceinline=True)

else:

    def kernel(function: F) -> F:
        """Leave the function as it is."""
        return function

    lean = inner = inline = kernel


def is_compiled() -> bool:
    """Whether compiled kernels are on the disk already (the first use after an install makes them)."""
    return not JIT or any((Path(__file__).parent / "__pycache__").glob("*.nbi"))
