"""What the kernels here ask of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...types import Array, Shape


def float32(*arrays: Any) -> bool:
    """Whether all are float32; other dtypes are served by the reference."""
    return all(a.dtype == np.float32 for a in arrays)


def contiguous(x: Any) -> bool:
    """Whether its numbers lie one after the other, in the order of the axes."""
    return bool(x.flags.c_contiguous)


def laid_out(x: Array) -> Array:
    """``x``, contiguous: itself or a copy."""
    import cupy

    result: Array = cupy.ascontiguousarray(x)
    return result


def empty(shape: Shape, dtype: Any = np.float32) -> Array:
    """Numbers that are still to be written, on the current device."""
    import cupy

    result: Array = cupy.empty(shape, dtype)
    return result


def placed(x: Any, dtype: Any) -> Array:
    """``x`` on the device, contiguous, in this dtype: a table that the host has made, say."""
    import cupy

    result: Array = cupy.ascontiguousarray(cupy.asarray(x, dtype))
    return result
