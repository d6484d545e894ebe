"""Averages of the weights along the training, which often predict better than the last ones.

ema = EMA(decay=0.999)
trainer = Trainer(model, average=ema, callbacks=[BestModel("best.safetensors")])
trainer.fit(train, validation, epochs=10)   # validates and keeps the averaged model
trainer.evaluate(test)                      # of the averaged model too
ema.copy_to(model)                          # until here ``model`` has the last weights

Among ``callbacks`` instead, an average is taken and nothing is measured on it, unless inside
``with ema.weights(model)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from ..data.dataset import Dataset
from ..declared import checked, registry
from ..errors import InputError
from ..layers.base import Layer, named_arrays, named_parameters
from ..layers.variables import Buffer, Variable
from ..ranges import Fraction, NonNegativeInt, PositiveInt, Setting
from ..types import Array
from .batch_norm import refresh_batch_norm
from .callbacks import Callback

if TYPE_CHECKING:
    from .trainer import Trainer


class Average(Callback):
    """A callback that holds an average of a model's arrays by path, and lends it to the model."""

    def __init__(self) -> None:
        self.count = 0  # how many weights have gone into the average
        self._average: dict[str, Array] = {}

    @contextmanager
    def weights(self, model: Layer) -> Iterator[None]:
        """Inside the block ``model`` has the averaged weights; then all its arrays are as before,
        also those that were changed in the block. InputError where nothing was averaged yet."""
        nodes = named_arrays(model)
        before = [(node, node.value) for _, node in nodes]
        try:
            self.copy_to(model)
            yield
        finally:
            for node, value in before:
                node.value = value

    def copy_to(self, model: Layer) -> None:
        """Give ``model`` the averaged weights for good. InputError where nothing was averaged yet,
        or it was another model."""
        if not self._average:
            raise InputError(f"{type(self).__name__} has averaged nothing yet: train first")
        nodes = dict(named_arrays(model))
        if not self._average.keys() <= nodes.keys():
            raise InputError(f"{type(self).__name__} has averaged the weights of another model")
        for path, average in self._average.items():
            nodes[path].value = average.copy()

    kinds: ClassVar[Mapping[str, Any]] = {"count": int}

    def state(self) -> dict[str, Any]:
        return {"count": self.count}

    def arrays(self) -> dict[str, Array]:
        return self._average

    @checked
    def load_arrays(self, arrays: dict[str, Array]) -> None:
        self._average = {path: array.copy() for path, array in arrays.items()}

    def _move(self, nodes: Sequence[tuple[str, Variable]], share: float) -> None:
        """average ← average + share · (w - average); the first time, w."""
        self.count += 1
        for path, node in nodes:
            average = self._average.get(path)
            if average is None:
                self._average[path] = node.value.copy()
            else:  # in this form a constant array stays what it is, to the last bit
                average += share * (node.value - average)


class EMA(Average):
    """ē ← d · ē + (1 - d) · w after every step        d = min(decay, (1 + t) / (10 + t))

    t counts the steps averaged so far; the first step's weights start it. The memory, about
    1 / (1 - decay) steps, so begins short and grows with the training: else the first weights
    would still be most of the average when a training of few steps ends. ``warmup=False`` is
    d = decay from the start. Running statistics are averaged like weights, so that they stay
    those of ē.

    InputError unless ``decay`` is in [0, 1).

    Source: Polyak and Juditsky 1992 (averaging); Tarvainen and Valpola 2017 ("Mean teachers");
    the warm-up is that of TensorFlow's ExponentialMovingAverage.

    >>> import numpy as np
    >>> import chainrule as cr
    >>> layer = cr.layers.Linear(2, 1, init=lambda rng, shape: np.array([[3.0], [4.0]])).init(0)
    >>> trainer = cr.Trainer(layer)
    >>> ema = EMA(0.5, warmup=False)
    >>> ema.on_step(trainer)
    >>> layer.weight.value[:] = [[1.0], [2.0]]
    >>> ema.on_step(trainer)
    >>> with ema.weights(layer):
    ...     layer.weight.value.tolist()
    [[2.0], [3.0]]
    """

    config_name = "ema"

    def __init__(self, decay: Fraction = 0.999, *, warmup: bool = True) -> None:
        super().__init__()
        self.decay, self.warmup = decay, warmup

    def on_step(self, trainer: Trainer) -> None:
        nodes = named_arrays(trainer.model)
        floating = [(p, n) for p, n in nodes if np.issubdtype(n.value.dtype, np.floating)]
        start = 9 / (10 + self.count) if self.warmup else 0.0
        self._move(floating, max(1 - self.decay, start))


class SWA(Average):
    """ē ← mean of the weights at the ends of the epochs from ``start_epoch`` on, counted from 1

    Batch norm has not seen the averaged net. As the ``average`` of a trainer this one has the
    running statistics that batch norm finds with it on the training images, taken anew after each
    such epoch. Among ``callbacks`` it has none of its own: refresh them before use,

        with swa.weights(model):
            refresh_batch_norm(model, train)
            trainer.evaluate(test)

    InputError for a ``start_epoch`` below 1.

    Source: Izmailov et al. 2018, "Averaging weights leads to wider optima".

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> swa = SWA(start_epoch=2)
    >>> trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10), average=swa)
    >>> history = trainer.fit(train, epochs=3)
    >>> swa.count  # epochs 2 and 3
    2
    """

    config_name = "swa"

    def __init__(
        self, start_epoch: Annotated[PositiveInt, Setting(type=NonNegativeInt, default=0)]
    ) -> None:
        super().__init__()
        self.start_epoch = start_epoch

    def on_step(self, trainer: Trainer) -> None:
        if not trainer.epoch_over or not self._begun(trainer):
            return  # after the last step, not after the epoch, whose validation is of the average
        self._move(named_parameters(trainer.model), 1 / (self.count + 1))
        if trainer.average is self and trainer.train is not None:
            self._refresh(trainer.model, trainer.train)

    @property
    def refreshes_statistics(self) -> bool:
        return self.count > 0

    def _refresh(self, model: Layer, train: Dataset) -> None:
        """Take the running statistics of the averaged net into the average."""
        with self.weights(model):
            refresh_batch_norm(model, train)
            self._average |= {
                path: node.value.copy()
                for path, node in named_arrays(model)
                if isinstance(node, Buffer) and np.issubdtype(node.value.dtype, np.floating)
            }

    def _begun(self, trainer: Trainer) -> bool:
        """Whether the epoch that ends is one to average; a hurried training counts as planned."""
        return trainer.done or trainer.planned >= self.start_epoch * trainer.batches


AVERAGES: dict[str, type[Average]] = registry(Average, globals())
"""By the names that settings have."""


def with_average(callbacks: Sequence[Callback], average: Average, first: int) -> list[Callback]:
    """``callbacks`` with ``average`` behind the last one that must precede it, or as number
    ``first`` where none must."""
    every = list(callbacks)
    if average not in every:
        before = (i + 1 for i, callback in enumerate(every) if callback.precedes_average)
        every.insert(max(before, default=first), average)
    return every
