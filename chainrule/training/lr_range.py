"""The learning-rate range test: which rates learn, found in one short run that leaves no trace."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import notebook, require
from ..declared import checked
from ..errors import InputError
from ..schedules import Exponential
from ..types import Array
from .callbacks import Callback

if TYPE_CHECKING:
    from ..plotting import Chart
    from .trainer import Trainer

ROWS = 12  # of the steps that a notebook shows


@dataclass(frozen=True, eq=False, repr=False)
class RangeTest:
    """lrs (T,), the rates tried in growing order; losses (T,), of the batch before each update;
    smoothed (T,), their moving average; diverged, whether the loss ran away before the end.

    >>> import numpy as np
    >>> lrs, losses = np.array([0.01, 0.1, 1.0]), np.array([2.3, 1.5, 9.0])
    >>> round(RangeTest(lrs, losses, losses, diverged=True).suggestion, 3)
    0.01
    """

    lrs: Array
    losses: Array
    smoothed: Array
    diverged: bool

    @property
    def suggestion(self) -> float:
        """A tenth of the rate at which the smoothed loss was lowest: fast, with a margin."""
        return float(self.lrs[self.smoothed.argmin()]) / 10

    def plot(self) -> Chart:
        """Loss by rate as a figure: a notebook shows it, and ``savefig(path)`` writes it."""
        from ..plotting import curves

        lines = {"loss": self.losses, "smoothed": self.smoothed}
        chart = curves(self.lrs, {"range test": lines}, "learning rate", logarithmic=True)
        chart.axes[0].axvline(self.suggestion, color="gray", linestyle="--")
        return chart

    def __repr__(self) -> str:
        low, high = self.lrs[0], self.lrs[-1]
        ending = ", then the loss ran away" if self.diverged else ""
        return f"RangeTest({low:.2g} to {high:.2g}{ending}; suggestion {self.suggestion:.2g})"

    def _repr_html_(self) -> str:
        shown = np.unique(np.linspace(0, len(self.lrs) - 1, ROWS).round().astype(int))
        columns = self.lrs[shown], self.losses[shown], self.smoothed[shown]
        rows = [[notebook.number(x) for x in row] for row in zip(*columns, strict=True)]
        return notebook.html(repr(self), [["rate", "loss", "smoothed loss"], *rows])


@checked
def lr_range_test(
    trainer: Trainer,
    dataset: Any,
    labels: Any = None,
    *,
    low: float = 1e-6,
    high: float = 1.0,
    steps: int = 100,
    batch_size: int | None = None,
    smoothing: float = 0.9,
) -> RangeTest:
    """Train a copy of ``trainer``'s model while the rate grows from ``low`` to ``high``, on a
    data set, or on images and ``labels`` as in `Trainer.fit`.

    The rate grows by the same factor every step. The run ends early when the smoothed loss is
    over four times its lowest, or is no number. Model, optimizer, streams and data order are
    left as they were: all that moves is a copy, with the optimizer's options but none of its
    memory, and without the trainer's callbacks.

    InputError for an option out of its range.

    Source: Smith 2017, "Cyclical learning rates for training neural networks".

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10), cr.optim.SGD(0.1))
    >>> test = lr_range_test(trainer, train, low=1e-4, high=1e-2, steps=21)
    >>> test.lrs.shape, test.diverged, test.suggestion <= 1e-3
    ((21,), False, True)
    """
    require.positive(low=low, high=high)
    require.integer(2, steps=steps)
    require.fraction(smoothing=smoothing)
    if not low < high:
        raise InputError(f"low: expected less than high, {high}, received {low}")
    optimizer = copy.deepcopy(trainer.optimizer)
    optimizer.load_state({"steps": np.array(0)})
    optimizer.schedule, optimizer.lr_scale = Exponential(low, high / low, every=steps - 1), 1.0
    recorder = _Recorder(steps, smoothing)
    probe = type(trainer)(
        copy.deepcopy(trainer.model), optimizer, loss=trainer.loss, penalty=trainer.penalty,
        seed=trainer.seed, accumulate=trainer.accumulate, precision=trainer.precision,
        callbacks=[recorder],
    )  # fmt: skip
    with np.errstate(all="ignore"):
        probe.fit(  # the recorder ends it before
            dataset, labels, epochs=steps, batch_size=batch_size, progress=False
        )
    return recorder.result()


class _Recorder(Callback):
    """Notes rate and loss of each step, and stops after ``steps`` or when the loss runs away."""

    def __init__(self, steps: int, smoothing: float) -> None:
        self.steps, self.smoothing = steps, smoothing
        self.rows: list[tuple[float, float, float]] = []
        self.mean, self.lowest = 0.0, math.inf
        self.diverged = False

    def on_gradient(self, trainer: Trainer) -> None:
        loss = trainer.last_loss
        self.mean = self.smoothing * self.mean + (1 - self.smoothing) * loss
        smoothed = self.mean / (1 - self.smoothing ** (len(self.rows) + 1))
        self.diverged = not smoothed <= 4 * self.lowest
        if math.isfinite(loss):
            self.rows.append((trainer.optimizer.lr, loss, smoothed))
            self.lowest = min(self.lowest, smoothed)

    def on_step(self, trainer: Trainer) -> None:
        trainer.stop = self.diverged or len(self.rows) == self.steps

    def result(self) -> RangeTest:
        if not self.rows:
            raise InputError("the loss is no finite number before the first step: nothing to test")
        lrs, losses, smoothed = np.array(self.rows).T
        return RangeTest(lrs, losses, smoothed, self.diverged)
