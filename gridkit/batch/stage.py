"""How do results reach their folder? Built beside it, then moved in: all of them or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gridkit.errors import InputError, some_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def check_folder(out: Path, names: Sequence[str], *, overwrite: bool) -> None:
    """Make sure that results may be written into a folder, before any work is done.

    Raises
    ------
    InputError
        If it is a file, or holds results of an earlier run and `overwrite` is off.
    """
    if out.exists() and not out.is_dir():
        msg = f"{out} is a file; --out needs a folder."
        raise InputError(msg)
    there = [n for n in names if (out / n).exists()]
    if there and not overwrite:
        msg = (
            f"{out} already holds {len(there)} files of an earlier run ({some_of(there, most=3)}). "
            f"Choose another folder, or add --overwrite to replace them."
        )
        raise InputError(msg)


@contextmanager
def staged(out: Path, names: Sequence[str]) -> Iterator[Path]:
    """Give an empty folder beside `out`; move its files in when the block ends well.

    Files of an earlier run that this one does not write are removed, so that a folder never mixes
    two runs; files of other names are left alone.

    Parameters
    ----------
    out
        Where results go.
    names
        Every name a run may write.
    """
    target = out.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    try:
        yield draft
        if target.exists():
            for name in names:
                if (draft / name).exists():
                    os.replace(draft / name, target / name)  # noqa: PTH105  replaces in one step on every system
                else:
                    (target / name).unlink(missing_ok=True)
        else:
            draft.chmod(0o755)
            draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
