"""Real requests with due and closing times, where the open data have been put (see configs/washington.toml)."""

from pathlib import Path

import numpy as np
import pytest

import gridkit as gk

CONFIG = Path(__file__).parents[3] / "configs" / "washington.toml"
DATA = CONFIG.parent.parent / "out" / "washington_dc_w1_4" / "service_requests_2016.parquet"


@pytest.mark.skipif(
    not DATA.is_file(), reason="the open data of Washington are not at out/washington_dc_w1_4"
)
def test_every_request_is_accounted_for():  # fmt: skip
    batch = gk.load_batch(CONFIG)
    town = gk.load_town(CONFIG)
    hazards, said = gk.read_hazards(batch.hazards, town)
    assert said.n_read == said.n_kept + len(said.refused) == 11_940
    table = gk.indicators(hazards, settings=batch.indicators)
    town_rows = table[table["table"] == "town"].set_index("indicator")
    first = hazards.take(hazards.is_first)
    closed, due = first.times["closed"], first.times["due"]
    end = max(hazards.times[k][~np.isnat(hazards.times[k])].max() for k in ("reported", "closed"))
    ran_out = due <= end
    in_time = ran_out & ~np.isnat(closed) & (closed <= due)
    assert town_rows.loc["due", "numerator"] == ran_out.sum()
    assert town_rows.loc["on_time_rate", "numerator"] == in_time.sum()
    assert town_rows.loc["received", "numerator"] == len(first)
    assert town_rows.loc["received", "n_excluded"] == 11_940 - len(first)
