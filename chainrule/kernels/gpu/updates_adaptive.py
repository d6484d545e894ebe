"""The adaptive update rules in one launch each; strided arrays go to the reference."""

from __future__ import annotations

import math

from ...types import Array
from ..reference import updates_adaptive as reference
from .arrays import laid_out
from .launch import elements
from .updates import served

__all__ = ["adadelta", "adagrad", "adam", "nadam", "rmsprop"]


def adagrad(w: Array, grad: Array, v: Array, lr: float, eps: float, weight_decay: float) -> None:
    if not served(grad, w, v):
        return reference.adagrad(w, grad, v, lr, eps, weight_decay)
    shrink = 1 - lr * weight_decay  # RMSProp that forgets nothing
    elements("updates", "rmsprop", w.size, w, laid_out(grad), v, w.size, lr, 1, 1, eps, shrink)


def rmsprop(
    w: Array, grad: Array, v: Array, lr: float, alpha: float, eps: float, weight_decay: float
) -> None:
    if not served(grad, w, v):
        return reference.rmsprop(w, grad, v, lr, alpha, eps, weight_decay)
    elements(
        "updates", "rmsprop", w.size, w, laid_out(grad), v, w.size, lr, alpha, 1 - alpha, eps,
        1 - lr * weight_decay,
    )  # fmt: skip


def adadelta(
    w: Array, grad: Array, v: Array, u: Array, lr: float, rho: float, eps: float,
    weight_decay: float,
) -> None:  # fmt: skip
    if not served(grad, w, v, u):
        return reference.adadelta(w, grad, v, u, lr, rho, eps, weight_decay)
    elements(
        "updates", "adadelta", w.size, w, laid_out(grad), v, u, w.size, lr, rho, 1 - rho, eps,
        1 - lr * weight_decay,
    )  # fmt: skip


def adam(
    w: Array, grad: Array, m: Array, v: Array, step: int, lr: float, beta1: float, beta2: float,
    eps: float, weight_decay: float,
) -> None:  # fmt: skip
    if not served(grad, w, m, v):
        return reference.adam(w, grad, m, v, step, lr, beta1, beta2, eps, weight_decay)
    _adam(
        w, grad, m, v, step, lr / (1 - beta1**step), 0.0, beta1, beta2, eps, 1 - lr * weight_decay
    )


def nadam(
    w: Array, grad: Array, m: Array, v: Array, step: int, lr: float, g_share: float, m_share: float,
    beta1: float, beta2: float, eps: float, weight_decay: float,
) -> None:  # fmt: skip
    if not served(grad, w, m, v):
        return reference.nadam(
            w, grad, m, v, step, lr, g_share, m_share, beta1, beta2, eps, weight_decay
        )
    shrink = 1 - lr * weight_decay
    _adam(w, grad, m, v, step, lr * m_share, lr * g_share, beta1, beta2, eps, shrink)


def _adam(
    w: Array, grad: Array, m: Array, v: Array, step: int, m_rate: float, g_rate: float,
    beta1: float, beta2: float, eps: float, shrink: float,
) -> None:  # fmt: skip
    root_correction = 1 / math.sqrt(1 - beta2**step)
    elements(
        "updates", "adam", w.size, w, laid_out(grad), m, v, w.size, m_rate, g_rate, beta1,
        1 - beta1, beta2, 1 - beta2, root_correction, eps, shrink,
    )  # fmt: skip
