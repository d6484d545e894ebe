"""A training on a clock that the tests turn: so many seconds a step."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from rich.console import Console

import chainrule as cr
from chainrule.schedules import Constant, Linear, TimeScaled
from chainrule.training import Callback, Checkpoint, History, Progress, TimeBudget, Trainer
from chainrule.training.budget import CLOSING
from chainrule.training.resume import restore

EPOCHS, BATCHES = 10, 10
PLAN = EPOCHS * BATCHES


class Clock:
    """Stands still but for what the callbacks below add."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Work(Callback):
    """Takes ``seconds(step)`` for every step, before the budget looks at the clock."""

    def __init__(self, clock: Clock, seconds) -> None:
        self.clock, self.seconds = clock, seconds
        self.rates: list[float] = []

    def on_gradient(self, trainer):
        self.rates.append(trainer.optimizer.lr)
        self.clock.now += self.seconds(trainer.step + 1)


@pytest.fixture(scope="module")
def digits():
    return cr.data.digits()[0].take(np.arange(40 * BATCHES))


def make(budget: float, seconds=lambda step: 1.0, lr=None, **more):
    clock = Clock()
    work, timer = Work(clock, seconds), TimeBudget(budget, clock=clock, **more)
    model = cr.models.mlp((8, 8, 1), (4,), 10)
    optimizer = cr.optim.SGD(lr or Linear(0.1, PLAN))
    return Trainer(model, optimizer, callbacks=[History(), work, timer]), work, timer


def fit(trainer, digits, **options):
    return trainer.fit(digits, **{"epochs": EPOCHS, "batch_size": 40} | options)


def test_a_budget_that_suffices_changes_nothing(digits):
    plain, _, _ = make(1e9)
    plain.callbacks.pop()
    fit(plain, digits)
    trainer, _, timer = make(PLAN + 10)
    fit(trainer, digits)
    assert timer.knots == [] and not timer.complete
    assert (trainer.step, trainer.epoch) == (PLAN, EPOCHS)
    for name, array in plain.model.state().items():
        np.testing.assert_array_equal(array, trainer.model.state()[name])


@pytest.mark.parametrize("budget", [20, 34, 50.5, 90])
def test_the_schedule_is_at_its_end_when_the_time_is(digits, budget):
    trainer, work, timer = make(budget)
    fit(trainer, digits)
    assert budget - CLOSING - 1.01 <= timer.spent <= budget - CLOSING + 1.01
    assert trainer.step < PLAN
    assert work.rates[-1] < 0.1 * 0.1  # of Linear(0.1), which ends at 0
    assert all(b <= a for a, b in zip(work.rates, work.rates[1:], strict=False))
    assert work.rates[0] == 0.1
    assert timer.complete


@pytest.mark.parametrize("slower", [0.5, 2.0, 4.0])
def test_a_machine_that_changes_its_speed_is_followed(digits, slower):
    trainer, work, timer = make(40, lambda step: 1.0 if step < 15 else slower)
    fit(trainer, digits)
    assert timer.spent <= 40 - CLOSING + slower
    assert timer.spent >= 40 - CLOSING - 2 * slower or trainer.step == PLAN
    assert work.rates[-1] < 0.03


