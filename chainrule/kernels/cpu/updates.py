"""Update rules: weights, state and gradient in one pass instead of one per operation.

They write in place, so strided arrays, which a loop over flat ones would copy, go to the
reference.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from ...types import Array
from ..reference import updates as reference
from .exact import mixed
from .loops import Loop, contiguous, flat

__all__ = ["lion", "sgd"]


@Loop
def _sgd(w, g, v, lr, momentum, nesterov, shrink):
    for i in prange(w.size):
        v[i] = momentum * v[i] + g[i]
        step = g[i] + momentum * v[i] if nesterov else v[i]
        w[i] = w[i] * shrink - lr * step


def sgd(
    w: Array, grad: Array, v: Array, lr: float, momentum: float, nesterov: bool,
    weight_decay: float,
) -> None:  # fmt: skip
    if not contiguous(w, v):
        return reference.sgd(w, grad, v, lr, momentum, nesterov, weight_decay)
    f = np.float32
    shrink = f(1 - lr * weight_decay)
    _sgd(flat(w), flat(grad), flat(v), f(lr), f(momentum), nesterov, shrink, size=w.size)


@Loop
def _lion(w, g, m, lr, beta1, new1, beta2, new2, shrink):
    for i in prange(w.size):
        # a sum that is 0 has no sign, and one rounded otherwise would have one
        w[i] = w[i] * shrink - lr * np.sign(mixed(beta1, m[i], new1, g[i]))
        m[i] = mixed(beta2, m[i], new2, g[i])


def lion(
    w: Array, grad: Array, m: Array, lr: float, beta1: float, beta2: float, weight_decay: float,
) -> None:  # fmt: skip
    if not contiguous(w, m):
        return reference.lion(w, grad, m, lr, beta1, beta2, weight_decay)
    f = np.float32
    _lion(
        flat(w), flat(grad), flat(m), f(lr), f(beta1), f(1 - beta1), f(beta2), f(1 - beta2),
        f(1 - lr * weight_decay), size=w.size,
    )  # fmt: skip
