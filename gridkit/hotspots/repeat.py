"""Does one hazard bring the next, near it and soon after?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels.series import close_pairs
from gridkit.errors import InputError

if TYPE_CHECKING:
    from gridkit._typing import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Knox:
    """How many pairs are near in space and in time.

    Parameters
    ----------
    n_pairs
        Pairs near in both.
    n_near, n_soon
        Pairs near in space, in time.
    expected
        Pairs near in both if place and time had nothing to do with each other.
    ratio
        Pairs seen over pairs expected.
    p_value
        Share of maps with shuffled times that have as many, the seen map counted.
    p_poisson
        Probability of as many or more by the Poisson approximation.
    """

    n_pairs: int
    n_near: int
    n_soon: int
    expected: float
    ratio: float
    p_value: float
    p_poisson: float


def knox(
    xy: FloatArray,
    time: FloatArray,
    *,
    near_m: float,
    soon: float,
    n_permutations: int = 999,
    seed: int = 0,
) -> Knox:
    """Test whether hazards follow each other in the same place (near-repeat).

    Parameters
    ----------
    xy : (n, 2), metres
        Places.
    time : (n,)
        Times, in any unit (days).
    near_m : m
        What is near.
    soon
        What is soon, in the unit of `time`.
    n_permutations
        Maps with shuffled times.
    seed
        Of the shuffling.

    Returns
    -------
    Knox

    Raises
    ------
    InputError
        If there are fewer than 2 hazards or no two of them are near.

    References
    ----------
    Knox, E. G. (1964). The detection of space-time interactions.

    Examples
    --------
    >>> xy = np.array([[0.0, 0], [1, 0], [500, 0], [501, 0], [900, 0]])
    >>> knox(xy, np.array([1.0, 2, 60, 61, 200]), near_m=5, soon=3).n_pairs
    2
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415  only here
    from scipy.stats import poisson  # noqa: PLC0415  only here

    xy, time = np.asarray(xy, dtype=np.float64), np.asarray(time, dtype=np.float64)
    n = len(xy)
    if n < 2 or time.size != n:
        msg = f"near repeats need at least 2 hazards with one time each; got {n} places and {time.size} times"
        raise InputError(msg)
    pairs = cKDTree(xy).query_pairs(near_m, output_type="ndarray").astype(np.int64)
    if len(pairs) == 0:
        msg = f"no two of {n} hazards lie within {near_m:g} m; take a larger distance."
        raise InputError(msg)
    left, right = np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])
    ordered = np.sort(time)
    n_soon = int(
        (np.searchsorted(ordered, ordered + soon, side="right") - np.arange(1, n + 1)).sum()
    )
    seen = int(close_pairs(left, right, time, soon))
    rng = np.random.default_rng(seed)
    as_many = sum(
        int(close_pairs(left, right, rng.permutation(time), soon)) >= seen
        for _ in range(n_permutations)
    )
    expected = len(pairs) * n_soon / (n * (n - 1) / 2)
    return Knox(
        n_pairs=seen,
        n_near=len(pairs),
        n_soon=n_soon,
        expected=expected,
        ratio=seen / expected if expected > 0 else float("nan"),
        p_value=(1 + as_many) / (n_permutations + 1),
        p_poisson=float(poisson.sf(seen - 1, expected)),
    )
