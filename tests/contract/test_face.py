"""Does the public face keep its promises?"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gridkit as gk

HEAVY = (
    "dask", "exactextract", "folium", "geopandas", "h3", "highspy", "libpysal", "matplotlib", "momepy", "networkx",
    "numba", "pandas", "pyarrow", "pydantic", "pymetis", "pyogrio", "rasterio", "scipy", "shapely", "sklearn", "starlette", "uvicorn",
)  # fmt: skip
ROOT = Path(gk.__file__).parent


def test_all_is_sorted_and_every_name_is_there():
    assert gk.__all__ == sorted(gk.__all__)
    for name in gk.__all__:
        assert getattr(gk, name) is not None


def test_type_checkers_see_the_same_names():
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8"))
    seen = {}
    for node in tree.body:
        if isinstance(node, ast.If):
            for line in node.body:
                if isinstance(line, ast.ImportFrom):
                    seen |= {a.name: line.module for a in line.names}
    assert seen == gk._WHERE


def test_about_thirty_names():
    assert len(gk.__all__) <= 52


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'solv'"):
        gk.solv  # noqa: B018  the access is the test


@pytest.mark.parametrize("what", ["import gridkit", "import gridkit.cli"])
def test_importing_loads_nothing_heavy(what):
    code = f"import sys; {what}; print(sorted(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_module_is_named_for_nothing():
    names = {p.stem for p in ROOT.rglob("*.py")}
    assert not names & {"utils", "helpers", "common", "misc"}


def test_files_stay_readable():
    long = {
        str(p.relative_to(ROOT)): n
        for p in ROOT.rglob("*.py")
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > 450
    }
    assert long == {}


def test_no_pickle_anywhere():
    bad = [
        p.name
        for p in ROOT.rglob("*.py")
        if "import pickle" in p.read_text(encoding="utf-8")
        or "allow_pickle=True" in p.read_text(encoding="utf-8")
    ]
    assert bad == []
