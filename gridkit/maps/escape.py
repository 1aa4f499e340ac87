"""How does foreign text get into markup, scripts and attributes without being run?"""

from __future__ import annotations

import json
import re
from typing import Any

_RISKY = re.compile(r"[&<>\"'`$\\{}\x00-\x08\x0b\x0c\x0e-\x1f\u2028\u2029]")
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


def to_html(value: object) -> str:
    """Turn every character that can start markup, a template or a script into an entity.

    Marks that turn the direction of text around are taken out: they can make one id read as another.

    Parameters
    ----------
    value
        Anything; None becomes the empty text.

    Examples
    --------
    >>> to_html("<b>${x}</b>")
    '&#60;b&#62;&#36;&#123;x&#125;&#60;/b&#62;'
    """
    if value is None:
        return ""
    text = _BIDI.sub("", str(value))
    return _RISKY.sub(lambda m: f"&#{ord(m.group())};" if m.group() >= " " else "", text)


def to_script(value: Any) -> str:
    r"""Write data as JSON that can stand inside a script element.

    Examples
    --------
    >>> to_script("</script>")
    '"\\u003c/script>"'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
