"""Write the reference pages that are made from the code: python docs/make_reference.py."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import typer

import gridkit
from gridkit import errors
from gridkit.cli.app import app
from gridkit.config.load import settings_tree
from gridkit.metrics import all_metrics

if TYPE_CHECKING:
    from collections.abc import Callable

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
    words: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
        (r"typing\.|gridkit\.[\w.]+\.", ""),
        (r"<class '(\w+)'>", r"\1"),
        (r"Literal\[([^]]*)\]", lambda m: "one of " + m[1].replace("'", '"')),
        (r"tuple\[str, str\]", "pairs of text"),
        (r"tuple\[(.*), \.\.\.\]", r"list of \1"),
        (r"tuple\[(.*), \.\.\.\]", r"lists of \1"),
        (r"dict\[str, (.*)\]", r"table of \1"),
        (r" \| None", ""),
        (r"\bstr\b", "text"),
        (r"\bint\b", "whole number"),
        (r"\bfloat\b", "number"),
        (r"\bbool\b", "true or false"),
    )
    for pattern, word in words:
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
    return f"`{toml_value(value)}`"


def toml_value(value: Any) -> str:
    """Write a value as in TOML."""
    if isinstance(value, dict):
        inner = ", ".join(f"{k} = {toml_value(v)}" for k, v in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    return json.dumps(value) if isinstance(value, bool | str) else str(value)


def key_rows(kind: type) -> list[tuple[str, str, str, str]]:
    """Give keys, kind, default and meaning of a settings class; keys that are described together stand in one row."""
    hints, texts = get_type_hints(kind), described(kind)
    rows: list[tuple[str, str, str, str]] = []
    for field in dataclasses.fields(kind):
        if not field.init:
            continue
        row = (
            f"`{field.name}`",
            type_words(hints[field.name]),
            default_words(field),
            texts.get(field.name, ""),
        )
        if rows and row[3] and row[3] == rows[-1][3]:
            before = rows.pop()
            row = (
                f"{before[0]}, {row[0]}",
                before[1] if before[1] == row[1] else f"{before[1]}; {row[1]}",
                before[2] if before[2] == row[2] else f"{before[2]}, {row[2]}",
                row[3],
            )
        rows.append(row)
    return rows


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
    tables: dict[type, list[str]] = {}
    for path, kind in settings_tree().items():
        tables.setdefault(kind, []).append(f"`[{_table(path)}]`")
    for kind, paths in tables.items():
        doc = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
        also = f" The same keys: {', '.join(paths[1:])}." if paths[1:] else ""
        lines += [
            "",
            f"## {paths[0]}" if paths != ["`[]`"] else "## The whole file",
            "",
            f"{doc} (`{kind.__name__}`){also}",
            "",
        ]
        lines += ["| key | kind | default | meaning |", "| --- | --- | --- | --- |"]
        for name, words, default, text in key_rows(kind):
            cell = text.replace("|", "\\|")
            linked = _linked(words.replace("|", "or"), tables)
            lines.append(f"| {name} | {linked} | {default} | {cell} |")
    return "\n".join(lines) + "\n"


def _linked(words: str, tables: dict[type, list[str]]) -> str:
    """Link the names of settings classes to the tables that fill them."""
    for kind, paths in tables.items():
        anchor = re.sub(r"[^\w-]", "", paths[0])
        words = re.sub(rf"\blist of {kind.__name__}\b", f"[tables](#{anchor})", words)
        words = re.sub(rf"\b{kind.__name__}\b(?!\()", f"[table](#{anchor})", words)
    return words


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
        _with_code(app.info.help or ""),
        "",
        app.info.epilog or "",
    ]
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        lines += [
            "",
            f"## `gridkit {name}`",
            "",
            _with_code(inspect.cleandoc(command.help or "")),
        ]
        if command.params:
            lines += ["", "| option | default | meaning |", "| --- | --- | --- |"]
        for p in command.params:
            label = (
                p.metavar or str(p.name).upper()
                if p.param_type_name == "argument"
                else ", ".join(p.opts)
            )
            given = p.default not in (None, "", False) and not callable(p.default)
            default = "**needed**" if p.required else f"`{p.default}`" if given else "-"
            text = _with_code(getattr(p, "help", "") or "")
            lines.append(f"| `{label}` | {default} | {text} |")
    return "\n".join(lines) + "\n"


def _with_code(text: str) -> str:
    """Mark commands and options as code, so that nothing turns their hyphens into dashes."""
    text = re.sub(r"^(Example|Start with): (.*)$", r"\1: `\2`", text, flags=re.MULTILINE)
    return re.sub(r"(?<![`\w-])(--[a-z][a-z-]*)(?=[^`]*$)", r"`\1`", text, flags=re.MULTILINE)


RULES_EXAMPLE = """\
[rules]
grids = { total = 38 }
balance = { measure = "workload_min", tolerance = 0.10 }

[[rules.limits]]                       # one entry for each limit
measure = "residents"
high = 6000

[[rules.limits]]                       # on a ratio: residents per km²
measure = "residents"
per = "area_km2"
high = 5000

[rules.staffing]
min_members = 2

[[rules.change]]                       # against the plan in force
measure = "residents"
share = 0.30

[rules.objective]
roundness = 1.0
stability = 0.5"""


def rules_page() -> str:
    """Say what each rule is for, and where its keys stand."""
    lines = [
        "# Rules",
        "",
        "A plan is legal when every hard rule holds; soft goals are weighed against each other in `[rules.objective]`. Always hard, without a setting:",
        "every unit lies in one base grid, every base grid in one community grid (where the town has communities), and every base grid is in one piece.",
        "How the engine keeps them: [engine](engine.md). How to add one: [add a rule](howto_rule.md). The numbers are examples:",
        "",
        "```toml",
        RULES_EXAMPLE,
        "```",
        "",
        "| table | says | keys | in Python |",
        "| --- | --- | --- | --- |",
    ]
    for path, kind in settings_tree().items():
        if not path.startswith("rules."):
            continue
        text = " ".join((inspect.getdoc(kind) or "").split("\n\nParameters")[0].split())
        keys = ", ".join(f.name for f in dataclasses.fields(kind) if f.init)
        anchor = re.sub(r"[^\w-]", "", path)
        lines.append(
            f"| [`[{_table(path)}]`](config.md#{anchor}) | {text} | `{keys}` | `gk.rules.{kind.__name__}` |"
        )
    return "\n".join(lines) + "\n"


def _table(path: str) -> str:
    """Write a list of tables as TOML does: ``rules.limits[]`` is ``[[rules.limits]]``."""
    inner = path.removesuffix("[]").replace("[]", "")
    return f"[{inner}]" if path.endswith("[]") else inner


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
