from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import shapely

from gridkit.errors import GeometryError, InputError
from gridkit.staffing.streets import StreetWays


def lattice(n=6, step=100.0, drop=()):
    """A grid of streets; `drop` are segments left out."""
    node = {(i, j): i * n + j for i in range(n) for j in range(n)}
    pairs = [((i, j), (i + 1, j)) for i in range(n - 1) for j in range(n)]
    pairs += [((i, j), (i, j + 1)) for i in range(n) for j in range(n - 1)]
    pairs = [p for k, p in enumerate(pairs) if k not in drop]
    lines = np.array([shapely.LineString(np.array(p) * step) for p in pairs], dtype=object)
    return StreetWays.from_segments(lines, np.array([[node[a], node[b]] for a, b in pairs]))


def by_networkx(ways, a, b):
    """The same way, on a graph in which both points are nodes of their own."""
    g = nx.Graph()
    for line, (u, v), m in zip(ways.shapes, ways.ends.tolist(), ways.length_m, strict=True):
        g.add_edge(u, v, weight=m, line=line)
    on = {}
    for name, p in (("a", a), ("b", b)):
        point = shapely.Point(p)
        k = int(np.argmin([line.distance(point) for line in ways.shapes]))
        at = ways.shapes[k].project(point)
        on[name] = (k, at, ways.shapes[k].distance(point))
        u, v = ways.ends[k].tolist()
        g.add_edge(name, u, weight=at + on[name][2])
        g.add_edge(name, v, weight=ways.length_m[k] - at + on[name][2])
    if on["a"][0] == on["b"][0]:
        g.add_edge("a", "b", weight=abs(on["a"][1] - on["b"][1]) + on["a"][2] + on["b"][2])
    return max(nx.shortest_path_length(g, "a", "b", weight="weight"), np.hypot(*np.subtract(a, b)))


def test_ways_go_round_the_corner():
    ways = lattice()
    # 30 m along, 100 m up the side street; the straight line is shorter.
    assert ways.ways_m(np.array([[70.0, 0]]), np.array([[100.0, 100]]))[0, 0] == pytest.approx(130)
    # On one street the way is along it.
    assert ways.ways_m(np.array([[10.0, 0], [90, 0]]))[0, 1] == pytest.approx(80)


@pytest.mark.parametrize("seed", range(6))
def test_ways_are_those_of_networkx(seed):
    rng = np.random.default_rng(seed)
    ways = lattice(7, drop=set(rng.choice(84, 25, replace=False).tolist()))
    a, b = rng.uniform(0, 600, (4, 2)), rng.uniform(0, 600, (5, 2))
    got = ways.ways_m(a, b)
    expected = [[by_networkx(ways, p, q) for q in b] for p in a]
    np.testing.assert_allclose(got, expected, atol=1e-6)
    np.testing.assert_allclose(ways.ways_m(b, a), got.T)


def test_a_long_detour_outside_the_box_is_found():
    # Two points 50 m apart on the two banks; the only bridge is 2 km away.
    bank = [shapely.LineString([(0, 0), (0, 2000)]), shapely.LineString([(50, 0), (50, 2000)])]
    lines = np.array([*bank, shapely.LineString([(0, 2000), (50, 2000)])], dtype=object)
    ways = StreetWays.from_segments(lines, np.array([[0, 1], [2, 3], [1, 3]]))
    assert ways.ways_m(np.array([[0.0, 0]]), np.array([[50.0, 0]]))[0, 0] == pytest.approx(4050)


def test_parts_that_do_not_hang_together_and_bad_points():
    lines = np.array(
        [shapely.LineString([(0, 0), (500, 0)]), shapely.LineString([(0, 900), (10, 900)])],
        dtype=object,
    )
    ways = StreetWays.from_segments(lines, np.array([[0, 1], [2, 3]]))
    assert len(ways.shapes) == 1  # the short part leads nowhere
    assert np.isnan(ways.ways_m(np.array([[np.nan, 0], [3, 0]]))[0]).all()
    with pytest.raises(InputError, match="x and y"):
        ways.ways_m(np.zeros(3))
    with pytest.raises(GeometryError, match="no street"):
        StreetWays.from_segments(np.zeros(0, object), np.zeros((0, 2), np.int64))
