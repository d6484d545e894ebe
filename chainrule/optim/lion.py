"""Lion: every entry takes the same step, only its sign is learned."""

from __future__ import annotations

from .. import kernels
from ..arrays import namespace
from ..ranges import Fraction, NonNegativeFloat, PositiveFloat
from ..schedules import Schedule
from ..types import Array
from .base import Optimizer
from .bundle import State, elementwise
from .groups import Groups


class Lion(Optimizer):
    """w ← w - lr sign(β₁ m + (1-β₁) g)        then m ← β₂ m + (1-β₂) g

    All entries move by lr, so it wants a rate three to ten times smaller than Adam's, with a
    weight decay as many times larger, and half of Adam's state.

    InputError for an argument out of its range.

    Source: Chen et al. 2023, "Symbolic discovery of optimization algorithms".

    >>> import numpy as np
    >>> import chainrule as cr
    >>> w = cr.Parameter((2,), cr.initializers.zeros)
    >>> w.value, w.grad = np.array([1.0, -1.0]), np.array([0.5, -0.5])
    >>> cr.optim.Lion(0.1).step([("w", w)])
    >>> w.value.round(3).tolist()
    [0.9, -0.9]
    """

    config_name = "lion"

    def __init__(
        self,
        lr: PositiveFloat | Schedule = 1e-4,
        *,
        beta1: Fraction = 0.9,
        beta2: Fraction = 0.99,
        weight_decay: NonNegativeFloat = 0.0,
        groups: Groups | None = None,
    ) -> None:
        super().__init__(lr, weight_decay=weight_decay, groups=groups)
        self.beta1, self.beta2 = beta1, beta2

    def start(self, w: Array) -> State:
        return {"m": namespace(w).zeros_like(w)}

    @elementwise
    def update(
        self, w: Array, grad: Array, state: State, lr: float, weight_decay: float, step: int
    ) -> None:
        kernels.of(w).lion(w, grad, state["m"], lr, self.beta1, self.beta2, weight_decay)
