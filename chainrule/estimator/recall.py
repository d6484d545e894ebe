"""The weights of the best epoch, which early stopping goes back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..training.callbacks import Callback, score_of
from ..types import Array

if TYPE_CHECKING:
    from ..training.trainer import Trainer


class BestWeights(Callback):
    """Keep the weights of the epoch with the highest validation accuracy, and of equal ones the
    lowest loss, in memory; give them back to the model when the training ends."""

    def __init__(self) -> None:
        self.best: tuple[float, float] | None = None
        self.epoch = 0
        self.weights: dict[str, Array] = {}

    def on_other_data(self, trainer: Trainer) -> None:
        self.best = None

    def on_epoch(self, trainer: Trainer) -> None:
        score = score_of(trainer)
        if self.best is None or score > self.best:
            self.best, self.epoch = score, trainer.epoch
            self.weights = {path: value.copy() for path, value in trainer.model.state().items()}

    def on_finish(self, trainer: Trainer) -> None:
        if self.weights:
            trainer.model.load_state(self.weights)
