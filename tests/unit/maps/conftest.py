"""The frames that the map tests draw."""

from __future__ import annotations

from tests.map_content import base, content, make, read_payload, read_shapes

__all__ = ["base", "content", "make", "read_payload", "read_shapes"]
