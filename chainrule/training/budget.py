"""A training that ends in time, with its schedule run to the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar

from .. import require
from ..device import on_host
from ..public import old_keywords
from ..schedules import Schedule, TimeScaled
from ..schedules.time_scaled import Knot
from .callbacks import Callback

if TYPE_CHECKING:
    from .trainer import Trainer

CLOSING = 2.0  # seconds for the report and for saving, on a slow core
MOST_CLOSING = 0.5  # … but never more than this share of the budget
LEAST_LEARNING = 0.25  # share of the budget kept for steps where the first one had to compile
REFIT, REFIT_LEFT = 0.02, 0.1  # measure again after these shares of the budget and of what is left
MARGIN = 1.3  # an evaluation beside a prediction of one batch, until one was measured


class TimeBudget(Callback):
    """End within ``seconds``, and fit the schedule to the time that steps are measured to take.

    The plan is that of ``fit``: ``epochs`` epochs, and a schedule made for them. As long as the
    plan fits the time, nothing is changed. Else the schedule is run through faster, as by
    `TimeScaled`: what is left of it is shared out over the steps that will fit, and measured anew
    every few per cent of the time, so that the rate is at its end when the time is. The last epoch
    is cut short, and validated. Give it before averages and checkpoints.

    It keeps back the time for that validation, for ``closing_images`` images evaluated later
    and for a report. ``before`` are seconds that had passed before the training, and a quarter
    of the budget is spent on steps even if compiling used it up.

    The seconds used and the knots of `TimeScaled` go into the checkpoint: a resume has the time
    that is left. Two trainings with one budget are alike only as far as the clock is; ``knots`` is
    what makes one of them repeatable, as ``TimeScaled(schedule, knots)`` over as many steps.

    InputError unless ``seconds`` are above 0 and the others 0 or more.

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> budget = TimeBudget(60.0, clock=lambda: 0.0)  # a clock that stands still
    >>> trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10), callbacks=[budget])
    >>> len(trainer.fit(train, epochs=2).rows), budget.ending(trainer)
    (2, '')
    """

    @old_keywords(closing_pictures="closing_images")
    def __init__(
        self,
        seconds: float,
        *,
        closing_images: int = 0,
        before: float = 0.0,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        require.positive(seconds=seconds)
        require.integer(0, closing_images=closing_images)
        require.not_negative(before=before)
        self.seconds, self.closing_images, self.before = seconds, closing_images, before
        self.clock = clock
        self.spent = 0.0  # of the budget, in all calls of fit
        self.knots: list[Knot] = []
        self.complete = False
        self.per_image: float | None = None  # seconds of evaluating, as measured last
        self._plan: Schedule | None = None
        self._marks: list[tuple[int, float]] = []  # (step, spent), all after the first step
        self.learned = 0.0  # of that, in steps other than the first of a process
        self._least = self._stepped = self._now = 0.0

    def on_start(self, trainer: Trainer) -> None:
        schedule = trainer.optimizer.schedule
        self._plan = schedule.schedule if isinstance(schedule, TimeScaled) else schedule
        self._now, self._marks = self.clock(), []
        self.spent += self.before
        self._set_pace(trainer)
        trainer.done = self.complete

    def on_step(self, trainer: Trainer) -> None:
        passed = self._tick()
        self._stepped = self.spent
        if not self._marks:  # the first step compiled, or filled caches: no measure of the others
            self._try_predicting(trainer)
            self._marks = [(trainer.step, self.spent)]
            self._least = self.spent + LEAST_LEARNING * self.seconds - self.learned
            return
        self.learned += passed
        total = trainer.epochs * trainer.batches
        left = self._deadline(trainer) - self.spent
        if left <= 0 or (self.knots and trainer.planned >= total - 1e-6):
            self.complete = trainer.done = True
            return
        since = self.spent - self._marks[-1][1]
        if trainer.step < total and since >= min(REFIT * self.seconds, REFIT_LEFT * left):
            self._fit(trainer, total, left)

    def on_epoch(self, trainer: Trainer) -> None:
        self._tick()
        if trainer.held_back:
            self.per_image = (self.spent - self._stepped) / trainer.held_back

    def on_finish(self, trainer: Trainer) -> None:
        self._tick()

    precedes_average = True
    kinds: ClassVar[Mapping[str, Any]] = {
        "spent": Real,
        "learned": Real,
        "knots": list[tuple[int, Real, Real]],
        "complete": bool,
        "per_image": Real | None,
    }

    def state(self) -> dict[str, Any]:
        names = ("spent", "learned", "knots", "complete", "per_image")
        return {name: getattr(self, name) for name in names}

    def load_state(self, state: dict[str, Any]) -> None:
        if isinstance(state, dict):  # older checkpoints have it under another name
            state = {"per_image" if k == "per_picture" else k: v for k, v in state.items()}
        super().load_state(state)

    def seconds_left(self, trainer: Trainer) -> float:
        """Until the last step, as far as can be told now: at most what the budget allows."""
        left = max(0.0, self._deadline(trainer) - self.spent)
        if self.knots or len(self._marks) == 0 or trainer.step == self._marks[0][0]:
            return left
        steps = trainer.epochs * trainer.batches - trainer.step
        return min(left, steps * self._seconds_a_step(trainer))

    def ending(self, trainer: Trainer) -> str:
        """ "time was up: 21 of 40 epochs, the last one cut short"; "" where it was not."""
        if not self.complete:
            return ""
        cut = trainer.step < trainer.epoch * trainer.batches
        said = f"time was up: {trainer.epoch} of {trainer.epochs} epochs"
        return f"{said}, the last one cut short" if cut else said

    def _tick(self) -> float:
        now = self.clock()
        passed, self._now = now - self._now, now
        self.spent += passed
        return passed

    def _deadline(self, trainer: Trainer) -> float:
        """The seconds of the budget after which no step may begin."""
        images = trainer.held_back + self.closing_images
        closing = CLOSING + images * (self.per_image or 0.0)
        return max(self.seconds - min(closing, MOST_CLOSING * self.seconds), self._least)

    def _try_predicting(self, trainer: Trainer) -> None:
        """What an evaluated image will cost, from this batch, where none has been timed."""
        if self.per_image is None and trainer.last_batch is not None:
            images, _ = trainer.last_batch
            for _ in range(2):  # the first may compile
                start = self.clock()
                on_host(trainer.model(images))  # which a GPU has to be waited for
                self.per_image = MARGIN * (self.clock() - start) / len(images)
            self._tick()

    def _seconds_a_step(self, trainer: Trainer) -> float:
        """Over the later half of what was measured, with the validations in it."""
        step, spent = self._marks[len(self._marks) // 2]
        if trainer.step == step:
            step, spent = self._marks[0]
        return (self.spent - spent) / max(1, trainer.step - step)

    def _fit(self, trainer: Trainer, total: int, left: float) -> None:
        """Share what is left of the plan out over the steps that still fit."""
        planned = trainer.planned
        a_step = max(self._seconds_a_step(trainer), 1e-9)
        steps = max(1, min(int(left / a_step), total - trainer.step))
        self._marks.append((trainer.step, self.spent))
        rate = (total - planned) / steps
        if rate != (self.knots[-1][2] if self.knots else 1.0):
            self.knots.append((trainer.step, planned, rate))
            self._set_pace(trainer)

    def _set_pace(self, trainer: Trainer) -> None:
        if self._plan is not None and self.knots:
            trainer.optimizer.schedule = TimeScaled(self._plan, tuple(self.knots))
