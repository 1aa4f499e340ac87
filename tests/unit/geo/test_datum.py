import numpy as np
import pyproj
import pytest

from gridkit.errors import ConfigError
from gridkit.geo.crs import suggest_crs
from gridkit.geo.datum import (
    convert,
    from_bd09,
    from_gcj02,
    ground_distance_m,
    read_datum,
    to_bd09,
    to_gcj02,
)

# The first three pairs are the published tests of eviltransform; the rest were computed from the formula elsewhere.
GCJ = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597), None),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766), None),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069), None),
    ((113.67, 22.94), (113.675125903281, 22.937144209132), 613.5),
    ((120.49, 30.74), (120.494409151471, 30.737723661447), 491.9),
    ((113.88, 22.56), (113.884892361164, 22.556958022790), 605.5),
    ((116.416, 39.93), (116.422240433233, 39.931400929915), 555.6),
    ((104.07, 30.66), (104.072515043183, 30.657585182687), 360.2),
]
BD = [
    ((113.67, 22.94), (113.681659479313, 22.943056868623), 1242.9),
    ((120.49, 30.74), (120.500857472723, 30.743991009747), 1129.9),
    ((113.88, 22.56), (113.891323786319, 22.563287912569), 1220.2),
    ((116.416, 39.93), (116.428674222718, 39.937532490236), 1368.6),
    ((104.07, 30.66), (104.079029539121, 30.663544898979), 950.4),
]


def at(*pairs):
    return np.array(pairs, dtype=float)


@pytest.mark.parametrize(("wgs", "gcj", "metres"), GCJ)
def test_gcj02_gives_the_published_coordinates(wgs, gcj, metres):
    np.testing.assert_allclose(to_gcj02(at(wgs))[0], gcj, atol=2e-12)
    np.testing.assert_allclose(from_gcj02(at(gcj))[0], wgs, atol=1e-11)
    if metres is not None:
        assert ground_distance_m(at(wgs), at(gcj))[0] == pytest.approx(metres, abs=0.3)


@pytest.mark.parametrize(("wgs", "bd", "metres"), BD)
def test_bd09_gives_the_published_coordinates(wgs, bd, metres):
    np.testing.assert_allclose(to_bd09(at(wgs))[0], bd, atol=2e-12)
    np.testing.assert_allclose(from_bd09(at(bd))[0], wgs, atol=1e-11)
    assert ground_distance_m(at(wgs), at(bd))[0] == pytest.approx(metres, abs=0.3)


@pytest.mark.parametrize("datum", ["GCJ02", "BD09"])
def test_there_and_back_is_within_a_millimetre_all_over_china(datum):
    rng = np.random.default_rng(5)
    points = rng.uniform((73.6, 18.0), (134.8, 53.5), (100_000, 2))
    there = convert(points, "WGS84", datum)
    back = convert(there, datum, "CGCS2000")
    assert ground_distance_m(points, back).max() < 1e-3
    again = convert(back, "WGS84", datum)
    assert ground_distance_m(there, again).max() < 1e-3


def test_the_shift_lies_between_18_and_714_metres():
    rng = np.random.default_rng(6)
    points = rng.uniform((73.6, 18.0), (134.8, 53.5), (200_000, 2))
    shift = ground_distance_m(points, to_gcj02(points))
    assert 15 < shift.min() < 30
    assert 690 < shift.max() < 716
    assert np.median(shift) == pytest.approx(429, abs=3)


def test_a_constant_shift_is_not_enough_even_inside_a_town():
    # domain.md 11.3: over 11 x 10 km at Houjie the shift differs by up to 13 m from that at the centre.
    east, north = np.meshgrid(np.linspace(-5500, 5500, 45), np.linspace(-5000, 5000, 41))
    lon = 113.67 + east.ravel() / (111_320 * np.cos(np.radians(22.94)))
    lat = 22.94 + north.ravel() / 110_750
    points = np.column_stack([lon, lat])
    moved = to_gcj02(points) - points
    middle = (to_gcj02(at((113.67, 22.94))) - at((113.67, 22.94)))[0]
    off = np.hypot(
        (moved[:, 0] - middle[0]) * 111_320 * np.cos(np.radians(22.94)),
        (moved[:, 1] - middle[1]) * 110_750,
    )
    assert off.max() == pytest.approx(13, abs=1.5)


def test_the_three_degree_zones_give_the_reference_coordinates():
    for lonlat, zone, prefixed, en in (
        ((113.67, 22.94), "EPSG:4547", "EPSG:4526", (466152.497, 2537930.956)),
        ((120.49, 30.74), "EPSG:4549", "EPSG:4528", (546923.850, 3402251.405)),
    ):
        assert suggest_crs(*lonlat) == zone
        turn = pyproj.Transformer.from_crs("EPSG:4490", zone, always_xy=True)
        assert turn.transform(*lonlat) == pytest.approx(en, abs=1e-3)
        with_zone = pyproj.Transformer.from_crs("EPSG:4490", prefixed, always_xy=True)
        x, y = with_zone.transform(*lonlat)
        assert x % 1e6 == pytest.approx(en[0], abs=1e-3)
        assert int(x // 1e6) == round(lonlat[0] / 3)
        assert y == pytest.approx(en[1], abs=1e-3)


def test_nothing_is_shifted_outside_the_box():
    cambridge = at((-71.1, 42.37), (2.35, 48.86))
    for turn in (to_gcj02, from_gcj02, to_bd09, from_bd09):
        np.testing.assert_array_equal(turn(cambridge), cambridge)


def test_gcj02_and_bd09_turn_into_each_other():
    gcj = at((113.675125903281, 22.937144209132))
    np.testing.assert_allclose(
        convert(gcj, "gcj-02", "bd-09"), [(113.681659479313, 22.943056868623)], atol=1e-11
    )


def test_an_unknown_datum_is_refused_with_the_nearest():
    assert read_datum("bd_09") == "BD09"
    with pytest.raises(ConfigError, match="did you mean 'GCJ02'"):
        convert(at((1, 2)), "GCJ03", "WGS84")
