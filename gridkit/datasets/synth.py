"""Which files would a Houjie, a Wuzhen or a Dongguan hand over? Made up, and saying so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely

from gridkit.datasets._ground import CLASSES, GroundLayers, community_polygons, lay_ground
from gridkit.datasets._lifecycle import life_cycle
from gridkit.geo.crs import to_wgs84
from gridkit.geo.datum import to_gcj02
from gridkit.geo.points import inner_points
from gridkit.geo.raster import Raster

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from gridkit._typing import FloatArray, GeometryArray, IntArray
    from gridkit.datasets.specs import TownSpec

EMPTY_SHARE = 0.31
"""Share of the area without residents."""
THIN_SHARE = 0.05
"""Share of residents who live thinly spread, on all the ground that the others leave."""
BY_RESIDENT = (
    (THIN_SHARE, 2_000.0),
    (0.1, 7_300.0),
    (0.5, 21_100.0),
    (0.9, 47_800.0),
    (1.0, 110_000.0),
)
"""Density per km² at which the given share of residents lives, or less densely."""
REPORT_BANDS = ((0.01, 0.14), (0.05, 0.41), (0.10, 0.64), (0.55, 0.97), (1.0, 1.0))
"""Share of units, and the share of reports that the busiest of them hold together."""
CELL_M = 100.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SyntheticTown:
    """Layers of a made-up town, as its offices would keep them.

    Parameters
    ----------
    spec
        What it was made to look like.
    layers
        ``town_line, streets, rail, water, whole, communities``: frames in the town's zone.
    population
        Residents in cells of 100 m.
    objects
        ``object_id, class, name, risk, lon, lat`` (WGS 84) and ``is_synthetic``.
    members
        ``member_id, lon, lat, skills, community_id, is_synthetic``.
    reports
        Reports with life-cycle times; ``lon, lat`` are in GCJ-02, as an app would give them.
    targets
        ``quantity, target, realised, source``.
    """

    spec: TownSpec
    layers: dict[str, gpd.GeoDataFrame]
    population: Raster
    objects: pd.DataFrame
    members: pd.DataFrame
    reports: pd.DataFrame
    targets: pd.DataFrame

    def describe(self) -> str:
        """Give target beside realised, a line each."""
        rows = [
            f"{q:<44} {t:>14} {r:>14}"
            for q, t, r in self.targets[["quantity", "target", "realised"]].itertuples(index=False)
        ]
        head = f"{self.spec.title}\n{'quantity':<44} {'target':>14} {'realised':>14}"
        return "\n".join([head, *rows])


def make_synthetic(spec: TownSpec, seed: int = 0) -> SyntheticTown:
    """Make the layers of a town that looks like `spec`.

    Same spec and seed, same bytes.

    Parameters
    ----------
    spec
        For example ``town_specs("houjie")[0]``.
    seed
        Chooses the town.

    Returns
    -------
    SyntheticTown
    """
    rng = np.random.default_rng([seed, sum(spec.name.encode())])
    ground = lay_ground(spec, rng)
    residents = _residents(spec, ground, rng)
    objects = _objects(spec, ground, residents, rng)
    pull = residents / max(residents.sum(), 1) + objects.pop("_weight").to_numpy()[: len(residents)]
    per_block = _report_counts(spec.n_reports, pull, ground, rng)
    reports = _reports(spec, ground, per_block, rng)
    layers = _layers(spec, ground)
    members = _members(spec, ground, residents, rng)
    population = _population(spec, ground, residents, rng)
    targets = _targets(spec, ground, residents, per_block, objects, reports, population)
    return SyntheticTown(
        spec=spec,
        layers=layers,
        population=population,
        objects=objects,
        members=members,
        reports=reports,
        targets=targets,
    )


# ---------------------------------------------------------------------- people
def _residents(spec: TownSpec, ground: GroundLayers, rng: np.random.Generator) -> FloatArray:
    """Give blocks residents so that density is spread as measured in real towns."""
    area = shapely.area(ground.blocks) / 1e6
    dry = ground.community >= 0
    field_ = np.log(ground.nearness) + 0.45 * rng.normal(size=area.size)
    field_[~dry] = -np.inf
    field_[ground.parks] = -np.inf
    order = np.argsort(-field_, kind="stable")
    middle = area[order].cumsum() - area[order] / 2
    room = (1 - EMPTY_SHARE) * area.sum()
    share, density = _density_curve(spec.residents, room)
    used = np.concatenate([[0.0], (np.diff(share) / _log_mean(density)).cumsum()]) * spec.residents
    out = np.zeros(area.size)
    here = np.exp(np.interp(middle, used, np.log(density), right=-np.inf))
    out[order] = here * area[order]
    out[~np.isfinite(field_)] = 0.0
    return rng.multinomial(spec.residents, out / out.sum()).astype(np.float64)


def _density_curve(residents: int, room_km2: float) -> tuple[FloatArray, FloatArray]:
    """Give density by share of residents, densest first; the thinly peopled share fills the room that is left."""
    at, known = np.array(BY_RESIDENT).T
    share = np.linspace(at[0], 1, 400)
    density = np.exp(np.interp(share, at, np.log(known)))
    used = float((np.diff(share) / _log_mean(density)).sum()) * residents
    thin = residents * THIN_SHARE / max(room_km2 - used, 0.02 * room_km2)
    share = np.concatenate([[0.0, THIN_SHARE], share])
    density = np.concatenate([[thin, thin], density])
    return 1 - share[::-1], density[::-1]


def _log_mean(density: FloatArray) -> FloatArray:
    """Mean density between neighbours of a curve (geometric)."""
    return np.asarray(np.sqrt(density[:-1] * density[1:]))


# ---------------------------------------------------------------------- objects
def _objects(
    spec: TownSpec, ground: GroundLayers, residents: FloatArray, rng: np.random.Generator
) -> pd.DataFrame:
    """Put objects along the edges of blocks; ``_weight`` comes back with their share by block."""
    import pandas as pd  # noqa: PLC0415  importing gridkit must not load it

    dry = ground.community >= 0
    area = shapely.area(ground.blocks) * dry
    people = residents / residents.sum()
    # One community is the industrial park: the one with the fewest people.
    crowd = np.bincount(ground.community[dry], residents[dry]) / np.bincount(
        ground.community[dry], area[dry]
    )
    works = area * (1 + 4 * (ground.community == int(np.argmin(crowd)))) * ground.nearness**0.5
    works = works * (0.1 + (residents < np.median(residents)))
    works /= works.sum()
    mix = {"rental_house": 0.95, "small_place": 0.75, "enterprise": 0.1, "housing_estate": 0.9}
    kinds, block = [], []
    for name, count in spec.objects.items():
        with_people = mix.get(name, 0.6)
        pull = (with_people * people + (1 - with_people) * works) * rng.gamma(
            3.0, 1 / 3.0, people.size
        )
        pull = np.minimum(pull, 12 * pull.mean())  # no single block may outweigh a base grid
        block.append(np.repeat(np.arange(people.size), rng.multinomial(count, pull / pull.sum())))
        kinds += [name] * count
    where = np.concatenate(block)
    lonlat = to_wgs84(_along_edges(ground.blocks, where, rng), spec.crs)
    risk = rng.choice(["red", "yellow", "green"], where.size, p=[0.06, 0.24, 0.70])
    frame = pd.DataFrame(
        {
            "object_id": [f"{i:012d}" for i in range(1, where.size + 1)],
            "class": kinds,
            "name": [f"{_TRADE[k]}{i}号" for i, k in enumerate(kinds, start=1)],
            "risk": risk,
            "lon": lonlat[:, 0].round(7),
            "lat": lonlat[:, 1].round(7),
            "is_synthetic": True,
        }
    )
    weight = np.zeros(where.size)
    weight[: people.size] = np.bincount(where, minlength=people.size)[: where.size] / where.size
    frame["_weight"] = weight
    return frame


_TRADE = {
    "rental_house": "出租屋",
    "small_place": "三小场所",
    "enterprise": "企业",
    "public_place": "公共场所",
    "housing_estate": "小区",
    "other": "其他",
}


def _along_edges(blocks: GeometryArray, where: IntArray, rng: np.random.Generator) -> FloatArray:
    """Choose places 5 to 20 m behind the edge of a block, towards its inner point."""
    rings = shapely.get_exterior_ring(blocks)
    several = shapely.is_missing(rings)
    if several.any():
        largest = [max(shapely.get_parts(b), key=lambda p: p.area) for b in blocks[several]]
        rings[several] = shapely.get_exterior_ring(np.array(largest, dtype=object))
    at = shapely.line_interpolate_point(rings[where], rng.uniform(size=where.size), normalized=True)
    xy, middle = shapely.get_coordinates(at), inner_points(blocks)[where]
    far = np.maximum(np.hypot(*(middle - xy).T), 1e-6)
    step = np.minimum(rng.uniform(5, 20, where.size) / far, 0.9)
    return np.asarray(xy + (middle - xy) * step[:, None])


# ---------------------------------------------------------------------- reports
def _report_counts(
    n: int, pull: FloatArray, ground: GroundLayers, rng: np.random.Generator
) -> IntArray:
    """Spread reports over blocks so that the busiest hold the measured share."""
    dry = np.flatnonzero(ground.community >= 0)
    order = dry[np.argsort(-pull[dry] * rng.gamma(1.2, 1, dry.size), kind="stable")]
    at = np.arange(dry.size + 1) / dry.size
    units, held = np.array(((0.0, 0.0), *REPORT_BANDS)).T
    share = np.zeros(pull.size)
    share[order] = np.maximum(np.diff(np.interp(at, units, held)), 0)
    return rng.multinomial(n, share / share.sum())


def _reports(
    spec: TownSpec, ground: GroundLayers, per_block: IntArray, rng: np.random.Generator
) -> pd.DataFrame:
    """Make reports with the times of their life."""
    where = np.repeat(np.arange(per_block.size), per_block)
    rng.shuffle(where)
    lonlat = to_gcj02(to_wgs84(_along_edges(ground.blocks, where, rng), spec.crs))
    frame = life_cycle(where.size, rng)
    frame.insert(1, "lon", lonlat[:, 0].round(7))
    frame.insert(2, "lat", lonlat[:, 1].round(7))
    frame["is_synthetic"] = True
    return frame


# ---------------------------------------------------------------------- members, layers, cells
def _members(
    spec: TownSpec, ground: GroundLayers, residents: FloatArray, rng: np.random.Generator
) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415  importing gridkit must not load it

    where = np.sort(rng.choice(residents.size, spec.n_members, p=residents / residents.sum()))
    lonlat = to_wgs84(_along_edges(ground.blocks, where, rng), spec.crs)
    has = rng.uniform(size=(spec.n_members, 3)) < (0.45, 0.40, 0.25)
    skills = [
        ";".join(s for s, h in zip(("fire", "lead", "second_language"), row, strict=True) if h)
        for row in has
    ]
    return pd.DataFrame(
        {
            "member_id": [f"M{i:04d}" for i in range(1, spec.n_members + 1)],
            "lon": lonlat[:, 0].round(6),
            "lat": lonlat[:, 1].round(6),
            "skills": skills,
            "community_id": [f"C{c + 1:03d}" for c in ground.community[where]],
            "is_synthetic": True,
        }
    )


def _layers(spec: TownSpec, ground: GroundLayers) -> dict[str, gpd.GeoDataFrame]:
    import geopandas as gpd  # noqa: PLC0415  importing gridkit must not load it

    def frame(columns: dict[str, object], shapes: object) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame({**columns, "is_synthetic": True}, geometry=shapes, crs=spec.crs)

    n = int(ground.community.max()) + 1
    names = [
        f"{_ROAD[(i * 7) % len(_ROAD)]}{_ROAD[(i * 3 + 1) % len(_ROAD)]}社区" for i in range(n)
    ]
    kinds = np.array(["park", "market", "school"])[np.arange(ground.parks.size) % 3]
    return {
        "town_line": frame({"name": [spec.title]}, [ground.area]),
        "streets": frame(
            {
                "class": [CLASSES[k] for k in ground.street_class],
                "name": [
                    f"{_ROAD[s % len(_ROAD)]}{_ROAD[(s // len(_ROAD)) % len(_ROAD)]}路{s}"
                    for s in ground.street_number
                ],
            },
            ground.streets,
        ),
        "rail": frame({"kind": ["rail"]}, [ground.rail]),
        "water": frame({"kind": ["river"]}, [ground.river]),
        "whole": frame(
            {"entity_id": [f"E{i:02d}" for i in range(1, kinds.size + 1)], "kind": kinds},
            ground.blocks[ground.parks],
        ),
        "communities": frame(
            {"community_id": [f"C{i:03d}" for i in range(1, n + 1)], "name": names},
            community_polygons(ground),
        ),
    }


_ROAD = "东南西北新兴福康安和平华富光明建设文化胜利"


def _population(
    spec: TownSpec, ground: GroundLayers, residents: FloatArray, rng: np.random.Generator
) -> Raster:
    """Put residents in cells, household by household."""
    size = np.where(residents > 0, np.ceil(residents / 2.6), 0).astype(np.int64)
    where = np.repeat(np.arange(residents.size), size)
    people = (residents / np.maximum(size, 1))[where]
    middle = inner_points(ground.blocks)[where]
    edge = _along_edges(ground.blocks, where, rng)
    xy = middle + (edge - middle) * np.sqrt(rng.uniform(size=where.size))[:, None]
    west, south, east, north = shapely.bounds(ground.area)
    west, north = np.floor(west / CELL_M) * CELL_M, np.ceil(north / CELL_M) * CELL_M
    n_columns, n_rows = int(np.ceil((east - west) / CELL_M)), int(np.ceil((north - south) / CELL_M))
    column = np.clip(((xy[:, 0] - west) // CELL_M).astype(int), 0, n_columns - 1)
    row = np.clip(((north - xy[:, 1]) // CELL_M).astype(int), 0, n_rows - 1)
    cells = np.bincount(row * n_columns + column, people, n_rows * n_columns).astype(np.float64)
    return Raster(
        values=cells.reshape(n_rows, n_columns),
        west=float(west),
        north=float(north),
        cell_x=CELL_M,
        cell_y=CELL_M,
        crs=pyproj.CRS.from_user_input(spec.crs),
    )


# ---------------------------------------------------------------------- account
def _targets(
    spec: TownSpec,
    ground: GroundLayers,
    residents: FloatArray,
    per_block: IntArray,
    objects: pd.DataFrame,
    reports: pd.DataFrame,
    population: Raster,
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
        ("residents", spec.residents, population.total, "town"),
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
        ("density Gini over area", 0.83, gini, "measured in real towns"),
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
    frame = pd.DataFrame(rows, columns=["quantity", "target", "realised", "source"])
    for column in ("target", "realised"):
        frame[column] = [f"{v:,.0f}" if v >= 100 else f"{v:.3g}" for v in frame[column]]
    frame["assumed"] = "; ".join(spec.assumed)
    frame["is_synthetic"] = True
    return frame
