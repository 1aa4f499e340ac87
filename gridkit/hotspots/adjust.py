"""How many hazards should there be where, once kind, hour, season and surroundings are allowed for?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gridkit.errors import ConfigError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit._typing import BoolArray, FloatArray, IntArray
    from gridkit.model.hazards import Hazards
    from gridkit.model.town import Town


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Hazards of one kind or time that go with another measure than the rest.

    Parameters
    ----------
    measure
        What these hazards are divided by.
    category
        Only hazards of this category; empty for all.
    hours
        Only those reported in these hours of the day, as ``"08-18"`` (from 8:00 to before 18:00; may
        run past midnight); empty for all.
    months
        Only those reported in these months, as ``"06-08"`` (June to August; may run past the year);
        empty for all.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    measure: str
    category: str = ""
    hours: str = ""
    months: str = ""

    def __post_init__(self) -> None:
        for name, low, high in (("hours", 0, 24), ("months", 1, 12)):
            text = getattr(self, name)
            if text and not (
                re.fullmatch(r"\d\d-\d\d", text)
                and all(low <= int(t) <= high for t in text.split("-"))
            ):
                msg = f"`{name}` are written as '{'08-18' if name == 'hours' else '06-08'}', from {low} to {high}; got '{text}'"
                raise ConfigError(msg)

    def holds(self, hazards: Hazards) -> BoolArray:
        """Whether each hazard belongs to the stratum: (n,)."""
        when = hazards.reported_at
        out = np.ones(len(hazards), dtype=bool)
        if self.category:
            out &= hazards.category.texts() == self.category
        if self.hours:
            first, end = (int(t) for t in self.hours.split("-"))
            hour = (when - when.astype("datetime64[D]")).astype(np.int64) // 3600
            out &= (hour >= first) & (hour < end) if first < end else (hour >= first) | (hour < end)
        if self.months:
            first, last = (int(t) for t in self.months.split("-"))
            month = when.astype("datetime64[M]").astype(np.int64) % 12 + 1
            inside = (month >= first) & (month <= last)
            out &= inside if first <= last else (month >= first) | (month <= last)
        return out


@dataclass(frozen=True, kw_only=True, eq=False)
class Expectation:
    """Hazards to expect in every unit and period.

    Parameters
    ----------
    by_period : (n_units, n_periods)
        Adds up to the hazards that lie where something is exposed.
    counted : (n,)
        Which hazards count: those in units with the exposure of their stratum.
    notes
        What was allowed for.
    """

    by_period: FloatArray
    counted: BoolArray
    notes: tuple[str, ...] = ()

    @property
    def by_unit(self) -> FloatArray:
        """All periods together: (n_units,)."""
        return np.asarray(self.by_period.sum(axis=1))


def expected_counts(
    town: Town,
    hazards: Hazards,
    *,
    exposure: str,
    strata: Sequence[Stratum] = (),
    covariates: Sequence[str] = (),
    period: IntArray | None = None,
) -> Expectation:
    r"""Share hazards out over the units as their exposure lets one expect.

    Each hazard belongs to the first stratum that holds it, or to the rest. Within a stratum every unit
    gets its share of the measure (indirect standardisation), period by period, so that a busy season is
    expected everywhere. `covariates` then enter a Poisson regression with that expectation as offset:
    :math:`\log \mu_i = \log e_i + x_i \beta`; what they explain is no hotspot any more.

    Parameters
    ----------
    town
        With the measures.
    hazards
        First reports inside the town.
    exposure
        Measure of the hazards in no stratum.
    strata
        Kinds and times with measures of their own.
    covariates
        Measures that change the risk; they enter as ``log(1 + value)``, standardised.
    period : (n,), optional
        Period of each hazard, 0 to n_periods - 1; by default one for all.

    Returns
    -------
    Expectation

    Raises
    ------
    SchemaError
        If the town has no such measure.
    InputError
        If nothing is exposed.

    References
    ----------
    Breslow, N. E., Day, N. E. (1987). Statistical methods in cancer research II (indirect standardisation).
    """
    n = len(town.units)
    when = np.zeros(len(hazards), dtype=np.int64) if period is None else period.astype(np.int64)
    n_periods = int(when.max(initial=0)) + 1
    out = np.zeros((n, n_periods))
    left, counted = np.ones(len(hazards), dtype=bool), np.zeros(len(hazards), dtype=bool)
    notes = []
    for stratum in (*strata, Stratum(measure=exposure)):
        own = left & stratum.holds(hazards)
        left &= ~own
        values = town.units.measure(stratum.measure).values
        if values.sum() <= 0:
            msg = f"the town has no {stratum.measure} at all, so hazards cannot be divided by them; take another exposure."
            raise InputError(msg)
        own &= values[hazards.unit_pos] > 0
        counted |= own
        out += np.outer(values / values.sum(), np.bincount(when[own], minlength=n_periods))
        if stratum.category or stratum.hours or stratum.months:
            kind = " ".join(t for t in (stratum.category, stratum.hours, stratum.months) if t)
            notes.append(
                f"{int(own.sum()):,} hazards ({kind}) are expected where {stratum.measure} are."
            )
    if covariates:
        cases = np.bincount(hazards.unit_pos[counted], minlength=n)
        factor, said = _fitted(town, cases, out.sum(axis=1), covariates)
        out *= factor[:, None]
        notes.append(said)
    return Expectation(by_period=out, counted=counted, notes=tuple(notes))


def _fitted(
    town: Town, cases: IntArray, expected: FloatArray, covariates: Sequence[str]
) -> tuple[FloatArray, str]:
    """Fit the Poisson regression; returns what multiplies each expectation, and a sentence."""
    from sklearn.linear_model import PoissonRegressor

    ok = expected > 0
    columns = np.log1p(
        np.column_stack([np.maximum(town.units.measure(c).values, 0) for c in covariates])
    )
    spread = columns[ok].std(axis=0)
    if (spread < 1e-9).any():
        flat = covariates[int(np.flatnonzero(spread < 1e-9)[0])]
        msg = f"the covariate {flat} is the same in every unit with exposure, so it explains nothing; leave it out."
        raise InputError(msg)
    columns = (columns - columns[ok].mean(axis=0)) / spread
    model = PoissonRegressor(alpha=0.0, max_iter=2000, tol=1e-9)
    model.fit(columns[ok], cases[ok] / expected[ok], sample_weight=expected[ok])
    factor = np.ones(expected.size)
    factor[ok] = model.predict(columns[ok])
    factor *= expected.sum() / (factor * expected).sum()
    told = ", ".join(f"{c} x {np.exp(b):.2f}" for c, b in zip(covariates, model.coef_, strict=True))
    return factor, (
        f"Poisson regression: one standard deviation more of a covariate multiplies the expectation ({told}); "
        "what covariates explain is no hotspot."
    )
