"""What is known of the reference towns, and what is assumed, so that made-up ones can look like them?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridkit.errors import InputError, did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class TownSpec:
    """Targets of a made-up town.

    Parameters
    ----------
    name
        One word, for files.
    title
        For titles.
    lon, lat
        Where it lies, WGS 84.
    crs
        Its three-degree zone.
    area_km2 : km²
        Area of the town line.
    n_blocks
        Street blocks; fewer than the units that are built, for large blocks are divided.
    n_communities, n_base_grids, n_members
        Of the division.
    residents, registered
        People, and those of them who are registered here.
    objects
        Number of objects by class.
    n_reports
        Reports in the year.
    n_parks
        Entities with a line of their own: parks, markets, schools.
    n_contacts
        Residents who offered to be contacts for ten households; 0 for none.
    assumed
        Which of these are assumed, because no source was found.
    """

    name: str
    title: str
    lon: float
    lat: float
    crs: str
    area_km2: float
    n_blocks: int
    n_communities: int
    n_base_grids: int
    n_members: int
    residents: int
    registered: int
    objects: dict[str, int]
    n_reports: int
    n_parks: int = 12
    n_contacts: int = 0
    assumed: tuple[str, ...] = ()


HOUJIE = TownSpec(
    name="houjie",
    title="Houjie-like town (synthetic)",
    lon=113.67,
    lat=22.94,
    crs="EPSG:4547",
    area_km2=126.0,
    n_blocks=2_900,
    n_communities=24,
    n_base_grids=101,
    n_members=412,
    residents=400_000,
    registered=100_000,
    objects={
        "rental_house": 22_400,
        "small_place": 30_600,
        "enterprise": 9_000,
        "public_place": 4_000,
        "housing_estate": 600,
        "other": 14_000,
    },
    n_reports=79_000,
    assumed=(
        "n_reports (783 reports per grid and year, as in Dongguan)",
        "elderly, and where migrants live",
        "objects but for rental_house, small_place and the sum",
    ),
)
"""Deng 2019: 126 km², 24 communities, 101 base grids, 412 members, 400,000 residents, over 22,000 rental houses, over 30,000 small places, over 80,000 objects."""

WUZHEN = TownSpec(
    name="wuzhen",
    title="Wuzhen-like town (synthetic)",
    lon=120.49,
    lat=30.74,
    crs="EPSG:4549",
    area_km2=70.0,
    n_blocks=1_500,
    n_communities=30,
    n_base_grids=103,
    n_members=206,
    residents=60_000,
    registered=46_000,
    objects={
        "rental_house": 1_800,
        "small_place": 3_600,
        "enterprise": 900,
        "public_place": 700,
        "housing_estate": 60,
        "other": 1_500,
    },
    n_reports=20_500,
    n_contacts=3_100,
    assumed=(
        "area_km2",
        "n_blocks",
        "n_communities",
        "n_members",
        "residents",
        "registered",
        "elderly, and where migrants live",
        "objects",
        "n_reports (122,984 cases over about six years)",
    ),
)
"""Li 2018: 103 grids, over 3,000 contacts, 122,984 cases, 4 mobile teams of 19 people; the rest is assumed."""

CITY_TOWNS = 33


def dongguan_town(number: int) -> TownSpec:
    """Give the targets of one of the 33 towns of a Dongguan-like city.

    Together: 596 communities, 2,934 base grids, 10,392 members, 10 million residents, 13.8 million
    reports (Yang 2023 and the city's own figures); how they spread over towns is assumed.

    Parameters
    ----------
    number
        1 to 33.

    Examples
    --------
    >>> towns = [dongguan_town(i) for i in range(1, 34)]
    >>> sum(t.n_communities for t in towns), sum(t.n_base_grids for t in towns)
    (596, 2934)
    >>> sum(t.residents for t in towns), sum(t.n_reports for t in towns)
    (10000000, 13800000)
    """
    if not 1 <= number <= CITY_TOWNS:
        msg = f"the city has towns 1 to {CITY_TOWNS}; got {number}."
        raise InputError(msg)
    weight = 0.55 + np.random.default_rng(441900).permutation(CITY_TOWNS) / CITY_TOWNS
    share = weight / weight.sum()

    def part(total: int) -> int:
        edges = np.rint(np.concatenate([[0.0], share.cumsum()]) * total)
        return int(edges[number] - edges[number - 1])

    people = part(10_000_000)
    row, column = divmod(number - 1, 6)
    return TownSpec(
        name=f"town{number:02d}",
        title=f"Town {number} of a Dongguan-like city (synthetic)",
        lon=113.60 + 0.12 * column,
        lat=22.75 + 0.08 * row,
        crs="EPSG:4547",
        area_km2=part(2_465_000) / 1000,
        n_blocks=part(60_000),
        n_communities=part(596),
        n_base_grids=part(2_934),
        n_members=part(10_392),
        residents=people,
        registered=round(people / 4.9),
        objects={
            "rental_house": part(386_000),
            "small_place": part(560_000),
            "enterprise": part(210_000),
            "public_place": part(55_000),
            "housing_estate": part(5_000),
            "other": part(25_000),
        },
        n_reports=part(13_800_000),
        assumed=(
            "the spread over towns",
            "n_blocks",
            "objects by class",
            "elderly, and where migrants live",
        ),
    )


def town_specs(name: str) -> tuple[TownSpec, ...]:
    """Look up a made-up town, or all towns of a made-up city.

    Parameters
    ----------
    name
        ``"houjie"``, ``"wuzhen"`` or ``"dongguan"``.

    Returns
    -------
    tuple of TownSpec
        One town, or the 33 of Dongguan.

    Raises
    ------
    InputError
        If the name is not known.

    Examples
    --------
    >>> [s.name for s in town_specs("houjie")]
    ['houjie']
    """
    known = {"houjie": (HOUJIE,), "wuzhen": (WUZHEN,)}
    if name in known:
        return known[name]
    if name == "dongguan":
        return tuple(dongguan_town(i) for i in range(1, CITY_TOWNS + 1))
    names = [*known, "dongguan"]
    msg = f"there is no made-up town '{name}'{did_you_mean(name, names) or '.'} There are: {', '.join(names)}."
    raise InputError(msg)
