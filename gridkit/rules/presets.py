"""Which rules are in use elsewhere, with which numbers, and where were they found?"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from gridkit.errors import ConfigError, did_you_mean
from gridkit.rules.settings import (
    Balance,
    DensityClass,
    GridCount,
    Limit,
    Objective,
    Rules,
    StaffingRule,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a number comes from.

    Parameters
    ----------
    says
        The number, in words.
    where
        The document.
    mark
        ``"V"`` read in the named text, ``"C"`` computed from such numbers, ``"A"`` assumed here.
    """

    says: str
    where: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Rules in use somewhere, as a start for one's own.

    Parameters
    ----------
    name
        As in ``preset = "cn-urban"``.
    title
        In words.
    unit
        What a grid is called there.
    rules
        The rules.
    sources
        Where each number was found.
    note
        What to know before using it.
    """

    name: str
    title: str
    unit: str
    rules: Rules
    sources: tuple[Source, ...]
    note: str = ""


def list_presets() -> tuple[str, ...]:
    """Name all presets.

    Returns
    -------
    tuple of str
        In alphabetical order.

    Examples
    --------
    >>> "cn-urban" in list_presets()
    True
    """
    folder = files("gridkit.rules") / "preset_files"
    return tuple(
        sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    )


def read_preset(name: str) -> Preset:
    """Read a preset.

    Parameters
    ----------
    name
        As `list_presets` gives it.

    Returns
    -------
    Preset
        Rules, and the source of every number.

    Raises
    ------
    ConfigError
        If there is none of that name.

    Examples
    --------
    >>> read_preset("cn-urban").rules.limits[0].measure
    'households'
    """
    raw = tomllib.loads(preset_text(name))
    rules = raw.get("rules", {})
    return Preset(
        name=name,
        title=raw["title"],
        unit=raw["unit"],
        note=raw.get("note", ""),
        rules=_rules(rules),
        sources=tuple(Source(**s) for s in raw["sources"]),
    )


def preset_text(name: str) -> str:
    """Give a preset as the TOML text it is, to copy into one's own file.

    Parameters
    ----------
    name
        As `list_presets` gives it.

    Returns
    -------
    str
        TOML; its ``[rules]`` fit into a batch file.

    Raises
    ------
    ConfigError
        If there is none of that name.
    """
    known = list_presets()
    if name not in known:
        msg = f"there is no preset '{name}'{did_you_mean(name, known) or '.'} There are: {', '.join(known)}."
        raise ConfigError(msg)
    file = files("gridkit.rules") / "preset_files" / f"{name}.toml"
    return file.read_text(encoding="utf-8")


def _rules(raw: dict[str, Any]) -> Rules:
    """Make rules; a file of ours with an unknown key fails a test, so it is not worded here."""
    single = {
        "balance": Balance,
        "grids": GridCount,
        "staffing": StaffingRule,
        "objective": Objective,
    }
    several = {"limits": Limit, "density_classes": DensityClass}
    made: dict[str, Any] = {}
    for key, value in raw.items():
        if key in single:
            made[key] = single[key](**value)
        elif key in several:
            made[key] = tuple(several[key](**v) for v in value)
        else:
            made[key] = value
    return Rules(**made)
