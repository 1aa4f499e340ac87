"""How do the peers cut a town? Run by the interpreter of each peer; knows nothing of gridkit.

    PYTHON peers.py "METHOD" TOWN.npz LABELS.npz

The clock runs around the solve only; reading and converting come before.
"""

from __future__ import annotations

import random  # noqa: TID251  GerryChain draws from it
import sys
import time
from pathlib import Path

import numpy as np

SEED = 1
OPTIMISE_S = 60
"""Seconds given to the optimiser of GerryChain."""


class Given:
    """A town as plain arrays: ``start neighbor border load xy wkb k``."""

    def __init__(self, path):
        for name, values in np.load(path).items():
            setattr(self, name, values)
        self.n, self.k = len(self.load), int(self.k)
        self.ideal = self.load.sum() / self.k

    def frame(self):
        import geopandas as gpd

        shapes = gpd.GeoSeries.from_wkb([bytes(x) for x in np.split(self.wkb, self.ends[:-1])])
        data = {"x": self.xy[:, 0], "y": self.xy[:, 1], "load": self.load}
        return gpd.GeoDataFrame(data, geometry=shapes, crs="EPSG:32650")

    def weights(self):
        from libpysal.weights import W

        rows = np.split(self.neighbor, self.start[1:-1])
        return W({i: r.tolist() for i, r in enumerate(rows)}, silence_warnings=True)

    def graph(self):
        import networkx as nx

        g = nx.Graph()
        g.add_nodes_from((i, {"load": float(w)}) for i, w in enumerate(self.load))
        source = np.repeat(np.arange(self.n), np.diff(self.start))
        g.add_edges_from(zip(source.tolist(), self.neighbor.tolist(), strict=True))
        return g


def peak_mb():
    """Peak memory of this process in 10⁶ bytes (Linux; what `getrusage` tells is inherited from the parent)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(x.split()[1]) * 1024 / 1e6 for x in lines if x.startswith("VmHWM"))


def metis(given, tolerance):
    import pymetis

    options = pymetis.Options(seed=SEED, contig=1, ufactor=round(float(tolerance[:-1]) * 10))
    return lambda: pymetis.part_graph(
        given.k,
        xadj=given.start.astype(np.int32),
        adjncy=given.neighbor.astype(np.int32),
        vweights=given.load.astype(np.int32),
        eweights=np.maximum(1, given.border).astype(np.int32),
        recursive=False,
        options=options,
    )[1]


def gerrychain(given, how):
    from gerrychain import Graph
    from gerrychain.tree import recursive_tree_part

    graph = Graph.from_networkx(given.graph())

    def tree():
        random.seed(SEED)
        np.random.seed(SEED)  # noqa: NPY002  GerryChain draws from it
        found = recursive_tree_part(graph, range(given.k), given.ideal, "load", 0.05)
        return [found[i] for i in range(given.n)]

    def optimise():
        from functools import partial

        from gerrychain import Partition, constraints, proposals, updaters
        from gerrychain.optimization import SingleMetricOptimizer

        began = time.perf_counter()
        first = Partition(
            graph,
            dict(enumerate(tree())),
            {"load": updaters.Tally("load"), "cut_edges": updaters.cut_edges},
        )
        propose = partial(
            proposals.recom, pop_col="load", pop_target=given.ideal, epsilon=0.05, node_repeats=1
        )
        even = constraints.within_percent_of_ideal_population(first, 0.05, pop_key="load")
        search = SingleMetricOptimizer(
            propose, [even], first, lambda p: len(p["cut_edges"]), maximize=False
        )
        for _ in search.short_bursts(10, 10**6, with_progress_bar=False):
            if time.perf_counter() - began > OPTIMISE_S:
                break
        return [search.best_part.assignment[i] for i in range(given.n)]

    return optimise if how == "optimiser" else tree


def pygeoda(given, how):
    import pygeoda as pg

    layer = pg.open(given.frame())
    w = pg.rook_weights(layer)
    xy = [given.xy[:, 0].tolist(), given.xy[:, 1].tolist()]
    floor, load = 0.9 * given.ideal, given.load.astype(float).tolist()

    def run():
        if how == "maxp":
            found = pg.maxp_greedy(w, xy, load, floor)
        elif how == "azp":
            found = pg.azp_greedy(given.k, w, xy, bound_variable=load, min_bound=floor)
        else:
            found = pg.skater(given.k, w, xy)
        labels = found.get("Clusters", found.get("clusters"))
        return np.asarray(labels)

    return run


def spopt(given, how):
    from spopt import region

    frame, w = given.frame(), given.weights()
    kind = {"ward": region.WardSpatial, "skater": region.Skater, "azp": region.AZP}[how]
    model = kind(frame, w, ["x", "y"], n_clusters=given.k)

    def run():
        model.solve()
        return np.asarray(model.labels_)

    return run


def mtkahypar(given, how):
    import mtkahypar as mk

    tool = mk.initialize(1)
    mk.set_seed(SEED)
    source = np.repeat(np.arange(given.n), np.diff(given.start))
    once = source < given.neighbor
    edges = list(zip(source[once].tolist(), given.neighbor[once].tolist(), strict=True))
    context = tool.context_from_preset(getattr(mk.PresetType, how.upper()))
    context.set_partitioning_parameters(given.k, 0.05, mk.Objective.CUT)
    context.logging = False
    border = np.maximum(1, given.border[once]).astype(int).tolist()
    graph = tool.create_graph(
        context, given.n, len(edges), edges, given.load.astype(int).tolist(), border
    )

    def run():
        found = graph.partition(context)
        return [found.block_id(i) for i in range(given.n)]

    return run


PEERS = {
    "metis": metis,
    "gerrychain": gerrychain,
    "pygeoda": pygeoda,
    "spopt": spopt,
    "mtkahypar": mtkahypar,
}


def main():
    method, town, out = sys.argv[1:]
    name, how = method.split()
    run = PEERS[name](Given(town), how)
    began, busy = time.perf_counter(), time.process_time()
    labels = np.asarray(run(), dtype=np.int64)
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    np.savez(out, labels=labels, s=seconds, cpu_s=busy, peak_mb=peak_mb())


if __name__ == "__main__":
    main()
