"""The contiguity graph, drawn and in numbers."""

from __future__ import annotations

from gridkit.batch.graph import _loose_frame, draw_graph, edge_frame
from gridkit.build import BarrierRules, add_barriers
from gridkit.datasets import island_town, tiny_town
from tests.cli.conftest import write_town


def test_edges_are_borders_declared_links_or_shut():
    rules = BarrierRules(forbidden=(("r1c1", "r1c2"),), links=(("r1c1", "r3c3"),))
    town, _ = add_barriers(tiny_town(), rules=rules)
    got = edge_frame(town)
    assert got["kind"].value_counts().to_dict() == {"border": 11, "declared": 1, "shut": 1}
    shut = got[got["kind"] == "shut"].iloc[0]
    assert (shut["unit_a"], shut["unit_b"], shut["border_m"]) == ("r1c1", "r1c2", 100.0)
    assert got.geometry.iloc[-1].length == 100


def test_an_island_gets_a_suggested_link():
    loose = _loose_frame(island_town())
    assert len(loose) == 1
    assert loose["apart_m"].iloc[0] > 0


def test_the_graph_of_a_batch_file_is_a_page(tmp_path):
    folder = write_town(tmp_path)
    page, text = draw_graph(folder / "town.toml", tmp_path / "graph.html")
    assert (
        text == "48 units, 82 borders, 0 declared links, 0 borders shut, 0 pieces hang on nothing"
    )
    assert "which units touch" in page.read_text(encoding="utf-8")
