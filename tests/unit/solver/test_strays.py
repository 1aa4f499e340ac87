"""Do small pieces of a community hang on their nearest unit when grids may be in several pieces?"""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridkit.errors import InfeasibleError
from gridkit.model.town import Town
from gridkit.rules import Balance, Contiguity, GridCount, Rules, check
from gridkit.solver import solve

EVEN = Rules(balance=Balance(measure="residents", tolerance=0.1), grids=GridCount(total=8))


def archipelago():
    """Two communities of 6 x 6 blocks of 10 residents, each with an islet of 1 and one of 12 residents.

    Both islets of a community are nearest to the same block: a grid that holds one of them cannot
    give that block away without leaving the other behind.
    """
    boxes, load, of = [], [], []
    for c in range(2):
        x0 = 500_000 + 2000.0 * c
        for i in range(6):
            for j in range(6):
                boxes.append(shapely.box(x0 + 100 * i, 100 * j, x0 + 100 * i + 100, 100 * j + 100))
                load.append(10.0)
        boxes.append(shapely.box(x0 + 10, -250, x0 + 90, -170))
        boxes += [shapely.box(x0 + 10, -y - 100, x0 + 60, -y) for y in range(3000, 4200, 100)]
        load += [1.0] * 13
        of += [f"C{c}"] * 49
    frame = gpd.GeoDataFrame(
        {"id": [f"u{i}" for i in range(len(boxes))], "residents": load, "community": of},
        geometry=boxes,
        crs="EPSG:32650",
    )
    return Town.from_frame(
        frame,
        name="archipelago",
        id_column="id",
        measures={"residents": ("residents", "persons")},
        community_column="community",
    )


def test_islets_are_reasons_and_the_way_out_names_them_all():
    with pytest.raises(InfeasibleError) as refused:
        solve(archipelago(), EVEN)
    texts = [f.text for f in refused.value.findings]
    assert "'C0' in `multi_part` of [rules.contiguity]" in texts[0]
    assert any("To let the base grids of 'C0', 'C1' be in several pieces" in t for t in texts)


def test_an_islet_goes_where_its_nearest_unit_goes():
    town = archipelago()
    rules = replace(EVEN, contiguity=Contiguity(multi_part=("C0", "C1")))
    made = solve(town, rules)
    assert made.is_legal
    assert check(made.plan, rules).is_legal
    number = {u: i for i, u in enumerate(town.units.ids)}
    for corner, islets in (("u0", ("u36", "u37", "u48")), ("u49", ("u85", "u86", "u97"))):
        for islet in islets:
            assert made.plan.base[number[islet]] == made.plan.base[number[corner]]
    assert np.bincount(made.plan.base).min() > 2
