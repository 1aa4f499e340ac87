import numpy as np
import pytest

from gridkit.errors import InputError
from gridkit.hotspots.kde import Grid, SurfaceSettings, density_surface, rule_of_thumb, smooth


@pytest.mark.parametrize("adaptive", [False, True])
def test_the_surface_adds_up_to_the_number_of_hazards(squares, crowded, adaptive):
    surface = density_surface(
        squares, crowded, settings=SurfaceSettings(cell_m=20, bandwidth_m=80, adaptive=adaptive)
    )
    assert surface.total == pytest.approx(len(crowded), rel=1e-9)
    middle, corner = surface.at(np.array([[501_000.0, 2_501_000], [500_100, 2_500_100]]))
    assert middle > 5 * corner


def test_without_edge_correction_it_is_the_sum_of_bells(squares, crowded):
    settings = SurfaceSettings(cell_m=10, bandwidth_m=80, edge="none")
    surface = density_surface(squares, crowded, settings=settings)
    at = np.array([[500_905.0, 2_501_115], [500_405, 2_500_805]])
    d2 = ((crowded.xy[None] - at[:, None]) ** 2).sum(axis=2)
    want = np.exp(-0.5 * d2 / 80**2).sum(axis=1) / (2 * np.pi * 80**2) * 1e6
    np.testing.assert_allclose(surface.at(at), want, rtol=0.01)


def test_even_hazards_give_an_even_surface_up_to_the_town_line(squares):
    grid = Grid.over(squares, SurfaceSettings(cell_m=20))
    x, y = np.meshgrid(np.arange(5, 2000, 10), np.arange(5, 2000, 10))
    xy = np.column_stack([x.ravel() + 500_000.0, y.ravel() + 2_500_000.0])
    z = smooth(xy, grid, grid.mask(squares), bandwidth_m=100, settings=SurfaceSettings())
    assert z.sum() * 20**2 == pytest.approx(len(xy))
    np.testing.assert_allclose(z, 0.01, rtol=0.02)  # without correction the corners have 0.0025


def test_points_in_one_place_get_the_smallest_bandwidth():
    assert rule_of_thumb(np.zeros((5, 2)), least_m=20) == 20


def test_no_hazard_in_the_town_is_said(squares, crowded):
    with pytest.raises(InputError, match="none of 0 hazards lies in Squares"):
        density_surface(squares, crowded.take(np.zeros(0, int)))
