"""Update rules of the optimisers. Each writes into ``w`` and its own state, never into ``grad``."""

from __future__ import annotations

import numpy as np

from ...types import Array

__all__ = ["adam", "sgd"]


def sgd(
    w: Array,
    grad: Array,
    v: Array,
    lr: float,
    momentum: float,
    nesterov: bool,
    weight_decay: float,
) -> None:
    """w ← w - lr λ w      v ← μ v + g      w ← w - lr v      (Nesterov: w ← w - lr (g + μ v))"""
    w *= 1 - lr * weight_decay
    v *= momentum
    v += grad
    w -= lr * (grad + momentum * v if nesterov else v)


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
    """m ← β₁ m + (1-β₁) g        v ← β₂ v + (1-β₂) g²
    w ← w - lr λ w - lr m̂ / (√v̂ + ε),   m̂ = m / (1-β₁ᵗ),   v̂ = v / (1-β₂ᵗ)

    ``step`` t counts from 1. The moments are updated before they are corrected.
    """
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**step)
    v_hat = v / (1 - beta2**step)
    w *= 1 - lr * weight_decay
    w -= lr * m_hat / (np.sqrt(v_hat) + eps)
