"""What does each member take along for the day? One printable sheet a person, with a sketch of the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.maps.escape import to_html
from gridkit.maps.paper import document

if TYPE_CHECKING:
    import pandas as pd

    from gridkit._typing import FloatArray
    from gridkit.maps.texts import Lang
    from gridkit.model.rounds import Rounds
    from gridkit.staffing.town_rounds import TownRounds

_TEXT = {
    "en": {
        "title": "Rounds",
        "sheet": "Round of {member} in {grid}",
        "sum": "Visits: {n}. On foot {km} km, {minutes} min from post to post.",
        "head": ("No.", "Object", "Arrive", "Leave", "On foot", "Done, remarks"),
        "made": "made-up data",
        "left": "Not visited today",
        "left_head": ("Object", "Why"),
        "note": "Times are hours and minutes after the shift begins; metres on foot are from the stop before. Member numbers stand for persons.",
    },
    "zh": {
        "title": "巡查路线",
        "sheet": "{member} 在 {grid} 的巡查",
        "sum": "走访 {n} 处，步行 {km} 公里，往返共 {minutes} 分钟",
        "head": ("序号", "对象", "到达", "离开", "步行", "完成情况、备注"),
        "made": "合成数据",
        "left": "当天未走访",
        "left_head": ("对象", "原因"),
        "note": "时间为上班后的时:分；步行米数从上一处算起。人员以编号代替姓名。",
    },
}
_BREAK = "<style>section{break-inside:avoid-page}section+section{break-before:page}section svg{max-width:340px;margin:8px 0}</style>"
SIZE = 340.0


def draw_sheets(
    day: TownRounds, *, title: str, date: str, lang: Lang = "en", is_synthetic: bool = False
) -> str:
    """Draw a sheet for every member who walks, and a list of what nobody visits.

    Parameters
    ----------
    day
        The rounds of every grid on one day.
    title, date
        Name of the town; the day.
    lang
        Language of the page.
    is_synthetic
        Whether places or people are made up; said on the page.

    Returns
    -------
    str
        A page that needs no network; every sheet starts a new page of paper. Ids only, no names.
    """
    words = _TEXT[lang]
    badge = f' <span class="badge">{words["made"]}</span>' if is_synthetic else ""
    head = f"<h1>{to_html(title)}: {words['title']}, {to_html(date)}{badge}</h1>"
    parts = [_BREAK, head, f'<p class="faint">{words["note"]}</p>']
    for grid_id, rounds in zip(day.grid_ids, day.rounds, strict=True):
        table = rounds.to_frame()
        paths = rounds.lines()
        for k, member in enumerate(rounds.member_ids):
            if rounds.routes[k]:
                rows = table[table["member_id"] == member]
                parts.append(_sheet(grid_id, rounds, k, paths[k], rows, lang))
    left = day.unserved_frame()
    if len(left):
        a, b = words["left_head"]
        body = "".join(
            f'<tr><td class="id">{to_html(r.stop_id)}</td><td>{to_html(r.text)}</td></tr>'
            for r in left.itertuples()
        )
        parts.append(
            f"<section><h2>{words['left']}: {len(left)}</h2><table><thead><tr><th>{a}</th><th>{b}</th></tr></thead>{body}</table></section>"
        )
    return document(f"{title}: {words['title']}", parts, lang=lang)


def _sheet(
    grid_id: str, rounds: Rounds, k: int, path: FloatArray, rows: pd.DataFrame, lang: Lang
) -> str:
    words = _TEXT[lang]
    member = rounds.member_ids[k]
    name = str(words["sheet"]).format(member=to_html(member), grid=to_html(grid_id))
    total = str(words["sum"]).format(
        n=len(rounds.routes[k]),
        km=f"{rounds.walk_m[k] / 1000:.1f}",
        minutes=f"{rounds.shift_min[k]:.0f}",
    )
    head = "".join(
        f'<th class="n">{h}</th>' if i in {0, 2, 3, 4} else f"<th>{h}</th>"
        for i, h in enumerate(words["head"])
    )
    body = "".join(
        f'<tr><td class="n">{r.order}</td><td class="id">{to_html(r.stop_id)}</td><td class="n">{_clock(r.arrive_min)}</td>'
        f'<td class="n">{_clock(r.leave_min)}</td><td class="n">{r.walk_m:.0f} m</td><td></td></tr>'
        for r in rows.itertuples()
    )
    return (
        f"<section><h2>{name}</h2><p>{total}</p>{_sketch(path)}"
        f"<table><thead><tr>{head}</tr></thead>{body}</table></section>"
    )


def _clock(minutes: Any) -> str:
    """Write minutes after the shift begins as hours and minutes."""
    whole = round(float(minutes))
    return f"{whole // 60}:{whole % 60:02d}"


def _sketch(path: FloatArray) -> str:
    """Draw the way: a square for the post, numbered stops, north up."""
    low, high = path.min(axis=0), path.max(axis=0)
    scale = (SIZE - 40) / max(float((high - low).max()), 1.0)
    xy = (path - low) * scale + 20
    height = float((high - low)[1]) * scale + 40
    xy[:, 1] = height - xy[:, 1]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in np.round(xy, 1).tolist())
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#316aa3"/><text x="{x + 5:.1f}" y="{y - 4:.1f}" font-size="9">{i}</text>'
        for i, (x, y) in enumerate(xy[1:-1].tolist(), start=1)
    )
    x, y = xy[0].tolist()
    post = f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="#1c1c1c"/>'
    return (
        f'<svg viewBox="0 0 {SIZE:.0f} {height:.0f}" role="img" aria-hidden="true"><polyline points="{line}" fill="none" '
        f'stroke="#316aa3" stroke-width="1.5"/>{dots}{post}</svg>'
    )
