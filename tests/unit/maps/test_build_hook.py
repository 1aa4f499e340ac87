"""Is the bundle built when it must be, from a lock file that names no host, and never committed?"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FRONTEND = ROOT / "frontend"
pytest.importorskip("hatchling", reason="needs hatchling, which pip brings for builds")


@pytest.fixture
def hook():
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folders(tmp_path, hook):
    frontend, assets = tmp_path / "frontend", tmp_path / "assets"
    (frontend / "src").mkdir(parents=True)
    assets.mkdir()
    source = frontend / "src" / "main.ts"
    source.write_text("x")
    os.utime(source, (1000, 1000))
    for name in hook.BUNDLE:
        (assets / name).write_text("x")
        os.utime(assets / name, (2000, 2000))
    return frontend, assets


def test_a_fresh_bundle_is_left_alone(hook, folders):
    assert not hook.is_stale(*folders)


def test_a_missing_file_or_a_newer_source_asks_for_a_build(hook, folders):
    frontend, assets = folders
    os.utime(frontend / "src" / "main.ts", (3000, 3000))
    assert hook.is_stale(frontend, assets)
    os.utime(frontend / "src" / "main.ts", (1000, 1000))
    (assets / "page.css").unlink()
    assert hook.is_stale(frontend, assets)


def test_a_source_distribution_that_carries_the_bundle_needs_no_node(hook, folders):
    frontend, assets = folders
    shutil.rmtree(frontend)
    assert not hook.is_stale(frontend, assets)


def test_without_node_one_sentence_says_what_to_install(hook, monkeypatch):
    monkeypatch.setattr(hook.shutil, "which", lambda _: None)
    with pytest.raises(
        SystemExit, match=r"built with Node 20 or newer, and Node is not on .* PATH"
    ):
        hook.build(FRONTEND)


def test_an_old_node_is_named(hook, monkeypatch, tmp_path):
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\necho v18.19.0\n")
    node.chmod(0o755)
    monkeypatch.setattr(hook.shutil, "which", lambda _: str(node))
    with pytest.raises(SystemExit, match=r"`node --version` says v18\.19\.0"):
        hook.build(FRONTEND)


def test_a_failing_build_shows_the_end_of_what_npm_said(hook, monkeypatch, tmp_path):
    tool = tmp_path / "tool"
    tool.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo v22.1.0 && exit 0\necho lock file broken >&2\nexit 1\n'
    )
    tool.chmod(0o755)
    monkeypatch.setattr(hook.shutil, "which", lambda _: str(tool))
    with pytest.raises(SystemExit, match=r"`npm ci` failed\.\nlock file broken"):
        hook.build(FRONTEND)


def test_the_lock_file_pins_every_package_by_hash_and_names_no_host():
    lock = json.loads((FRONTEND / "package-lock.json").read_text())
    packages = {k: v for k, v in lock["packages"].items() if k}
    assert packages
    assert all(p["integrity"].startswith("sha512-") for p in packages.values())
    assert not any("resolved" in p for p in packages.values())
    for about in lock["packages"].values():
        about.pop("funding", None)  # where to thank the authors
    assert "http" not in json.dumps(lock)


def test_dependencies_are_pinned_exactly():
    package = json.loads((FRONTEND / "package.json").read_text())
    for group in ("dependencies", "devDependencies"):
        assert all(re.fullmatch(r"\d+\.\d+\.\d+", v) for v in package[group].values())


def test_our_own_script_never_parses_markup_or_makes_code():
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|createContextualFragment|DOMParser|srcdoc"
    )
    for path in sorted((FRONTEND / "src").rglob("*.ts")):
        assert not forbidden.search(path.read_text(encoding="utf-8")), path.name


def test_no_built_or_third_party_file_is_committed():
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("needs a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "gridkit/maps/assets", "frontend"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not [p for p in listed if "assets/" in p or "node_modules" in p or p.endswith(".min.js")]


def test_types_are_strict():
    npx = shutil.which("npx")
    if npx is None or not (FRONTEND / "node_modules" / "typescript").is_dir():
        pytest.skip("needs frontend/node_modules (npm --prefix frontend ci)")
    done = subprocess.run(
        [npx, "tsc", "--noEmit"], cwd=FRONTEND, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
