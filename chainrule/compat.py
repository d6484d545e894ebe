"""The only place that asks whether an optional array library is there."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec


@cache
def has_numba() -> bool:
    """Whether the compiled kernels can be used. Looks without importing: Numba takes 0.4 s."""
    return find_spec("numba") is not None
