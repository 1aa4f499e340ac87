"""Measure staffing: python benchmarks/staffing/run.py [GROUP ...] [--instances DIR] [--peers].

Groups: apportion assign assign-large locate locate-large rounds town-rounds hypercube mobile (default: all but the large
ones). One line for each (instance, tool): CPU seconds of one thread (compilation before the clock), and a score that is
recounted from the answer alone, not taken from the solver.

``--instances DIR`` takes instances from a folder with modules ``generate`` and ``solvers`` (adapters of other tools)
instead of `instances.py`; ``--peers`` also runs SciPy, HiGHS, OR-Tools, PyVRP and spopt where they are installed.
Pin it to compare: OMP_NUM_THREADS=1 taskset -c 1 python benchmarks/staffing/run.py assign --peers
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import instances as own

from gridkit.model.rounds import Stops
from gridkit.staffing._prices import Problem, solve_exact, solve_priced
from gridkit.staffing._swaps import swap_for_skills
from gridkit.staffing.apportion import apportion
from gridkit.staffing.covering import mclp
from gridkit.staffing.location import p_median
from gridkit.staffing.mobile import deploy_teams
from gridkit.staffing.response import response
from gridkit.staffing.rounds import RoundSettings, plan_rounds

PEERS: dict = {}


def timed(f, *args, **kwargs):
    start = time.process_time()
    out = f(*args, **kwargs)
    return out, time.process_time() - start


def row(group: str, instance: str, tool: str, seconds: float, **scores) -> None:
    said = "  ".join(
        f"{k}={v:,.4g}" if isinstance(v, float) else f"{k}={v}" for k, v in scores.items()
    )
    print(f"{group:12} {instance:24} {tool:30} {seconds:8.3f} s CPU  {said}", flush=True)


# ------------------------------------------------------------------ head counts
def run_apportion(theirs) -> None:
    for name, (k, c, km2, n) in {
        "101 / 412": (101, 24, 126.0, 412),
        "2,500 / 10,000": (2500, 600, 3000.0, 10_000),
    }.items():
        work = own.grids(k, c, km2)["work_min"]
        if theirs:
            work = np.rint(theirs.workload(theirs.town(k, c, km2))["total"]).astype(np.int64)
        heads, s = timed(apportion, work, total=n)
        worst = float((work / heads.members).max())
        # Exact: the least t for which ceil(work / t) fit into n, among all quotients.
        t = np.unique((work[:, None] / np.arange(2, 60)[None, :]).ravel())
        low, high = 0, t.size - 1
        while low < high:
            mid = (low + high) // 2
            fits = np.maximum(2, np.ceil(work / t[mid] - 1e-12)).sum() <= n
            low, high = (low, mid) if fits else (mid + 1, high)
        row(
            "apportion",
            name,
            "gridkit",
            s,
            worst_load=worst / 8809,
            exact_minimum=float(t[low]) / 8809,
        )


# ------------------------------------------------------------------ assignment
def problem_of(i) -> tuple[Problem, dict]:
    """Write an instance down as arrays of pairs (25 nearest grids and the one of today)."""
    if "cost" in i:
        order = np.lexsort((i["g"], i["m"]))
        member, grid, cost = i["m"][order], i["g"][order], i["cost"][order]
        need, wanted, held = i["need"], i["req"], i["skill"]
    else:
        from scipy.spatial import cKDTree

        m, k = len(i["home"]), len(i["xy"])
        near = cKDTree(i["xy"]).query(i["home"], k=min(25, k))[1]
        may = np.zeros((m, k), bool)
        may[np.arange(m)[:, None], near] = True
        old = np.flatnonzero(i["today"] >= 0)
        may[old, i["today"][old]] = True
        member, grid = np.nonzero(may)
        way = own.DETOUR / 200 * np.hypot(*(i["home"][member] - i["xy"][grid]).T)
        stays = grid == i["today"][member]
        same = (i["today"][member] >= 0) & (
            i["community"][grid] == i["community"][i["today"][member]]
        )
        cost = np.rint(100 * (way - 15.0 * stays - 4.0 * (same & ~stays))).astype(np.int64)
        need = apportion(i["work_min"], total=m).members
        wanted, held = (
            np.column_stack(list(i["requires"].values())),
            np.column_stack(list(i["skills"].values())),
        )
    m = len(held)
    return Problem(
        n_members=m, member=member.astype(np.int32), grid=grid.astype(np.int32), cost=cost.astype(np.int64),
        room=need.astype(np.int64), need=need.astype(np.int64), wanted=wanted.astype(np.int64), held=held,
        pinned=np.full(m, -1, np.int32), pinned_cost=0, head_price=100_000, skill_price=6_000,
        overfull=np.zeros(0, np.int32),
    ), i  # fmt: skip


def score(p: Problem, chosen) -> dict:
    """Count cost, missing heads and missing skills of an answer, afresh."""
    cost = {
        (a, b): c
        for a, b, c in zip(p.member.tolist(), p.grid.tolist(), p.cost.tolist(), strict=True)
    }
    heads, have, total = np.zeros(p.room.size, int), np.zeros(p.wanted.shape, int), 0
    for a, g in enumerate(np.asarray(chosen).tolist()):
        if g >= 0:
            total += cost[a, g]
            heads[g] += 1
            have[g] += p.held[a]
    lack, short = np.maximum(p.room - heads, 0).sum(), np.maximum(p.wanted - have, 0).sum()
    return {
        "total": int(total + 100_000 * lack + 6_000 * short),
        "heads_short": int(lack),
        "skills_short": int(short),
    }


def run_assign(theirs, *, large: bool = False) -> None:
    if theirs:
        i = (
            theirs.assignment(10_000, 2_500, 600, 3_000.0, k_near=25)
            if large
            else theirs.assignment(k_near=25)
        )
    elif large:
        i = own.roster(10_000, n_grids=2_500, n_communities=600, area_km2=3_000.0)
    else:
        i = own.roster()
    p, _ = problem_of(i)
    name = f"{p.n_members} x {p.room.size}"

    def solve():
        answer = swap_for_skills(p, solve_priced(p, n_rounds=60))
        if not large and answer.value > answer.bound:
            answer = solve_exact(p, answer, time_limit_s=30)
        return answer

    got, s = timed(solve)
    bound = got.bound
    found = score(p, got.grid)
    row(
        "assign",
        name,
        "gridkit",
        s,
        **found,
        above_own_bound_min=(found["total"] - bound) / 100 / p.n_members,
    )
    if large and "highs" in PEERS:
        low, s = timed(lp_bound, p)
        row(
            "assign",
            name,
            "HiGHS LP (bound only)",
            s,
            gridkit_above_lp_min=(found["total"] - low) / 100 / p.n_members,
        )
    if theirs and PEERS:
        names = ("assign_greedy", "assign_scipy_sparse") if large else (
            "assign_greedy", "assign_scipy_sparse", "assign_ortools_mcf", "assign_highs", "assign_cpsat")  # fmt: skip
        for tool in names:
            peer(tool, lambda f: f(i), lambda a: score(p, a), "assign", name)


def lp_bound(p: Problem) -> float:
    """Solve the relaxation with HiGHS: no roster costs less."""
    from scipy import sparse
    from scipy.optimize import linprog

    n, k = p.member.size, p.room.size
    g, s = np.nonzero(p.wanted)
    r = g.size
    at = np.full(p.wanted.shape, -1)
    at[g, s] = np.arange(r)
    each = sparse.csr_matrix((np.ones(n), (p.member, np.arange(n))), (p.n_members, n + k + r))
    fill = sparse.csr_matrix(
        (np.ones(n + k), (np.r_[p.grid, np.arange(k)], np.arange(n + k))), (k, n + k + r)
    )
    rows, columns = [np.arange(r)], [n + k + np.arange(r)]
    for t in range(p.wanted.shape[1]):
        hit = np.flatnonzero(p.held[p.member, t] & (at[p.grid, t] >= 0))
        rows.append(at[p.grid[hit], t])
        columns.append(hit)
    row_, column = np.concatenate(rows), np.concatenate(columns)
    skill = sparse.csr_matrix((np.ones(row_.size), (row_, column)), (r, n + k + r))
    cost = np.r_[p.cost, np.full(k, p.head_price), np.full(r, p.skill_price)].astype(float)
    most = np.r_[np.ones(n), p.room, p.wanted[g, s]]
    return float(
        linprog(
            cost, A_ub=sparse.vstack([each, -skill]), b_ub=np.r_[np.ones(p.n_members), -p.wanted[g, s]],
            A_eq=fill, b_eq=p.room, bounds=np.c_[np.zeros(most.size), most], method="highs-ds",
        ).fun
    )  # fmt: skip


def peer(tool: str, call, scored, group: str, name: str) -> None:
    """Run another tool's adapter, if it is there."""
    f = getattr(PEERS.get("solvers"), tool, None)
    if f is None:
        return
    try:
        (answer, _), s = timed(call, f)
    except Exception as why:  # noqa: BLE001  whatever stops another tool is said in its line
        print(f"{group:12} {name:24} {tool:30} did not run ({type(why).__name__}: {why})")
        return
    if answer is not None:
        row(group, name, tool, s, **scored(answer))


