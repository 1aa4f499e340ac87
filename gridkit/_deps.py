"""How are optional packages reached, and what is said when one is missing?"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from gridkit.errors import MissingDependencyError

if TYPE_CHECKING:
    from types import ModuleType

_EXTRA = {
    "ipykernel": "notebook",
    "libpysal": "pysal",
    "matplotlib": "plot",
    "osmium": "osm",
    "playwright": "dev",
    "psycopg": "sql",
    "sqlalchemy": "sql",
    "starlette": "edit",
    "uvicorn": "edit",
    "websockets": "edit",
}
"""Package -> the extra of gridkit that installs it."""


def need(package: str, *, why: str) -> ModuleType:
    """Import an optional package, or say which extra installs it.

    Parameters
    ----------
    package
        Name to import.
    why
        The purpose, as "to ...".

    Raises
    ------
    MissingDependencyError
        If the package is not installed.

    Examples
    --------
    >>> need("math", why="to add").floor(1.5)
    1
    """
    try:
        return import_module(package)
    except ImportError as error:
        extra = _EXTRA.get(package.split(".", maxsplit=1)[0])
        install = f"gridkit[{extra}]" if extra else package
        msg = f"`{package}` is needed {why}. Install it: pip install '{install}'"
        raise MissingDependencyError(msg) from error
