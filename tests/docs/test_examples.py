"""Does every example of the docs run as it is written?

Blocks of a page run from top to bottom in one empty folder that sees the embedded town: ``python`` is executed, a line of ``console`` that begins
with ``$ gridkit`` is run as a command (``# exit 1`` says how it ends), and ``toml`` that begins with ``# file: NAME`` is written there
(``+`` adds to it). Other blocks are not examples.
"""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from gridkit.cli.entry import run
from gridkit.metrics import registry

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(python|console|toml)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = [
    p
    for p in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    if BLOCK.search(p.read_text(encoding="utf-8"))
]
ELSEWHERE = {"config.md", "cli.md"}
"""Made from the code, without examples."""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")  # of the libraries a reader would see too
@pytest.mark.parametrize(
    "path", [p for p in PAGES if p.name not in ELSEWHERE], ids=lambda p: p.stem
)
def test_the_examples_of_a_page_run(path, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    known = dict(registry._REGISTRY)  # a page may add a measure of its own: for itself alone
    monkeypatch.setattr(registry, "_REGISTRY", known)
    names: dict[str, object] = {"__name__": "__main__"}
    for kind, text in BLOCK.findall(path.read_text(encoding="utf-8")):
        if kind == "python":
            exec(compile(text, f"{path.name}", "exec"), names)
        elif kind == "toml" and text.startswith("# file: "):
            head, _, body = text.partition("\n")
            name, _, more = head.removeprefix("# file: ").partition(" ")
            with Path(name).open("a" if more == "+" else "w", encoding="utf-8") as stream:
                stream.write(body)
        elif kind == "console":
            for line in text.splitlines():
                if line.startswith("$ gridkit "):
                    run_line(line)


def run_line(line):
    command, _, said = line.removeprefix("$ gridkit ").partition("#")
    code = re.search(r"exit (\d+)", said)
    assert run([*shlex.split(command)]) == (int(code[1]) if code else 0), line
