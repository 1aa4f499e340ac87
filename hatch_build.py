"""How does the page bundle get into the wheel? npm builds it from frontend/ at build time."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontendHook(BuildHookInterface[Any]):
    """Build ``gridkit/maps/assets`` before a wheel (or an editable install) is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Do nothing while there is no front end."""
