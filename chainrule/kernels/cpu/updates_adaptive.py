"""The adaptive update rules in one pass each; strided arrays go to the reference.

The arithmetic stands in ``exact`` functions, in the order of the reference: a gradient of any size,
whose square overflows or vanishes, leads both to the same weights.
"""

from __future__ import annotations

import math

import numpy as np
from numba import prange

from ...types import Array
from ..reference import updates_adaptive as reference
from .exact import exact, mixed, mixed_square
from .loops import Loop, contiguous, flat

__all__ = ["adadelta", "adagrad", "adam", "nadam", "rmsprop"]


@exact
def _quotient(step, v, root_correction, eps):
    return step / (np.sqrt(v) * root_correction + eps)


@Loop
def _rmsprop(w, g, v, lr, alpha, new, eps, shrink):
    one = np.float32(1)
    for i in prange(w.size):
        v[i] = mixed_square(alpha, v[i], new, g[i])
        w[i] = w[i] * shrink - _quotient(lr * g[i], v[i], one, eps)


def adagrad(w: Array, grad: Array, v: Array, lr: float, eps: float, weight_decay: float) -> None:
    if not contiguous(w, v):
        return reference.adagrad(w, grad, v, lr, eps, weight_decay)
    f = np.float32  # RMSProp that forgets nothing
    shrink = f(1 - lr * weight_decay)
    _rmsprop(flat(w), flat(grad), flat(v), f(lr), f(1), f(1), f(eps), shrink, size=w.size)


def rmsprop(
    w: Array, grad: Array, v: Array, lr: float, alpha: float, eps: float, weight_decay: float
) -> None:
    if not contiguous(w, v):
        return reference.rmsprop(w, grad, v, lr, alpha, eps, weight_decay)
    f = np.float32
    _rmsprop(
        flat(w), flat(grad), flat(v), f(lr), f(alpha), f(1 - alpha), f(eps),
        f(1 - lr * weight_decay), size=w.size,
    )  # fmt: skip


@exact
def _in_units_of_steps(g, u, v, eps):
    return g * (np.sqrt(u + eps) / np.sqrt(v + eps))


@Loop
def _adadelta(w, g, v, u, lr, rho, new, eps, shrink):
    for i in prange(w.size):
        v[i] = mixed_square(rho, v[i], new, g[i])
        d = _in_units_of_steps(g[i], u[i], v[i], eps)
        u[i] = mixed_square(rho, u[i], new, d)
        w[i] = w[i] * shrink - lr * d


def adadelta(
    w: Array, grad: Array, v: Array, u: Array, lr: float, rho: float, eps: float,
    weight_decay: float,
) -> None:  # fmt: skip
    if not contiguous(w, v, u):
        return reference.adadelta(w, grad, v, u, lr, rho, eps, weight_decay)
    f = np.float32
    _adadelta(
        flat(w), flat(grad), flat(v), flat(u), f(lr), f(rho), f(1 - rho), f(eps),
        f(1 - lr * weight_decay), size=w.size,
    )  # fmt: skip


@Loop
def _adam(w, g, m, v, m_rate, g_rate, beta1, new1, beta2, new2, root_correction, eps, shrink):
    for i in prange(w.size):
        m[i] = mixed(beta1, m[i], new1, g[i])
        v[i] = mixed_square(beta2, v[i], new2, g[i])
        step = mixed(m_rate, m[i], g_rate, g[i])
        w[i] = w[i] * shrink - _quotient(step, v[i], root_correction, eps)


def adam(
    w: Array, grad: Array, m: Array, v: Array, step: int, lr: float, beta1: float, beta2: float,
    eps: float, weight_decay: float,
) -> None:  # fmt: skip
    if not contiguous(w, m, v):
        return reference.adam(w, grad, m, v, step, lr, beta1, beta2, eps, weight_decay)
    f = np.float32
    m_rate = f(lr / (1 - beta1**step))
    root_correction = f(1 / math.sqrt(1 - beta2**step))
    shrink = f(1 - lr * weight_decay)
    _adam(
        flat(w), flat(grad), flat(m), flat(v), m_rate, f(0), f(beta1), f(1 - beta1), f(beta2),
        f(1 - beta2), root_correction, f(eps), shrink, size=w.size,
    )  # fmt: skip


def nadam(
    w: Array, grad: Array, m: Array, v: Array, step: int, lr: float, g_share: float, m_share: float,
    beta1: float, beta2: float, eps: float, weight_decay: float,
) -> None:  # fmt: skip
    if not contiguous(w, m, v):
        return reference.nadam(
            w, grad, m, v, step, lr, g_share, m_share, beta1, beta2, eps, weight_decay
        )
    f = np.float32
    root_correction = f(1 / math.sqrt(1 - beta2**step))
    shrink = f(1 - lr * weight_decay)
    _adam(
        flat(w), flat(grad), flat(m), flat(v), f(lr * m_share), f(lr * g_share), f(beta1),
        f(1 - beta1), f(beta2), f(1 - beta2), root_correction, f(eps), shrink, size=w.size,
    )  # fmt: skip
