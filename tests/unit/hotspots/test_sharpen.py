import numpy as np

from gridkit.hotspots.neighbors import band_neighbors
from gridkit.hotspots.sharpen import sharpened


def test_a_bar_found_as_a_circle_gets_its_own_shape_back():
    rng = np.random.default_rng(0)
    xy = np.array([(a, b) for a in range(24) for b in range(24)], dtype=float)
    bar = (np.abs(xy[:, 1] - 12) <= 1) & (np.abs(xy[:, 0] - 12) <= 7)
    cases = rng.poisson(np.where(bar, 30.0, 10.0))
    circle = np.flatnonzero(np.hypot(*(xy - 12).T) <= 5)
    graph = band_neighbors(xy, 1.0, np.zeros(577, np.int64), np.zeros(0, np.int32))
    found = sharpened(xy, cases, np.ones(576), [circle], *graph)[0]
    both = np.isin(np.arange(576), found) & bar
    assert both.sum() >= 0.95 * bar.sum()
    assert found.size <= 1.1 * bar.sum()
