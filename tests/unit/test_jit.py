"""Does a compiled kernel on disk end with the source of any kernel?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from gridkit._kernels import _jit

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from pack import outer
print(outer.twice(1.0))
"""
OUTER = """from pack._jit import kernel
from pack.inner import step

@kernel
def twice(x):
    return 2.0 * step(x)
"""
INNER = """from pack._jit import inline

@inline
def step(x):
    return x + {step}
"""


def test_a_kernel_is_compiled_anew_when_a_helper_in_another_file_changes(tmp_path: Path) -> None:
    """numba alone watches only the file of the kernel itself."""
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "__init__.py").write_text("")
    shutil.copy(_jit.__file__, pack / "_jit.py")
    (pack / "outer.py").write_text(OUTER)
    told = []
    for step in (1.0, 1.0, 3.0):
        (pack / "inner.py").write_text(INNER.format(step=step))
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "GRIDKIT_JIT": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        )
        told.append(float(run.stdout))
    assert told == [4.0, 4.0, 8.0]
    assert list((pack / "__pycache__").glob("outer*.nbi"))


ONCE = """
import sys
from gridkit.batch.warm import compile_plan
from gridkit.datasets import make_town
from gridkit.model.draft import Draft
from gridkit.rules import Balance, GridCount, Rules
from gridkit.solver import solve

compile_plan()
town = make_town(300, 1, n_communities=2)
rules = Rules(grids=GridCount(total=8), balance=Balance(measure="residents", tolerance=0.1))
draft = Draft(solve(town, rules, relax=True).plan)
draft.move([0], 1)
for name, module in list(sys.modules.items()):
    if name.startswith("gridkit._kernels."):
        for key, loop in vars(module).items():
            if len(getattr(loop, "signatures", ())) > 1:
                print(name, key, loop.signatures)
"""


def test_no_loop_is_compiled_for_two_kinds_of_arrays() -> None:
    """Each costs a second or so before the first plan; solver, warming and editor must agree."""
    run = subprocess.run(
        [sys.executable, "-c", ONCE],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "GRIDKIT_JIT": "1"},
    )
    assert run.stdout == ""
