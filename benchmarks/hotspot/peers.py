"""The standard tools on the same maps: esda, pygeoda, KDEpy, scikit-learn. Each says what it lacks and is left out."""

from __future__ import annotations

import importlib
import time
import warnings

import numpy as np

from gridkit.hotspots.local import adjusted_p


def there(name):
    """Import a peer, or say that it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"| {name} is not installed | | | | |")
        return None


def gi_star(a, xy, rate, band, ok, line, score):
    """Gi* on plain rates with 999 permutations and Benjamini-Hochberg."""
    import geopandas as gpd

    esda = there("esda")
    points = gpd.GeoSeries(gpd.points_from_xy(xy[:, 0], xy[:, 1]))
    if esda is not None:
        from libpysal.graph import Graph

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            graph = Graph.build_distance_band(points, band)
            for _ in range(2):  # the first compiles
                t0 = time.process_time()
                s = esda.G_Local(
                    rate,
                    graph,
                    transform="B",
                    permutations=999,
                    star=True,
                    keep_simulations=False,
                    n_jobs=1,
                    seed=1,
                )
                dt = time.process_time() - t0
        hot = np.zeros(a.n, dtype=bool)
        hot[ok] = (adjusted_p(np.asarray(s.p_sim)) <= 0.05) & (np.asarray(s.Zs) > 0)
        line(f"   esda {esda.__version__}, 999 permutations", dt, score(a, hot))
    pygeoda = there("pygeoda")
    if pygeoda is not None:
        frame = gpd.GeoDataFrame({"id": np.arange(len(xy))}, geometry=points)
        data = pygeoda.open(frame)
        w = pygeoda.distance_weights(data, band)
        t0 = time.process_time()
        s = pygeoda.local_gstar(w, rate.tolist(), permutations=999, cpu_threads=1, seed=1)
        dt = time.process_time() - t0
        values = np.asarray(s.lisa_values())
        hot = np.zeros(a.n, dtype=bool)
        hot[ok] = (adjusted_p(np.asarray(s.lisa_pvalues())) <= 0.05) & (values > values.mean())
        line("   pygeoda, 999 permutations", dt, score(a, hot))


def kde(xy, line):
    """Density on 1,000 x 1,000 cells, without any correction at the edge."""
    kdepy = there("KDEpy")
    axis = np.linspace(-5, 10_005, 1002)
    if kdepy is not None:
        x, y = np.meshgrid(axis, axis, indexing="ij")
        t0 = time.process_time()
        kdepy.FFTKDE(kernel="gaussian", bw=150).fit(xy).evaluate(np.c_[x.ravel(), y.ravel()])
        line(f"   KDEpy FFT, {len(xy):,} points", time.process_time() - t0)
    if len(xy) <= 10_000:
        from sklearn.neighbors import KernelDensity

        x, y = np.meshgrid(axis[1:-1:4], axis[1:-1:4], indexing="ij")
        t0 = time.process_time()
        KernelDensity(bandwidth=150, rtol=1e-4).fit(xy).score_samples(np.c_[x.ravel(), y.ravel()])
        dt = time.process_time() - t0
        line(f"   scikit-learn, {len(xy):,} points, a sixteenth of the cells", dt)