# ------------------------------------------------------------------ places
def run_locate(theirs, *, large: bool = False) -> None:
    n, m, p = (20_000, 1_000, 101) if large else (2_000, 200, 20)
    i = theirs.location(n, m, p) if theirs else own.demand(n, m, p)
    away, w, name = i["dist"], i["weight"], f"{n} x {m}, p = {p}"

    def length(sites):
        return {"cost": float((w * away[:, sites].min(axis=1)).sum())}

    def covered(sites):
        return {"covered": float(w[(away[:, sites] <= i["radius"]).any(axis=1)].sum())}

    for label, exact in (("gridkit", False), ("gridkit exact", True)):
        if exact and large:
            continue
        got, s = timed(p_median, away, p=p, weight=w, exact=exact)
        row("p-median", name, label, s, **length(got.chosen), gap=got.gap)
        got, s = timed(mclp, away, p=p, weight=w, radius_m=i["radius"], exact=exact)
        row("mclp", name, label, s, **covered(got.chosen), gap=got.gap)
    if theirs and PEERS and not large:
        peer("pmedian_highs", lambda f: f(i, k=25), length, "p-median", name)
        peer("mclp_highs", lambda f: f(i), covered, "mclp", name)
        peer("mclp_spopt", lambda f: f(i), covered, "mclp", name)


