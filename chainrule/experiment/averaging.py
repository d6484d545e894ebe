"""A training in which the model that is judged and kept is an average of the weights."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np

from ..config import Config
from ..data.dataset import Dataset
from ..errors import InputError
from ..layers.base import named_arrays, named_parameters
from ..layers.variables import Buffer
from ..metrics import Evaluation
from ..training import EMA, SWA, BestModel, Trainer, refresh_batch_norm
from ..training.averaging import Average
from .parts import named


def average(config: Config, train: Dataset) -> Average | None:
    """The average that is judged in place of the weights. InputError if it never begins."""
    kind, arguments = named(config.average)
    if kind == "ema":
        return EMA(**arguments)
    if kind == "swa":
        start = arguments["start_epoch"]
        if start > config.epochs:
            raise InputError(
                "average: start_epoch: expected at most the number of epochs, "
                f"{config.epochs}, received {start}"
            )
        return RefreshedSWA(start or config.epochs * 3 // 4 + 1, train)
    return None


class AveragingTrainer(Trainer):
    """Evaluates the averaged weights of the `Average` among its callbacks, trains the others.

    So validation, and all that follows from it, such as early stopping, is about the average.
    Where nothing was averaged yet the weights are evaluated as they are.
    """

    def evaluate(self, dataset: Dataset) -> Evaluation:
        with averaged(self):
            return super().evaluate(dataset)


class BestAverage(BestModel):
    """Keep the average at its best epoch in a file. Until there is one, the best weights, which
    the first average replaces however good they were."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path)
        self.averaged = False

    def on_epoch(self, trainer: Trainer) -> None:
        if not self.averaged and _average(trainer).count:
            self.best, self.averaged = None, True
        with averaged(trainer):
            super().on_epoch(trainer)

    kinds: ClassVar[Mapping[str, Any]] = {**BestModel.kinds, "averaged": bool}

    def state(self) -> dict[str, Any]:
        return super().state() | {"averaged": self.averaged}


class RefreshedSWA(SWA):
    """`SWA` that averages after an epoch's last step, so that the epoch's validation sees it, and
    whose average has the running statistics that batch norm finds with it on ``train``."""

    def __init__(self, start_epoch: int, train: Dataset) -> None:
        super().__init__(start_epoch)
        self.train = train

    def on_step(self, trainer: Trainer) -> None:
        if not trainer.epoch_over or not self._begun(trainer):
            return
        self._move(named_parameters(trainer.model), 1 / (self.count + 1))
        with self.weights(trainer.model):
            refresh_batch_norm(trainer.model, self.train)
            self._average |= {
                path: node.value.copy()
                for path, node in named_arrays(trainer.model)
                if isinstance(node, Buffer) and np.issubdtype(node.value.dtype, np.floating)
            }

    def on_epoch(self, trainer: Trainer) -> None:
        """It has been done after the last step."""


@contextmanager
def averaged(trainer: Trainer) -> Iterator[None]:
    """Inside, the model of ``trainer`` has its averaged weights, if there are some already."""
    average = _average(trainer)
    if average.count == 0:
        yield
        return
    with average.weights(trainer.model):
        yield


def _average(trainer: Trainer) -> Average:
    return next(callback for callback in trainer.callbacks if isinstance(callback, Average))
