"""How are random numbers drawn inside kernels, the same for any number of threads?

A counter is hashed (splitmix64), so draw number `i` of stream `s` is always the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import JIT, inline, kernel

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, Position

_GOLD = np.uint64(0x9E3779B97F4A7C15)
_A = np.uint64(0xBF58476D1CE4E5B9)
_B = np.uint64(0x94D049BB133111EB)
_SALT = np.uint64(0x5851F42D4C957F2D)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_TO_UNIT = 1.0 / 9007199254740992.0


@inline
def mix(z: np.uint64) -> np.uint64:
    """Scatter 64 bits (the finaliser of splitmix64; Steele, Lea, Flood 2014)."""
    z = (z ^ (z >> _S30)) * _A
    z = (z ^ (z >> _S27)) * _B
    return z ^ (z >> _S31)


@inline
def stream_of(seed: int, number: Position) -> np.uint64:
    """Start stream `number` of a seed; streams do not overlap in practice."""
    return mix(mix(np.uint64(seed) ^ _SALT) + mix(np.uint64(number) + _GOLD))


@inline
def uniform(stream: np.uint64, counter: Position) -> float:
    """Draw number `counter` of a stream: [0, 1)."""
    return float(mix(stream + np.uint64(counter) * _GOLD) >> _S11) * _TO_UNIT


if not JIT:  # plain numbers complain where compiled ones wrap around, as they are meant to
    _wraps = np.errstate(over="ignore")
    mix, stream_of, uniform = _wraps(mix), _wraps(stream_of), _wraps(uniform)


@kernel
def uniforms(seed: int, number: int, n: int) -> FloatArray:
    """Draw the first `n` numbers of a stream."""
    out = np.empty(n)
    s = stream_of(seed, number)
    for i in range(n):
        out[i] = uniform(s, i)
    return out
