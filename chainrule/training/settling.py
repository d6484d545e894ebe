"""Whether batch norm's running statistics have come far enough from their first values to predict.

running ← m · running + (1 - m) · batch, so after t updates mᵗ of the first values, mean 0 and
variance 1, is still in them. With m = 0.9 that is 81 % after 2 updates, and 10 % after 22.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..layers.base import Layer
from ..layers.several import norms_of_batch
from ..text import plural
from .averaging import SWA

if TYPE_CHECKING:
    from .trainer import Trainer

ENOUGH = 0.1  # a variance of 0.05 is then taken for 0.15


def fresh_norms(model: Layer) -> list[Any]:
    """The norms that look across the batch and have not learned from any yet."""
    norms: list[Any] = list(norms_of_batch(model))
    return [
        norm
        for norm in norms
        if not norm.running_mean.value.any() and (norm.running_var.value == 1).all()
    ]


def unsettled(trainer: Trainer) -> str:
    """What to say of norms whose statistics are no basis to predict from; "" if there are none."""
    if any(isinstance(callback, SWA) and callback.count for callback in trainer.callbacks):
        return ""  # their statistics are taken anew from the training images
    momenta = [n.momentum for n in trainer.fresh_norms if not getattr(n, "frozen", False)]
    momentum = max(momenta, default=0.0)
    left = momentum ** (trainer.step * trainer.accumulate)
    if left <= ENOUGH:
        return ""
    steps = trainer.step
    enough = f"; {_steps(momentum, trainer.accumulate)} would be enough" if momentum < 1 else ""
    more = "more epochs" if trainer.budget is None else "a longer time"
    return (
        f"after {plural(steps, 'step')} the running statistics of batch norm are "
        f"still {left:.0%} their first values, so predictions are worse than what was learned"
        f"{enough}: train for {more}, or in smaller batches"
    )


def _steps(momentum: float, updates: int) -> int:
    return math.ceil(math.log(ENOUGH) / (math.log(momentum) * updates))
