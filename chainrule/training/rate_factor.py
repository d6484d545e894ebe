"""A factor of the learning rate that somebody sets while the training goes on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

from .. import require
from ..errors import InputError
from .callbacks import Callback
from .plateau import ReduceOnPlateau

if TYPE_CHECKING:
    from .trainer import Trainer


class RateFactor(Callback):
    """lr(t) = factor · schedule(t), from the step on in which ``set_rate`` or ``factor`` is called.

    The schedule keeps its shape: what follows is as much larger or smaller as the rate is now. The
    factor goes on top of what `ReduceOnPlateau` has cut, so give it after that. Once it is not 1
    it travels with the checkpoint.

    InputError for a rate that is not positive, and where the schedule has come to 0.

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> rate = RateFactor()
    >>> model, optimizer = cr.models.mlp((8, 8, 1), (8,), 10), cr.optim.SGD(0.1)
    >>> trainer = cr.Trainer(model, optimizer, callbacks=[rate])
    >>> rate.set_rate(trainer, 0.05)
    >>> rate.factor, trainer.optimizer.lr
    (0.5, 0.05)
    """

    factor: float = 1.0

    def on_start(self, trainer: Trainer) -> None:
        self._apply(trainer)

    def on_epoch(self, trainer: Trainer) -> None:
        self._apply(trainer)

    def set_rate(self, trainer: Trainer, lr: float) -> None:
        """Go on with this learning rate, and from there as the schedule goes. InputError as the
        class says."""
        require.positive(lr=lr)
        optimizer = trainer.optimizer
        scheduled = float(optimizer.schedule(optimizer.steps)) * _cuts(trainer)
        if not scheduled > 0 or not math.isfinite(factor := lr / scheduled):
            raise InputError(
                f"lr: expected a step at which the schedule is not at 0, received {lr} at step "
                f"{trainer.step}"
            )
        self.factor = factor
        self._apply(trainer)

    def _apply(self, trainer: Trainer) -> None:
        if self.factor != 1:
            trainer.optimizer.lr_scale = _cuts(trainer) * self.factor

    kinds: ClassVar[Mapping[str, Any]] = {"factor": Real}

    def state(self) -> dict[str, Any]:
        return {} if self.factor == 1 else {"factor": self.factor}

    def load_state(self, state: dict[str, Any]) -> None:
        if not isinstance(state, dict) or set(state) != {"factor"}:
            raise InputError("expected the state of factor")
        require.positive(factor=state["factor"])
        self.factor = float(state["factor"])


def _cuts(trainer: Trainer) -> float:
    """What a plateau has made of the rate."""
    plateau = trainer.callback(ReduceOnPlateau)
    return plateau.scale if plateau else 1.0
