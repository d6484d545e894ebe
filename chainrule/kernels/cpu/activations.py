"""Activations: one pass over memory, no temporary arrays."""

from __future__ import annotations

import numpy as np
from numba import prange

from ...types import Array
from .loops import Loop, flat

__all__ = ["relu_backward"]  # np.maximum is already one vectorised pass


@Loop
def _relu_backward(dy, y, dx):
    for i in prange(dx.size):
        dx[i] = dy[i] if y[i] > 0 else np.float32(0)


def relu_backward(dy: Array, y: Array) -> Array:
    dx = np.empty(dy.shape, dy.dtype)
    _relu_backward(flat(dy), flat(y), flat(dx), size=dx.size)
    return dx
