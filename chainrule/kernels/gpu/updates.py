"""Update rules: weights, state and gradient in one launch instead of one per operation.

They write in place, so strided arrays, which would be copied, go to the reference.
"""

from __future__ import annotations

from ...types import Array
from ..reference import updates as reference
from .arrays import contiguous, float32, laid_out
from .launch import elements

__all__ = ["lion", "sgd"]


def served(grad: Array, *written: Array) -> bool:
    """Whether a function of ``updates.cu`` can write into these."""
    return float32(grad, *written) and all(map(contiguous, written))


def sgd(
    w: Array, grad: Array, v: Array, lr: float, momentum: float, nesterov: bool,
    weight_decay: float,
) -> None:  # fmt: skip
    if not served(grad, w, v):
        return reference.sgd(w, grad, v, lr, momentum, nesterov, weight_decay)
    shrink = 1 - lr * weight_decay
    elements("updates", "sgd", w.size, w, laid_out(grad), v, w.size, lr, momentum, nesterov, shrink)


def lion(
    w: Array, grad: Array, m: Array, lr: float, beta1: float, beta2: float, weight_decay: float,
) -> None:  # fmt: skip
    if not served(grad, w, m):
        return reference.lion(w, grad, m, lr, beta1, beta2, weight_decay)
    elements(
        "updates", "lion", w.size, w, laid_out(grad), m, w.size, lr, beta1, 1 - beta1, beta2,
        1 - beta2, 1 - lr * weight_decay,
    )  # fmt: skip
