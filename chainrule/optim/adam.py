"""Adam, and AdamW: the same rule with a weight decay by default."""

from __future__ import annotations

from .. import kernels
from ..arrays import namespace
from ..ranges import Fraction, NonNegativeFloat, PositiveFloat
from ..schedules import Schedule
from ..types import Array
from .base import Optimizer
from .bundle import State, elementwise
from .groups import Groups


class Adam(Optimizer):
    """m ← β₁ m + (1-β₁) g        v ← β₂ v + (1-β₂) g²
    w ← w - lr m̂ / (√v̂ + ε)        m̂ = m / (1-β₁ᵗ),  v̂ = v / (1-β₂ᵗ)

    InputError for an argument out of its range.

    Sources: Kingma and Ba 2015, "Adam"; with ``weight_decay`` it is AdamW (Loshchilov and
    Hutter 2019).

    >>> import numpy as np
    >>> import chainrule as cr
    >>> w = cr.Parameter((2,), cr.initializers.zeros)
    >>> w.value, w.grad = np.array([1.0, -1.0]), np.array([0.5, -0.5])
    >>> cr.optim.Adam(0.1).step([("w", w)])
    >>> w.value.round(3).tolist()
    [0.9, -0.9]
    """

    config_name = "adam"

    def __init__(
        self,
        lr: PositiveFloat | Schedule = 1e-3,
        *,
        beta1: Fraction = 0.9,
        beta2: Fraction = 0.999,
        eps: NonNegativeFloat = 1e-8,
        weight_decay: NonNegativeFloat = 0.0,
        groups: Groups | None = None,
    ) -> None:
        super().__init__(lr, weight_decay=weight_decay, groups=groups)
        self.beta1, self.beta2, self.eps = beta1, beta2, eps

    def start(self, w: Array) -> State:
        xp = namespace(w)
        return {"m": xp.zeros_like(w), "v": xp.zeros_like(w)}

    @elementwise
    def update(
        self, w: Array, grad: Array, state: State, lr: float, weight_decay: float, step: int
    ) -> None:
        m, v = state["m"], state["v"]
        kernels.of(w).adam(w, grad, m, v, step, lr, self.beta1, self.beta2, self.eps, weight_decay)


class AdamW(Adam):
    """Adam with decoupled weight decay: w ← w - lr λ w - lr m̂ / (√v̂ + ε)

    `Adam` with ``weight_decay`` is the same; only the default differs.

    InputError for an argument out of its range.

    Source: Loshchilov and Hutter 2019, "Decoupled weight decay regularization".

    >>> import numpy as np
    >>> import chainrule as cr
    >>> w = cr.Parameter((2,), cr.initializers.zeros)
    >>> w.value, w.grad = np.array([1.0, -1.0]), np.array([0.5, -0.5])
    >>> cr.optim.AdamW(0.1, weight_decay=0.1).step([("w", w)])
    >>> w.value.round(3).tolist()
    [0.89, -0.89]
    """

    config_name = "adamw"

    def __init__(
        self,
        lr: PositiveFloat | Schedule = 1e-3,
        *,
        beta1: Fraction = 0.9,
        beta2: Fraction = 0.999,
        eps: NonNegativeFloat = 1e-8,
        weight_decay: NonNegativeFloat = 0.01,
        groups: Groups | None = None,
    ) -> None:
        super().__init__(
            lr, beta1=beta1, beta2=beta2, eps=eps, weight_decay=weight_decay, groups=groups
        )
