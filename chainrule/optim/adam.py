"""Adam, and AdamW when given a weight decay."""

from __future__ import annotations

import numpy as np

from .. import kernels
from ..errors import InputError
from ..schedules import Schedule
from ..types import Array
from .base import Optimizer, State


class Adam(Optimizer):
    """m ← β₁ m + (1-β₁) g        v ← β₂ v + (1-β₂) g²
    w ← w - lr m̂ / (√v̂ + ε)        m̂ = m / (1-β₁ᵗ),  v̂ = v / (1-β₂ᵗ)

    Sources: Kingma and Ba 2015, "Adam"; with ``weight_decay`` it is AdamW (Loshchilov and
    Hutter 2019).
    """

    def __init__(
        self,
        lr: float | Schedule = 1e-3,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(lr, weight_decay=weight_decay)
        for name, beta in (("beta1", beta1), ("beta2", beta2)):
            if not 0 <= beta < 1:
                raise InputError(f"{name}: expected a number in [0, 1), received {beta}")
        self.beta1, self.beta2, self.eps = beta1, beta2, eps

    def start(self, w: Array) -> State:
        return {"m": np.zeros_like(w), "v": np.zeros_like(w)}

    def update(
        self, w: Array, grad: Array, state: State, lr: float, weight_decay: float, step: int
    ) -> None:
        m, v = state["m"], state["v"]
        kernels.of(w).adam(w, grad, m, v, step, lr, self.beta1, self.beta2, self.eps, weight_decay)
