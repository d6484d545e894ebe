"""Norm and ReLU in one pass over memory; see ``reference/norm_relu.py``.

Forward reads x and writes y. Backward reads dy and x for the sums, then again for dx: whether the
ReLU was open is computed from x once more, which is cheaper than to read y. The loops are those
of the norm alone, so that fused and plain layers agree to the last bit.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from ...types import Array
from . import norm_pool
from .loops import Loop, flat
from .norm_loops import (
    BLOCK,
    NO_RELU,
    NO_TOP,
    SHORT,
    SIX,
    ZERO,
    Affine,
    accumulators,
    add_moment,
    affine,
    affine_of,
    clear,
    flush,
    gather,
    input_gradient,
    no_gradients,
    reduce_gradients,
    rescale,
)
from .workspace import empty, empty_like

__all__ = [
    "norm_add_relu",
    "norm_add_relu_backward",
    "norm_relu",
    "norm_relu6",
    "norm_relu6_backward",
    "norm_relu_backward",
    "norm_relu_pool",
    "norm_relu_pool_backward",
]


@Loop
def _rescale_add(x, shortcut, norm, y):
    """y = max(v + shortcut, 0)        x, shortcut, y (1, S, C)"""
    _, rows, columns = x.shape
    blocks = -(-rows // BLOCK)
    mean, scale, shift = norm.mean[0], norm.scale[0], norm.shift[0]
    for task in prange(blocks):
        block = blocks - 1 - task
        for r in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
            row, other, out = x[0, r], shortcut[0, r], y[0, r]
            for c in range(columns):
                v = affine(row[c], mean[c], scale[c], shift[c]) + other[c]
                out[c] = ZERO if v <= ZERO else v


@Loop
def _reduce_gradients_add(dy, y, x, norm, dsum, gradients):
    """dsum = dy where y > 0, and the sums over it that ``input_gradient`` needs."""
    _, rows, columns = x.shape
    blocks = -(-rows // BLOCK)
    sums, moments, some, some_moments = accumulators(1, blocks, columns)
    mean = norm.mean[0]
    for block in prange(blocks):
        one, two = some[0, block], some_moments[0, block]
        stop = min(rows, (block + 1) * BLOCK)
        clear(sums[0, block], moments[0, block])
        for short in range(block * BLOCK, stop, SHORT):
            clear(one, two)
            for r in range(short, min(stop, short + SHORT)):
                row, d_row, y_row, out = x[0, r], dy[0, r], y[0, r], dsum[0, r]
                for c in range(columns):
                    d = d_row[c]
                    d = d if y_row[c] > ZERO else ZERO
                    out[c] = d
                    one[c] += d
                    two[c] = add_moment(two[c], d, row[c], mean[c])
            flush(one, two, sums[0, block], moments[0, block])
    gather(sums, moments, norm, columns, rows, gradients)


def norm_relu(x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float) -> Array:
    return _forward(x, _norm(gamma, beta, mean, var, eps), NO_TOP)


def norm_relu_backward(
    dy: Array, x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    return _backward(dy, x, _norm(gamma, beta, mean, var, eps), NO_TOP)


def norm_relu6(x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float) -> Array:
    return _forward(x, _norm(gamma, beta, mean, var, eps), SIX)


def norm_relu6_backward(
    dy: Array, x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    return _backward(dy, x, _norm(gamma, beta, mean, var, eps), SIX)


def _forward(x: Array, norm: Affine, top: np.float32) -> Array:
    y = empty_like(x)
    rescale(_rows(x), norm.mean, norm.scale, norm.shift, ZERO, top, _rows(y), size=x.size)
    return y


def _backward(dy: Array, x: Array, norm: Affine, top: np.float32) -> tuple[Array, Array, Array]:
    rows, dy_rows, dx = _rows(x), _rows(dy), empty_like(x)
    gradients = no_gradients(norm)
    count = len(norm.gamma)
    reduce_gradients(dy_rows, rows, norm, ZERO, top, count, gradients, size=x.size)
    input_gradient(dy_rows, rows, norm, ZERO, top, gradients, _rows(dx), size=x.size)
    return dx, gradients.dgamma, gradients.dbeta


def norm_add_relu(
    x: Array, shortcut: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> Array:
    y = empty_like(x)
    norm = _norm(gamma, beta, mean, var, eps)
    _rescale_add(_rows(x), _rows(shortcut), norm, _rows(y), size=x.size)
    return y


def norm_add_relu_backward(
    dy: Array, y: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array, Array]:
    rows, dx, dsum = _rows(x), empty_like(x), empty_like(x)
    norm = _norm(gamma, gamma, mean, var, eps)
    gradients = no_gradients(norm)
    _reduce_gradients_add(_rows(dy), _rows(y), rows, norm, _rows(dsum), gradients, size=x.size)
    input_gradient(_rows(dsum), rows, norm, NO_RELU, NO_TOP, gradients, _rows(dx), size=x.size)
    return dx, dsum, gradients.dgamma, gradients.dbeta


def norm_relu_pool(
    x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    n, h, w, c = x.shape
    y, top = (empty((n, h // 2, w // 2, c), x.dtype) for _ in range(2))
    argmax = empty(y.shape, np.uint8)
    norm = _norm(gamma, beta, mean, var, eps)
    norm_pool.pool(np.ascontiguousarray(x), norm, y, argmax, top, size=x.size)
    return y, argmax, top


def norm_relu_pool_backward(
    dy: Array, argmax: Array, top: Array, x: Array, gamma: Array, mean: Array, var: Array,
    eps: float,
) -> tuple[Array, Array, Array]:  # fmt: skip
    dx = empty_like(x)
    x, dy, argmax, top = (np.ascontiguousarray(a) for a in (x, dy, argmax, top))
    norm = _norm(gamma, gamma, mean, var, eps)
    gradients = no_gradients(norm)
    norm_pool.reduce_gradients(
        _rows(dy), _rows(argmax), _rows(top), norm, x.size // gamma.size, gradients, size=x.size
    )
    norm_pool.input_gradient(dy, argmax, x, norm, gradients, dx, size=x.size)
    return dx, gradients.dgamma, gradients.dbeta


def _norm(gamma: Array, beta: Array, mean: Array, var: Array, eps: float) -> Affine:
    return affine_of(gamma, beta, flat(mean)[None], var[None], eps)


def _rows(x: Array) -> Array:
    """x (…, C) as (1, S, C), contiguous."""
    return np.ascontiguousarray(x).reshape(1, -1, x.shape[-1])
