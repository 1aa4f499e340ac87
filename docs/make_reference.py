"""Write the reference pages that are made from the code: python docs/make_reference.py."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from functools import partial
from pathlib import Path
from typing import Any, get_type_hints

import typer

import gridkit
from gridkit import errors
from gridkit.cli.app import app
from gridkit.config.load import settings_tree
from gridkit.metrics import all_metrics

HERE = Path(__file__).parent


def described(kind: type) -> dict[str, str]:
    """Read the Parameters section of a numpydoc docstring: name -> text."""
    text = inspect.getdoc(kind) or ""
    found = re.search(r"Parameters\n-+\n(.*?)(?=\n\w[^\n]*\n-{3,}|\Z)", text, re.DOTALL)
    out: dict[str, str] = {}
    names: list[str] = []
    for line in (found.group(1) if found else "").splitlines():
        if line and not line.startswith(" "):
            head, _, unit = line.partition(" : ")
            names = [n.strip() for n in head.split(",")]
            out |= dict.fromkeys(names, f"({unit}) " if unit else "")
        elif line.strip():
            for n in names:
                out[n] += line.strip() + " "
    return {n: t.strip() for n, t in out.items()}


def type_words(hint: Any) -> str:
    """Say a type as a person would."""
    text = str(hint) if not isinstance(hint, type) else hint.__name__
    for pattern, word in (
        (r"typing\.|gridkit\.[\w.]+\.", ""),
        (r"<class '(\w+)'>", r"\1"),
        (r"Literal\[(.*)\]", r"one of \1"),
        (r"tuple\[(.*), \.\.\.\]", r"list of \1"),
        (r"dict\[str, (.*)\]", r"table of \1"),
        (r" \| None", ""),
        (r"\bstr\b", "text"),
        (r"\bint\b", "whole number"),
        (r"\bfloat\b", "number"),
        (r"\bbool\b", "true or false"),
    ):
        text = re.sub(pattern, word, text)
    return text


def default_words(field: dataclasses.Field[Any]) -> str:
    """Say a default as it would stand in TOML."""
    if field.default is not dataclasses.MISSING:
        value = field.default
    elif field.default_factory is not dataclasses.MISSING:
        value = field.default_factory()
    else:
        return "**needed**"
    if value is None or value in ((), {}, ""):
        return "-"
    if dataclasses.is_dataclass(value):
        return "see its table"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`"


def config_page() -> str:
    """Describe every table and key of a batch file."""
    lines = [
        "# Batch files",
        "",
        "A batch file is TOML and describes one town: where the layers are, what a plan must keep, and what to write.",
        "Paths are relative to the file. An unknown key is an error that names its full path and the nearest known one.",
        "`gridkit schema` prints the JSON schema, for editors that complete and check TOML. Example: `configs/cambridge.toml`.",
        "",
        "This page is made from the settings classes by `docs/make_reference.py`.",
    ]
    for path, kind in settings_tree().items():
        doc = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
        title = f"[{path}]" if path else "The whole file"
        lines += [
            "",
            f"## `{title}`" if path else f"## {title}",
            "",
            f"{doc} (`{kind.__name__}`)",
            "",
        ]
        lines += ["| key | kind | default | meaning |", "| --- | --- | --- | --- |"]
        hints, texts = get_type_hints(kind), described(kind)
        for field in dataclasses.fields(kind):
            if field.init:
                kind_words = type_words(hints[field.name]).replace("|", "or")
                text = texts.get(field.name, "").replace("|", "\\|")
                lines.append(f"| `{field.name}` | {kind_words} | {default_words(field)} | {text} |")
    return "\n".join(lines) + "\n"


def metrics_page() -> str:
    """Describe every registered measure."""
    lines = [
        "# Measures of a plan",
        "",
        "Each is one function, registered once with `@metric`; the report, the maps and this page read the registry.",
        "",
        "| measure | unit | of | better | meaning |",
        "| --- | --- | --- | --- | --- |",
    ]
    for m in sorted(all_metrics(), key=lambda m: m.name):
        text = (
            (inspect.getdoc(m.function) or "")
            .split("\n\n")[0]
            .replace("\n", " ")
            .replace("|", "\\|")
        )
        lines.append(f"| `{m.name}` | {m.unit} | {m.level} | {m.better or '-'} | {text} |")
    return "\n".join(lines) + "\n"


def errors_page() -> str:
    """Describe every error and exit code."""
    lines = [
        "# Errors and exit codes",
        "",
        "An error names what, where, what was got and what is allowed, and the way out. The command prints it as one line",
        "and leaves with the code of its class; Python raises it. `GRIDKIT_DEBUG=1` shows where a fault of gridkit is.",
        "",
        "| error | exit code | when |",
        "| --- | --- | --- |",
    ]
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, errors.GridkitError) and kind.__module__ == errors.__name__:
            text = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
            lines.append(f"| `{name}` | {kind.exit_code} | {text} |")
    lines += [
        "",
        "| other exit codes | when |",
        "| --- | --- |",
        "| 0 | done, every hard rule is kept |",
        f"| {errors.EXIT_RULE_BROKEN} | a plan was made or checked and breaks a hard rule; the findings say which |",
        f"| {errors.EXIT_INTERRUPTED} | interrupted (Ctrl-C); nothing is left half-written |",
        "",
        f"`GridkitWarning`: {inspect.getdoc(errors.GridkitWarning)} It is printed as one line.",
    ]
    return "\n".join(lines) + "\n"


def cli_page() -> str:
    """Describe every command and option."""
    lines = [
        "# Commands",
        "",
        (app.info.help or "").replace("\n\n", "\n\n"),
        "",
        app.info.epilog or "",
    ]
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        lines += [
            "",
            f"## `gridkit {name}`",
            "",
            inspect.cleandoc(command.help or ""),
            "",
            "| option | meaning |",
            "| --- | --- |",
        ]
        for p in command.params:
            label = (
                p.metavar or str(p.name).upper()
                if p.param_type_name == "argument"
                else ", ".join(p.opts)
            )
            lines.append(f"| `{label}` | {getattr(p, 'help', '') or ''} |")
    return "\n".join(lines) + "\n"


def rules_page() -> str:
    """Describe every rule: its table, its settings class and its keys."""
    lines = [
        "# Rules",
        "",
        "A plan is legal when every hard rule holds; soft goals are weighed against each other in `[rules.objective]`. Always hard, without a setting:",
        "every unit lies in one base grid, every base grid in one community grid (where the town has communities), and every base grid is in one piece.",
        "How the engine keeps them: [engine](engine.md). How to add one: [add a rule](howto_rule.md).",
    ]
    for path, kind in settings_tree().items():
        if not path.startswith("rules."):
            continue
        text = (inspect.getdoc(kind) or "").split("\n\nParameters")[0]
        lines += [
            "",
            f"## `{kind.__name__}`",
            "",
            f"In a batch file: `[{_table(path)}]`.",
            "",
            text,
            "",
        ]
        hints, texts = get_type_hints(kind), described(kind)
        for field in dataclasses.fields(kind):
            if field.init:
                words = type_words(hints[field.name])
                lines.append(
                    f"- `{field.name}` ({words}, default {default_words(field)}): {texts.get(field.name, '')}"
                )
    return "\n".join(lines) + "\n"


def _table(path: str) -> str:
    """Write a list of tables as TOML does: ``rules.limits[]`` is ``[[rules.limits]]``."""
    return f"[{path[:-2]}]" if path.endswith("[]") else path


def rooms() -> dict[str, list[str]]:
    """List the public names of each room, without those that stand at the top."""
    out = {}
    for room in gridkit._ROOMS:  # noqa: SLF001  the one list of rooms
        module = importlib.import_module(f"gridkit.{room}")
        names = sorted(
            n
            for n in getattr(module, "__all__", ())
            if getattr(module, n) is not getattr(gridkit, n, None)
        )
        if names:
            out[room] = names
    return out


def api_page() -> str:
    """List every public name with its docstring."""
    names = [n for n in gridkit.__all__ if not n.startswith("__")]
    lines = [
        "# The Python interface",
        "",
        "`import gridkit as gk` gives every name below and loads nothing heavy until it is used. Nouns are frozen; verbs give new nouns.",
        "Each room has its own functions and settings classes besides: `gk.rules.Limit`, `gk.maps.draw_plan`.",
        "",
        "```{toctree}",
        ":maxdepth: 1",
        "",
        *(f"api_{room}" for room in rooms()),
        "```",
        "",
        *_described("gridkit", names),
    ]
    return "\n".join(lines) + "\n"


def room_page(room: str) -> str:
    """List every public name of a room with its docstring."""
    module = importlib.import_module(f"gridkit.{room}")
    head = (inspect.getdoc(module) or "").splitlines()[0]
    lines = [f"# `gridkit.{room}`", "", head, "", *_described(f"gridkit.{room}", rooms()[room])]
    return "\n".join(lines) + "\n"


def _described(module: str, names: list[str]) -> list[str]:
    """Give a table of names, then each with its docstring, for Sphinx."""
    room = importlib.import_module(module)
    lines = [
        "```{eval-rst}",
        f".. currentmodule:: {module}",
        "",
        ".. autosummary::",
        "   :nosignatures:",
        "",
    ]
    lines += [f"   {n}" for n in names]
    for n in names:
        value = getattr(room, n)
        kind = "class" if inspect.isclass(value) else "function" if callable(value) else "data"
        if inspect.isclass(value) and issubclass(value, Exception):
            kind = "exception"
        lines += ["", f".. auto{kind}:: {n}"]
    return [*lines, "```"]


PAGES = {
    "api.md": api_page,
    "config.md": config_page,
    "rules.md": rules_page,
    "metrics.md": metrics_page,
    "errors.md": errors_page,
    "cli.md": cli_page,
    **{f"api_{room}.md": partial(room_page, room) for room in rooms()},
}

if __name__ == "__main__":
    for name, make in PAGES.items():
        (HERE / name).write_text(make(), encoding="utf-8")
