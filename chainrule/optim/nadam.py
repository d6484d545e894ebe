"""NAdam: Adam whose momentum looks ahead, as Nesterov's."""

from __future__ import annotations

from .. import kernels
from ..arrays import namespace
from ..ranges import Fraction, NonNegativeFloat, PositiveFloat
from ..schedules import Schedule
from ..types import Array
from .base import Optimizer
from .bundle import State, elementwise
from .groups import Groups

KEPT = 256  # parameters that began at different steps are so many different counts at most


class NAdam(Optimizer):
    """m ← β₁ m + (1-β₁) g        v ← β₂ v + (1-β₂) g²        v̂ = v / (1-β₂ᵗ)
    w ← w - lr [ (1-μₜ) g / (1 - ∏ᵢ₌₁ᵗ μᵢ) + μₜ₊₁ m / (1 - ∏ᵢ₌₁ᵗ⁺¹ μᵢ) ] / (√v̂ + ε)

    The momentum grows toward β₁: μₜ = β₁ (1 - ½ · 0.96^(t ψ)), with ψ = ``momentum_decay``
    0.004 as in PyTorch and in the paper.

    InputError for an argument out of its range.

    Source: Dozat 2016, "Incorporating Nesterov momentum into Adam".

    >>> import numpy as np
    >>> import chainrule as cr
    >>> w = cr.Parameter((2,), cr.initializers.zeros)
    >>> w.value, w.grad = np.array([1.0, -1.0]), np.array([0.5, -0.5])
    >>> cr.optim.NAdam(0.1).step([("w", w)])
    >>> w.value.round(3).tolist()
    [0.894, -0.894]
    """

    config_name = "nadam"

    def __init__(
        self,
        lr: PositiveFloat | Schedule = 2e-3,
        *,
        beta1: Fraction = 0.9,
        beta2: Fraction = 0.999,
        eps: PositiveFloat = 1e-8,
        momentum_decay: NonNegativeFloat = 4e-3,
        weight_decay: NonNegativeFloat = 0.0,
        groups: Groups | None = None,
    ) -> None:
        super().__init__(lr, weight_decay=weight_decay, groups=groups)
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        self.momentum_decay = momentum_decay
        self._products: dict[int, float] = {}  # ∏ᵢ₌₁ᵗ μᵢ by t: nothing to save, it follows from t

    def start(self, w: Array) -> State:
        xp = namespace(w)
        return {"m": xp.zeros_like(w), "v": xp.zeros_like(w)}

    @elementwise
    def update(
        self, w: Array, grad: Array, state: State, lr: float, weight_decay: float, step: int
    ) -> None:
        mu, mu_next = self._momentum(step), self._momentum(step + 1)
        product = self._momenta(step)
        kernels.of(w).nadam(
            w,
            grad,
            state["m"],
            state["v"],
            step,
            lr,
            g_share=(1 - mu) / (1 - product),
            m_share=mu_next / (1 - product * mu_next),
            beta1=self.beta1,
            beta2=self.beta2,
            eps=self.eps,
            weight_decay=weight_decay,
        )

    def _momentum(self, step: int) -> float:
        return float(self.beta1 * (1 - 0.5 * 0.96 ** (step * self.momentum_decay)))

    def _momenta(self, step: int) -> float:
        """The product of the momenta up to ``step``, from that up to the step before it."""
        known = self._products
        if step not in known:
            first = step if step - 1 in known else 1
            product = known.get(step - 1, 1.0)
            for i in range(first, step + 1):
                product *= self._momentum(i)
            known[step] = product
            if len(known) > KEPT:
                del known[next(iter(known))]  # the oldest
        return known[step]
