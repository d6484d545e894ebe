"""End a training when gradients or updates have become small."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import InputError
from ..ranges import NonNegativeFloat
from ..sums import norm
from ..types import Array
from .callbacks import Callback

if TYPE_CHECKING:
    from .trainer import Trainer


class StopOnConvergence(Callback):
    """Stop after an epoch in which the mean of ‖g‖, or of ‖Δw‖, over its steps is below a limit.

    ‖g‖ is the norm of all gradients together, after clipping, and ‖Δw‖ that of the update, which
    with momentum is the velocity times the rate. A limit of 0 is none; InputError if both are. It
    takes means, since a single batch may happen to have a small gradient. The limit of ‖Δw‖ costs a
    copy of the weights.

    A schedule that ends at 0 makes ‖Δw‖ small wherever the weights are.

    >>> import chainrule as cr
    >>> train, _ = cr.data.digits()
    >>> model, still = cr.models.mlp((8, 8, 1), (8,), 10), cr.optim.SGD(1e-30)
    >>> trainer = cr.Trainer(model, still, callbacks=[StopOnConvergence(update_norm=1e-6)])
    >>> len(trainer.fit(train.take(range(100)), epochs=10).rows)
    1
    """

    kinds: ClassVar[Mapping[str, Any]] = {
        "gradients": Real, "updates": Real, "steps": int, "converged": bool,
    }  # fmt: skip

    def __init__(
        self, gradient_norm: NonNegativeFloat = 0.0, update_norm: NonNegativeFloat = 0.0
    ) -> None:
        if not gradient_norm and not update_norm:
            raise InputError(
                "gradient_norm, update_norm: expected at least one limit above 0, received none"
            )
        self.gradient_norm, self.update_norm = gradient_norm, update_norm
        self.gradients = self.updates = 0.0  # sums over the steps of this epoch
        self.steps = 0
        self.converged = self._restored = False
        self._before: dict[str, Array] = {}

    def on_start(self, trainer: Trainer) -> None:
        self.converged &= self._restored  # another call of fit asks for more
        self._restored = False
        trainer.stop |= self.converged

    def on_gradient(self, trainer: Trainer) -> None:
        if self.gradient_norm:
            norms = [norm(p.grad) for _, p in trainer.parameters if p.grad is not None]
            self.gradients += math.hypot(*norms)
        if self.update_norm:
            self._before = {path: p.value.copy() for path, p in trainer.parameters}

    def on_step(self, trainer: Trainer) -> None:
        self.steps += 1
        if self.update_norm:
            moved = [norm(p.value - self._before[path]) for path, p in trainer.parameters]
            self.updates += math.hypot(*moved)
            self._before = {}

    def on_epoch(self, trainer: Trainer) -> None:
        steps = max(1, self.steps)
        self.converged = (
            self.gradients / steps < self.gradient_norm or self.updates / steps < self.update_norm
        )
        self.gradients, self.updates, self.steps = 0.0, 0.0, 0
        trainer.stop |= self.converged

    def state(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.kinds}

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self._restored = True
