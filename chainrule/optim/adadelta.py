"""AdaDelta: steps in the units of the weights, hardly in need of a learning rate."""

from __future__ import annotations

from .. import kernels
from ..arrays import namespace
from ..ranges import Fraction, NonNegativeFloat, PositiveFloat
from ..schedules import Schedule
from ..types import Array
from .base import Optimizer
from .bundle import State, elementwise
from .groups import Groups


class AdaDelta(Optimizer):
    """v ← ρ v + (1-ρ) g²        d = g √(u + ε) / √(v + ε)        u ← ρ u + (1-ρ) d²
    w ← w - lr d

    u is the mean square of the steps taken, v that of the gradients: their ratio has the unit
    of w / g. Both start at 0, so the first steps are tiny, of about √ε.

    InputError for an argument out of its range.

    Source: Zeiler 2012, "ADADELTA", where lr is 1.

    >>> import numpy as np
    >>> import chainrule as cr
    >>> w = cr.Parameter((2,), cr.initializers.zeros)
    >>> w.value, w.grad = np.array([1.0, -1.0]), np.array([0.5, -0.5])
    >>> cr.optim.AdaDelta(1.0).step([("w", w)])
    >>> w.value.round(3).tolist()
    [0.997, -0.997]
    """

    config_name = "adadelta"

    def __init__(
        self,
        lr: PositiveFloat | Schedule = 1.0,
        *,
        rho: Fraction = 0.9,
        eps: PositiveFloat = 1e-6,
        weight_decay: NonNegativeFloat = 0.0,
        groups: Groups | None = None,
    ) -> None:
        super().__init__(lr, weight_decay=weight_decay, groups=groups)
        self.rho, self.eps = rho, eps

    def start(self, w: Array) -> State:
        xp = namespace(w)
        return {"v": xp.zeros_like(w), "u": xp.zeros_like(w)}

    @elementwise
    def update(
        self, w: Array, grad: Array, state: State, lr: float, weight_decay: float, step: int
    ) -> None:
        v, u = state["v"], state["u"]
        kernels.of(w).adadelta(w, grad, v, u, lr, self.rho, self.eps, weight_decay)
