"""All that a bit-exact resume needs, in one file that is written in one step."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from .. import require
from ..annotated import shown
from ..declared import checked
from ..errors import InputError
from ..files import WriteFailed, patiently, warn
from ..optim.base import STEPS
from ..tensorfile import read_tensors, write_tensors
from ..types import Array
from .averaging import Average
from .callbacks import BestModel, Callback
from .pending import AGAIN
from .retention import State, checkpoint_path, newest, prune

if TYPE_CHECKING:
    from .trainer import Trainer

FORMAT = "1"

_RENAMED = {"RefreshedSWA": "SWA", "BestAverage": "BestModel"}
"""Callbacks that older checkpoints know under other names, with the same state."""


class Checkpoint(Callback):
    """Write a checkpoint into ``folder`` when ``every_seconds`` have passed or ``every_steps``
    steps (0: whenever it is time), after the epoch of a new `BestModel`, and at the end. Give it
    last, so that what it saves includes what the other callbacks have just noted.

    Kept are the ``keep`` newest, the one of the best epoch, and for good the first one at or
    after each multiple of ``keep_every_steps``. ``identity`` says what is trained, in JSON
    values: see `resume_from`.

    Where one cannot be written the training goes on, and the next step after AGAIN seconds tries
    again; those that are there stay. WriteFailed if that is so still at the end.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        every_seconds: float = 30.0,
        every_steps: int = 0,
        keep: int = 2,
        keep_every_steps: int = 0,
        identity: Mapping[str, Any] | None = None,
    ) -> None:
        require.positive(every_seconds=every_seconds)
        require.whole(0, every_steps=every_steps, keep_every_steps=keep_every_steps)
        require.whole(1, keep=keep)
        self.folder, self.identity = Path(folder), identity
        self.every_seconds, self.every_steps = every_seconds, every_steps
        self.keep, self.keep_every_steps = keep, keep_every_steps
        self._saved_at, self._saved_step = monotonic(), -1
        self._failed_at: float | None = None

    def on_start(self, trainer: Trainer) -> None:
        self._saved_at, self._saved_step, self._failed_at = monotonic(), -1, None

    def on_step(self, trainer: Trainer) -> None:
        # The last step of an epoch waits for the validation that belongs to it.
        if not trainer.epoch_over and self._due(trainer.step):
            self._try(trainer)

    def on_epoch(self, trainer: Trainer) -> None:
        if self._due(trainer.step) or _best_step(trainer) == trainer.step:
            self._try(trainer, between_epochs=True)

    def on_finish(self, trainer: Trainer) -> None:
        if self._saved_step != trainer.step:
            patiently(lambda: self._save(trainer))

    def _due(self, step: int) -> bool:
        if self._failed_at is not None:
            return monotonic() - self._failed_at >= AGAIN
        if self.every_steps and step % self.every_steps == 0:
            return True
        return monotonic() - self._saved_at >= self.every_seconds

    def _try(self, trainer: Trainer, *, between_epochs: bool = False) -> None:
        try:
            self._save(trainer, between_epochs=between_epochs)
        except WriteFailed as error:
            self._failed_at = monotonic()
            reason = getattr(error.__cause__, "strerror", None) or error
            warn(
                f"cannot write a checkpoint into {self.folder}: {reason}; the training goes on, "
                "and it is tried again"
            )

    def _save(self, trainer: Trainer, *, between_epochs: bool = False) -> None:
        path = checkpoint_path(self.folder, trainer.step)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteFailed(f"cannot make {self.folder}: {error.strerror or error}") from error
        save(trainer, path, between_epochs=between_epochs, identity=self.identity)
        self._failed_at = None
        self._saved_at, self._saved_step = monotonic(), trainer.step
        best = _best_step(trainer)
        prune(self.folder, last=self.keep, every=self.keep_every_steps, best=best)


def _best_step(trainer: Trainer) -> int | None:
    best = trainer.callback(BestModel)
    return best.step if best and best.step else None


def save(
    trainer: Trainer,
    path: str | os.PathLike[str],
    *,
    between_epochs: bool = False,
    identity: Mapping[str, Any] | None = None,
) -> None:
    """Write weights, optimizer, counters and callbacks to ``path``, atomically."""
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
        "identity": identity,
    }
    write_tensors(path, arrays, metadata)


@checked
def restore(trainer: Trainer, path: str | os.PathLike[str]) -> None:
    """Bring ``trainer`` to where a checkpoint was written: ``path``, or the newest in that folder.

    InputError if there is none, or it does not fit.
    """
    if not Path(path).is_dir():
        _load(trainer, path, read_tensors(path))
    elif resume_from(trainer, path) is None:
        raise InputError(f"there is no checkpoint in {path}")


