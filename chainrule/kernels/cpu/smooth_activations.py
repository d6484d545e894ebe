"""Smooth activations: one pass over memory, several numbers at a time.

Where a gate has closed or opened for good, x is limited before it is multiplied by 0: that is the
limit of the product, also for x = ∓∞.
"""

from __future__ import annotations

import math

import numpy as np
from numba import prange

from ...types import Array
from ..reference.smooth_activations import CUBIC, FLAT, FLAT_TANH, ROOT
from .elementwise import elementwise
from .exact import times
from .exponential import above, below, exp, expm1, log1p, normal
from .exponential import sigmoid as sigmoid_of
from .exponential import tanh as tanh_of
from .loops import Loop

__all__ = [
    "elu",
    "elu_backward",
    "gelu",
    "gelu_backward",
    "gelu_tanh",
    "gelu_tanh_backward",
    "sigmoid",
    "sigmoid_backward",
    "silu",
    "silu_backward",
    "softplus",
    "softplus_backward",
    "tanh",
    "tanh_backward",
]

F = np.float32
ZERO, ONE = F(0), F(1)
LOW, HIGH, LOW_TANH, HIGH_TANH = F(-FLAT), F(FLAT), F(-FLAT_TANH), F(FLAT_TANH)
ROOT_2_PI = F(1 / math.sqrt(2 * math.pi))
TWICE_ROOT, TWICE_CUBIC, TWICE_SLOPE = F(2 * ROOT), F(2 * ROOT * CUBIC), F(6 * ROOT * CUBIC)


@Loop
def _sigmoid(x, y):
    for i in prange(y.size):
        y[i] = sigmoid_of(x[i])


def sigmoid(x: Array) -> Array:
    return elementwise(_sigmoid, x)


@Loop
def _sigmoid_backward(dy, y, dx):
    for i in prange(dx.size):
        dx[i] = times(dy[i], y[i] * (ONE - y[i]))


def sigmoid_backward(dy: Array, y: Array) -> Array:
    return elementwise(_sigmoid_backward, dy, y)


@Loop
def _tanh(x, y):
    for i in prange(y.size):
        y[i] = tanh_of(x[i])


def tanh(x: Array) -> Array:
    return elementwise(_tanh, x)


@Loop
def _tanh_backward(dy, y, dx):
    for i in prange(dx.size):
        dx[i] = times(dy[i], (ONE - y[i]) * (ONE + y[i]))


def tanh_backward(dy: Array, y: Array) -> Array:
    return elementwise(_tanh_backward, dy, y)


@Loop
def _elu(x, scale, scale_alpha, y):
    for i in prange(y.size):
        y[i] = scale * x[i] if x[i] > ZERO else scale_alpha * expm1(x[i])


def elu(x: Array, alpha: float, scale: float) -> Array:
    return elementwise(_elu, x, numbers=(F(scale), F(scale * alpha)))


@Loop
def _elu_backward(dy, y, scale, scale_alpha, dx):
    for i in prange(dx.size):
        dx[i] = dy[i] * (scale if y[i] > ZERO else y[i] + scale_alpha)


def elu_backward(dy: Array, y: Array, alpha: float, scale: float) -> Array:
    return elementwise(_elu_backward, dy, y, numbers=(F(scale), F(scale * alpha)))


@Loop
def _softplus(x, beta, inverse_beta, y):
    for i in prange(y.size):
        bent = log1p(exp(-abs(beta * x[i]))) * inverse_beta
        y[i] = bent if x[i] < ZERO else x[i] + bent


def softplus(x: Array, beta: float) -> Array:
    return elementwise(_softplus, x, numbers=(F(beta), F(1 / beta)))


@Loop
def _softplus_backward(dy, y, minus_beta, dx):
    for i in prange(dx.size):
        dx[i] = dy[i] * -expm1(minus_beta * y[i])


def softplus_backward(dy: Array, y: Array, beta: float) -> Array:
    return elementwise(_softplus_backward, dy, y, numbers=(F(-beta),))


@Loop
def _silu(x, y):
    for i in prange(y.size):
        y[i] = times(above(x[i], LOW), sigmoid_of(x[i]))


def silu(x: Array) -> Array:
    return elementwise(_silu, x)


@Loop
def _silu_backward(dy, x, dx):
    for i in prange(dx.size):
        s, z = sigmoid_of(x[i]), below(above(x[i], LOW), HIGH)
        dx[i] = times(dy[i], s * (ONE + z * (ONE - s)))


def silu_backward(dy: Array, x: Array) -> Array:
    return elementwise(_silu_backward, dy, x)


@Loop
def _gelu(x, y):
    for i in prange(y.size):
        _, cdf = normal(x[i])
        y[i] = times(above(x[i], LOW), cdf)


def gelu(x: Array) -> Array:
    return elementwise(_gelu, x)


@Loop
def _gelu_backward(dy, x, dx):
    for i in prange(dx.size):
        z = below(above(x[i], LOW), HIGH)
        e, cdf = normal(z)
        dx[i] = times(dy[i], cdf + z * e * ROOT_2_PI)


def gelu_backward(dy: Array, x: Array) -> Array:
    return elementwise(_gelu_backward, dy, x)


@Loop
def _gelu_tanh(x, y):
    for i in prange(y.size):
        z = below(above(x[i], LOW_TANH), HIGH_TANH)
        s = sigmoid_of(z * (TWICE_ROOT + TWICE_CUBIC * z * z))
        y[i] = times(above(x[i], LOW_TANH), s)


def gelu_tanh(x: Array) -> Array:
    return elementwise(_gelu_tanh, x)


@Loop
def _gelu_tanh_backward(dy, x, dx):
    for i in prange(dx.size):
        z = below(above(x[i], LOW_TANH), HIGH_TANH)
        square = z * z
        s = sigmoid_of(z * (TWICE_ROOT + TWICE_CUBIC * square))
        slope = s * (ONE + z * (ONE - s) * (TWICE_ROOT + TWICE_SLOPE * square))
        dx[i] = times(dy[i], slope)


def gelu_tanh_backward(dy: Array, x: Array) -> Array:
    return elementwise(_gelu_tanh_backward, dy, x)
