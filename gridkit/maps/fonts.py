"""Which font can write this text? An open one that the system has, asked for every character."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridkit._deps import need
from gridkit.errors import MissingDependencyError

if TYPE_CHECKING:
    from collections.abc import Iterable

CHINESE = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "AR PL UMing CN",
)
"""Open fonts with Chinese characters, the best first; packages: fonts-noto-cjk, fonts-wqy-microhei."""
_CJK = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fonts:
    """The fonts of a document, and what they can write.

    Parameters
    ----------
    families
        Names for matplotlib, tried in this order for each character.
    characters
        Code points that one of them has.
    """

    families: tuple[str, ...]
    characters: frozenset[int]

    def clean(self, text: object, *, most: int = 400) -> str:
        """Make text that can be drawn as it stands.

        Line breaks become blanks, control and direction marks go, a character that no font has
        becomes ``?``, and long texts end in an ellipsis.
        """
        if text is None:
            return ""
        kept = []
        for char in str(text):
            kind = unicodedata.category(char)
            if kind in ("Cc", "Zl", "Zp", "Zs"):
                kept.append(" ")
            elif kind == "Cf":
                continue
            else:
                kept.append(char if ord(char) in self.characters else "?")
        words = re.sub(" +", " ", "".join(kept)).strip()
        return words if len(words) <= most else words[: most - 1] + "…"


def find_fonts(texts: Iterable[str], *, what: str = "the atlas") -> Fonts:
    """Find fonts for a document.

    Parameters
    ----------
    texts
        All that will be written; Chinese characters in it ask for a Chinese font.
    what
        Is drawn; for the message.

    Raises
    ------
    MissingDependencyError
        If there is Chinese text and no open Chinese font.
    """
    need("matplotlib", why=f"to draw {what}")
    from matplotlib import font_manager

    families = ["DejaVu Sans"]  # comes with matplotlib
    if any(_CJK.search(t) for t in texts):
        there = {f.name for f in font_manager.fontManager.ttflist}
        found = next((name for name in CHINESE if name in there), None)
        if found is None:
            msg = (
                f"{what} has Chinese text and this machine has no open Chinese font. Install one, for example: "
                "apt-get install fonts-noto-cjk (or any of: " + ", ".join(CHINESE) + ")."
            )
            raise MissingDependencyError(msg)
        families.insert(0, found)
    characters: set[int] = set()
    for name in families:
        path: Any = font_manager.findfont(font_manager.FontProperties(family=[name]))
        characters |= set(font_manager.get_font(path).get_charmap())
    return Fonts(families=tuple(families), characters=frozenset(characters))
