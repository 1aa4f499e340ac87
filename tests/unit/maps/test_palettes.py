from __future__ import annotations

from itertools import pairwise

import numpy as np

from gridkit.maps.palettes import RAMP, class_breaks, class_of, ramp


def luminance(color: str) -> float:
    """Relative luminance by the formula of WCAG 2."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_ramp_darkens_step_by_step_so_that_it_reads_without_color():
    light = [luminance(c) for c in RAMP]
    assert all(a > 1.25 * b for a, b in pairwise(light))


def test_classes_are_about_equally_full_and_limits_round():
    values = np.random.default_rng(1).lognormal(3, 1, 500)
    breaks = class_breaks(values)
    counts = np.bincount(class_of(values, breaks).astype(int), minlength=5)
    assert len(breaks) == 4
    assert counts.min() > 50
    assert all(len(f"{b:g}".replace(".", "").strip("0")) <= 2 for b in breaks)


def test_few_different_values_get_a_class_each():
    assert class_breaks(np.array([2.0, 2, 3, 5])) == (3.0, 5.0)


def test_one_value_or_none_has_no_classes():
    assert class_breaks(np.array([4.0, 4.0])) == ()
    assert class_breaks(np.array([np.nan])) == ()


def test_a_value_on_a_limit_is_in_the_upper_class_and_nan_in_none():
    assert class_of(np.array([1.0, 2.0, np.nan]), (2.0,)).tolist() == [0, 1, -1]


def test_colors_are_taken_from_end_to_end():
    assert ramp(6) == RAMP
    assert ramp(2) == (RAMP[0], RAMP[-1])


def test_values_that_are_nearly_all_the_smallest_make_two_classes():
    values = np.array([1.0] * 95 + [2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    assert class_breaks(values) == (2.0,)
