"""Where is the page's script, and what is said when it was not built?"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from gridkit.errors import MissingDependencyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The built front end.

    Parameters
    ----------
    script
        JavaScript, ASCII.
    style
        CSS.
    licenses
        Licence texts of the libraries in `script`.
    """

    script: str
    style: str
    licenses: str

    @property
    def script_hash(self) -> str:
        """The source expression for a Content-Security-Policy."""
        digest = hashlib.sha256(self.script.encode("utf-8")).digest()
        return f"sha256-{base64.b64encode(digest).decode('ascii')}"


@cache
def read_bundle() -> Bundle:
    """Read the built front end.

    Raises
    ------
    MissingDependencyError
        If it was not built (only in a checkout: installing gridkit builds it).
    """
    folder = files("gridkit.maps") / "assets"
    try:
        script, style, licenses = (
            (folder / name).read_text(encoding="utf-8")
            for name in ("page.js", "page.css", "licenses.txt")
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        msg = (
            "the script of the map page was not built. Install gridkit from the checkout (pip install .), or build it "
            "by hand with Node 20 or newer: npm --prefix frontend ci && npm --prefix frontend run build"
        )
        raise MissingDependencyError(msg) from error
    if "</script" in script.lower() or "</style" in style.lower():
        msg = "the built script would end its own element; build it again with the project's build.mjs."
        raise MissingDependencyError(msg)
    return Bundle(script=script, style=style, licenses=licenses)


def read_leaflet() -> tuple[str, str] | None:
    """Read Leaflet's script and style for notebook maps; None where the front end was not built."""
    folder = files("gridkit.maps") / "assets"
    try:
        script, style = (
            (folder / name).read_text(encoding="utf-8") for name in ("leaflet.js", "leaflet.css")
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    return script, style
