"""Fine-tuning that begins with the head: the body joins later, its last blocks first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import InputError
from ..layers.base import Layer
from ..layers.depth import Block, blocks
from ..ranges import NonNegativeFloat
from .callbacks import Callback
from .fitting import expect_trainable

if TYPE_CHECKING:
    from .trainer import Trainer


class GradualUnfreezing(Callback):
    """The body is frozen, and thawed in as many parts as there are ``epochs``, the part next to
    the head first

    After ``epochs[i]`` epochs part i + 1 learns too. ``GradualUnfreezing([1])`` trains the head for
    an epoch, then everything; ``[1, 2, 3]`` takes in a third of the blocks after each of three
    epochs. Parts are of whole blocks (`chainrule.layers.depth.blocks`), as equal in number as can
    be. A hurried training counts as planned.

    Give the layers near the images smaller rates as well, which are good already:

        Adam(1e-3, groups=cr.transfer.rates(model, 0.8))

    InputError unless the epochs are numbers of 0 or more that do not fall, and for a model without
    a body, or with fewer blocks than parts.

    Source: Howard and Ruder 2018, "Universal language model fine-tuning for text classification".

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> model = cr.models.mlp((8, 8, 1), (32, 16), 10)
    >>> trainer = cr.Trainer(model, callbacks=[GradualUnfreezing([1, 2])])
    >>> history = trainer.fit(train, epochs=1)
    >>> [path for path, w in trainer.parameters if not w.frozen]
    ['layers.4.weight', 'layers.4.bias', 'layers.6.weight', 'layers.6.bias']
    """

    precedes_average = True

    def __init__(self, epochs: Sequence[NonNegativeFloat]) -> None:
        self.epochs = tuple(epochs)
        if not self.epochs:
            raise InputError("epochs: expected one number or more, received none")
        if list(self.epochs) != sorted(self.epochs):
            shown = ", ".join(f"{epoch:g}" for epoch in self.epochs)
            raise InputError(f"epochs: expected numbers that do not fall, received {shown}")
        self.joined = 0  # parts that learn

    def on_start(self, trainer: Trainer) -> None:
        _set(blocks(trainer.model), frozen=False)
        if trainer.train is not None:  # what will be trained in the end must be able to
            size = trainer.fitting.batch_size
            expect_trainable(trainer.model, trainer.train, size, trainer.accumulate)
        if trainer.batch == 0:  # else a resume goes on in the middle of an epoch, as it was
            self.joined = max(self.joined, self._due(trainer))
        self._apply(trainer.model)

    def on_epoch(self, trainer: Trainer) -> None:
        if (due := self._due(trainer)) > self.joined:
            self.joined = due
            self._apply(trainer.model)

    def _due(self, trainer: Trainer) -> int:
        """How many parts are to learn in the next epoch."""
        done = trainer.planned / max(1, trainer.batches)
        return sum(epoch <= done + 1e-9 for epoch in self.epochs)

    def _apply(self, model: Layer) -> None:
        body = blocks(model)
        joined = math.ceil(len(body) * self.joined / len(self.epochs))
        self.expect(len(body))
        _set(body[: len(body) - joined], frozen=True)
        _set(body[len(body) - joined :], frozen=False)

    def expect(self, count: int) -> None:
        """InputError unless a body of so many blocks has as many parts as ``epochs``."""
        if count < len(self.epochs):
            has = f"a model whose body has {count}" if count else "a model without a body"
            raise InputError(
                f"epochs: expected at most as many numbers as the body has blocks, received "
                f"{len(self.epochs)} for {has}"
            )

    kinds: ClassVar[Mapping[str, Any]] = {"joined": int}

    def state(self) -> dict[str, Any]:
        return {"joined": self.joined}


def _set(body: Sequence[Block], *, frozen: bool) -> None:
    for block in body:
        for parameter in block.parameters:
            parameter.frozen = frozen
