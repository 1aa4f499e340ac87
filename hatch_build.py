"""How does the page bundle get into the wheel? npm builds it from frontend/ at build time."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 20
BUNDLE = ("page.js", "page.css", "edit.js", "edit.css", "leaflet.js", "leaflet.css", "licenses.txt")
SOURCES = ("package.json", "package-lock.json", "build.mjs", "tsconfig.json", "src")


class FrontendHook(BuildHookInterface[Any]):
    """Build ``gridkit/maps/assets`` before a wheel (or an editable install) is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  hatchling names them
        """Run npm when the bundle is missing or older than its sources."""
        root = Path(self.root)
        frontend, assets = root / "frontend", root / "gridkit" / "maps" / "assets"
        if is_stale(frontend, assets):
            build(frontend)


def is_stale(frontend: Path, assets: Path) -> bool:
    """Whether a file of the bundle is missing, or a source is newer than the bundle."""
    built = [assets / name for name in BUNDLE]
    if not all(path.is_file() for path in built):
        return True
    if not frontend.is_dir():  # a source distribution that carries the bundle
        return False
    sources = [p for name in SOURCES for p in (frontend / name, *(frontend / name).rglob("*"))]
    newest = max((p.stat().st_mtime for p in sources if p.is_file()), default=0.0)
    return newest > min(path.stat().st_mtime for path in built)


def build(frontend: Path) -> None:
    """Install the locked packages and build.

    Raises
    ------
    SystemExit
        With one sentence when Node or npm is missing or too old, or when a step fails.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        missing = "Node" if node is None else "npm"
        sys.exit(
            f"gridkit's map page is built with Node {OLDEST_NODE} or newer, and {missing} is not on this machine's PATH: "
            "install Node (npm comes with it) and try again."
        )
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    number = re.match(r"v(\d+)", said)
    if number is None or int(number.group(1)) < OLDEST_NODE:
        sys.exit(
            f"gridkit's map page is built with Node {OLDEST_NODE} or newer, and `node --version` says {said.strip() or 'nothing'}: "
            "install a newer Node and try again."
        )
    for step in ([npm, "ci"], [npm, "run", "build"]):
        done = subprocess.run(step, cwd=frontend, capture_output=True, text=True, check=False)
        if done.returncode:
            tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-15:])
            sys.exit(
                f"gridkit's map page could not be built: `npm {' '.join(step[1:])}` failed.\n{tail}"
            )
