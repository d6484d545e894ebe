"""What stands between small matrix products, in one call each way: ``reference/bias_norm_relu.py``.

Between the products of a small net, calling costs more than computing: each of the calls that this
replaces (bias, statistics, norm, ReLU, dropout) takes some 10 µs in a training step, whatever the
size, because a product has just thrown Python and NumPy out of the caches. So these loops run on
one thread; they are not for arrays that are worth waking others.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from ...types import Array
from ..reference import bias_norm_relu as reference
from .dropout import bits_of, mask_of
from .loops import Loop
from .norm_loops import SHORT, ZERO, affine
from .norm_moments import measure

__all__ = ["bias_norm_relu", "bias_norm_relu_backward", "bias_norm_relu_predict"]

_measure = measure.serial


class Norm(NamedTuple):
    """γ, β and the running mean and variance (C,), and what moves and steadies these."""

    gamma: Array
    beta: Array
    running_mean: Array
    running_var: Array
    momentum: float
    eps: float


@numba.njit(error_model="numpy", nogil=True)
def _relu_dropout(x, mean, scale, shift, mask, y):
    """y = dropout(max((x - mean) scale + shift, 0))"""
    rows, columns = x.shape
    for r in range(rows):
        row, out, start = x[r], y[r], r * columns
        if mask.threshold == 0:
            for c in range(columns):
                v = affine(row[c], mean[c], scale[c], shift[c])
                out[c] = ZERO if v <= ZERO else v
        else:
            for c in range(columns):
                v = affine(row[c], mean[c], scale[c], shift[c])
                v = ZERO if v <= ZERO else v
                bits = bits_of(np.uint32(mask.first + start + c), mask.low, mask.high)
                out[c] = v * mask.scale if bits >= mask.threshold else ZERO


@Loop
def _bias_norm_relu(z, bias, norm, mask, y, statistics):
    """z, y (N, C) · bias (C,) · statistics (4, C): μ, σ² and the running ones"""
    rows, columns = z.shape
    old, new = np.float32(norm.momentum), np.float32(1 - norm.momentum)
    tiny = np.float32(norm.eps)
    for r in range(rows):
        row = z[r]
        for c in range(columns):
            row[c] += bias[c]
    _measure(z.reshape(1, rows, columns), columns, statistics[0:1], statistics[1:2])
    mean, var, new_mean, new_var = statistics[0], statistics[1], statistics[2], statistics[3]
    scale = np.empty(columns, np.float32)
    for c in range(columns):
        scale[c] = norm.gamma[c] / np.sqrt(var[c] + tiny)
        new_mean[c] = old * norm.running_mean[c] + new * mean[c]
        new_var[c] = old * norm.running_var[c] + new * var[c]
    _relu_dropout(z, mean, scale, norm.beta, mask, y)


def bias_norm_relu(
    z: Array, bias: Array, gamma: Array, beta: Array, running_mean: Array, running_var: Array,
    momentum: float, eps: float, rate: float, key: int,
) -> tuple[Array, Array]:  # fmt: skip
    norm = Norm(gamma, beta, running_mean, running_var, momentum, eps)
    if not z.flags.c_contiguous:
        return reference.bias_norm_relu(z, bias, *norm, rate, key)
    y, statistics = np.empty(z.shape, z.dtype), np.empty((4, z.shape[1]), z.dtype)
    _bias_norm_relu.serial(z, bias, norm, mask_of(rate, key, z.shape), y, statistics)
    return y, statistics


@Loop
def _bias_norm_relu_backward(dy, y, x, gamma, mean, var, eps, rate, dx, dgamma, dbeta):
    """dy, y, x, dx (N, C) · the others but numbers (C,)"""
    rows, columns = x.shape
    keep, tiny = np.float32(1 / (1 - rate)), np.float32(eps)
    scale, mean_term, x_hat_term, sums, moments = np.empty((5, columns), np.float32)
    one, two = np.zeros((2, columns), np.float64)
    for start in range(0, rows, SHORT):
        for c in range(columns):
            sums[c] = moments[c] = ZERO
        for r in range(start, min(rows, start + SHORT)):
            row, d_row, y_row, out = x[r], dy[r], y[r], dx[r]
            for c in range(columns):
                d = d_row[c] * keep
                d = d if y_row[c] > ZERO else ZERO
                out[c] = d
                sums[c] += d
                moments[c] += d * (row[c] - mean[c])
        for c in range(columns):
            one[c] += sums[c]
            two[c] += moments[c]
    for c in range(columns):
        s = np.float64(1) / np.sqrt(var[c] + tiny)
        dbeta[c], dgamma[c] = one[c], two[c] * s
        mean_term[c] = s * gamma[c] * one[c] / rows
        x_hat_term[c] = s * s * s * gamma[c] * two[c] / rows
        scale[c] = s * gamma[c]
    for r in range(rows):
        row, out = x[r], dx[r]
        for c in range(columns):
            out[c] = scale[c] * out[c] - mean_term[c] - x_hat_term[c] * (row[c] - mean[c])


def bias_norm_relu_backward(
    dy: Array, y: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float, rate: float
) -> tuple[Array, Array, Array]:
    dx, (dgamma, dbeta) = np.empty(x.shape, x.dtype), np.empty((2, len(gamma)), x.dtype)
    dy, y, x = (np.ascontiguousarray(a) for a in (dy, y, x))
    _bias_norm_relu_backward.serial(dy, y, x, gamma, mean, var, eps, rate, dx, dgamma, dbeta)
    return dx, dgamma, dbeta


@Loop
def _bias_norm_relu_predict(z, bias, scale, shift, y):
    rows, columns = z.shape
    for r in range(rows):
        row, out = z[r], y[r]
        for c in range(columns):
            v = affine(row[c], -bias[c], scale[c], shift[c])
            out[c] = ZERO if v <= ZERO else v


def bias_norm_relu_predict(z: Array, bias: Array, scale: Array, shift: Array) -> Array:
    y = np.empty(z.shape, z.dtype)
    _bias_norm_relu_predict.serial(np.ascontiguousarray(z), bias, scale, shift, y)
    return y
