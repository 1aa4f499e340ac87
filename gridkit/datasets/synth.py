"""Which files would a Houjie, a Wuzhen or a Dongguan hand over? Made up, and saying so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.datasets._account import targets_of
from gridkit.datasets._ground import CLASSES, GroundLayers, community_polygons, lay_ground
from gridkit.datasets._lifecycle import life_cycle
from gridkit.datasets._people import along_edges, people_by_block, population_cells
from gridkit.geo.crs import to_wgs84
from gridkit.geo.datum import to_gcj02

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from gridkit._typing import FloatArray, IntArray
    from gridkit.datasets.specs import TownSpec
    from gridkit.geo.raster import Raster

REPORT_BANDS = ((0.01, 0.14), (0.05, 0.41), (0.10, 0.64), (0.55, 0.97), (1.0, 1.0))
"""Share of units, and the share of reports that the busiest of them hold together."""


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
        Residents, households, registered residents, migrants and elderly in cells of 100 m.
    objects
        ``object_id, class, name, risk, lon, lat`` (WGS 84) and ``is_synthetic``.
    members
        ``member_id, lon, lat, skills, community_id, is_synthetic``.
    reports
        Reports with life-cycle times; ``lon, lat`` are in GCJ-02, as an app would give them.
    contacts
        Residents who offered to be contacts; may be empty.
    targets
        ``quantity, target, realised, source``.
    """

    spec: TownSpec
    layers: dict[str, gpd.GeoDataFrame]
    population: dict[str, Raster]
    objects: pd.DataFrame
    members: pd.DataFrame
    reports: pd.DataFrame
    contacts: pd.DataFrame
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
    residents = people_by_block(spec, ground, rng)
    objects = _objects(spec, ground, residents, rng)
    pull = residents / max(residents.sum(), 1) + objects.pop("_weight").to_numpy()[: len(residents)]
    per_block = _report_counts(spec.n_reports, pull, ground, rng)
    reports = _reports(spec, ground, per_block, rng)
    layers = _layers(spec, ground)
    members = _members(spec, ground, residents, rng)
    population = population_cells(spec, ground, residents, rng)
    contacts = _contacts(spec, ground, residents, rng)
    targets = targets_of(spec, ground, residents, per_block, objects, reports, population)
    return SyntheticTown(
        spec=spec,
        layers=layers,
        population=population,
        objects=objects,
        members=members,
        reports=reports,
        contacts=contacts,
        targets=targets,
    )


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
    lonlat = to_wgs84(along_edges(ground.blocks, where, rng), spec.crs)
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
    lonlat = to_gcj02(to_wgs84(along_edges(ground.blocks, where, rng), spec.crs))
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
    lonlat = to_wgs84(along_edges(ground.blocks, where, rng), spec.crs)
    has = rng.uniform(size=(spec.n_members, 3)) < (0.45, 0.40, 0.25)
    skills = [
        ";".join(s for s, h in zip(("fire", "lead", "second_language"), row, strict=True) if h)
        for row in has
    ]
    years = rng.spawn(1)[0].gamma(2.0, 3.0, spec.n_members)  # assumed: six in the mean
    return pd.DataFrame(
        {
            "member_id": [f"M{i:04d}" for i in range(1, spec.n_members + 1)],
            "lon": lonlat[:, 0].round(6),
            "lat": lonlat[:, 1].round(6),
            "skills": skills,
            "seniority_years": np.floor(years).astype(np.int64),
            "community_id": [f"C{c + 1:03d}" for c in ground.community[where]],
            "is_synthetic": True,
        }
    )


def _contacts(
    spec: TownSpec, ground: GroundLayers, residents: FloatArray, rng: np.random.Generator
) -> pd.DataFrame:
    """Make residents who offered to look after ten households or a stairwell."""
    import pandas as pd  # noqa: PLC0415  importing gridkit must not load it

    n = spec.n_contacts
    where = np.sort(rng.choice(residents.size, n, p=residents / residents.sum()))
    lonlat = to_wgs84(along_edges(ground.blocks, where, rng), spec.crs)
    return pd.DataFrame(
        {
            "member_id": [f"V{i:05d}" for i in range(1, n + 1)],
            "lon": lonlat[:, 0].round(6),
            "lat": lonlat[:, 1].round(6),
            "is_synthetic": True,
        }
    )


def _layers(spec: TownSpec, ground: GroundLayers) -> dict[str, gpd.GeoDataFrame]:
    import geopandas as gpd  # noqa: PLC0415  importing gridkit must not load it

    def frame(columns: dict[str, object], shapes: object) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame({**columns, "is_synthetic": True}, geometry=shapes, crs=spec.crs)

    n = int(ground.community.max()) + 1
    step = [1 + i // len(_ROAD) for i in range(n)]  # two different characters, no pair twice
    names = [
        f"{_ROAD[i % len(_ROAD)]}{_ROAD[(i + k) % len(_ROAD)]}社区" for i, k in enumerate(step)
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


_ROAD = "东安南和西平北福新康兴华富光明建设文化胜利"
