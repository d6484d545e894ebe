"""Update rules: weights, state and gradient in one pass instead of one per operation.

They write in place, so strided arrays, which a loop over flat ones would copy, go to the
reference.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from ...types import Array
from ..reference import updates as reference
from .loops import Loop, flat

__all__ = ["adam", "sgd"]


@Loop
def _sgd(w, g, v, lr, momentum, nesterov, shrink):
    for i in prange(w.size):
        v[i] = momentum * v[i] + g[i]
        step = g[i] + momentum * v[i] if nesterov else v[i]
        w[i] = w[i] * shrink - lr * step


def sgd(
    w: Array,
    grad: Array,
    v: Array,
    lr: float,
    momentum: float,
    nesterov: bool,
    weight_decay: float,
) -> None:
    if not _contiguous(w, v):
        return reference.sgd(w, grad, v, lr, momentum, nesterov, weight_decay)
    f = np.float32
    shrink = f(1 - lr * weight_decay)
    _sgd(flat(w), flat(grad), flat(v), f(lr), f(momentum), nesterov, shrink, size=w.size)


@Loop
def _adam(w, g, m, v, rate, beta1, new1, beta2, new2, correction, eps, shrink):
    for i in prange(w.size):
        m[i] = beta1 * m[i] + new1 * g[i]
        v[i] = beta2 * v[i] + new2 * g[i] * g[i]
        w[i] = w[i] * shrink - rate * m[i] / (np.sqrt(v[i] * correction) + eps)


def adam(
    w: Array,
    grad: Array,
    m: Array,
    v: Array,
    step: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> None:
    if not _contiguous(w, m, v):
        return reference.adam(w, grad, m, v, step, lr, beta1, beta2, eps, weight_decay)
    f = np.float32
    rate = f(lr / (1 - beta1**step))
    correction = f(1 / (1 - beta2**step))
    shrink = f(1 - lr * weight_decay)
    _adam(
        flat(w), flat(grad), flat(m), flat(v), rate, f(beta1), f(1 - beta1), f(beta2),
        f(1 - beta2), correction, f(eps), shrink, size=w.size,
    )  # fmt: skip


def _contiguous(*arrays: Array) -> bool:
    return all(array.flags.c_contiguous for array in arrays)
