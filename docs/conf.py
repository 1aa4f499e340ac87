"""How is the documentation site built? Run ``make docs``; nothing is asked of a network."""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, Any

from docutils.nodes import SkipNode
from latex2mathml.converter import convert

import gridkit

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "gridkit"
author = "gridkit developers"
copyright = "2026, gridkit developers"  # noqa: A001  the name Sphinx reads
version = release = gridkit.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
]
# The source is the whole checkout, so that links between README, docs and notebooks hold everywhere.
root_doc = "docs/index"
include_patterns = ["docs/**.md", "docs/**.rst", "notebooks/*.ipynb", "CHANGELOG.md"]
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb", ".ipynb": "myst-nb"}
exclude_patterns = [
    ".venv",
    "venv",
    "out",
    "build",
    "**/node_modules",
    "docs/_build",
    "data",
    "gridkit",
]
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
smartquotes = False  # options keep their two hyphens
# Notebooks are shown with what they print: GRIDKIT_DOCS_RUN=0 leaves them as they are stored.
nb_execution_mode = "cache" if os.environ.get("GRIDKIT_DOCS_RUN", "1") == "1" else "off"
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # would be asked of a server
suppress_warnings = ["mystnb.unknown_mime_type"]  # maps are shown as HTML

autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "undoc-members": False, "member-order": "bysource"}
numpydoc_show_class_members = False

html_theme = "furo"
html_title = "gridkit"
html_static_path = ["_static"]  # beside this file
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_math_renderer = "mathml"


def _formula(display: str) -> Any:
    """Write formulas as MathML, which browsers show without a script."""

    def visit(translator: Any, node: Any) -> None:
        translator.body.append(convert(node.astext(), display=display))
        raise SkipNode

    return visit, None


def _is_field(_app: Sphinx, _what: str, _name: str, member: Any, skip: bool, _options: Any) -> bool:  # noqa: FBT001  as Sphinx calls it
    """Leave out fields: they stand under Parameters already."""
    return skip or inspect.ismemberdescriptor(member) or "SLOTS" in repr(member)


def setup(app: Sphinx) -> None:
    """Take part in the build."""
    app.connect("autodoc-skip-member", _is_field)
    app.add_html_math_renderer(
        "mathml", inline_renderers=_formula("inline"), block_renderers=_formula("block")
    )
