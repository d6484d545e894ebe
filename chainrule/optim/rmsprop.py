"""RMSProp: AdaGrad that forgets."""

from __future__ import annotations

from .. import kernels
from ..arrays import namespace
from ..ranges import Fraction, NonNegativeFloat, PositiveFloat
from ..schedules import Schedule
from ..types import Array
from .base import Optimizer
from .bundle import State, elementwise
from .groups import Groups


class RMSProp(Optimizer):
    """v ← α v + (1-α) g²        w ← w - lr g / (√v + ε)

    ``alpha`` is the decay rate of the mean square, 0.99 as in PyTorch (Keras calls it rho and
    takes 0.9). v starts at 0 and is not corrected, so the first steps are up to 1 / √(1-α), ten
    times, as long as later ones.

    InputError for an argument out of its range.

    Source: Tieleman and Hinton 2012, lecture 6.5 of "Neural networks for machine learning".

    >>> import numpy as np
    >>> import chainrule as cr
    >>> w = cr.Parameter((2,), cr.initializers.zeros)
    >>> w.value, w.grad = np.array([1.0, -1.0]), np.array([0.5, -0.5])
    >>> cr.optim.RMSProp(0.01).step([("w", w)])
    >>> w.value.round(3).tolist()
    [0.9, -0.9]
    """

    config_name = "rmsprop"

    def __init__(
        self,
        lr: PositiveFloat | Schedule = 1e-2,
        *,
        alpha: Fraction = 0.99,
        eps: PositiveFloat = 1e-8,
        weight_decay: NonNegativeFloat = 0.0,
        groups: Groups | None = None,
    ) -> None:
        super().__init__(lr, weight_decay=weight_decay, groups=groups)
        self.alpha, self.eps = alpha, eps

    def start(self, w: Array) -> State:
        return {"v": namespace(w).zeros_like(w)}

    @elementwise
    def update(
        self, w: Array, grad: Array, state: State, lr: float, weight_decay: float, step: int
    ) -> None:
        kernels.of(w).rmsprop(w, grad, state["v"], lr, self.alpha, self.eps, weight_decay)
