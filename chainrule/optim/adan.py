"""Adan: Adam that also follows how the gradient changes."""

from __future__ import annotations

from ..arrays import namespace
from ..ranges import Fraction, NonNegativeFloat, PositiveFloat
from ..schedules import Schedule
from ..types import Array
from .base import Optimizer
from .bundle import State, elementwise
from .groups import Groups


class Adan(Optimizer):
    """d = g - g₋₁, the change since the last gradient (0 at the first step)

    m ← β₁ m + (1-β₁) g        δ ← β₂ δ + (1-β₂) d        v ← β₃ v + (1-β₃) (g + β₂ d)²
    w ← w - lr (m̂ + β₂ δ̂) / (√v̂ + ε)        m̂ = m / (1-β₁ᵗ), δ̂ = δ / (1-β₂ᵗ), v̂ = v / (1-β₃ᵗ)

    g + β₂ d is the gradient that Nesterov's momentum would see a step ahead. The weight decay is
    decoupled as everywhere here, w ← w - lr λ w; the paper divides by 1 + lr λ instead.

    InputError for an argument out of its range.

    Source: Xie et al. 2022, "Adan: adaptive Nesterov momentum algorithm", with the β of its code.

    >>> import numpy as np
    >>> import chainrule as cr
    >>> w = cr.Parameter((2,), cr.initializers.zeros)
    >>> w.value, w.grad = np.array([1.0, -1.0]), np.array([0.5, -0.5])
    >>> cr.optim.Adan(0.1).step([("w", w)])
    >>> w.value.round(3).tolist()
    [0.9, -0.9]
    """

    config_name = "adan"

    def __init__(
        self,
        lr: PositiveFloat | Schedule = 1e-3,
        *,
        beta1: Fraction = 0.98,
        beta2: Fraction = 0.92,
        beta3: Fraction = 0.99,
        eps: PositiveFloat = 1e-8,
        weight_decay: NonNegativeFloat = 0.0,
        groups: Groups | None = None,
    ) -> None:
        super().__init__(lr, weight_decay=weight_decay, groups=groups)
        self.beta1, self.beta2, self.beta3, self.eps = beta1, beta2, beta3, eps

    def start(self, w: Array) -> State:
        return {name: namespace(w).zeros_like(w) for name in ("m", "delta", "v", "last_grad")}

    @elementwise
    def update(
        self, w: Array, grad: Array, state: State, lr: float, weight_decay: float, step: int
    ) -> None:
        xp = namespace(w)
        m, delta, v, last = (state[name] for name in ("m", "delta", "v", "last_grad"))
        change = grad - last if step > 1 else xp.zeros_like(grad)
        m += (1 - self.beta1) * (grad - m)
        delta += (1 - self.beta2) * (change - delta)
        v += (1 - self.beta3) * ((grad + self.beta2 * change) ** 2 - v)
        last[...] = grad
        m_hat, delta_hat = m / (1 - self.beta1**step), delta / (1 - self.beta2**step)
        root = xp.sqrt(v / (1 - self.beta3**step))
        w *= 1 - lr * weight_decay
        w -= lr * (m_hat + self.beta2 * delta_hat) / (root + self.eps)
