"""Update rules that divide each entry's step by the size of its gradients.

Every update writes into ``w`` and its own state, never into ``grad``, and shrinks ``w`` by
lr λ w first where there is a weight decay λ. ``step`` t counts from 1.

Gradients may be of any finite size. (1-β) g², multiplied from the left, stays finite for a larger
g than g² does, and √v / √(1-βᵗ) for a larger v than v̂ does; where v is infinite all the same, the
step is 0, as in PyTorch.
"""

from __future__ import annotations

import math

from ...arrays import namespace
from ...types import Array

__all__ = ["adadelta", "adagrad", "adam", "nadam", "rmsprop"]


def adagrad(w: Array, grad: Array, v: Array, lr: float, eps: float, weight_decay: float) -> None:
    """v ← v + g²        w ← w - lr λ w - lr g / (√v + ε)"""
    xp = namespace(w)
    v += grad * grad
    w *= 1 - lr * weight_decay
    w -= lr * grad / (xp.sqrt(v) + eps)


def rmsprop(
    w: Array, grad: Array, v: Array, lr: float, alpha: float, eps: float, weight_decay: float
) -> None:
    """v ← α v + (1-α) g²        w ← w - lr λ w - lr g / (√v + ε)"""
    xp = namespace(w)
    v *= alpha
    v += (1 - alpha) * grad * grad
    w *= 1 - lr * weight_decay
    w -= lr * grad / (xp.sqrt(v) + eps)


def adadelta(
    w: Array, grad: Array, v: Array, u: Array, lr: float, rho: float, eps: float,
    weight_decay: float,
) -> None:  # fmt: skip
    """v ← ρ v + (1-ρ) g²        d = g √(u + ε) / √(v + ε)        u ← ρ u + (1-ρ) d²
    w ← w - lr λ w - lr d
    """
    xp = namespace(w)
    v *= rho
    v += (1 - rho) * grad * grad
    d = grad * (xp.sqrt(u + eps) / xp.sqrt(v + eps))
    u *= rho
    u += (1 - rho) * d * d
    w *= 1 - lr * weight_decay
    w -= lr * d


def adam(
    w: Array, grad: Array, m: Array, v: Array, step: int, lr: float, beta1: float, beta2: float,
    eps: float, weight_decay: float,
) -> None:  # fmt: skip
    """m ← β₁ m + (1-β₁) g        v ← β₂ v + (1-β₂) g²
    w ← w - lr λ w - lr m̂ / (√v̂ + ε),   m̂ = m / (1-β₁ᵗ),   v̂ = v / (1-β₂ᵗ)

    The moments are updated before they are corrected.
    """
    xp = namespace(w)
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * grad * grad
    rate = lr / (1 - beta1**step)
    w *= 1 - lr * weight_decay
    w -= rate * m / (xp.sqrt(v) * (1 / math.sqrt(1 - beta2**step)) + eps)


def nadam(
    w: Array, grad: Array, m: Array, v: Array, step: int, lr: float, g_share: float, m_share: float,
    beta1: float, beta2: float, eps: float, weight_decay: float,
) -> None:  # fmt: skip
    """m ← β₁ m + (1-β₁) g        v ← β₂ v + (1-β₂) g²
    w ← w - lr λ w - lr (m_share · m + g_share · g) / (√v̂ + ε),   v̂ = v / (1-β₂ᵗ)

    The shares hold the momenta of this step and the next, and their corrections.
    """
    xp = namespace(w)
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * grad * grad
    m_rate, g_rate = lr * m_share, lr * g_share
    w *= 1 - lr * weight_decay
    w -= (m_rate * m + g_rate * grad) / (xp.sqrt(v) * (1 / math.sqrt(1 - beta2**step)) + eps)
