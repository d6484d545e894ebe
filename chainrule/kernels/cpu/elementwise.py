"""The wrapper that all loops over single elements share."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...types import Array
from .loops import Loop


def elementwise(loop: Loop, *arrays: Array, numbers: tuple[Any, ...] = ()) -> Array:
    """A new array like the first, filled by ``loop(*arrays, *numbers, out)``, each array as a row.

    An array without axes may come as a scalar: NumPy's functions turn one into the other.
    """
    out = np.empty(arrays[0].shape, arrays[0].dtype)
    loop(*map(np.ravel, arrays), *numbers, out.ravel(), size=out.size)
    return out
