"""Rules that the weights must keep after every update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import require
from ..arrays import namespace
from ..sums import total
from .callbacks import Callback

if TYPE_CHECKING:
    from .trainer import Trainer


class MaxNorm(Callback):
    """w ← w · min(1, limit / ‖w‖) for the incoming weights w of each unit, after every update

    A unit's weights are all axes but the last: a column of (in, out), a filter of
    (kh, kw, in, out). Only parameters that decay are held: biases, scales and shifts are not.
    Give it before callbacks that read the weights in ``on_step``, such as averages and
    checkpoints.

    InputError unless ``limit`` is positive.

    Source: Srivastava et al. 2014, "Dropout", where limit is 2 to 4.

    >>> import numpy as np
    >>> import chainrule as cr
    >>> layer = cr.layers.Linear(2, 1, init=lambda rng, shape: np.array([[3.0], [4.0]])).init(0)
    >>> trainer = cr.Trainer(layer)
    >>> MaxNorm(2.5).on_step(trainer)
    >>> layer.weight.value.tolist()
    [[1.5], [2.0]]
    """

    precedes_average = True

    def __init__(self, limit: float) -> None:
        require.positive(limit=limit)
        self.limit = limit

    def on_step(self, trainer: Trainer) -> None:
        for _, parameter in trainer.parameters:
            if parameter.frozen or not parameter.decay:
                continue
            w = parameter.value
            xp = namespace(w)
            norm = xp.sqrt(total(w * w, tuple(range(w.ndim - 1)), keepdims=True))
            if (norm > self.limit).any():
                w *= self.limit / xp.maximum(norm, self.limit)
