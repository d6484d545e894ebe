"""Norm, ReLU and what stands beside them in one launch forward and three backward."""

from __future__ import annotations

import math

import numpy as np

from ...types import Array
from ..reference import norm_relu as reference
from . import columns
from .arrays import empty, float32, laid_out

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


def norm_relu(x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float) -> Array:
    if not _served(x, gamma, beta, mean, var):
        return reference.norm_relu(x, gamma, beta, mean, var, eps)
    by = columns.norm(gamma, beta, mean, var, eps)
    return columns.rescale(laid_out(x), by, columns.RELU)


def norm_relu_backward(
    dy: Array, x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    if not _served(x, dy, gamma, beta, mean, var):
        return reference.norm_relu_backward(dy, x, gamma, beta, mean, var, eps)
    return _backward(dy, x, columns.norm(gamma, beta, mean, var, eps), columns.RELU)


def norm_relu6(x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float) -> Array:
    if not _served(x, gamma, beta, mean, var):
        return reference.norm_relu6(x, gamma, beta, mean, var, eps)
    by = columns.norm(gamma, beta, mean, var, eps)
    return columns.rescale(laid_out(x), by, columns.RELU6)


def norm_relu6_backward(
    dy: Array, x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    if not _served(x, dy, gamma, beta, mean, var):
        return reference.norm_relu6_backward(dy, x, gamma, beta, mean, var, eps)
    return _backward(dy, x, columns.norm(gamma, beta, mean, var, eps), columns.RELU6)


def norm_add_relu(
    x: Array, shortcut: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> Array:
    if not _served(x, shortcut, gamma, beta, mean, var) or x.shape != shortcut.shape:
        return reference.norm_add_relu(x, shortcut, gamma, beta, mean, var, eps)
    by = columns.norm(gamma, beta, mean, var, eps)
    return columns.rescale(laid_out(x), by, columns.ADD_RELU, laid_out(shortcut))


def norm_add_relu_backward(
    dy: Array, y: Array, x: Array, gamma: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array, Array]:
    if not _served(x, dy, y, gamma, mean, var):
        return reference.norm_add_relu_backward(dy, y, x, gamma, mean, var, eps)
    x, dsum = laid_out(x), empty(x.shape)
    by = columns.norm(gamma, None, mean, var, eps)
    found = columns.gradients(
        laid_out(dy), x, by, columns.ADD_RELU, _rows(x), y=laid_out(y), reaching=dsum
    )
    dx = columns.input_gradient(dsum, x, by, columns.NOTHING, found.terms)
    return dx, dsum, found.dgamma, found.dbeta


def norm_relu_pool(
    x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    n, h, w, c = x.shape
    if not _served(x, gamma, beta, mean, var) or min(h, w) < 2:
        return reference.norm_relu_pool(x, gamma, beta, mean, var, eps)
    small = n, h // 2, w // 2, c
    y, argmax, top = empty(small), empty(small, np.uint8), empty(small)
    by, windows = columns.norm(gamma, beta, mean, var, eps), columns.cut(y.size // c, c)
    windows.run("pool", laid_out(x), *by, h, w, windows, y, argmax, top)
    return y, argmax, top


def norm_relu_pool_backward(
    dy: Array, argmax: Array, top: Array, x: Array, gamma: Array, mean: Array, var: Array,
    eps: float,
) -> tuple[Array, Array, Array]:  # fmt: skip
    if not _served(x, dy, top, gamma, mean, var) or not dy.size:
        return reference.norm_relu_pool_backward(dy, argmax, top, x, gamma, mean, var, eps)
    dy, argmax, x, dx = laid_out(dy), laid_out(argmax), laid_out(x), empty(x.shape)
    by, pixels = columns.norm(gamma, None, mean, var, eps), columns.cut(_rows(x), x.shape[-1])
    found = columns.gradients(dy, laid_out(top), by, columns.POOLED, _rows(x), places=argmax)
    pixels.run(
        "pool_input_gradient", dy, argmax, x, by.gamma, by.mean, by.var, eps, found.terms,
        *x.shape[1:3], pixels, dx,
    )  # fmt: skip
    return dx, found.dgamma, found.dbeta


def _backward(dy: Array, x: Array, by: columns.Norm, after: int) -> tuple[Array, Array, Array]:
    dy, x = laid_out(dy), laid_out(x)
    found = columns.gradients(dy, x, by, after, _rows(x))
    dx = columns.input_gradient(dy, x, by, after, found.terms)
    return dx, found.dgamma, found.dbeta


def _served(x: Array, *others: Array) -> bool:
    return x.size > 0 and float32(x, *others)


def _rows(x: Array) -> int:
    return math.prod(x.shape[:-1])
