"""How do nouns hold arrays that nobody can change?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np

    A = TypeVar("A", bound=np.ndarray[Any, Any])


def frozen(array: A) -> A:
    """Return a read-only view (or the array itself when it already is one)."""
    if not array.flags.writeable:
        return array
    view = array.view()
    view.flags.writeable = False
    return view
