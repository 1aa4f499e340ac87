"""How is a sentence of gridkit said in Chinese? By one table of templates, English beside Chinese.

Findings, bounds, goals and notes are written in English where they are found. A template has the
same holes on both sides; what stood in a hole is said in Chinese too where the table knows it, and
kept as it is where it does not: ids, names, numbers. A sentence without a template stays English.
"""

from __future__ import annotations

import functools
import re

from gridkit.model.notes_zh import NOTES
from gridkit.model.sentences_zh import COUNTED, PHRASES, TEMPLATES

_HOLE = re.compile(r"\{(\w+)\}")
_NUMBER = r"[-+±]?[\d,]*\.?\d+%?"
_NUMBERS = frozenset(
    [
        "n",
        "k",
        "m",
        "km",
        "h",
        "total",
        "share",
        "ratio",
        "p",
        "days",
        "lost",
        "again",
        "out",
        "kept",
        "want",
        "least",
        "floor",
        "expected",
        "gap",
        "alpha",
    ]
)
"""Holes that hold a number and nothing else."""
_AMOUNT = re.compile(rf"({_NUMBER}) ?([^\d\s]+)")
_WAY = re.compile(
    r"^(?P<ways>.+) would do(?P<seen>: the plan that was found keeps that)?\.$", re.DOTALL
)
_MORE = re.compile(r"^(?P<named>.+?) and (?P<n>[\d,]+) more$", re.DOTALL)


def say_in(text: str, lang: str) -> str:
    """Say an English sentence of gridkit in another language.

    Parameters
    ----------
    text
        As gridkit wrote it.
    lang
        ``"zh"``; any other language gives the text back.

    Returns
    -------
    str
        The sentence; itself when the table does not know it.

    Examples
    --------
    >>> say_in("3 locked units changed grid: 'a', 'b' and 1 more.", "zh")
    "3 个锁定单元变更了网格：'a'、'b' 等（另有 1 个）。"
    >>> say_in("Baldwin-01", "zh")
    'Baldwin-01'
    """
    return _chinese(text) if lang == "zh" else text


def in_both(text: str) -> tuple[str, str]:
    """Give a sentence of gridkit in English and Chinese."""
    return text, _chinese(text)


def unit_in_both(unit: str) -> tuple[str, str]:
    """Give the unit of a measure, as it stands after a number, in English and Chinese.

    Examples
    --------
    >>> unit_in_both("objects")
    ('objects', '个')
    """
    return unit, COUNTED.get(unit) or _chinese(unit)


def holes(template: str) -> tuple[str, ...]:
    """Name the holes of a template, in alphabetical order."""
    return tuple(sorted(_HOLE.findall(template)))


@functools.lru_cache(maxsize=4096)
def _chinese(text: str) -> str:
    if text in PHRASES:
        return PHRASES[text]
    way = _WAY.match(text)
    if way is not None:
        said = "，并且".join(_chinese(w) for w in way["ways"].split(" together with "))
        return f"{said}，即可{'：已找到的方案满足这一点' if way['seen'] else ''}。"
    for pattern, words, said in _patterns():
        if words and words not in text:
            continue
        found = pattern.fullmatch(text)
        if found is not None:
            return said.format(**{k: _chinese(v) for k, v in found.groupdict().items()})
    found = _MORE.match(text)
    if found is not None:
        return f"{_listed(found['named'])} 等（另有 {found['n']} 个）"
    if text.startswith("'"):
        return _listed(text)
    amount = _AMOUNT.fullmatch(text)
    if amount is not None and amount[2] in PHRASES:
        return f"{amount[1]} {COUNTED.get(amount[2], PHRASES[amount[2]])}"
    return _in_parts(text)


def _in_parts(text: str) -> str:
    """Say a list when every part of it is known."""
    for mark, joined in (("; ", "；"), (", ", "、")):
        if mark not in text:
            continue
        parts = text.split(mark)
        said = [_chinese(part) for part in parts]
        if all(a != b or a.isdigit() for a, b in zip(parts, said, strict=True)):
            return joined.join(said)
    return text


def _listed(text: str) -> str:
    return text.replace("', '", "'、'").replace(", ", "、")


def _hole(name: str) -> str:
    if name in _NUMBERS:
        return _NUMBER
    if name == "day":
        return r"\S+"
    if name in ("id", "a", "b"):
        return "[^'\"]+?"
    return rf"{_NUMBER}(?: \S+)?" if name == "got" else ".+?"


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    """Compile the templates, those with the most fixed words first."""
    made = []
    for english, chinese in (*TEMPLATES, *NOTES):
        fixed = _HOLE.split(english)[::2]
        pattern = re.compile(
            "".join(
                re.escape(part) if k % 2 == 0 else f"(?P<{part}>{_hole(part)})"
                for k, part in enumerate(_HOLE.split(english))
            ),
            re.DOTALL,
        )
        made.append((sum(map(len, fixed)), (pattern, max(fixed, key=len), chinese)))
    made.sort(key=lambda m: -m[0])
    return tuple(m[1] for m in made)