def test_the_last_epoch_is_cut_short_and_validated(digits):
    trainer, _, _ = make(25)
    history = fit(trainer, digits, validation=digits.take(np.arange(50)))
    assert trainer.epoch == len(history.rows) == -(-trainer.step // BATCHES)
    assert trainer.step % BATCHES != 0
    assert history.rows[-1]["step"] == trainer.step
    assert history.rows[-1]["validation_accuracy"] is not None


def test_compiling_leaves_a_quarter_of_the_time_for_steps(digits):
    trainer, work, timer = make(40, lambda step: 60.0 if step == 1 else 1.0)
    fit(trainer, digits)
    assert trainer.step == 11
    assert timer.spent == 70
    assert work.rates[-1] < 0.02


def test_time_before_the_training_counts(digits):
    late, _, _ = make(40, before=15.0)
    early, _, _ = make(40)
    fit(late, digits)
    fit(early, digits)
    assert early.step - late.step == 15


class Slow(cr.layers.ReLU):
    """Takes a second for every prediction."""

    def __call__(self, x):
        self.clock.now += 1.0
        return super().__call__(x)


def test_time_for_evaluations_is_kept_back(digits):
    """A second for 40 images: 800 are 20 s, and the margin of a guess makes that 26."""
    steps = []
    for images in (0, 800):
        trainer, work, _ = make(60, closing_images=images)
        slow = Slow()
        slow.clock = work.clock
        trainer.model.layers.append(slow)
        fit(trainer, digits)
        steps.append(trainer.step)
    assert steps[0] - steps[1] == pytest.approx(26, abs=1)


def test_a_validation_is_the_better_measure(digits):
    trainer, _, timer = make(60)
    timer.per_image = 123.0
    fit(trainer, digits, validation=digits.take(np.arange(50)), epochs=1)
    assert timer.per_image == 0.0  # on this clock


def test_a_checkpoint_may_have_the_older_name_of_what_was_measured():
    older = TimeBudget(9).state() | {"spent": 3.0}
    older["per_picture"] = older.pop("per_image") or 0.5
    timer = TimeBudget(9)
    timer.load_state(older)
    assert (timer.spent, timer.per_image) == (3.0, 0.5)
    for wrong in ([], {**older, "more": 1}, {**older, "per_picture": "x"}):
        with pytest.raises(cr.InputError):
            timer.load_state(wrong)


class StopAt(Callback):
    def __init__(self, step):
        self.at = step

    def on_step(self, trainer):
        trainer.stop |= trainer.step == self.at


@pytest.mark.parametrize("step", [1, 9, 10, 25])
def test_a_resume_has_the_time_that_is_left(digits, tmp_path, step):
    broken, _, _ = make(40)
    broken.callbacks += [StopAt(step), Checkpoint(tmp_path / "c")]
    fit(broken, digits)
    assert broken.step == step
    resumed, work, timer = make(40)
    resumed.callbacks.append(Checkpoint(tmp_path / "c"))
    restore(resumed, tmp_path / "c")
    fit(resumed, digits)
    assert 36.5 <= timer.spent <= 40.5
    assert resumed.step == pytest.approx(38, abs=1)
    assert work.rates[-1] < 0.01
    again, _, _ = make(40)
    again.callbacks.append(Checkpoint(tmp_path / "c"))
    restore(again, tmp_path / "c")
    fit(again, digits)
    assert again.step == resumed.step  # its time is up: not one step more


def test_with_the_knots_a_training_can_be_repeated(digits):
    hurried, _, timer = make(30, lambda step: 0.5 + (step % 7) / 7)
    fit(hurried, digits)
    knots = timer.knots
    assert knots
    trainer = Trainer(
        cr.models.mlp((8, 8, 1), (4,), 10),
        cr.optim.SGD(TimeScaled(Linear(0.1, PLAN), knots)),
        callbacks=[StopAt(hurried.step)],
    )
    fit(trainer, digits)
    for name, array in trainer.model.state().items():
        np.testing.assert_array_equal(array, hurried.model.state()[name])


def test_fit_takes_a_budget_in_real_seconds(digits):
    trainer = Trainer(cr.models.mlp((8, 8, 1), (4,), 10), cr.optim.SGD(Constant(0.1)))
    trainer.fit(digits, epochs=10**6, batch_size=40, time_budget=0.3)
    timer = trainer.budget
    assert timer.complete
    assert 0 < trainer.step < 10**6 * BATCHES


def test_the_budget_of_a_fit_ends_with_it(digits):
    schedule = Linear(0.1, PLAN)
    trainer = Trainer(cr.models.mlp((8, 8, 1), (4,), 10), cr.optim.SGD(schedule))
    trainer.fit(digits, epochs=10**6, batch_size=40, time_budget=0.2)
    first, epochs = trainer.budget, trainer.epoch
    assert trainer.optimizer.schedule is schedule
    assert trainer.callback(TimeBudget) is None
    trainer.fit(digits, epochs=epochs + 2, batch_size=40)
    assert trainer.epoch == epochs + 2
    assert trainer.budget is None
    step = trainer.step
    trainer.fit(digits, epochs=10**6, batch_size=40, time_budget=0.2)
    assert trainer.budget is not first and trainer.budget.complete
    assert trainer.step > step


def test_the_budget_of_a_fit_that_was_interrupted_ends_too(digits):
    class Trouble(Callback):
        def on_step(self, trainer):
            raise KeyboardInterrupt

    trainer = Trainer(cr.models.mlp((8, 8, 1), (4,), 10), callbacks=[Trouble()])
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(digits, epochs=3, batch_size=40, time_budget=3600)
    assert trainer.callback(TimeBudget) is None
    trainer.callbacks.pop()
    trainer.fit(digits, epochs=3, batch_size=40)
    assert (trainer.epoch, trainer.step) == (3, 3 * BATCHES)


def test_a_checkpoint_leaves_the_budget_of_a_fit_out(digits, tmp_path):
    def make():
        return Trainer(cr.models.mlp((8, 8, 1), (4,), 10), callbacks=[Checkpoint(tmp_path)])

    make().fit(digits, epochs=2, batch_size=40, time_budget=3600)
    resumed = make()
    restore(resumed, tmp_path)
    resumed.fit(digits, epochs=3, batch_size=40)
    assert resumed.epoch == 3


def test_two_budgets_are_refused(digits):
    trainer, _, _ = make(40)
    with pytest.raises(cr.InputError, match="time_budget: expected None beside"):
        fit(trainer, digits, time_budget=3)


@pytest.mark.parametrize("budget", [0, -1, float("inf"), "10m"])
def test_a_budget_that_cannot_be_is_refused(budget):
    with pytest.raises(cr.InputError, match="seconds: expected a positive finite number"):
        TimeBudget(budget)


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        (25, "time was up: 3 of 10 epochs, the last one cut short"),
        (22, "time was up: 2 of 10 epochs"),
        (PLAN + 10, ""),
    ],
)
def test_the_end_of_the_time_is_said(digits, budget, said):
    out = io.StringIO()
    trainer, _, timer = make(budget)
    trainer.callbacks.append(Progress(Console(file=out, width=80)))
    fit(trainer, digits)
    assert timer.ending(trainer) == said
    lines = out.getvalue().splitlines()
    assert (said in lines) == bool(said)
    assert ("time was up" in out.getvalue()) == bool(said)


@pytest.mark.parametrize("budget", [20, 60, PLAN + 50])
def test_the_time_that_is_left_never_contradicts_the_budget(digits, budget):
    trainer, work, timer = make(budget)
    left = []

    class Look(Callback):
        def on_step(self, trainer):
            left.append(timer.seconds_left(trainer) + work.clock.now - 1000)

    trainer.callbacks.append(Look())
    fit(trainer, digits)
    end = work.clock.now - 1000
    assert all(total <= budget for total in left)
    assert left[len(left) // 2] == pytest.approx(end, abs=1.5)
    assert left[-1] == pytest.approx(end, abs=1.5)


def test_on_a_terminal_the_bar_shows_the_time_that_is_left(digits):
    out = io.StringIO()
    trainer, _, _ = make(90)
    progress = Progress(Console(file=out, force_terminal=True, width=120))

    class Paint(Callback):
        def on_gradient(self, trainer):
            progress._painted = 0.0
            if trainer.step == 50 and progress._bar is not None:
                progress._bar.refresh()

    trainer.callbacks += [Paint(), progress]
    fit(trainer, digits)
    assert re.search(r"images/s *\S*0:[0-9]{2}", out.getvalue())
