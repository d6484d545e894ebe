"""All that a bit-exact resume needs, in one file that is replaced in one step."""

from __future__ import annotations

import os
from time import monotonic
from typing import TYPE_CHECKING

from ..errors import InputError
from ..tensorfile import read_tensors, write_tensors
from ..types import Array
from .callbacks import Callback

if TYPE_CHECKING:
    from .trainer import Trainer

FORMAT = "1"


class Checkpoint(Callback):
    """Write a checkpoint when ``every_seconds`` have passed or ``every_steps`` steps, and at the
    end. Give it last, so that what it saves includes what the other callbacks have just noted.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        every_seconds: float = 30.0,
        every_steps: int | None = None,
    ) -> None:
        self.path, self.every_seconds, self.every_steps = path, every_seconds, every_steps
        self._saved = monotonic()

    def on_start(self, trainer: Trainer) -> None:
        self._saved = monotonic()

    def on_step(self, trainer: Trainer) -> None:
        # The last step of an epoch waits for the validation that belongs to it.
        if trainer.batch < trainer.batches and self._due(trainer.step):
            self._save(trainer)

    def on_epoch(self, trainer: Trainer) -> None:
        if self._due(trainer.step):
            self._save(trainer, between_epochs=True)

    def on_finish(self, trainer: Trainer) -> None:
        self._save(trainer)

    def _due(self, step: int) -> bool:
        if self.every_steps and step % self.every_steps == 0:
            return True
        return monotonic() - self._saved >= self.every_seconds

    def _save(self, trainer: Trainer, *, between_epochs: bool = False) -> None:
        save(trainer, self.path, between_epochs=between_epochs)
        self._saved = monotonic()


def save(trainer: Trainer, path: str | os.PathLike[str], *, between_epochs: bool = False) -> None:
    """Write weights, optimiser, counters and callbacks to ``path``, atomically."""
    arrays = {f"model/{name}": a for name, a in trainer.model.state().items()}
    arrays |= {f"optimizer/{name}": a for name, a in trainer.optimizer.state().items()}
    for i, callback in enumerate(_stateful(trainer)):
        arrays |= {f"callbacks/{i}/{name}": a for name, a in callback.arrays().items()}
    counters = trainer.state()
    if between_epochs:  # the epoch's sums are shown to the hooks, then cleared
        counters |= {"samples_seen": 0, "correct": 0, "loss_sum": 0.0}
    metadata = {
        "checkpoint": FORMAT,
        "trainer": counters,
        "callbacks": [[type(c).__name__, c.state()] for c in _stateful(trainer)],
    }
    write_tensors(path, arrays, metadata)


def restore(trainer: Trainer, path: str | os.PathLike[str]) -> None:
    """Bring ``trainer`` to where the checkpoint was written. InputError if it does not fit."""
    arrays, metadata = read_tensors(path)
    if metadata.get("checkpoint") != FORMAT:
        raise InputError(f"{path} is not a checkpoint of this version of chainrule")
    try:
        counters, states = metadata["trainer"], metadata["callbacks"]
        callbacks = _stateful(trainer)
        if [name for name, _ in states] != [type(c).__name__ for c in callbacks]:
            raise InputError("it was written with other callbacks")
        trainer.model.load_state(_part(arrays, "model/"))
        trainer.optimizer.load_state(_part(arrays, "optimizer/"))
        trainer.load_state(counters)
        for i, (callback, (_, state)) in enumerate(zip(callbacks, states, strict=True)):
            callback.load_state(state)
            callback.load_arrays(_part(arrays, f"callbacks/{i}/"))
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"{path} does not fit this training: {error}") from None


def _stateful(trainer: Trainer) -> list[Callback]:
    return [callback for callback in trainer.callbacks if callback.state()]


def _part(arrays: dict[str, Array], prefix: str) -> dict[str, Array]:
    return {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}
