from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import gridkit as gk
from gridkit.batch.visible import with_visible
from gridkit.config.batch_file import OutputSettings
from gridkit.errors import ConfigError
from gridkit.rules import Objective, Rules
from tests.conftest import square_town

CAMBRIDGE = Path(__file__).parents[3] / "configs" / "cambridge.toml"


def test_borders_are_compared_only_when_a_goal_asks_and_layers_are_named():
    batch = gk.load_batch(CAMBRIDGE)
    town = square_town(2, 2)
    assert with_visible(batch, town) is town
    asking = replace(
        batch, rules=Rules(objective=Objective(visible_borders=1)), output=OutputSettings()
    )
    with pytest.raises(ConfigError, match="needs streets, rail or water in \\[output\\]"):
        with_visible(asking, town)
