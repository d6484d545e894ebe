"""Piecewise linear activations: one pass over memory, no temporary arrays.

Missing is ``relu6``: in NumPy it is one vectorized pass already.
"""

from __future__ import annotations

import math

import numpy as np
from numba import prange

from ...types import Array
from .elementwise import elementwise
from .exact import times
from .exponential import above, below
from .loops import Loop, flat

__all__ = [
    "hard_swish",
    "hard_swish_backward",
    "leaky_relu",
    "leaky_relu_backward",
    "maxout",
    "maxout_backward",
    "prelu",
    "prelu_backward",
    "relu",
    "relu6",
    "relu6_backward",
    "relu_backward",
]

F = np.float32
ZERO = F(0)
BLOCK = 32  # rows summed in float32 before they join the double-precision total


@Loop
def _relu(x, y):
    for i in prange(y.size):
        y[i] = ZERO if x[i] <= ZERO else x[i]  # a NaN is not below 0, and passes


def relu(x: Array) -> Array:
    return elementwise(_relu, x)


@Loop
def _relu_backward(dy, y, dx):
    for i in prange(dx.size):
        dx[i] = dy[i] if y[i] > 0 else ZERO


def relu_backward(dy: Array, y: Array) -> Array:
    return elementwise(_relu_backward, dy, y)


@Loop
def _relu6(x, y):
    for i in prange(y.size):
        v = ZERO if x[i] <= ZERO else x[i]
        y[i] = F(6) if v >= F(6) else v


def relu6(x: Array) -> Array:
    return elementwise(_relu6, x)


@Loop
def _relu6_backward(dy, y, dx):
    for i in prange(dx.size):
        dx[i] = dy[i] if (y[i] > ZERO) & (y[i] < F(6)) else ZERO


def relu6_backward(dy: Array, y: Array) -> Array:
    return elementwise(_relu6_backward, dy, y)


@Loop
def _choose(x, sign, slope, out):
    for i in prange(out.size):
        out[i] = x[i] if sign[i] > ZERO else slope * x[i]


def leaky_relu(x: Array, negative_slope: float) -> Array:
    return elementwise(_choose, x, x, numbers=(F(negative_slope),))


def leaky_relu_backward(dy: Array, y: Array, negative_slope: float) -> Array:
    return elementwise(_choose, dy, y, numbers=(F(negative_slope),))


@Loop
def _prelu(x, slope, y):
    rows, columns = x.shape
    for r in prange(rows):
        for c in range(columns):
            y[r, c] = x[r, c] if x[r, c] > ZERO else slope[c] * x[r, c]


def _long_rows(slope: Array, *arrays: Array) -> tuple[Array, ...]:
    """The same with several rows laid end to end where few channels make short inner loops."""
    r, c = arrays[0].shape
    k = math.gcd(r, 64) if c < 64 else 1
    return np.tile(slope, k), *(flat(a).reshape(r // k, k * c) for a in arrays)


def prelu(x: Array, slope: Array) -> Array:
    slope, rows = _long_rows(slope, x)
    y = np.empty(rows.shape, x.dtype)
    _prelu(rows, slope, y, size=x.size)
    return y.reshape(x.shape)


@Loop
def _prelu_backward(dy, x, slope, dx, sums):
    """``sums`` (blocks, C): each block's share of the gradient, so that threads never meet."""
    rows, columns = x.shape
    for block in prange(len(sums)):
        total = sums[block]
        for r in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
            for c in range(columns):
                dx[r, c] = dy[r, c] if x[r, c] > ZERO else slope[c] * dy[r, c]
            for c in range(columns):
                total[c] += ZERO if x[r, c] > ZERO else dy[r, c] * x[r, c]


def prelu_backward(dy: Array, x: Array, slope: Array) -> tuple[Array, Array]:
    channels = len(slope)
    slope, dy, rows = _long_rows(slope, dy, x)
    dx = np.empty(rows.shape, x.dtype)
    sums = np.zeros((-(-len(rows) // BLOCK), len(slope)), x.dtype)
    _prelu_backward(dy, rows, slope, dx, sums, size=x.size)
    dslope = sums.reshape(-1, channels).sum(axis=0, dtype=np.float64).astype(x.dtype)
    return dx.reshape(x.shape), dslope


@Loop
def _hard_swish(x, y):
    for i in prange(y.size):
        gate = below(above(x[i] + F(3), ZERO), F(6)) * F(1 / 6)
        y[i] = times(above(x[i], F(-3)), gate)


def hard_swish(x: Array) -> Array:
    return elementwise(_hard_swish, x)


@Loop
def _hard_swish_backward(dy, x, dx):
    for i in prange(dx.size):
        between = times(dy[i], x[i] * F(1 / 3) + F(0.5))
        dx[i] = ZERO if x[i] <= F(-3) else (dy[i] if x[i] >= F(3) else between)


def hard_swish_backward(dy: Array, x: Array) -> Array:
    return elementwise(_hard_swish_backward, dy, x)


@Loop
def _maxout(z, y, argmax):
    n, pieces, m = z.shape
    for i in prange(n):
        for j in range(m):
            y[i, j] = z[i, 0, j]
            argmax[i, j] = 0
        for piece in range(1, pieces):
            k = np.int32(piece)
            for j in range(m):
                best = y[i, j]
                stays = (z[i, piece, j] <= best) | (best != best)  # a NaN wins, and stays
                y[i, j] = best if stays else z[i, piece, j]
                argmax[i, j] = argmax[i, j] if stays else k


def maxout(z: Array) -> tuple[Array, Array]:
    n, _, m = z.shape
    y, argmax = np.empty((n, m), z.dtype), np.empty((n, m), np.int32)
    _maxout(np.ascontiguousarray(z), y, argmax, size=z.size)
    return y, argmax


@Loop
def _maxout_backward(dy, argmax, dz):
    n, pieces, m = dz.shape
    for i in prange(n):
        for k in range(pieces):
            for j in range(m):
                dz[i, k, j] = dy[i, j] if argmax[i, j] == k else ZERO


def maxout_backward(dy: Array, argmax: Array, pieces: int) -> Array:
    n, m = dy.shape
    dz = np.empty((n, pieces, m), dy.dtype)
    _maxout_backward(np.ascontiguousarray(dy), np.ascontiguousarray(argmax), dz, size=dz.size)
    return dz