# ------------------------------------------------------------------ rounds
def walk(d: dict, seed: int = 0, searches: int = 100):
    n = len(d["xy"]) - 1
    stops = Stops(
        ids=tuple(str(i) for i in range(1, n + 1)), xy=d["xy"][1:], on_site_min=d["service"][1:]
    )
    return plan_rounds(
        stops, member_ids=[str(k) for k in range(d["n_members"])], post_xy=d["xy"][0],
        settings=RoundSettings(searches_per_stop=searches), seed=seed,
    )  # fmt: skip


def walked(d: dict, routes) -> dict:
    """Recount metres, longest shift and whether all stops are served; routes name rows of ``xy``."""
    metres = longest = 0.0
    for r in routes:
        path = d["xy"][[0, *r, 0]]
        m = own.DETOUR * float(np.hypot(*np.diff(path, axis=0).T).sum())
        metres += m
        longest = max(longest, m / 67 + float(d["service"][list(r)].sum()))
    served = sorted(s for r in routes for s in r) == list(range(1, len(d["xy"])))
    return {"km": metres / 1000, "longest_min": longest, "all_served": served}


def rows_of(plan) -> list[list[int]]:
    return [[s + 1 for s in r] for r in plan.routes]


def run_rounds(theirs) -> None:
    cases = {"60 stops, 2 members": theirs.grid_day(60, 600_000.0, 2) if theirs else own.day()}
    if theirs:
        cases["the same, clustered"] = theirs.grid_day(60, 600_000.0, 2, clustered=True)
    for name, d in cases.items():
        for seed in range(3):
            got, s = timed(walk, d, seed)
            row("rounds", name, f"gridkit seed {seed}", s, **walked(d, rows_of(got)))
        if theirs and PEERS:
            for tool, seconds in (
                ("routes_split", None),
                ("routes_ortools", 2),
                ("routes_pyvrp", 2),
            ):
                peer(
                    tool,
                    lambda f, x=seconds, d=d: f(d, x) if x else f(d),
                    lambda a, d=d: walked(d, a),
                    "rounds",
                    name,
                )


