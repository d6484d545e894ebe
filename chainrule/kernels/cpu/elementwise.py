"""The wrapper that all loops over single elements share."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...types import Array
from .loops import Loop, flat


def elementwise(loop: Loop, x: Array, *others: Any) -> Array:
    """A new array like ``x``, filled by ``loop(x, *others, out)`` with each array as one row."""
    out = np.empty(x.shape, x.dtype)
    rows = (flat(a) if isinstance(a, np.ndarray) else a for a in (x, *others, out))
    loop(*rows, size=out.size)
    return out
