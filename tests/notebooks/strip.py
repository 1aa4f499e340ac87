"""Take outputs and counts out of notebooks before they are stored: strip.py FILE..."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat


def stripped(path: Path) -> str:
    book = nbformat.read(path, as_version=4)
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    book.metadata = {"kernelspec": book.metadata["kernelspec"], "language_info": {"name": "python"}}
    return nbformat.writes(book) + "\n"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).write_text(stripped(Path(name)), encoding="utf-8")
