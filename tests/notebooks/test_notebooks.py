"""Does every notebook run from top to bottom, and is it stored without outputs?"""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path

import nbformat
import pytest

import gridkit as gk

FOLDER = Path(__file__).parents[2] / "notebooks"
BOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the kernel's own machinery warns on some systems
@pytest.mark.parametrize("path", BOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_from_top_to_bottom(path, monkeypatch):
    nbclient = pytest.importorskip("nbclient", reason="the extra `notebook` is not installed")
    monkeypatch.setenv("PYTHONPATH", f"{FOLDER.parent}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    book = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(book, timeout=120, resources={"metadata": {"path": str(FOLDER)}}).execute()
    assert not [o for c in book.cells if c.cell_type == "code" for o in c.outputs if o.output_type == "error"]


@pytest.mark.parametrize("path", BOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_stored_without_outputs(path):
    spec = importlib.util.spec_from_file_location("strip", Path(__file__).with_name("strip.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    book = nbformat.read(path, as_version=4)
    assert all(not c.get("outputs") and c.get("execution_count") is None for c in book.cells if c.cell_type == "code")
    assert path.read_text(encoding="utf-8").strip() == module.stripped(path).strip()


@pytest.mark.parametrize("path", BOOKS, ids=lambda p: p.stem)
def test_a_notebook_uses_public_names_only(path):
    code = "\n".join(c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code")
    assert "from gridkit" not in code
    assert not [n for n in re.findall(r"gk\.([a-zA-Z_]+)", code) if n not in dir(gk)]
