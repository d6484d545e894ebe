"""Going on from a checkpoint, which must be one of this training and whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..annotated import shown
from ..declared import checked
from ..errors import InputError
from ..optim.base import STEPS
from ..tensorfile import read_tensors
from ..types import Array
from .averaging import Average
from .callbacks import Callback
from .checkpoint import FORMAT, BestModel, stateful
from .rate_factor import RateFactor
from .retention import State, newest

if TYPE_CHECKING:
    from .trainer import Trainer

_RENAMED = {"RefreshedSWA": "SWA", "BestAverage": "BestModel"}
"""Callbacks that older checkpoints know under other names, with the same state."""


@checked
def restore(trainer: Trainer, path: str | os.PathLike[str]) -> None:
    """Bring ``trainer`` to where a checkpoint was written: ``path``, or the newest in that folder.

    InputError if there is none, or it does not fit.

    >>> import tempfile
    >>> import chainrule as cr
    >>> from chainrule.training import Checkpoint
    >>> train, test = cr.data.digits()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10), callbacks=[Checkpoint(folder)])
    ...     history = trainer.fit(train, epochs=1, batch_size=144)
    ...     another = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10))
    ...     restore(another, folder)
    >>> another.step
    10
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
        names = [_RENAMED.get(name, name) for name, _ in states]
        callbacks = _remembered(trainer, names)
        if names != [type(c).__name__ for c in callbacks]:
            raise InputError("it was written with other callbacks")
        device = trainer.model.device
        trainer.model.load_state(_part(arrays, "model/"))
        trainer.optimizer.load_state(_part(arrays, "optimizer/"))
        _expect_optimizer(trainer)
        trainer.load_state(counters)
        for i, (callback, (_, noted)) in enumerate(zip(callbacks, states, strict=True)):
            callback.load_state(noted)
            own = _part(arrays, f"callbacks/{i}/")
            callback.load_arrays({name: device.put(array) for name, array in own.items()})
            _expect_average(trainer, callback)
        _expect_past(trainer)
    except (KeyError, ValueError, TypeError, OverflowError, AttributeError) as error:
        raise InputError(f"{path} does not fit this training: {error}") from None


def _remembered(trainer: Trainer, names: Sequence[str]) -> list[Callback]:
    """The callbacks that are in a checkpoint: those with a state, and a `RateFactor`, which has
    one from when it is first set, if the file has it."""
    factor = RateFactor.__name__ in names
    known = stateful(trainer)
    return [c for c in trainer.callbacks if c in known or (factor and isinstance(c, RateFactor))]


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


def _part(arrays: dict[str, Array], prefix: str) -> dict[str, Array]:
    return {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}
