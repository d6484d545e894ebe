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
from .moments import NO_RELU
from .norm_loops import (
    BLOCK,
    SHORT,
    ZERO,
    add_moment,
    affine,
    clear,
    flush,
    gather,
    input_gradient,
    reduce_gradients,
    rescale,
    slopes,
)
from .workspace import empty

__all__ = [
    "norm_add_relu",
    "norm_add_relu_backward",
    "norm_relu",
    "norm_relu_backward",
    "norm_relu_pool",
    "norm_relu_pool_backward",
]


@Loop
def _rescale_add(x, shortcut, mean, scale, shift, y):
    """y = max(v + shortcut, 0)        x, shortcut, y (1, S, C) · the others (1, C)"""
    _, rows, columns = x.shape
    blocks = -(-rows // BLOCK)
    mean_b, scale_b, shift_b = mean[0], scale[0], shift[0]
    for task in prange(blocks):
        block = blocks - 1 - task
        for r in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
            row, other, out = x[0, r], shortcut[0, r], y[0, r]
            for c in range(columns):
                v = affine(row[c], mean_b[c], scale_b[c], shift_b[c]) + other[c]
                out[c] = ZERO if v <= ZERO else v


@Loop
def _reduce_gradients_add(
    dy, y, x, gamma, mean, inv_std, dsum, dgamma, dbeta, mean_term, x_hat_term
):
    """dsum = dy where y > 0, and the sums over it that ``input_gradient`` needs."""
    _, rows, columns = x.shape
    blocks = -(-rows // BLOCK)
    sums = np.empty((1, blocks, columns), np.float64)
    moments = np.empty((1, blocks, columns), np.float64)
    some = np.empty((blocks, columns), np.float32)
    some_moments = np.empty((blocks, columns), np.float32)
    mean_b = mean[0]
    for block in prange(blocks):
        one, two = some[block], some_moments[block]
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
                    two[c] = add_moment(two[c], d, row[c], mean_b[c])
            flush(one, two, sums[0, block], moments[0, block])
    gather(sums, moments, gamma, inv_std, columns, rows, dgamma, dbeta, mean_term, x_hat_term)


def norm_relu(x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float) -> Array:
    rows, y = _rows(x), empty(x.shape, x.dtype)
    _, scale, shift = slopes(gamma, beta, var[None], eps)
    rescale(rows, flat(mean)[None], scale, shift, ZERO, _rows(y), size=x.size)
    return y


def norm_relu_backward(
    dy: Array, x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    rows, dy_rows, dx, mean = _rows(x), _rows(dy), empty(x.shape, x.dtype), flat(mean)[None]
    inv_std, scale, shift = slopes(gamma, beta, var[None], eps)
    dgamma, dbeta, mean_term, x_hat_term = np.empty((4, gamma.size), np.float32)
    reduce_gradients(
        dy_rows, rows, flat(gamma), mean, inv_std, scale, shift, ZERO, gamma.size, dgamma, dbeta,
        mean_term[None], x_hat_term[None], size=x.size,
    )  # fmt: skip
    input_gradient(
        dy_rows,
        rows,
        mean,
        scale,
        shift,
        ZERO,
        mean_term[None],
        x_hat_term[None],
        _rows(dx),
        size=x.size,
    )
    return dx, dgamma, dbeta


def norm_add_relu(
    x: Array, shortcut: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> Array:
    y = empty(x.shape, x.dtype)
    _, scale, shift = slopes(gamma, beta, var[None], eps)
    _rescale_add(_rows(x), _rows(shortcut), flat(mean)[None], scale, shift, _rows(y), size=x.size)
    return y


def norm_add_relu_backward(
    dy: Array, y: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array, Array]:
    rows, dx, mean = _rows(x), empty(x.shape, x.dtype), flat(mean)[None]
    dsum = empty(x.shape, x.dtype)
    inv_std, scale, shift = slopes(gamma, gamma, var[None], eps)
    dgamma, dbeta, mean_term, x_hat_term = np.empty((4, gamma.size), np.float32)
    _reduce_gradients_add(
        _rows(dy), _rows(y), rows, flat(gamma), mean, inv_std, _rows(dsum), dgamma, dbeta,
        mean_term[None], x_hat_term[None], size=x.size,
    )  # fmt: skip
    input_gradient(
        _rows(dsum), rows, mean, scale, shift, NO_RELU, mean_term[None], x_hat_term[None],
        _rows(dx), size=x.size,
    )  # fmt: skip
    return dx, dsum, dgamma, dbeta


def norm_relu_pool(
    x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    n, h, w, c = x.shape
    y, top = (empty((n, h // 2, w // 2, c), x.dtype) for _ in range(2))
    argmax = empty(y.shape, np.uint8)
    _, scale, shift = slopes(gamma, beta, var[None], eps)
    x, mean = np.ascontiguousarray(x), flat(mean)
    norm_pool.pool(x, mean, flat(scale), flat(shift), y, argmax, top, size=x.size)
    return y, argmax, top


def norm_relu_pool_backward(
    dy: Array, argmax: Array, top: Array, x: Array, gamma: Array, mean: Array, var: Array,
    eps: float,
) -> tuple[Array, Array, Array]:  # fmt: skip
    dx = empty(x.shape, x.dtype)
    x, dy, argmax, top = (np.ascontiguousarray(a) for a in (x, dy, argmax, top))
    inv_std, scale, _ = slopes(gamma, gamma, var[None], eps)
    dgamma, dbeta, mean_term, x_hat_term = np.empty((4, gamma.size), np.float32)
    norm_pool.reduce_gradients(
        _rows(dy), _rows(argmax), _rows(top), flat(gamma), flat(mean)[None], inv_std,
        x.size // gamma.size, dgamma, dbeta, mean_term[None], x_hat_term[None], size=x.size,
    )  # fmt: skip
    norm_pool.input_gradient(
        dy, argmax, x, flat(mean), flat(scale), mean_term, x_hat_term, dx, size=x.size
    )
    return dx, dgamma, dbeta


def _rows(x: Array) -> Array:
    """x (…, C) as (1, S, C), contiguous."""
    return np.ascontiguousarray(x).reshape(1, -1, x.shape[-1])
