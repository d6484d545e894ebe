"""Callbacks of a training: seven hooks, and a state that travels with the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

from ..annotated import fits, shown, words
from ..declared import Checked
from ..errors import InputError
from ..types import Array

if TYPE_CHECKING:
    from .trainer import Trainer


class Callback(Checked):
    """Override the hooks you need. They run in the order in which callbacks were given.

    What a callback must remember over a resume it returns from ``state`` as JSON values, and
    from ``arrays`` as arrays by name. One without a state is not in the checkpoint. ``kinds``
    are annotations of the values of ``state``, which those of a file are held against.

    InputError, from ``load_state``, for a state of another form.

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> class Count(Callback):
    ...     steps = 0
    ...     def on_step(self, trainer):
    ...         self.steps += 1
    >>> count = Count()
    >>> trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10), callbacks=[count])
    >>> history = trainer.fit(train.take(range(100)), epochs=2, batch_size=50)
    >>> count.steps
    4
    """

    kinds: ClassVar[Mapping[str, Any]] = {}
    precedes_average: ClassVar[bool] = False
    """Whether it changes gradients or weights, or ends the training, so that an average of the
    weights is taken after it."""

    @property
    def refreshes_statistics(self) -> bool:
        """Whether it has taken batch norm's running statistics anew from the training images."""
        return False

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
        """What a resume needs, as JSON values by name; {} for nothing."""
        return {}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take what ``state`` returned. InputError for other names, and for values that are not
        of the ``kinds`` of the class."""
        expect_state(state, self.state() if self.kinds else state, self.kinds)
        for name, value in state.items():
            setattr(self, name, value)

    def arrays(self) -> dict[str, Array]:
        """What a resume needs, as arrays by name, of any shape; {} for none."""
        return {}

    def load_arrays(self, arrays: dict[str, Array]) -> None:
        """Take what ``arrays`` returned, arrays by name; called after ``load_state``."""


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


def score_of(trainer: Trainer) -> tuple[float, float]:
    """Higher is better: validation accuracy, then lower loss; of training where there is none."""
    if trainer.validation is not None:
        return trainer.validation.accuracy, -trainer.validation.loss
    return trainer.train_accuracy, -trainer.train_loss


class EarlyStopping(Callback):
    """Stop when ``patience`` epochs in a row have brought no better validation accuracy.

    A training that it has ended stays so over a resume; another call of ``fit``, which asks for
    more, has the patience anew.

    A rate too small to learn with:

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> model, still = cr.models.mlp((8, 8, 1), (8,), 10), cr.optim.SGD(1e-30)
    >>> trainer = cr.Trainer(model, still, callbacks=[EarlyStopping(patience=2)])
    >>> len(trainer.fit(train, test, epochs=10).rows)
    3
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
        score = list(score_of(trainer))
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
