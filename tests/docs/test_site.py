"""Does the documentation site build without a warning, and without a network?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("sphinx", reason="the extra `docs` is not installed")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            "-W",
            "--keep-going",
            "-q",
            "-c",
            "docs",
            "-d",
            str(tmp_path / "trees"),
            ".",
            str(tmp_path / "html"),
        ],
        cwd=ROOT,
        env=os.environ | {"GRIDKIT_DOCS_RUN": "0", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    page = (tmp_path / "html" / "docs" / "index.html").read_text(encoding="utf-8")
    assert "gridkit" in page
    for path in (tmp_path / "html").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert 'src="http' not in text, f"{path.name} asks a server for a script"
        assert 'rel="stylesheet" href="http' not in text, f"{path.name} asks a server for a style"
