"""How do nouns look in a notebook? Small tables, every text escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gridkit.model.plan import Plan
    from gridkit.model.town import Town


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Make an HTML table; numbers with thousands separators, texts escaped."""

    def cell(value: object) -> str:
        if isinstance(value, float):
            whole = abs(value) >= 100 or value == round(value)
            return f"{value:,.0f}" if whole else f"{value:,.2f}"
        if isinstance(value, int):
            return f"{value:,}"
        return escape(str(value))

    top = "".join(f"<th>{escape(h)}</th>" for h in head)
    body = "".join("<tr>" + "".join(f"<td>{cell(v)}</td>" for v in row) + "</tr>" for row in rows)
    return f"<p><b>{escape(title)}</b></p><table><tr>{top}</tr>{body}</table>"


def town_table(town: Town) -> str:
    """Show what a town is made of, one measure a row."""
    rows: list[Sequence[object]] = [("units", len(town.units), "")]
    rows.append(("area", town.area_km2, "km²"))
    if town.community is not None:
        rows.append(("communities", len(town.community), ""))
    rows += [(m.label, float(m.values.sum()), m.unit) for m in town.units.measures.values()]
    made = " (synthetic data)" if town.is_synthetic else ""
    return table(f"Town: {town.name}{made}", ("", "total", "unit"), rows)


def plan_table(plan: Plan) -> str:
    """Show one row for each grid of the highest level."""
    top = plan.levels[-1]
    measures = list(plan.town.units.measures.values())[:5]
    head = [
        top.name.replace("_", " "),
        "units",
        "km²",
        *(f"{m.label} ({m.unit})" for m in measures),
    ]
    if len(plan.levels) > 1:
        head.insert(1, "base grids")
    count = plan.n_units(level=top.name)
    area = plan.total("area_m2", level=top.name) / 1e6
    totals = [plan.total(m.name, level=top.name) for m in measures]
    rows = []
    for i in range(len(top)):
        row: list[object] = [
            top.names[i],
            int(count[i]),
            float(area[i]),
            *(float(t[i]) for t in totals),
        ]
        if len(plan.levels) > 1:
            row.insert(1, int((top.holder == i).sum()))
        rows.append(row)
    return table(repr(plan)[1:-1], head, rows)
