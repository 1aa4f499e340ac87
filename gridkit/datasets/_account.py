"""What was a made-up town meant to look like, and what came out?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.datasets._lifecycle import HOURS, HOURS_TO_CLOSE, URGENT_HOURS
from gridkit.datasets._people import ELDERLY, EMPTY_SHARE

if TYPE_CHECKING:
    import pandas as pd

    from gridkit._typing import FloatArray, IntArray
    from gridkit.datasets._ground import GroundLayers
    from gridkit.datasets.specs import TownSpec
    from gridkit.geo.raster import Raster


SPARSE_PER_KM2 = 2_000.0


def targets_of(
    spec: TownSpec,
    ground: GroundLayers,
    residents: FloatArray,
    per_block: IntArray,
    objects: pd.DataFrame,
    reports: pd.DataFrame,
    population: dict[str, Raster],
) -> pd.DataFrame:
    """Set target beside realised."""
    import pandas as pd  # noqa: PLC0415  importing gridkit must not load it

    area = shapely.area(ground.blocks) / 1e6
    density = residents / area
    order = np.argsort(density, kind="stable")
    of_people = residents[order].cumsum() / residents.sum()
    at = [float(density[order][np.searchsorted(of_people, q)]) for q in (0.1, 0.5, 0.9)]
    lorenz = np.concatenate([[0.0], of_people])
    ground_share = np.concatenate([[0.0], area[order].cumsum() / area.sum()])
    gini = 1 - float(((lorenz[1:] + lorenz[:-1]) * np.diff(ground_share)).sum())
    busiest = np.sort(per_block[ground.community >= 0])[::-1].cumsum() / max(per_block.sum(), 1)
    top = [float(busiest[max(round(busiest.size * q) - 1, 0)]) for q in (0.01, 0.05, 0.10)]
    built = shapely.union_all(ground.blocks[density > 1_500])
    street_km = float(shapely.length(shapely.intersection(ground.streets, built)).sum()) / 1e3
    done = float(reports["disposed_at"].notna().mean()) if len(reports) else 0.0
    rows: list[tuple[str, float, float, str]] = [
        ("area km2", spec.area_km2, float(shapely.area(ground.area)) / 1e6, "town"),
        ("blocks", spec.n_blocks, len(ground.blocks), "town"),
        ("communities", spec.n_communities, int(ground.community.max()) + 1, "town"),
        ("residents", spec.residents, population["residents"].total, "town"),
        (
            "households",
            spec.residents / 2.6,
            population["households"].total,
            "assumed: 2.6 persons each",
        ),
        ("registered residents", spec.registered, population["registered"].total, "town"),
        ("migrants", spec.residents - spec.registered, population["migrants"].total, "town"),
        ("elderly", _elderly(spec), population["elderly"].total, "assumed"),
        ("members", spec.n_members, spec.n_members, "town"),
        *[
            (f"objects {k}", v, int((objects["class"] == k).sum()), "town")
            for k, v in spec.objects.items()
        ],
        ("reports", spec.n_reports, len(reports), "town"),
        ("share of reports disposed", 0.972, done, "Yang: 13.385 of 13.776 million"),
        (
            "area without residents",
            EMPTY_SHARE,
            float(area[residents == 0].sum() / area.sum()),
            "measured in real towns",
        ),
        ("density Gini over area", 0.83, gini, _about_gini(spec)),
        ("density at 10 % of residents per km2", 7_300, at[0], "measured in real towns"),
        ("density at 50 % of residents per km2", 21_100, at[1], "measured in real towns"),
        ("density at 90 % of residents per km2", 47_800, at[2], "measured in real towns"),
        (
            "street km per km2, built-up part",
            9.7,
            street_km / max(float(shapely.area(built)) / 1e6, 1e-9),
            "measured in real towns",
        ),
        ("reports in the top 1 % of units", 0.14, top[0], "measured in real towns"),
        ("reports in the top 5 % of units", 0.41, top[1], "measured in real towns"),
        ("reports in the top 10 % of units", 0.64, top[2], "measured in real towns"),
    ]
    rows += _times(reports)
    frame = pd.DataFrame(rows, columns=["quantity", "target", "realised", "source"])
    for column in ("target", "realised"):
        frame[column] = [f"{v:,.0f}" if v >= 100 else f"{v:.3g}" for v in frame[column]]
    frame["assumed"] = "; ".join(spec.assumed)
    frame["is_synthetic"] = True
    return frame


def _about_gini(spec: TownSpec) -> str:
    """Say when the densities asked for leave too much thin ground for the Gini asked for."""
    if spec.residents / spec.area_km2 >= SPARSE_PER_KM2:
        return "measured in real towns"
    return "measured in real towns; with so few residents per km2 it cannot hold beside the densities below"


def _elderly(spec: TownSpec) -> float:
    """How many elderly the assumed shares give."""
    return spec.registered * ELDERLY[0] + (spec.residents - spec.registered) * ELDERLY[1]


def _times(reports: pd.DataFrame) -> list[tuple[str, float, float, str]]:
    """Set the hours of the day, and the hours to close, beside those measured."""
    urgent = (reports["urgency"] != "routine").to_numpy()
    hour = reports["reported_at"].dt.hour.to_numpy()
    took = (reports["closed_at"] - reports["reported_at"]).dt.total_seconds().to_numpy() / 3600
    done = took[~urgent & np.isfinite(took)]
    rows = []
    for name, kind, hours, source in (
        ("routine", ~urgent, HOURS, "Washington, service requests 2016"),
        ("urgent", urgent, URGENT_HOURS, "Cambridge, crashes 2010-2016"),
    ):
        for first, last in ((0, 6), (6, 12), (12, 18), (18, 24)):
            got = float(((hour >= first) & (hour < last))[kind].mean()) if kind.any() else 0.0
            asked = sum(hours[first:last]) / sum(hours)
            rows.append((f"{name} reports from {first} to {last} h", asked, got, source))
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):
        got = float(np.quantile(done, share)) if done.size else 0.0
        asked = dict(HOURS_TO_CLOSE)[share]
        rows.append(
            (f"hours to close {share:.0%} of routine reports", asked, got, "Washington, 2016")
        )
    return rows
