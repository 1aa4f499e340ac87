"""Which measures of a plan are there?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

if TYPE_CHECKING:
    from gridkit.model.plan import Plan

Better: TypeAlias = Literal["higher", "lower", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A registered measure.

    Parameters
    ----------
    name
        Name of the function, and of the column.
    unit
        ``"1"`` for ratios, ``"m"``, ``"km²"``...
    level
        ``"grid"``: one value for each grid of a level; ``"plan"``: one for the plan.
    better
        Which way is better; empty for neither.
    text
        First line of the function's docstring.
    function
        ``f(plan, level=...)`` gives (k,) floats; ``f(plan)`` gives one.
    """

    name: str
    unit: str
    level: Literal["grid", "plan"]
    better: Better
    text: str
    function: Callable[..., Any]


_REGISTRY: dict[str, Metric] = {}

F = TypeVar("F", bound=Callable[..., Any])

_SHAPES = {
    "grid": """
Parameters
----------
plan
    Any plan.
level
    ``"base_grid"`` or another level of the plan.

Returns
-------
(k,), {unit}
    One value for each grid of the level.
""",
    "plan": """
Parameters
----------
plan
    Any plan.

Returns
-------
float, {unit}
""",
}
"""What every registered function takes and gives, for its documentation."""


def metric(
    *, unit: str, level: Literal["grid", "plan"] = "grid", better: Better = ""
) -> Callable[[F], F]:
    """Register a measure; the report, the editor, the commands and the docs read the registry.

    Parameters
    ----------
    unit
        ``"1"`` for ratios and counts, ``"m"``, ``"km²"`` ...
    level
        ``"grid"`` for a function ``f(plan, *, level)`` of (k,) values, ``"plan"`` for ``f(plan)`` of one.
    better
        Which way is better; empty for neither.

    Returns
    -------
    decorator
        Gives the function back, registered under its name.
    """

    def register(function: F) -> F:
        text = (function.__doc__ or "").strip().splitlines()[0]
        function.__doc__ = f"{cleandoc(function.__doc__ or '')}\n{_SHAPES[level].format(unit='dimensionless' if unit == '1' else unit)}"
        _REGISTRY[function.__name__] = Metric(
            name=function.__name__,
            unit=unit,
            level=level,
            better=better,
            text=text,
            function=function,
        )
        return function

    return register


def all_metrics() -> tuple[Metric, ...]:
    """Give every registered measure, by name.

    Returns
    -------
    tuple of Metric
        Name, unit, level, direction and function.
    """
    return tuple(_REGISTRY[name] for name in sorted(_REGISTRY))


def measure(plan: Plan, name: str, *, level: str = "base_grid") -> Any:
    """Work one measure out by name: (k,) for a grid measure, a number for a plan measure.

    Parameters
    ----------
    plan
        Any plan.
    name
        Name of a registered measure.
    level
        Of the grids; without meaning for a plan measure.

    Returns
    -------
    (k,) or float
        In the unit of the measure.

    Raises
    ------
    InputError
        If there is no such measure.
    """
    from gridkit.errors import InputError, did_you_mean  # noqa: PLC0415  only to word an error

    found = _REGISTRY.get(name)
    if found is None:
        msg = f"there is no measure '{name}'{did_you_mean(name, _REGISTRY) or '.'}"
        raise InputError(msg)
    return found.function(plan) if found.level == "plan" else found.function(plan, level=level)
