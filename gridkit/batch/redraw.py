"""How is the map of an earlier run drawn again? From the files it wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gridkit.errors import InputError
from gridkit.io.atomic import write_bytes
from gridkit.io.vector import read_layer
from gridkit.maps import MapContent, draw_page
from gridkit.maps.page import redraw_page
from gridkit.model.finding import Finding

if TYPE_CHECKING:
    import geopandas as gpd

LAYERS = ("base_grids", "community_grids", "hotspots", "hazards", "members")
"""Layers of ``plan.gpkg`` that the map shows."""


def draw_folder(
    folder: Path | str, *, lang: Literal["en", "zh"] | None = None, out: Path | None = None
) -> Path:
    """Draw ``map.html`` again, from the page of a run, or from its files where that page is gone.

    The page holds all that a run shows, in both languages; the files hold the plan, the reports, the
    hotspots and the members, without background, current plan and surface.

    Parameters
    ----------
    folder
        What `run_job` wrote.
    lang
        Language that the page opens in; by default as before.
    out
        File to write; by default ``map.html`` in the folder.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InputError
        If the folder has no results.
    """
    here = Path(folder)
    if not (here / "plan.gpkg").is_file():
        msg = f"{here} has no plan.gpkg, so there is nothing to draw. Make one: gridkit run CONFIG --out {here}"
        raise InputError(msg)
    target = out or here / "map.html"
    if (here / "map.html").is_file():
        again = redraw_page((here / "map.html").read_text(encoding="utf-8"), lang=lang)
        if again is not None:
            write_bytes(target, again.encode("utf-8"))
            return target
    record = _json(here / "run.json", {})
    layers: dict[str, Any] = {n: _layer(here / "plan.gpkg", n) for n in LAYERS}
    base = layers.pop("base_grids")
    if base is None:
        msg = f"{here / 'plan.gpkg'} has no layer base_grids."
        raise InputError(msg)
    findings = [Finding(**{**f, "ids": tuple(f["ids"])}) for f in _json(here / "findings.json", [])]
    content = MapContent(
        title=str(record.get("town", here.name)),
        base_grids=base,
        findings=tuple(findings),
        is_synthetic=bool(record.get("is_synthetic", False)),
        **layers,
    )
    write_bytes(target, draw_page(content, lang=lang or "en").encode("utf-8"))
    return target


def _json(path: Path, default: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else default


def _layer(path: Path, name: str) -> gpd.GeoDataFrame | None:
    try:
        frame = read_layer(path, layer=name, name=name)
    except InputError:  # this run did not make such a layer
        return None
    return frame if len(frame) else None
