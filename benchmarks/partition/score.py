"""How good are labels? Recounted from the polygons alone; nothing a method says is believed."""

from __future__ import annotations

import numpy as np
import shapely


def score(frame, labels, k, edges):
    """Largest deviation, share inside 5 %, Polsby-Popper of the dissolved grids, cut edges, pieces."""
    labels = np.asarray(labels)
    import networkx as nx

    used, at = np.unique(labels, return_inverse=True)
    load = frame["load"].to_numpy()
    ideal = load.sum() / k
    off = np.abs(np.bincount(at, load) / ideal - 1)
    order = np.argsort(at, kind="stable")
    shapes = np.asarray(frame.geometry.array, dtype=object)[order]
    groups = np.split(shapes, np.searchsorted(at[order], np.arange(1, len(used))))
    united = np.array([shapely.coverage_union_all(g) for g in groups], dtype=object)
    pp = 4 * np.pi * shapely.area(united) / shapely.length(united) ** 2
    left, right = edges
    inside = at[left] == at[right]
    graph = nx.Graph()
    graph.add_nodes_from(range(len(at)))
    graph.add_edges_from(zip(left[inside].tolist(), right[inside].tolist(), strict=True))
    return {
        "grids": len(used),
        "dev": float(off.max()),
        "in5": float((off <= 0.05 + 1e-9).mean()),
        "pp": float(pp.mean()),
        "pp_min": float(pp.min()),
        "cut": int((~inside).sum()),
        "in_pieces": nx.number_connected_components(graph) - len(used),
    }