def run_town_rounds(theirs) -> None:
    days = theirs.town_day() if theirs else own.town_day()
    for searches in (30, 60, 100):
        plans, s = timed(lambda n=searches: [walk(d, searches=n) for d in days])
        told = [walked(d, rows_of(p)) for d, p in zip(days, plans, strict=True)]
        row(
            "town rounds", f"{sum(len(d['xy']) - 1 for d in days)} stops, {len(days)} grids", f"gridkit, {searches} a stop", s,
            km=sum(t["km"] for t in told), late=sum(t["longest_min"] > d["shift_min"] + 1e-6 for t, d in zip(told, days, strict=True)),
            all_served=all(t["all_served"] for t in told),
        )  # fmt: skip


# ------------------------------------------------------------------ mobile teams
def run_hypercube(theirs) -> None:  # noqa: ARG001  the same call for every group
    rng = np.random.default_rng(9)
    for n in (4, 8, 10, 12):
        calls = rng.dirichlet(np.ones(101)) * 0.6 * n * 2
        way = np.argsort(np.argsort(rng.random((101, n)), axis=1), axis=1).astype(float)
        got, s = timed(response, way, calls_per_hour=calls, service_min=30.0)
        row(
            "hypercube",
            f"{n} teams",
            f"gridkit {got.method}",
            s,
            lost=got.delayed,
            busy=float(got.busy.mean()),
        )


def run_mobile(theirs) -> None:
    t = theirs.town() if theirs else own.grids()
    rng = np.random.default_rng(12)
    spot = t["xy"][rng.integers(0, 101, 300)] + rng.normal(0, 700, (300, 2))
    away = own.DETOUR * np.hypot(
        spot[:, None, 0] - t["xy"][None, :, 0], spot[:, None, 1] - t["xy"][None, :, 1]
    )
    base = rng.lognormal(0, 1, 300)
    blocks = {f"block {b}": base * rng.lognormal(0, 1, 300) for b in range(21)}
    got, s = timed(deploy_teams, blocks, away, n_teams=4, radius_m=2500, busy=0.5)
    row(
        "mobile",
        "21 blocks, 4 teams",
        "gridkit",
        s,
        by_block=got.coverage,
        all_week=got.fixed_coverage,
        moves=got.n_moves,
    )


GROUPS = {
    "apportion": run_apportion,
    "assign": run_assign,
    "locate": run_locate,
    "rounds": run_rounds,
    "town-rounds": run_town_rounds,
    "hypercube": run_hypercube,
    "mobile": run_mobile,
    "assign-large": lambda theirs: run_assign(theirs, large=True),
    "locate-large": lambda theirs: run_locate(theirs, large=True),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []], default=[])
    parser.add_argument("--instances", type=Path)
    parser.add_argument("--peers", action="store_true")
    asked = parser.parse_args()
    theirs = None
    if asked.instances:
        sys.path.insert(0, str(asked.instances))
        import generate as theirs
    if asked.peers:
        PEERS["highs"] = True
        if asked.instances:
            import solvers

            PEERS["solvers"] = solvers
    # Compile before the clock.
    walk(own.day(8), searches=1)
    solve_priced(problem_of(own.roster(40, n_grids=8, n_communities=4))[0], n_rounds=2)
    small = own.demand(40, 8, 3)
    p_median(small["dist"], p=3)
    mclp(small["dist"], p=3, radius_m=500)
    for group in asked.groups or [g for g in GROUPS if not g.endswith("large")]:
        GROUPS[group](theirs)


if __name__ == "__main__":
    main()
