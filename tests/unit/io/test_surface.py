import numpy as np
import pyproj
import pytest

from gridkit.errors import InputError
from gridkit.io.surface import write_surface
from gridkit.model.surface import Surface


def test_a_surface_is_a_cog_with_the_same_bytes_every_time(tmp_path):
    import rasterio

    values = np.arange(600 * 700, dtype=float).reshape(600, 700)
    values[0, 0] = np.nan
    surface = Surface(
        values=values, west=500_000, north=2_506_000, cell_m=10, crs=pyproj.CRS("EPSG:32650")
    )
    for name in ("a.tif", "b.tif"):
        write_surface(tmp_path / name, surface)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()
    with rasterio.open(tmp_path / "a.tif") as found:
        assert found.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert found.crs.to_epsg() == 32650
        assert found.transform.c == 500_000
        band = found.read(1, masked=True)
        assert band.mask[0, 0]
        assert band[5, 7] == values[5, 7]
        assert found.overviews(1)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.tif", "b.tif"]


def test_a_folder_that_is_a_file_is_said(tmp_path):
    surface = Surface(values=np.zeros((2, 2)), west=0, north=0, cell_m=1, crs=pyproj.CRS(32650))
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError):
        write_surface(tmp_path / "file" / "a.tif", surface)
