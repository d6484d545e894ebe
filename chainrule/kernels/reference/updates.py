"""Update rules that follow the gradient or its sign.

Every update writes into ``w`` and its own state, never into ``grad``, and shrinks ``w`` by
lr λ w first where there is a weight decay λ.
"""

from __future__ import annotations

from ...arrays import namespace
from ...types import Array

__all__ = ["lion", "sgd"]


def sgd(
    w: Array, grad: Array, v: Array, lr: float, momentum: float, nesterov: bool,
    weight_decay: float,
) -> None:  # fmt: skip
    """w ← w - lr λ w      v ← μ v + g      w ← w - lr v      (Nesterov: w ← w - lr (g + μ v))"""
    w *= 1 - lr * weight_decay
    v *= momentum
    v += grad
    w -= lr * (grad + momentum * v if nesterov else v)


def lion(
    w: Array, grad: Array, m: Array, lr: float, beta1: float, beta2: float, weight_decay: float,
) -> None:  # fmt: skip
    """w ← w - lr λ w - lr sign(β₁ m + (1-β₁) g)        then m ← β₂ m + (1-β₂) g"""
    xp = namespace(w)
    w *= 1 - lr * weight_decay
    w -= lr * xp.sign(beta1 * m + (1 - beta1) * grad)
    m *= beta2
    m += (1 - beta2) * grad