def resume_from(
    trainer: Trainer,
    folder: str | os.PathLike[str],
    *,
    check: Callable[[Mapping[str, Any]], object] = lambda identity: None,
    say: Callable[[str], object] = print,
) -> Path | None:
    """Bring ``trainer`` to the newest checkpoint of ``folder``; None where there is none.

    A damaged one is skipped for the one before it, with a message. ``check`` is given the
    ``identity`` that it was written with, and raises InputError if that is not what is trained
    now; nothing has been changed by then. Raises InputError if none can be read, or it does not
    fit.
    """
    found = newest(folder, say)
    if found is None:
        return None
    path, state = found
    identity = state[1].get("identity")
    check(identity if isinstance(identity, dict) else {})
    _load(trainer, path, state)
    return path


def _load(trainer: Trainer, path: str | os.PathLike[str], state: State) -> None:
    arrays, metadata = state
    if metadata.get("checkpoint") != FORMAT:
        raise InputError(f"{path} is not a checkpoint of this version of chainrule")
    try:
        counters, states = metadata["trainer"], metadata["callbacks"]
        callbacks = _stateful(trainer)
        if [_RENAMED.get(name, name) for name, _ in states] != [
            type(c).__name__ for c in callbacks
        ]:
            raise InputError("it was written with other callbacks")
        trainer.model.load_state(_part(arrays, "model/"))
        trainer.optimizer.load_state(_part(arrays, "optimizer/"))
        _expect_optimizer(trainer)
        trainer.load_state(counters)
        for i, (callback, (_, noted)) in enumerate(zip(callbacks, states, strict=True)):
            callback.load_state(noted)
            callback.load_arrays(_part(arrays, f"callbacks/{i}/"))
            _expect_average(trainer, callback)
        _expect_past(trainer)
    except (KeyError, ValueError, TypeError, OverflowError, AttributeError) as error:
        raise InputError(f"{path} does not fit this training: {error}") from None


def _expect_optimizer(trainer: Trainer) -> None:
    """InputError unless what the optimizer remembers of a parameter is of that parameter: a
    compiled update does not look at shapes."""
    optimizer, parameters = trainer.optimizer, dict(trainer.parameters)
    known = {path: optimizer.start(p.value) for path, p in parameters.items()}
    expected = {f"{path}/{name}": a for path, state in known.items() for name, a in state.items()}
    counts = {STEPS, *(f"{path}/{STEPS}" for path in parameters)}  # not arrays of their shape
    state = {key: array for key, array in optimizer.state().items() if key not in counts}
    for key, array in state.items():
        if key not in expected:
            raise InputError(f"the optimizer has no state {shown(key)}")
        _expect_like(f"optimizer/{key}", array, expected[key])
    begun = {path for path in known if any(key.startswith(f"{path}/") for key in state)}
    for key in expected:
        if key.rsplit("/", 1)[0] in begun and key not in state:
            raise InputError(f"the optimizer lacks its state {key}")


def _expect_average(trainer: Trainer, callback: Callback) -> None:
    """InputError unless an average of weights is one of this model's."""
    if isinstance(callback, Average):
        state = trainer.model.state()
        for path, array in callback.arrays().items():
            if path not in state:
                raise InputError(
                    f"the model has no array {shown(path)}, of which there is an average"
                )
            _expect_like(f"the average of {path}", array, state[path])


def _expect_like(name: str, array: Array, like: Array) -> None:
    if array.shape != like.shape or array.dtype != like.dtype:
        raise InputError(
            f"{name}: expected {like.dtype} of shape {like.shape}, received {array.dtype} of shape "
            f"{array.shape}"
        )


def _expect_past(trainer: Trainer) -> None:
    """InputError for a record of epochs that the training has not come to."""
    best, rows = trainer.callback(BestModel), trainer.history.rows
    if len(rows) > trainer.epoch or (best and (best.epoch > len(rows) or best.step > trainer.step)):
        raise InputError(
            f"expected a record of {trainer.epoch} epochs and {trainer.step} steps at most, "
            f"received {len(rows)} rows" + (f", the best of epoch {best.epoch}" if best else "")
        )


def _stateful(trainer: Trainer) -> list[Callback]:
    """What travels with a checkpoint. The budget of one call of ``fit`` is not: see there."""
    return [c for c in trainer.callbacks if c is not trainer.transient and c.state()]


def _part(arrays: dict[str, Array], prefix: str) -> dict[str, Array]:
    return {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}
