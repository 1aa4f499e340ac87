"""Which made-up instances is staffing measured on? Seeded; metres, minutes, persons; nothing is real.

The totals of the town are those published for Houjie: 24 communities, 101 base grids, 412 members, 80,000 objects, 126 km2.
"""

from __future__ import annotations

import numpy as np

DETOUR = 1.3


def grids(
    n_grids: int = 101, n_communities: int = 24, area_km2: float = 126.0, seed: int = 0
) -> dict:
    """Points, communities and monthly work of base grids: clouds round community centres, log-normal loads."""
    rng = np.random.default_rng(seed)
    side = 1000 * area_km2**0.5
    centre = rng.uniform(0, side, (n_communities, 2))
    community = np.arange(n_grids) % n_communities
    xy = centre[community] + rng.normal(0, side / n_communities**0.5 / 3, (n_grids, 2))
    work = 2400 + rng.lognormal(0, 0.6, n_grids) * 261 / 101 * 8809
    return {
        "xy": xy,
        "community": community,
        "work_min": np.rint(work).astype(np.int64),
        "side": side,
    }


def roster(n_members: int = 412, seed: int = 1, **town) -> dict:
    """Members near the grid of today (70 %), 10 % new, four skills; grids that ask for some of them."""
    rng = np.random.default_rng(seed)
    t = grids(seed=seed + 1000, **town)
    k = len(t["xy"])
    today = np.where(rng.random(n_members) < 0.9, rng.integers(0, k, n_members), -1)
    lives = np.where(
        (rng.random(n_members) < 0.7) & (today >= 0), today, rng.integers(0, k, n_members)
    )
    shares = {
        "female": (0.45, 0.8),
        "fire": (0.45, 0.6),
        "lead": (0.4, 1.0),
        "second_language": (0.25, 0.25),
    }
    return {
        **t,
        "home": t["xy"][lives] + rng.normal(0, 900, (n_members, 2)),
        "today": today,
        "skills": {s: rng.random(n_members) < held for s, (held, _) in shares.items()},
        "requires": {s: (rng.random(k) < asked).astype(int) for s, (_, asked) in shares.items()},
    }


def demand(n: int = 2000, m: int = 200, p: int = 20, seed: int = 2) -> dict:
    """Demand in forty clusters, sites drawn from it, a radius that covers most."""
    rng = np.random.default_rng(seed)
    side = 11_225.0
    centre = rng.uniform(0, side, (40, 2))
    xy = np.clip(centre[rng.integers(0, 40, n)] + rng.normal(0, side / 25, (n, 2)), 0, side)
    site = xy[rng.choice(n, m, replace=False)]
    away = DETOUR * np.hypot(xy[:, None, 0] - site[None, :, 0], xy[:, None, 1] - site[None, :, 1])
    weight = np.rint(rng.lognormal(1, 0.8, n)).clip(1)
    return {"dist": away, "weight": weight, "p": p, "radius": 0.585 * side / p**0.5}


def day(n: int = 60, area_m2: float = 600_000.0, n_members: int = 2, seed: int = 3) -> dict:
    """One grid, one day: a post in the middle (row 0) and stops of 5 to 12 minutes."""
    rng = np.random.default_rng(seed)
    side = area_m2**0.5
    xy = np.vstack([[side / 2, side / 2], rng.uniform(0, side, (n, 2))])
    service = np.concatenate([[0.0], rng.integers(5, 13, n).astype(float)])
    return {"xy": xy, "service": service, "n_members": n_members, "shift_min": 420.0}


def town_day(n: int = 4000, n_grids: int = 101, seed: int = 4) -> list[dict]:
    """Every grid of a town for a day."""
    rng = np.random.default_rng(seed)
    share = rng.lognormal(0, 0.6, n_grids)
    count = np.maximum(rng.multinomial(n, share / share.sum()), 1)
    area = rng.lognormal(0, 0.7, n_grids)
    area *= 0.55 * 126e6 / area.sum()
    return [
        day(int(c), float(a), max(1, int(np.ceil(c * 11 / 380))), seed=seed * 1000 + i)
        for i, (c, a) in enumerate(zip(count, area, strict=True))
    ]
