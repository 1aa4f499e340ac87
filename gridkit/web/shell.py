"""What is sent before any data: the page's frame, its script and its style?"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from gridkit.editor.refusal import unknown
from gridkit.errors import MissingDependencyError

_KINDS = {"edit.js": "text/javascript; charset=utf-8", "edit.css": "text/css; charset=utf-8"}


def page_html(lang: str) -> str:
    """Give the page; everything on it is made by its script."""
    return f"""<!doctype html>
<html lang="{"zh-Hans" if lang == "zh" else "en"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/edit.css">
<title>gridkit</title>
</head>
<body>
<div id="gk-edit"></div>
<script src="/static/edit.js" defer></script>
<noscript>The editor needs JavaScript. 编辑器需要启用 JavaScript。</noscript>
</body>
</html>
"""


def static_file(name: str) -> tuple[bytes, str]:
    """Give the script or the style, by name; there are no other files.

    Raises
    ------
    Refusal
        If the name is another one.
    """
    if name not in _KINDS:
        raise unknown("there is no such file.", "没有此文件。")
    return read_asset(name), _KINDS[name]


@cache
def read_asset(name: str) -> bytes:
    """Read a built file.

    Raises
    ------
    MissingDependencyError
        If it was not built (only in a checkout: installing gridkit builds it).
    """
    try:
        return (files("gridkit.maps") / "assets" / name).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        msg = (
            "the script of the editor was not built. Install gridkit from the checkout (pip install .), or build it "
            "by hand with Node 20 or newer: npm --prefix frontend ci && npm --prefix frontend run build"
        )
        raise MissingDependencyError(msg) from error
