"""Stochastic gradient descent, with the memory of a heavy ball."""

from __future__ import annotations

from .. import kernels
from ..arrays import namespace
from ..errors import InputError
from ..ranges import Fraction, NonNegativeFloat, PositiveFloat
from ..schedules import Schedule
from ..types import Array
from .base import Optimizer
from .bundle import State, elementwise
from .groups import Groups


class SGD(Optimizer):
    """v ← μ v + g        w ← w - lr v                momentum μ
    v ← μ v + g        w ← w - lr (g + μ v)        nesterov=True: the step looks ahead

    InputError for an argument out of its range, and for ``nesterov`` without momentum.

    Sources: Polyak 1964; Nesterov 1983 in the form of Sutskever et al. 2013.

    >>> import numpy as np
    >>> import chainrule as cr
    >>> w = cr.Parameter((2,), cr.initializers.zeros)
    >>> w.value, w.grad = np.array([1.0, -1.0]), np.array([0.5, -0.5])
    >>> cr.optim.SGD(0.1, momentum=0.9).step([("w", w)])
    >>> w.value.round(3).tolist()
    [0.95, -0.95]
    """

    config_name = "sgd"

    def __init__(
        self,
        lr: PositiveFloat | Schedule = 0.01,
        *,
        momentum: Fraction = 0.0,
        nesterov: bool = False,
        weight_decay: NonNegativeFloat = 0.0,
        groups: Groups | None = None,
    ) -> None:
        super().__init__(lr, weight_decay=weight_decay, groups=groups)
        if nesterov and momentum == 0:
            raise InputError("nesterov=True needs momentum > 0: it looks ahead along the momentum")
        self.momentum, self.nesterov = momentum, nesterov

    def start(self, w: Array) -> State:
        return {"velocity": namespace(w).zeros_like(w)}

    @elementwise
    def update(
        self, w: Array, grad: Array, state: State, lr: float, weight_decay: float, step: int
    ) -> None:
        v = state["velocity"]
        kernels.of(w).sgd(w, grad, v, lr, self.momentum, self.nesterov, weight_decay)
