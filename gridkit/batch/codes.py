"""Which code does each base grid of a plan get, after the plan before it?"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from gridkit.build import CodeBook, check_codes, crossings
from gridkit.errors import ConfigError, SchemaError, some_of
from gridkit.geo.order import band_order
from gridkit.io.sheets import unguarded
from gridkit.io.tables import read_table
from gridkit.model.finding import Finding

if TYPE_CHECKING:
    from gridkit._typing import FloatArray
    from gridkit.build import CodeSettings
    from gridkit.model.plan import Plan

HALF = 0.5
"""A grid goes on in a new plan when each of the two holds more than this share of the other."""


def renew_codes(
    plan: Plan, settings: CodeSettings, current: Plan | None, found: list[Finding]
) -> CodeBook:
    """Give the base grids of a plan their codes, after those of the plan before."""
    scheme, day = settings.made_scheme, date.fromisoformat(settings.valid_from)
    book, same = CodeBook(scheme=scheme), {}
    if settings.book_file:
        if current is None:
            msg = "codes: `book_file` needs [current], the plan that its codes stand for, to know which grids go on."
            raise ConfigError(msg)
        book = CodeBook.from_frame(
            unguarded(read_table(settings.book_file, name="codes.book_file")), scheme
        )
        if not set(book.current) & set(current.levels[0].ids):
            msg = (
                f"codes: no grid of [current] has a code in `book_file`: the plan has {some_of(current.levels[0].ids)}, "
                f"the book {some_of(sorted(book.current))}."
            )
            raise SchemaError(msg)
        same = lasting_grids(current, plan)
    parents = _parents(plan, settings)
    ids, xy = plan.levels[0].ids, _points(plan)
    old = book.current
    book = book.renew(ids, parents, xy, day=day, same_as={i: same.get(i, f"\0{i}") for i in ids})
    kept = len(set(old.values()) & set(book.current.values()))
    problems = check_codes([e.code for e in book.entries], scheme)
    found.append(
        Finding(
            rule="codes",
            severity="broken" if problems else "note",
            text=(
                f"{len(ids)} base grids have codes of scheme '{scheme.name}' ({scheme.length} characters): {kept} kept, "
                f"{len(ids) - kept} new from {day}, {len(old) - kept} retired{'; ' + problems[0] if problems else ''}."
            ),
            level="base_grid",
            facts={"kept": kept, "new": len(ids) - kept, "retired": len(old) - kept},
        )
    )
    return book


def lasting_grids(old: Plan, new: Plan) -> dict[str, str]:
    """Find the grids that go on: new id -> old id, where each holds more than half of the other."""
    both = crossings(old, new)
    use = both[(both["share_of_a"] > HALF) & (both["share_of_b"] > HALF)]
    return dict(zip(use["b_id"], use["a_id"], strict=True))


def _parents(plan: Plan, settings: CodeSettings) -> list[dict[str, str]]:
    """Give the parts of each grid's code but for its number."""
    part = settings.part
    if part is None:
        return [dict(settings.parts)] * len(plan.levels[0])
    if len(plan.levels) < 2:
        return [{**settings.parts, part.name: "0" * part.width}] * len(plan.levels[0])
    top = plan.levels[1]
    unknown = sorted(set(settings.communities) - set(top.ids))
    if unknown:
        msg = f"codes: `communities` names {some_of(unknown)}; the town has {some_of(top.ids)}."
        raise SchemaError(msg)
    given = dict(settings.communities)
    number = max((int(v) for v in given.values() if v.isdigit()), default=0)
    for i in band_order(_points(plan, top.name)).tolist():
        if top.ids[i] not in given:
            number += 1
            given[top.ids[i]] = str(number).zfill(part.width)
    if len(str(number)) > part.width:
        msg = f"code scheme '{settings.scheme}' is too short: {len(top)} communities do not fit in {part.width} digits."
        raise ConfigError(msg)
    none = "0" * part.width
    return [
        {**settings.parts, part.name: given[top.ids[h]] if h >= 0 else none} for h in top.holder
    ]


def _points(plan: Plan, level: str = "") -> FloatArray:
    """Give the mean point of the units of each grid."""
    labels = plan.labels(level or plan.levels[0].name)
    k = len(plan.level(level or plan.levels[0].name))
    ok = labels >= 0
    n = np.maximum(np.bincount(labels[ok], minlength=k), 1)
    xy = plan.town.units.xy
    return np.column_stack([np.bincount(labels[ok], xy[ok, i], k) / n for i in (0, 1)])
