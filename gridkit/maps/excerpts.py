"""Which rows of a long table does a council need to read, and how are indicators said in words?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit.maps.texts import Pair

if TYPE_CHECKING:
    import pandas as pd

    from gridkit.maps.texts import Lang

MOST_OF_METHOD = 6
MOST_NEXT = 10
MOST_COMMUNITIES = 40
MOST_GRIDS = 150
MOST_NAMED = 6
"""Rows, and names in one cell; the rest stands in the files."""

INDICATORS: dict[str, Pair] = {
    "received": ("Received", "受理数"),
    "due": ("Limit run out", "已到期"),
    "disposal_rate": ("Disposed of, share", "处置率"),
    "closing_rate": ("Closed, share of those due", "办结率（到期）"),
    "on_time_rate": ("In time, share of those due", "按时率（到期）"),
    "self_disposal_rate": ("Disposed of on the spot, share", "自行处置率"),
    "rework_rate": ("Sent back at verification, share", "返工率"),
    "returned_rate": ("Sent back as wrongly addressed, share", "退回率"),
    "open": ("Still open", "未办结"),
    "open_overdue": ("Of the open ones past their limit, share", "未办结中逾期占比"),
    "unanswered": ("Of the open ones unanswered, share", "未办结中未响应占比"),
    "open_age_median": ("Age of the open ones, median", "未办结时长中位数"),
    "response_median": ("Time to the first answer, median", "响应时长中位数"),
    "response_p90": ("Time to the first answer, 9 of 10 within", "响应时长九成分位"),
    "closing_median": ("Time to closing, median", "办结时长中位数"),
    "closing_p90": ("Time to closing, 9 of 10 within", "办结时长九成分位"),
}
"""Indicator -> its name in a report; those of single stages are put together from the stages."""
STAGES: dict[str, Pair] = {
    "reported": ("report", "上报"),
    "accepted": ("acceptance", "受理"),
    "dispatched": ("dispatch", "派遣"),
    "disposed": ("disposal", "处置"),
    "verified": ("verification", "核查"),
    "fed_back": ("feedback", "反馈"),
    "closed": ("closing", "办结"),
    "evaluated": ("evaluation", "评价"),
}
_UNITS: dict[str, Pair] = {
    "hours": ("h", "小时"),
    "work_hours": ("work hours", "工作小时"),
    "working_days": ("working days", "工作日"),
    "days": ("days", "天"),
}
SHOWN_BY_CATEGORY = (
    "received",
    "disposal_rate",
    "on_time_rate",
    "response_median",
    "closing_median",
)


def indicator_name(name: str, lang: Lang) -> str:
    """Say an indicator in words.

    Examples
    --------
    >>> indicator_name("from_reported_to_accepted_median", "en")
    'From report to acceptance, median'
    """
    zh = lang == "zh"
    if name in INDICATORS:
        return INDICATORS[name][zh]
    start, _, end = name.removeprefix("from_").removesuffix("_median").partition("_to_")
    if start in STAGES and end in STAGES:
        a, b = STAGES[start][zh], STAGES[end][zh]
        return f"{a}至{b}时长中位数" if zh else f"From {a} to {b}, median"
    return name


def indicator_value(value: float, unit: str, lang: Lang) -> str:
    """Write a value with its unit and digits that mean something.

    Examples
    --------
    >>> indicator_value(0.97253, "share", "en"), indicator_value(31.36, "hours", "en")
    ('97.3%', '31.4 h')
    """
    if not np.isfinite(value):
        return "–"
    if unit == "share":
        return f"{value:.1%}"
    words = _UNITS.get(unit, ("", ""))[lang == "zh"]
    if unit in _UNITS:
        shown = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
        return f"{shown} {words}"
    return f"{value:,.0f}" if value == np.floor(value) else f"{value:,.3g}"


def town_indicators(frame: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """Give the indicators of the whole town in words: value, numerator, denominator, what was left out."""
    town = frame[frame["table"] == "town"].drop(columns=["group", "name"], errors="ignore")
    value = [
        indicator_value(float(v), str(u), lang)
        for v, u in zip(town["value"], town["unit"], strict=True)
    ]
    words = [indicator_name(str(n), lang) for n in town["indicator"]]
    return town.assign(indicator=words, value=value)


def category_indicators(frame: pd.DataFrame, lang: Lang) -> pd.DataFrame | None:
    """Set the categories below each other with the main indicators, numerator and denominator in brackets."""
    rows = frame[frame["table"] == "category"]
    shown = [i for i in SHOWN_BY_CATEGORY if (rows["indicator"] == i).any()]
    if not shown:
        return None
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    table: dict[str, dict[str, str]] = {}
    for row in rows[rows["indicator"].isin(shown)].to_dict("records"):
        said = indicator_value(float(row["value"]), str(row["unit"]), lang)
        if row["unit"] == "share" and np.isfinite(row["value"]):
            said += f" ({row['numerator']:,.0f}/{row['denominator']:,.0f})"
        name = indicator_name(str(row["indicator"]), lang)
        table.setdefault(str(row["group"]), {})[name] = said
    columns = [indicator_name(i, lang) for i in shown]
    out = pd.DataFrame.from_dict(table, orient="index").reindex(columns=columns).fillna("–")
    return out.rename_axis("category").reset_index()


def strongest(hotspots: pd.DataFrame) -> pd.DataFrame:
    """Give the strongest hotspots of every method: the least chance first, then the highest risk.

    Those with fewer reports than their exposure lets expect, and those whose numbers are withheld,
    are left to the file, unless there are no others.
    """
    if not {"method", "relative_risk", "p_value", "n"} <= set(hotspots.columns):
        return hotspots.head(2 * MOST_OF_METHOD)
    risk = hotspots["relative_risk"].astype("float64")
    clear = hotspots[~(risk < 1) & hotspots["n"].notna()]
    rows = clear if len(clear) else hotspots
    order = rows.assign(
        _p=rows["p_value"].astype("float64").fillna(2.0),
        _r=-rows["relative_risk"].astype("float64").fillna(0.0),
        _m=rows.groupby("method", sort=False)["p_value"].transform(lambda p: float(p.isna().all())),
    ).sort_values(["_m", "method", "_p", "_r"], kind="stable")
    best = order.groupby("method", sort=False).head(MOST_OF_METHOD)
    return best.drop(columns=["_p", "_r", "_m"])


def next_members(heads: pd.DataFrame) -> pd.DataFrame | None:
    """Give the grids that the next members go to, in this order; None where it is not known."""
    if "next_member_rank" not in heads.columns:
        return None
    known = heads[heads["next_member_rank"].notna()]
    return known.sort_values("next_member_rank").head(MOST_NEXT) if len(known) else None


def few_names(text: str, more: str) -> str:
    """Keep the first names of a long list.

    Examples
    --------
    >>> few_names("a;b", "and {n} more")
    'a, b'
    >>> few_names("a;b;c;d;e;f;g;h", "and {n} more")
    'a, b, c, d, e, f and 2 more'
    """
    names = [n for n in text.replace(",", ";").split(";") if n.strip()]
    shown = ", ".join(n.strip() for n in names[:MOST_NAMED])
    rest = len(names) - MOST_NAMED
    return shown if rest <= 0 else f"{shown} {more.replace('{n}', str(rest))}"
