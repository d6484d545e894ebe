from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chainrule import InputError, data, models, optim, schedules
from chainrule.training import (
    Callback,
    Checkpoint,
    RateFactor,
    ReduceOnPlateau,
    Trainer,
    restore,
)


class SetAt(Callback):
    """Sets a rate after so many steps, and notes every rate that a step was taken with."""

    def __init__(self, factor: RateFactor, step: int, lr: float, stop: int = 0) -> None:
        self.factor, self.step, self.lr, self.stop = factor, step, lr, stop
        self.rates: list[float] = []

    def on_gradient(self, trainer: Trainer) -> None:
        self.rates.append(trainer.optimizer.lr)

    def on_step(self, trainer: Trainer) -> None:
        if trainer.step == self.step:
            self.factor.set_rate(trainer, self.lr)
        if trainer.step == self.stop:
            trainer.stop = True


def trained(folder: Path, *, stop: int = 0, resume: bool = False):
    factor = RateFactor()
    watch = SetAt(factor, 3, 0.5, stop)
    model = models.mlp((8, 8, 1), (8,), 10)
    optimizer = optim.SGD(schedules.Linear(0.1, steps=20))
    checkpoint = Checkpoint(folder)
    trainer = Trainer(model, optimizer, callbacks=[factor, watch, checkpoint])
    if resume:
        restore(trainer, folder)
    trainer.fit(data.digits()[0], epochs=2, batch_size=144)
    return trainer, watch.rates


def test_the_schedule_goes_on_from_the_rate_that_was_set(tmp_path):
    _, rates = trained(tmp_path)
    schedule = schedules.Linear(0.1, steps=20)
    factor = 0.5 / schedule(3)
    expected = [schedule(t) * (factor if t >= 3 else 1) for t in range(20)]
    np.testing.assert_allclose(rates, expected)


def test_a_resume_goes_on_with_it_bit_for_bit(tmp_path):
    whole, rates = trained(tmp_path / "a")
    _, first = trained(tmp_path / "b", stop=7)
    resumed, rest = trained(tmp_path / "b", resume=True)
    assert first + rest == rates
    for (_, a), (_, b) in zip(whole.parameters, resumed.parameters, strict=True):
        np.testing.assert_array_equal(a.value, b.value)


def test_a_checkpoint_without_one_is_read(tmp_path):
    trained(tmp_path, stop=2)
    _, rest = trained(tmp_path, resume=True)
    assert len(rest) == 18


def test_it_goes_on_top_of_the_cuts_of_a_plateau():
    plateau, factor = ReduceOnPlateau(), RateFactor()
    model = models.mlp((8, 8, 1), (), 10)
    trainer = Trainer(model, optim.SGD(0.1), callbacks=[plateau, factor])
    plateau.scale = 0.1
    factor.set_rate(trainer, 0.02)
    assert factor.factor == pytest.approx(2.0)
    assert trainer.optimizer.lr == pytest.approx(0.02)
    plateau.scale = 0.05
    factor.on_epoch(trainer)
    assert trainer.optimizer.lr == pytest.approx(0.01)


@pytest.mark.parametrize("lr", [0, -1, float("nan"), float("inf"), "0.1", None])
def test_a_rate_that_is_none(lr):
    trainer = Trainer(models.mlp((8, 8, 1), (), 10), optim.SGD(0.1))
    with pytest.raises(InputError, match="lr: expected a positive finite number"):
        RateFactor().set_rate(trainer, lr)


def test_a_schedule_at_0_has_no_factor():
    optimizer = optim.SGD(schedules.Linear(0.1, steps=2))
    optimizer.steps = 2
    trainer = Trainer(models.mlp((8, 8, 1), (), 10), optimizer)
    with pytest.raises(InputError, match="not at 0"):
        RateFactor().set_rate(trainer, 0.1)


@pytest.mark.parametrize("state", [{}, {"factor": 0}, {"factor": "2"}, {"other": 1}, []])
def test_a_damaged_state(state):
    with pytest.raises(InputError):
        RateFactor().load_state(state)
