"""Does the solver of integer programs leave standard output alone, whatever C code writes to it?"""

from __future__ import annotations

import ctypes
import os
import sys

import numpy as np
import pytest

from gridkit._milp import _quiet, milp


@pytest.mark.skipif(os.name != "posix", reason="the C library is reached by its POSIX name")
def test_what_c_code_prints_is_kept_off_the_screen(capfd):
    c = ctypes.CDLL(None)
    sys.stdout.write("before\n")
    with _quiet():
        c.puts(b"a remark of the solver")
    sys.stdout.write("after\n")
    assert capfd.readouterr().out.split() == ["before", "after"]


def test_a_small_program_is_solved():
    """Two of three items worth 3, 2 and 2; at most two may be taken."""
    from scipy.optimize import Bounds, LinearConstraint

    found = milp(
        -np.array([3.0, 2.0, 2.0]),
        constraints=LinearConstraint(np.ones((1, 3)), -np.inf, 2),
        integrality=np.ones(3),
        bounds=Bounds(0, 1),
    )
    assert found.fun == pytest.approx(-5.0)
