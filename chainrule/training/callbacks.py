"""Callbacks of a training: seven hooks, and a state that travels with the checkpoint."""

from __future__ import annotations

import os
from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

from ..annotated import fits, shown, words
from ..declared import Checked
from ..errors import InputError
from ..saving import pack
from ..types import Array
from .pending import Pending

if TYPE_CHECKING:
    from .trainer import Trainer


class Callback(Checked):
    """Override the hooks you need. They run in the order in which callbacks were given.

    What a callback must remember over a resume it returns from ``state`` as JSON values, and
    from ``arrays`` as arrays by name. One without a state is not in the checkpoint. ``kinds``
    are annotations of the values of ``state``, which those of a file are held against.
    """

    kinds: ClassVar[Mapping[str, Any]] = {}
    precedes_average: ClassVar[bool] = False
    """Whether it changes gradients or weights, or ends the training, so that an average of the
    weights is taken after it."""

    def on_other_data(self, trainer: Trainer) -> None:
        """Before ``on_start``, if this call of fit measures itself on other images than the one
        before it: results so far are no measure for those to come."""

    def on_start(self, trainer: Trainer) -> None:
        """Before the first step of this call of fit, also after a resume."""

    def on_gradient(self, trainer: Trainer) -> None:
        """After the backward pass, before the update."""

    def on_step(self, trainer: Trainer) -> None:
        """After the update."""

    def on_epoch(self, trainer: Trainer) -> None:
        """After an epoch and its validation."""

    def on_finish(self, trainer: Trainer) -> None:
        """After the last epoch, or when the training was stopped."""

    def on_error(self, trainer: Trainer) -> None:
        """When an exception ends the training instead, in the middle of whatever it was."""

    def state(self) -> dict[str, Any]:
        return {}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take what ``state`` returned. InputError for other names, and for values that are not
        of the ``kinds`` of the class."""
        expect_state(state, self.state() if self.kinds else state, self.kinds)
        for name, value in state.items():
            setattr(self, name, value)

    def arrays(self) -> dict[str, Array]:
        return {}

    def load_arrays(self, arrays: dict[str, Array]) -> None:
        """Take what ``arrays`` returned; called after ``load_state``."""


def expect_state(state: Any, now: Mapping[str, Any], kinds: Mapping[str, Any]) -> None:
    """InputError unless ``state`` has the names of ``now``, and values of these kinds."""
    if not isinstance(state, dict) or state.keys() != now.keys():
        names = ", ".join(now)
        raise InputError(f"expected the state of {names}, received {shown(state)}")
    for name, value in state.items():
        kind = kinds.get(name, Any)
        count = isinstance(value, int) and value < 0
        if count or not fits(value, kind):
            raise InputError(f"{name}: expected {words(kind)}, received {shown(value)}")


def _score(trainer: Trainer) -> tuple[float, float]:
    """Higher is better: validation accuracy, then lower loss; of training where there is none."""
    if trainer.validation is not None:
        return trainer.validation.accuracy, -trainer.validation.loss
    return trainer.train_accuracy, -trainer.train_loss


class BestModel(Callback):
    """Keep the model of the best epoch in a file: the highest validation accuracy so far, and of
    equal ones the lowest loss. The file says which epoch that was.

    Of a training with an ``average`` it is the averaged model. Until there is one the best
    weights are kept, which the first average replaces however good they were.

    Where it cannot be written it is kept in memory and tried again; at the end of a call of fit
    WriteFailed is raised if it still cannot. A checkpoint meanwhile tells of the file as it is.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path
        self._file = Pending()
        self.best: list[float] | None = None
        self.epoch = self.step = 0
        self.averaged = False  # whether ``best`` is of an average
        self._written = self._state()

    def on_other_data(self, trainer: Trainer) -> None:
        self.best = None

    def on_epoch(self, trainer: Trainer) -> None:
        if trainer.averages and not self.averaged:
            self.best, self.averaged = None, True
        score = list(_score(trainer))
        if self.best is None or score > self.best:
            self.best, self.epoch, self.step = score, trainer.epoch, trainer.step
            with trainer.averaged():
                packed = pack(trainer.model, epoch=trainer.epoch)
            self._file.write(os.fspath(self.path), packed)

    def on_step(self, trainer: Trainer) -> None:
        self._file.retry()

    def on_finish(self, trainer: Trainer) -> None:
        self._file.finish()

    def on_error(self, trainer: Trainer) -> None:
        self._file.retry(now=True)

    kinds: ClassVar[Mapping[str, Any]] = {
        "best": tuple[Real, Real] | None,
        "epoch": int,
        "step": int,
        "averaged": bool,
    }

    def state(self) -> dict[str, Any]:
        if not self._file.waiting:
            self._written = self._state()
        return self._written

    def load_state(self, state: dict[str, Any]) -> None:
        if isinstance(state, dict):
            state = {"averaged": False} | state  # which older checkpoints do not say
        super().load_state(state)

    def _state(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.kinds}


class EarlyStopping(Callback):
    """Stop when ``patience`` epochs in a row have brought no better validation accuracy.

    A training that it has ended stays so over a resume; another call of ``fit``, which asks for
    more, has the patience anew.
    """

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.best: list[float] | None = None
        self.waited = 0
        self._restored = False

    def on_other_data(self, trainer: Trainer) -> None:
        self.best, self.waited = None, 0

    def on_start(self, trainer: Trainer) -> None:
        if self.waited >= self.patience and not self._restored:
            self.waited = 0
        self._restored = False
        self._judge(trainer)  # it may have been enough already before a resume

    def on_epoch(self, trainer: Trainer) -> None:
        score = list(_score(trainer))
        if self.best is None or score > self.best:
            self.best, self.waited = score, 0
        else:
            self.waited += 1
        self._judge(trainer)

    def _judge(self, trainer: Trainer) -> None:
        if self.waited >= self.patience:
            trainer.stop = True

    kinds: ClassVar[Mapping[str, Any]] = {"best": tuple[Real, Real] | None, "waited": int}

    def state(self) -> dict[str, Any]:
        return {"best": self.best, "waited": self.waited}

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self._restored = True
