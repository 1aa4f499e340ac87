"""What do the grids of a level hold of a measure, and how is it written?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridkit.maps.content import KNOWN_MEASURES, describe_measure
from gridkit.maps.palettes import class_words
from gridkit.maps.texts import check_lang, say
from gridkit.model.sentences import say_in

if TYPE_CHECKING:
    from gridkit._typing import FloatArray
    from gridkit.maps.texts import Lang
    from gridkit.model.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """A measure added up in each grid, with its words.

    Parameters
    ----------
    values : (n_grids,), in `unit`
        In the order of the level.
    label, unit
        In `lang`; the unit may be empty.
    decimals
        How many its numbers need.
    lang
        Language of all words.
    """

    values: FloatArray
    label: str
    unit: str
    decimals: int
    lang: Lang

    @property
    def title(self) -> str:
        """The label, with the unit where it says more."""
        plain = not self.unit or self.unit.lower() == self.label.lower()
        return self.label if plain else f"{self.label} ({self.unit})"

    def written(self, value: float) -> str:
        """Write a number with the decimals that this measure needs."""
        return f"{value:,.{self.decimals}f}"

    def say_classes(self, breaks: tuple[float, ...]) -> list[str]:
        """Say the classes between limits, for a legend."""
        return class_words(
            breaks,
            decimals=self.decimals,
            all_values=say("all_values", self.lang),
            whole=bool((self.values == np.floor(self.values)).all()),
        )


def totals_of(plan: Plan, *, measure: str | None, level: str, lang: str) -> Totals:
    """Add a measure (by default the town's first) up in each grid, and find its words.

    Raises
    ------
    SchemaError
        If the plan has no such level, or the town no such measure.
    """
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    spoken = check_lang(lang)
    name = measure or next(iter(plan.town.units.measures), "area_m2")
    values = plan.total(name, level=level)
    found = plan.town.units.measure(name)
    known = describe_measure(name, pd.Series(values), {})
    label, unit = found.label[:1].upper() + found.label[1:], found.unit
    if spoken == "zh" and name in KNOWN_MEASURES:
        label, unit = known.label[1], known.unit[1]
    elif spoken == "zh":
        label, unit = say_in(found.label, "zh"), say_in(found.unit, "zh")
    return Totals(values=values, label=label, unit=unit, decimals=known.decimals or 0, lang=spoken)
