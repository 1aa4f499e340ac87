"""Small frames to draw: a 3 x 3 town of 1 km squares near Houjie, two communities."""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridkit.maps import MapContent
from gridkit.model.finding import Finding

X0, Y0 = 400_000.0, 2_538_000.0


def squares(n: int = 3):
    return [
        shapely.box(X0 + 1000 * c, Y0 + 1000 * r, X0 + 1000 * (c + 1), Y0 + 1000 * (r + 1))
        for r in range(n)
        for c in range(n)
    ]


def base_frame(**columns) -> gpd.GeoDataFrame:
    n = 9
    data = {
        "grid_id": [f"00{i}" for i in range(n)],
        "code": [f"B{i}" for i in range(n)],
        "name": [f"厚街 {i}" for i in range(n)],
        "kind": "area",
        "parent_id": ["C1"] * 3 + ["C2"] * 6,
        "n_units": np.arange(1, n + 1),
        "area_km2": 1.0,
        "residents": [100.0, 200, 300, 400, 500, 600, 700, 800, np.nan],
        "load": np.linspace(0.10, 0.18, n),
        "compactness": np.pi / 4,
        **columns,
    }
    return gpd.GeoDataFrame(data, geometry=squares(), crs="EPSG:4547")


def make_content(**changes) -> MapContent:
    base = base_frame()
    communities = gpd.GeoDataFrame(
        {"grid_id": ["C1", "C2"], "name": ["South 南", "North 北"]},
        geometry=[
            shapely.box(X0, Y0, X0 + 3000, Y0 + 1000),
            shapely.box(X0, Y0 + 1000, X0 + 3000, Y0 + 3000),
        ],
        crs=base.crs,
    )
    spots = gpd.GeoDataFrame(
        {
            "hotspot_id": ["1"],
            "n": [30],
            "expected": [10.0],
            "relative_risk": [3.0],
            "p_value": [0.0004],
            "method": ["clusters"],
            "grids": ["004, 005"],
        },
        geometry=[shapely.Point(X0 + 1500, Y0 + 1500).buffer(300)],
        crs=base.crs,
    )
    rng = np.random.default_rng(1)
    xy = rng.uniform(0, 3000, (40, 2)) + np.array([X0, Y0])
    hazards = gpd.GeoDataFrame(
        {
            "category": ["fire"] * 40,
            "reported_at": pd.date_range("2026-01-01", periods=40, tz="UTC"),
        },
        geometry=shapely.points(xy),
        crs=base.crs,
    )
    members = gpd.GeoDataFrame(
        {"member_id": ["M1"], "base_grid_id": ["004"], "role": ["member"]},
        geometry=[shapely.Point(X0 + 1500, Y0 + 1500)],
        crs=base.crs,
    )
    content = {
        "title": "Testtown",
        "base_grids": base,
        "community_grids": communities,
        "hotspots": spots,
        "hazards": hazards,
        "members": members,
        "findings": (
            Finding(
                rule="limit",
                severity="broken",
                text="Base grid '004' holds 500 residents; at most 450 are allowed.",
                level="base_grid",
                ids=("004",),
            ),
        ),
        "sources": ("made up",),
        "is_synthetic": True,
    }
    return MapContent(**{**content, **changes})


@pytest.fixture
def content() -> MapContent:
    return make_content()


@pytest.fixture
def make():
    """Give the factory, for a content that differs from the usual one."""
    return make_content


@pytest.fixture
def base() -> gpd.GeoDataFrame:
    return base_frame()


def payload(page: str) -> tuple[dict, bytes]:
    """Read a page's data back."""
    text = re.search(r'<script type="text/plain" id="gk-data">([^<]*)</script>', page).group(1)
    raw = zlib.decompress(base64.b64decode(text))
    (size,) = struct.unpack("<I", raw[:4])
    return json.loads(raw[4 : 4 + size]), raw[4 + size :]


def decode(body: bytes, n: int) -> list[list[list[tuple[int, int]]]]:
    """Read shapes back: plain loops over bytes, written apart from the writer."""
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = body[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    x = y = 0
    out = []
    for _ in range(n):
        feature = []
        for _ in range(number()):
            ring = []
            for _ in range(number()):
                dx, dy = number(), number()
                x += -((dx + 1) // 2) if dx % 2 else dx // 2
                y += -((dy + 1) // 2) if dy % 2 else dy // 2
                ring.append((x, y))
            feature.append(ring)
        out.append(feature)
    assert at == len(body)
    return out


@pytest.fixture
def read_payload():
    return payload


@pytest.fixture
def read_shapes():
    return decode
