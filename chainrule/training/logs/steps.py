"""The figures of a step as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .log import Row

if TYPE_CHECKING:
    from ..trainer import Trainer


class Steps:
    """loss of the batch with its penalty, loss and accuracy of the epoch so far, learning rate"""

    table = "steps"

    def before_update(self, trainer: Trainer) -> None:
        self._lr = trainer.optimizer.lr  # after the update it is that of the next step

    def rows(self, trainer: Trainer) -> Iterator[Row]:
        yield {
            "batch_loss": trainer.last_loss,
            "loss": trainer.train_loss,
            "accuracy": trainer.train_accuracy,
            "lr": self._lr,
        }
