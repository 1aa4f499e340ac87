"""How does the editor say no? With a code, and a sentence in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridkit.errors import InputError
from gridkit.maps.texts import Pair

if TYPE_CHECKING:
    from gridkit._typing import Json


class Refusal(InputError):  # noqa: N818  the editor's own word for it
    """Something that the editor does not do.

    Parameters
    ----------
    code
        For programs: ``"stale"``, ``"refused"``, ``"unknown"``, ``"bad"``, ``"pen"``, ``"import"``...
    text
        English and Chinese.
    facts
        More for the answer, such as the present revision.
    """

    def __init__(self, code: str, text: Pair, **facts: Any) -> None:
        super().__init__(text[0])
        self.code = code
        self.text = text
        self.facts: Json = facts

    def to_json(self) -> Json:
        """Give the answer's body."""
        return {
            "ok": False,
            "errors": [{"code": self.code, "text": both(self.text)}],
            **self.facts,
        }


def both(text: Pair) -> dict[str, str]:
    """Give a text as the page reads it."""
    return {"en": text[0], "zh": text[1]}


def bad(english: str, chinese: str) -> Refusal:
    """Refuse a request that is not as the protocol says."""
    return Refusal("bad", (english, chinese))


def refused(english: str, chinese: str) -> Refusal:
    """Refuse what cannot be done in the present state."""
    return Refusal("refused", (english, chinese))


def unknown(english: str, chinese: str) -> Refusal:
    """Refuse a name that nothing has."""
    return Refusal("unknown", (english, chinese))
