"""A training that has gone wrong ends at once, before the damage reaches the weights."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..errors import CheckFailed
from .callbacks import Callback

if TYPE_CHECKING:
    from .trainer import Trainer


class StopOnNonFinite(Callback):
    """Raise CheckFailed when the loss or a gradient is NaN or infinite, naming the first layer,
    forward or backward, where it appeared.

    It looks before the update, so the weights in memory and in the checkpoint are still those
    of the last good step. The cost is one dot product over the gradients.
    """

    def on_gradient(self, trainer: Trainer) -> None:
        if math.isfinite(trainer.last_loss) and _finite_gradients(trainer):
            return
        where = None
        if trainer.last_batch is not None:
            from .nonfinite import first_nonfinite

            where = first_nonfinite(trainer.model, *trainer.last_batch, trainer.loss)
        raise CheckFailed(
            f"step {trainer.step + 1} (epoch {trainer.epoch + 1}): the loss is "
            f"{trainer.last_loss:g}; {where or 'the first bad layer could not be found again'}. "
            "The weights are those before this step; a lower learning rate is the usual cure"
        )


def _finite_gradients(trainer: Trainer) -> bool:
    for _, parameter in trainer.parameters:
        if (grad := parameter.grad) is None:
            continue
        # The square overflows early, so a suspicion is looked at element by element.
        if not math.isfinite(np.vdot(grad, grad)) and not np.isfinite(grad).all():
            return False
    return True
