"""Which errors and warnings does gridkit raise, and with which exit code?

::

    GridkitError                              70   a fault of ours
    ├── InputError(ValueError)                 2   what we were given cannot be used as it is
    │   ├── CRSError                               no, unfit or contradicting reference system
    │   ├── GeometryError                          broken, overlapping or misplaced shapes
    │   ├── SchemaError                            missing columns, bad ids, wrong types
    │   └── ConfigError                            a setting that is unknown, missing or impossible
    ├── InfeasibleError                        3   no plan can satisfy the rules; .findings says why
    ├── SolverError(RuntimeError)              4   we gave up, or an internal check failed
    └── MissingDependencyError(ImportError)    5   an optional package or a build step is missing

    GridkitWarning(UserWarning)                    usable, but something was assumed

Exit 0: the plan keeps every hard rule. Exit 1: a plan was made or checked and breaks one.
Exit 130: interrupted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "CRSError",
    "ConfigError",
    "GeometryError",
    "GridkitError",
    "GridkitWarning",
    "InfeasibleError",
    "InputError",
    "MissingDependencyError",
    "SchemaError",
    "SolverError",
    "did_you_mean",
    "some_of",
]

EXIT_RULE_BROKEN = 1
EXIT_INTERRUPTED = 130


class GridkitError(Exception):
    """Base of every error gridkit raises on purpose."""

    exit_code: ClassVar[int] = 70


class InputError(GridkitError, ValueError):
    """What we were given cannot be used as it is.

    Parameters
    ----------
    message
        What, where, got and allowed, and the way out.
    problems
        One sentence each when a check collected several problems.
    places
        Offending geometries (shapely, in the CRS of the input), for drawing.
    """

    exit_code: ClassVar[int] = 2

    def __init__(
        self, message: str, *, problems: Sequence[str] = (), places: Iterable[object] = ()
    ) -> None:
        super().__init__(message)
        self.problems: tuple[str, ...] = tuple(problems) or (message,)
        self.places: tuple[object, ...] = tuple(places)


class CRSError(InputError):
    """No coordinate reference system, or one in which areas come out wrong."""


class GeometryError(InputError):
    """Shapes that are invalid, overlap, or lie where they cannot be."""


class SchemaError(InputError):
    """Columns, ids or values that are missing or of the wrong kind."""


class ConfigError(InputError):
    """A setting that is unknown, missing, or cannot hold."""


class InfeasibleError(GridkitError):
    """No plan can satisfy the rules.

    Parameters
    ----------
    message
        The first reason in words.
    findings
        Every reason found, as `gridkit.model.Finding`.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, findings: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.findings: tuple[object, ...] = tuple(findings)


class SolverError(GridkitError, RuntimeError):
    """The solver gave up, or one of its own checks failed."""

    exit_code: ClassVar[int] = 4


class MissingDependencyError(GridkitError, ImportError):
    """Something that has to be installed or built first is not there."""

    exit_code: ClassVar[int] = 5


class GridkitWarning(UserWarning):
    """The result is usable, but something had to be assumed."""


def some_of(ids: Iterable[object], *, most: int = 5) -> str:
    """Name at most `most` ids and say how many more there are.

    Parameters
    ----------
    ids
        What is to be named.
    most
        How many by name.

    Returns
    -------
    str
        Quoted, with commas.

    Examples
    --------
    >>> some_of(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    names = [f"'{i}'" for i in ids]
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Offer the nearest known words as a half sentence, or nothing.

    Parameters
    ----------
    word
        What was given.
    known
        What could have been meant.

    Returns
    -------
    str
        To be put behind a sentence.

    Examples
    --------
    >>> did_you_mean("popu", ["population", "area"])
    "; did you mean 'population'?"
    """
    from difflib import get_close_matches  # noqa: PLC0415  loaded only to word an error

    near = get_close_matches(word, list(known), n=2, cutoff=0.5)
    if not near:
        near = [k for k in known if word and (word in k or k in word)][:2]
    return f"; did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
