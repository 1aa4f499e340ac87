"""Are published results reproduced to the printed digit?

    python benchmarks/hotspot/reference.py FOLDER

FOLDER holds the inputs: ``ny_leukemia/satscan_ny_{cases,pop,coords}.txt`` (Waller et al. 1994, as used by the
R package smerc), ``satscan_sample/`` (``nm.*``, ``NHumberside.*``, ``NYCfever.*`` of SaTScan 10.3.2),
``getis_ord_1996/getisord.csv`` (R package spData). They have licences of their own and are not part of
gridkit; every figure is computed by the public functions of gridkit.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import numpy as np

from gridkit.hotspots.clusters import ScanSettings
from gridkit.hotspots.local import gi_star
from gridkit.hotspots.neighbors import band_neighbors
from gridkit.hotspots.rings import great_circle
from gridkit.hotspots.scanning import scan
from gridkit.hotspots.scanning_time import SpaceTimeSettings, scan_space_time

RESULTS: list[bool] = []


def report(name, got, want, tolerance):
    good = abs(got - want) <= tolerance
    RESULTS.append(good)
    print(f"{'ok  ' if good else 'FAIL'} {name:62s} {got:14.6f}  published {want:.6f}")


def table(path, n):
    lines = [s.split() for s in path.read_text(encoding="utf-8").splitlines()]
    return [f for f in lines if len(f) == n]


def new_york(folder):
    cases = np.loadtxt(folder / "satscan_ny_cases.txt")[:, 1].astype(int)
    people = np.loadtxt(folder / "satscan_ny_pop.txt")[:, 2]
    lat_lon = np.loadtxt(folder / "satscan_ny_coords.txt")[:, 1:]

    def clusters(**settings):
        distance = great_circle(lat_lon[:, ::-1]) if settings.pop("sphere", False) else None
        s = ScanSettings(n_replicates=0, overdispersed=False, **settings)
        return scan(lat_lon, cases, people, settings=s, distance=distance).clusters

    found = clusters(max_share=0.5, sphere=True)
    for k, want in enumerate((14.780276, 8.287056, 7.199672, 4.651839)):
        report(f"New York leukaemia, great circle, 50 %, cluster {k + 1}", found[k].llr, want, 1e-6)
    report("   cases in cluster 1", found[0].n, 106, 0)
    found = clusters(max_share=0.5)
    for k, want in enumerate((14.083511, 9.019716, 6.114140)):
        report(f"New York leukaemia, degrees, 50 %, cluster {k + 1}", found[k].llr, want, 1e-6)
    found = clusters(max_share=0.1)
    report("New York leukaemia, degrees, 10 %", found[0].llr, 11.577255, 1e-6)
    report("   cases in cluster 1", found[0].n, 85, 0)
    for a, statistic, llr in (
        (0.0, 15.416469, 15.416469),
        (0.5, 14.474236, 14.772705),
        (1.0, 14.181797, 14.772705),
    ):
        top = clusters(max_share=0.1, shape="elliptic", penalty=a)[0]
        report(
            f"New York leukaemia, elliptic 10 %, penalty {a}: statistic",
            top.statistic,
            statistic,
            1e-6,
        )
        report("   its log-likelihood ratio", top.llr, llr, 1e-6)


def new_mexico(folder):
    """Brain cancer 1973-91, adjusted for age and sex; population interpolated by day."""
    geo = table(folder / "nm.geo", 3)
    at = {f[0]: i for i, f in enumerate(geo)}
    lat_lon = np.array([[float(f[1]), float(f[2])] for f in geo])
    n, years = len(geo), 19
    people = table(folder / "nm.pop", 5)
    strata = {s: i for i, s in enumerate(dict.fromkeys((f[3], f[4]) for f in people))}
    census = (1973, 1982, 1991)
    given = np.zeros((len(strata), n, 3))
    for f in people:
        given[strata[f[3], f[4]], at[f[0]], census.index(1900 + int(f[1]))] += float(f[2])
    first = dt.date(1973, 1, 1).toordinal()
    days = np.arange(first, dt.date(1992, 1, 1).toordinal())
    year = np.array([dt.date.fromordinal(int(d)).year - 1973 for d in days])
    known = [dt.date(y, 7, 1).toordinal() for y in census]
    weight = np.array(
        [np.bincount(year, np.interp(days, known, np.eye(3)[k]), years) for k in range(3)]
    )
    time_at_risk = given @ weight
    cases = np.zeros((len(strata), n, years))
    for f in table(folder / "nm.cas", 5):
        cases[strata[f[3], f[4]], at[f[0]], int(f[2]) - 1973] += float(f[1])
    rate = cases.sum(axis=(1, 2)) / time_at_risk.sum(axis=(1, 2))
    expected = (time_at_risk * rate[:, None, None]).sum(axis=0)
    s = SpaceTimeSettings(n_replicates=0, max_share=0.5, max_periods=9)
    top = scan_space_time(
        lat_lon, cases.sum(axis=0), expected, settings=s, distance=great_circle(lat_lon[:, ::-1])
    ).clusters[0]
    report("New Mexico brain cancer, space-time: cases", top.n, 236, 0)
    report("   expected", top.expected, 176.22, 0.006)
    report("   log-likelihood ratio", top.llr, 10.979758, 2e-3)
    report("   first year", top.first + 1973, 1985, 0)
    report("   last year", top.last + 1973, 1989, 0)
    report("   counties", top.units.size, 9, 0)


def north_humberside(folder):
    geo = table(folder / "NHumberside.geo", 3)
    at = {f[0]: i for i, f in enumerate(geo)}
    xy = np.array([[float(f[1]), float(f[2])] for f in geo])
    counts = {name: np.zeros(len(geo), dtype=int) for name in ("cas", "ctl")}
    for name, out in counts.items():
        for f in table(folder / f"NHumberside.{name}", 2):
            out[at[f[0]]] += int(float(f[1]))
    s = ScanSettings(n_replicates=0, max_share=0.5)
    everybody = (counts["cas"] + counts["ctl"]).astype(float)
    top = scan(xy, counts["cas"], everybody, model="bernoulli", settings=s).clusters[0]
    report("North Humberside, Bernoulli, 50 %", top.llr, 4.836516, 1e-6)
    report("   cases", top.n, 4, 0)
    report("   cases and controls", everybody[top.units].sum(), 4, 0)


def new_york_fever(folder):
    geo = table(folder / "NYCfever.geo", 3)
    at = {f[0]: i for i, f in enumerate(geo)}
    lat_lon = np.array([[float(f[1]), float(f[2])] for f in geo])
    cases = np.zeros((len(geo), 24), dtype=int)
    for f in table(folder / "NYCfever.cas", 3):
        y, m, d = map(int, f[2].split("/"))
        cases[at[f[0]], (dt.date(y, m, d) - dt.date(2001, 11, 1)).days] += int(float(f[1]))
    s = SpaceTimeSettings(
        model="permutation",
        n_replicates=0,
        max_share=0.5,
        max_radius_m=3.0,
        max_periods=7,
        alive_only=True,
    )  # the sphere is measured in kilometres, so the radius is 3 km
    top = scan_space_time(
        lat_lon, cases, settings=s, distance=great_circle(lat_lon[:, ::-1])
    ).clusters[0]
    report("New York fever, space-time permutation, prospective", top.llr, 3.845418, 2e-4)
    report("   cases", top.n, 4, 0)
    report("   expected", top.expected, 0.67, 0.005)
    report("   days", top.last - top.first + 1, 3, 0)


def getis_ord(folder):
    data = np.genfromtxt(folder / "getisord.csv", delimiter=",", names=True)
    xy = np.column_stack([data["x"], data["y"]])
    i = len(xy) - 136 - 1
    none = np.zeros(len(xy) + 1, np.int64), np.zeros(0, np.int32)
    for band, want in (
        (30, 1.221979),
        (60, 1.748098),
        (90, 1.986135),
        (120, 1.893374),
        (150, 1.237454),
    ):
        graph = band_neighbors(xy, band, *none)
        z = gi_star(data["val"], *graph, star=False, n_permutations=99).statistic[i]
        report(f"Getis and Ord 1996, Gi, {band} m, cell 120", z, want, 1e-6)
    z = gi_star(data["val"], *band_neighbors(xy, 30, *none), n_permutations=99).statistic[i]
    report("Getis and Ord 1996, Gi*, 30 m, cell 120", z, 1.450780, 1e-6)


def main():
    folder = Path(sys.argv[1])
    new_york(folder / "ny_leukemia")
    new_mexico(folder / "satscan_sample")
    north_humberside(folder / "satscan_sample")
    new_york_fever(folder / "satscan_sample")
    getis_ord(folder / "getis_ord_1996")
    print(f"{sum(RESULTS)} of {len(RESULTS)} reproduced")
    sys.exit(0 if all(RESULTS) else 1)


if __name__ == "__main__":
    main()
