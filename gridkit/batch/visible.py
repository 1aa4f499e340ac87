"""Which borders of a town can be seen, as far as a batch file knows its streets, rail and water?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridkit.build import mark_visible_borders
from gridkit.errors import ConfigError
from gridkit.io.vector import read_layer

if TYPE_CHECKING:
    from gridkit.config.batch_file import BatchFile
    from gridkit.model.town import Town


def with_visible(batch: BatchFile, town: Town) -> Town:
    """Compare borders with streets, rail and water, when the rules want borders that can be seen.

    Raises
    ------
    ConfigError
        If the batch file names no such layer.
    """
    if "visible_borders" not in batch.rules.objective.asked():
        return town
    source = batch.output if batch.build is None else batch.build
    named = {n: getattr(source, n) for n in ("streets", "rail", "water")}
    layers = [read_layer(v.path, layer=v.layer, name=n) for n, v in named.items() if v is not None]
    if not layers:
        where = "[output]" if batch.build is None else "[build]"
        msg = (
            f"the goal `visible_borders` needs streets, rail or water in {where} of the batch file."
        )
        raise ConfigError(msg)
    return mark_visible_borders(town, layers)
