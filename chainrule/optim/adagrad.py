"""AdaGrad: a rate for each entry, by all the gradients that it has had."""

from __future__ import annotations

from .. import kernels
from ..arrays import namespace
from ..ranges import NonNegativeFloat, PositiveFloat
from ..schedules import Schedule
from ..types import Array
from .base import Optimizer
from .bundle import State, elementwise
from .groups import Groups


class AdaGrad(Optimizer):
    """v ← v + g²        w ← w - lr g / (√v + ε)

    Nothing is forgotten, so every rate only ever falls: right for rare features, and the end of
    learning in long trainings of deep nets.

    InputError for an argument out of its range.

    Source: Duchi, Hazan and Singer 2011, "Adaptive subgradient methods".

    >>> import numpy as np
    >>> import chainrule as cr
    >>> w = cr.Parameter((2,), cr.initializers.zeros)
    >>> w.value, w.grad = np.array([1.0, -1.0]), np.array([0.5, -0.5])
    >>> cr.optim.AdaGrad(0.1).step([("w", w)])
    >>> w.value.round(3).tolist()
    [0.9, -0.9]
    """

    config_name = "adagrad"

    def __init__(
        self,
        lr: PositiveFloat | Schedule = 1e-2,
        *,
        eps: PositiveFloat = 1e-10,
        weight_decay: NonNegativeFloat = 0.0,
        groups: Groups | None = None,
    ) -> None:
        super().__init__(lr, weight_decay=weight_decay, groups=groups)
        self.eps = eps

    def start(self, w: Array) -> State:
        return {"v": namespace(w).zeros_like(w)}

    @elementwise
    def update(
        self, w: Array, grad: Array, state: State, lr: float, weight_decay: float, step: int
    ) -> None:
        kernels.of(w).adagrad(w, grad, state["v"], lr, self.eps, weight_decay)
