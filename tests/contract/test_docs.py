"""Is everything a person can ask for written down?"""

from __future__ import annotations

import dataclasses
import importlib.util
import inspect
import re
from pathlib import Path

import pytest
import typer

import gridkit as gk
from gridkit import errors
from gridkit.cli.app import app
from gridkit.config.load import settings_tree

DOCS = Path(__file__).parents[2] / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_generated_pages_are_up_to_date():
    spec = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, make in module.PAGES.items():
        assert page(name) == make(), f"{name} is old; run: python docs/make_reference.py"


def test_every_setting_has_a_description():
    missing = [
        f"{c.__name__}.{f.name}"
        for c in settings_tree().values()
        for f in dataclasses.fields(c)
        if f.init
        and not re.search(
            rf"^\s*(\w+, )*{f.name}(, \w+)*( :.*)?$", inspect.getdoc(c) or "", re.MULTILINE
        )
    ]
    assert missing == []


def test_every_command_and_option_is_in_the_docs():
    text = page("cli.md")
    commands = typer.main.get_command(app).commands
    missing = []
    for name, command in commands.items():
        if f"gridkit {name}" not in text:
            missing.append(name)
        missing += [
            f"{name} {o}"
            for p in command.params
            for o in p.opts
            if o.startswith("--") and o not in text
        ]
    assert missing == []


def test_every_error_is_in_the_docs_with_its_exit_code():
    text = page("errors.md")
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, errors.GridkitError) and kind.__module__ == errors.__name__:
            assert f"`{name}`" in text
            assert f"| {kind.exit_code} |" in text


def test_every_metric_is_in_the_docs():
    text = page("metrics.md")
    assert [m.name for m in gk.metrics.all_metrics() if f"`{m.name}`" not in text] == []


def test_every_file_a_run_writes_is_in_the_docs():
    from gridkit.batch.outputs import FILES

    text = page("files.md")
    assert [f for f in FILES if f"`{f}`" not in text] == []


def test_every_public_name_has_a_docstring():
    bare = [
        n for n in gk.__all__ if callable(getattr(gk, n)) and not inspect.getdoc(getattr(gk, n))
    ]
    assert bare == []


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "LICENSE"])
def test_the_front_papers_are_there(name):
    assert (DOCS.parent / name).stat().st_size > 500
