"""A recorded training, replayed from a checkpoint to one step, and compared with its record."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np

from ..errors import CheckFailed
from ..layers.variables import Parameter
from ..schedules import TimeScaled
from ..sums import norm
from ..training import (
    Callback,
    Checkpoint,
    Progress,
    RateFactor,
    StepRecorder,
    StopOnNonFinite,
    TimeBudget,
    Trainer,
)
from ..training.nonfinite import is_finite
from ..training.recorder import checksum
from ..training.step_ring import LastSteps
from ..types import Array
from .choice import WINDOW
from .seen import Difference, Rerun, Update
from .sites import look

LOOKS = 5
"""Steps that show what is usual, of the WINDOW before the step that is looked at."""

RECENT = 8
"""Steps before it of which the updates are measured."""

LEFT_OUT = (StopOnNonFinite, StepRecorder, Checkpoint, Progress)
"""Callbacks that neither change a step nor remember anything."""


class _Over(Exception):
    """The step is done."""


def rerun(trainer: Trainer, fit: Callable[[], object], step: int, steps: LastSteps) -> Rerun | None:
    """``fit()`` as far as ``step``, which is looked at; None if it ended before. ``trainer`` is at
    a checkpoint before it, or at its start."""
    seen = Rerun(trainer.step)
    watch = _Watch(trainer, step, steps, seen)
    trainer.callbacks = [c for c in trainer.callbacks if not isinstance(c, LEFT_OUT)] + [watch]
    if (budget := trainer.callback(TimeBudget)) is not None:
        budget.clock = lambda: 0.0  # it measures nothing: the paces are those of the record
    plain = trainer._step
    trainer._step = watch.around(trainer, plain)  # type: ignore[method-assign]
    try:
        with np.errstate(all="ignore"):
            fit()
    except _Over:
        return seen
    finally:
        trainer._step = plain  # type: ignore[method-assign]
    return None


class _Watch(Callback):
    """Looks at the step, and at some before it, compares each loss with the record."""

    def __init__(self, trainer: Trainer, step: int, steps: LastSteps, seen: Rerun) -> None:
        self.step, self.steps, self.seen = step, steps, seen
        first = max(trainer.step + 1, step - WINDOW)
        self.usual = range(first, min(first + LOOKS, step))
        self.before: dict[str, Array] = {}
        self.gradients: dict[str, float] = {}

    def around(self, trainer: Trainer, whole: Callable[..., None]) -> Callable[..., None]:
        def run(images: Array, labels: Array, weights: Array | None = None, *, of: int) -> None:
            plain, now = partial(whole, of=of), trainer.step + 1
            self._set_rate(trainer, now)
            batch = (images, labels) if weights is None else (images, labels, weights)
            if now in self.usual:
                self.seen.earlier.append(look(trainer, plain, batch))
            if now < self.step:
                with self._measured(trainer, now):
                    plain(*batch)
                self._compare(trainer, now, labels)
                return
            self._note(trainer)
            self.seen.step, self.seen.batch = look(trainer, plain, batch), batch
            self._take(trainer, plain, batch)
            raise _Over

        return run

    def _note(self, trainer: Trainer) -> None:
        """Which batch of what it is."""
        seen = self.seen
        seen.epoch, seen.place, seen.batches = trainer.epoch, trainer.batch, trainer.batches
        seen.batch_size = trainer.fitting.batch_size
        assert trainer.train is not None
        seen.train = trainer.train

    @contextmanager
    def _measured(self, trainer: Trainer, now: int) -> Iterator[None]:
        """Inside is a step, of which the largest update is noted if it is one of the last."""
        if now < self.step - RECENT:
            yield
            return
        before = [(path, p.value.copy()) for path, p in trainer.parameters]
        yield
        ratios = {
            path: norm(p.value - old) / size
            for (path, old), (_, p) in zip(before, trainer.parameters, strict=True)
            if old.ndim > 1 and (size := norm(old)) > 0  # a bias begins at 0
        }
        if ratios:
            most = max(ratios, key=lambda path: ratios[path])
            self.seen.recent[now] = most, ratios[most]

    def on_start(self, trainer: Trainer) -> None:
        if trainer.callback(TimeBudget) is None:
            return
        schedule, records = trainer.optimizer.schedule, self.steps.records
        plan = schedule.schedule if isinstance(schedule, TimeScaled) else schedule
        known = schedule.knots if isinstance(schedule, TimeScaled) else ()
        first = int(records["step"][0]) - 1
        paces = zip((records["step"] - 1).tolist(), records["planned"].tolist(), strict=True)
        knots = [knot for knot in known if knot[0] < first]
        trainer.optimizer.schedule = TimeScaled(plan, [*knots, *((t, v, 0.0) for t, v in paces)])

    def on_gradient(self, trainer: Trainer) -> None:
        if trainer.step + 1 != self.step:
            return
        self.gradients = {
            path: math.nan if p.grad is None else norm(p.grad) for path, p in trainer.parameters
        }
        self.before = {path: p.value.copy() for path, p in trainer.parameters}
        self.seen.loss = trainer.last_loss
        if not is_finite(trainer):
            raise CheckFailed("the training ended here")

    def _set_rate(self, trainer: Trainer, now: int) -> None:
        """The factor of the rate that somebody set by hand."""
        record = self.steps.of(now)
        if record is not None and float(record["lr_scale"]) != trainer.optimizer.lr_scale:
            trainer.optimizer.lr_scale = float(record["lr_scale"])
            if (factor := trainer.callback(RateFactor)) is not None:
                trainer.callbacks.remove(factor)  # which would set it back after each epoch
            self.seen.by_hand = True

    def _compare(self, trainer: Trainer, now: int, labels: Array) -> None:
        record, seen = self.steps.of(now), self.seen
        if record is None:
            return
        seen.compared += 1
        recorded, loss = float(record["loss"]), trainer.last_loss
        if seen.difference is None and not same(recorded, loss):
            seen.difference = Difference(now, recorded, loss)
        if seen.other_labels is None and int(record["labels"]) != checksum(labels):
            seen.other_labels = now

    def _take(self, trainer: Trainer, plain: Callable[..., None], batch: tuple[Array, ...]) -> None:
        """The step itself, as it was taken: with its update, unless that ended the training."""
        try:
            plain(*batch)
            self.seen.updated = True
        except CheckFailed:
            pass
        self._compare(trainer, self.step, batch[1])
        self.seen.updates = [
            self._update(path, parameter) for path, parameter in trainer.parameters
        ]

    def _update(self, path: str, parameter: Parameter) -> Update:
        before, value = self.before[path], parameter.value
        change = norm(value - before) if self.seen.updated else math.nan
        after = norm(value) if self.seen.updated else math.nan
        return Update(
            path, value.shape, norm(before), self.gradients[path], self._usual(path), change, after
        )

    def _usual(self, path: str) -> float | None:
        """The median norm of a parameter's gradient in the recorded steps before."""
        layout, records = self.steps.layout, self.steps.records
        if path not in layout.parameters:
            return None
        numbers = records["step"]
        rows = records[(numbers < self.step) & (numbers >= self.step - WINDOW)]
        norms = rows["norms"][:, layout.parameters.index(path)]
        norms = norms[np.isfinite(norms) & (norms >= 0)]
        return float(np.median(norms)) if len(norms) else None


def same(a: float, b: float) -> bool:
    """Whether two losses are the same number, bit for bit, or both no number."""
    return a == b or (math.isnan(a) and math.isnan(b))
