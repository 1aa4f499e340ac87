"""Which numbers of a grid does the panel show, and how are they named?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from gridkit.maps.content import KNOWN_MEASURES, MapMeasure, describe_measure

if TYPE_CHECKING:
    from gridkit._typing import Json
    from gridkit.model.town import Town
    from gridkit.rules.settings import Rules

Kind = Literal["sum", "ratio", "shape", "staff"]

_OWN = (
    MapMeasure(name="n_pieces", label=("Pieces", "块数"), decimals=0),
    MapMeasure(name="members_required", label=("Members the work needs", "应配网格员"), decimals=0),
    MapMeasure(
        name="deviation", label=("From the ideal load", "与理想负荷之差"), decimals=1, share=True
    ),
    MapMeasure(
        name="workload_min",
        label=("Work in a month", "月工作量"),
        unit=("min", "分钟"),
        decimals=0,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditMeasure:
    """One number of a grid.

    Parameters
    ----------
    words
        Name, label, unit and decimals.
    kind
        How it comes about.
    better
        ``"higher"``, ``"lower"`` or empty.
    default
        Whether the panel shows it at first.
    """

    words: MapMeasure
    kind: Kind
    better: str = ""
    default: bool = False

    @property
    def name(self) -> str:
        """Of the column."""
        return self.words.name

    def to_json(self) -> Json:
        """Describe it to the page."""
        w = self.words
        return {
            "name": w.name,
            "label": {"en": w.label[0], "zh": w.label[1]},
            "unit": {"en": w.unit[0], "zh": w.unit[1]},
            "decimals": w.decimals or 0,
            "share": w.share,
            "better": self.better,
            "kind": self.kind,
            "default": self.default,
        }


def measures_of(
    town: Town, rules: Rules, *, has_staff: bool, has_heads: bool
) -> tuple[EditMeasure, ...]:
    """List the measures of a town, those of the rules and the staff first."""
    asked = {v.measure for v in rules.limits} | (
        {rules.balance.measure} if rules.balance else set()
    )
    own = {m.name: m for m in _OWN}
    out: list[EditMeasure] = []

    def add(name: str, kind: Kind, *, better: str = "", default: bool = True) -> None:
        words = own.get(name) or KNOWN_MEASURES[name]
        out.append(EditMeasure(words=words, kind=kind, better=better, default=default))

    if has_staff and has_heads:
        add("load", "staff", better="lower")
    if has_heads:
        add("members", "staff")
    if has_staff:
        add("workload_h", "staff")
        add("members_required", "staff", default=False)
    if rules.balance is not None:
        add("deviation", "ratio", better="lower")
    for name, measure in town.units.measures.items():
        words = own.get(name) or KNOWN_MEASURES.get(name)
        if words is None:
            label = measure.label[:1].upper() + measure.label[1:]
            words = MapMeasure(name=name, label=(label, measure.label), unit=(measure.unit,) * 2)
        words = describe_measure(name, pd.Series(measure.values), {name: words})
        shown = name in asked or name in KNOWN_MEASURES
        out.append(EditMeasure(words=words, kind="sum", default=shown))
    add("n_units", "sum", default=False)
    add("area_km2", "sum")
    if "residents" in town.units.measures:
        add("density_per_km2", "ratio")
    add("compactness", "shape", better="higher")
    add("n_pieces", "shape", better="lower")
    return tuple(out)
