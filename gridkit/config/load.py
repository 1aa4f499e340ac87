"""How does a TOML file become frozen settings, and what is said when a key is wrong?"""

from __future__ import annotations

import dataclasses
import tomllib
import types
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from gridkit.config.batch_file import BatchFile
from gridkit.errors import ConfigError, InputError, did_you_mean

MAX_BYTES = 1_000_000
"""A batch file is a page of text, not a data set."""


def load_batch(path: Path | str) -> BatchFile:
    """Read a batch file; paths in it are relative to the file.

    Parameters
    ----------
    path
        A TOML file, as `docs/config.md` describes.

    Returns
    -------
    BatchFile
        Frozen settings, every one checked.

    Raises
    ------
    ConfigError
        Naming every key that is unknown, missing or wrong, with its full path.
    """
    source = Path(path)
    raw = _read_toml(source)
    return _fill(_with_full_paths(raw, source.resolve().parent), source.name)


def input_files(path: Path | str) -> dict[str, Path]:
    """List the files that a batch file names, by the text that names them."""
    source = Path(path)
    folder = source.resolve().parent
    found: dict[str, Path] = {}

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            found.update({v: folder / v for k, v in value.items() if _names_file(k, v)})
            value = list(value.values())
        if isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(_read_toml(source))
    return dict(sorted(found.items()))


def _names_file(key: str, value: Any) -> bool:
    """Whether a setting is the path of a file: ``path`` or ``..._file``."""
    return (key == "path" or key.endswith("_file")) and isinstance(value, str) and bool(value)


def config_schema() -> dict[str, Any]:
    """Give the JSON schema of a batch file, for editors that complete and check TOML.

    Returns
    -------
    dict
        To be written as JSON.
    """
    from pydantic import TypeAdapter

    return TypeAdapter(BatchFile).json_schema()


def _read_toml(source: Path) -> dict[str, Any]:
    if not source.is_file():
        near = (
            sorted(p.name for p in source.parent.glob("*.toml")) if source.parent.is_dir() else []
        )
        there = (
            f" There {'is' if len(near) == 1 else 'are'}: {', '.join(near[:8])}." if near else ""
        )
        msg = f"there is no batch file {source}{did_you_mean(source.name, near) or '.'}{there}"
        raise ConfigError(msg)
    if source.stat().st_size > MAX_BYTES:
        msg = (
            f"{source} has {source.stat().st_size:,} bytes; a batch file has at most {MAX_BYTES:,}."
        )
        raise ConfigError(msg)
    try:
        return tomllib.loads(source.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        msg = f"{source} is not UTF-8 text (byte {error.start}). Save it as UTF-8."
        raise ConfigError(msg) from error
    except tomllib.TOMLDecodeError as error:
        msg = f"{source} is not valid TOML: {error}."
        raise ConfigError(msg) from error


def _with_full_paths(value: Any, folder: Path) -> Any:
    """Make every text under ``path`` or ``..._file`` relative to the batch file's folder."""
    if isinstance(value, dict):
        return {
            k: str(folder / v) if _names_file(k, v) else _with_full_paths(v, folder)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [_with_full_paths(v, folder) for v in value]
    return value


def _fill(raw: dict[str, Any], name: str) -> BatchFile:
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(BatchFile).validate_python(raw)
    except ValidationError as error:
        problems = _in_words(error.errors())
    except InputError as error:  # a settings class refused its own values
        problems = [str(error)]
    one = len(problems) == 1
    start = f"{name}: " if one else f"{name} has {len(problems)} problems: "
    raise ConfigError(start + " ".join(problems), problems=problems)


def _in_words(errors: list[Any]) -> list[str]:
    return list(dict.fromkeys(_sentence(e) for e in errors))


def _sentence(error: dict[str, Any]) -> str:
    where = [
        p for p in error["loc"] if not (isinstance(p, str) and ("[" in p or p in _CLASS_NAMES))
    ]
    key = _dotted(where)
    kind, got = error["type"], error.get("input")
    if kind in {"unexpected_keyword_argument", "extra_forbidden"}:
        known = _keys_at(where[:-1])
        place = _dotted(where[:-1])
        inside = f"[{place}]" if place else "the file"
        known_text = f" {inside} knows: {', '.join(known)}." if known else ""
        return f"unknown key `{key}`{did_you_mean(str(where[-1]), known) or '.'}{known_text}"
    if kind in {"missing", "missing_argument", "missing_keyword_only_argument"}:
        return f"`{key}` is missing."
    if "ctx" in error and isinstance(error["ctx"].get("error"), Exception):
        return f"`{key}`: {error['ctx']['error']}" if key else str(error["ctx"]["error"])
    said = error["msg"]
    if kind in {"dataclass_type", "dict_type"}:
        known = _keys_at(where)
        said = "a table is needed" + (f", such as {{ {known[0]} = ... }}" if known else "")
        if "path" in known and isinstance(got, str):
            said = f'a table is needed: {{ path = "{Path(got).name}" }}'
    shown = repr(got)
    return f"`{key}` is {shown if len(shown) < 60 else shown[:57] + '...'}: {said[0].lower() + said[1:]}."


def _dotted(where: list[Any]) -> str:
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _classes(kind: Any) -> list[type]:
    """List the settings classes inside a type such as ``tuple[Limit, ...] | None``."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return [kind]
    if (
        get_origin(kind) in {tuple, list, dict}
        or isinstance(kind, types.UnionType)
        or get_args(kind)
    ):
        return [c for a in get_args(kind) for c in _classes(a)]
    return []


def _keys_at(where: list[Any]) -> list[str]:
    """List the keys that are known at a place of the file."""
    here: list[type] = [BatchFile]
    for part in where:
        if isinstance(part, int):
            continue
        below = []
        for c in here:
            hints = get_type_hints(c)
            if part in hints:
                below += _classes(hints[part])
        here = below or here
    return sorted({f.name for c in here for f in dataclasses.fields(c) if f.init})


def settings_tree(kind: type = BatchFile, path: str = "") -> dict[str, type]:
    """List every settings class by the TOML table that fills it: ``{"rules.limits[]": Limit}``."""
    tree: dict[str, type] = {path: kind}
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        if not field.init:
            continue
        outer = [
            a for a in (hints[field.name], *get_args(hints[field.name])) if a is not type(None)
        ]
        mark = "[]" if any(get_origin(a) is tuple for a in outer) else ""
        mark = ".<name>" if any(get_origin(a) is dict for a in outer) else mark
        for inner in _classes(hints[field.name]):
            below = f"{path}.{field.name}" if path else field.name
            tree |= settings_tree(inner, below + mark)
    return tree


_CLASS_NAMES = {c.__name__ for c in settings_tree().values()}
"""Names that pydantic puts into the path of an error inside a union."""
