"""Where branches meet: a sum on all threads; see ``reference/sums.py``."""

from __future__ import annotations

from numba import prange

from ...types import Array
from .loops import Loop, flat
from .workspace import empty_like

__all__ = ["add"]


@Loop
def _add(x, other, y):
    for i in prange(y.size):
        y[i] = x[i] + other[i]


def add(x: Array, other: Array) -> Array:
    y = empty_like(x)
    _add(flat(x), flat(other), flat(y), size=x.size)
    return y
