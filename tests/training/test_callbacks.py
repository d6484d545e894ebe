"""What is kept, and when a training ends early."""

from __future__ import annotations

import math
import os
import signal
import threading
from types import SimpleNamespace

import numpy as np
import pytest

import chainrule as cr
from chainrule.training import (
    BestModel,
    Callback,
    EarlyStopping,
    StopOnNonFinite,
    Trainer,
    graceful_stop,
)


def seen(*scores: tuple[float, float]):
    """Trainers that have just validated with these (accuracy, loss)."""
    model = cr.models.mlp((2, 2, 1), (), 2).init(0)
    for epoch, (accuracy, loss) in enumerate(scores, start=1):
        validation = SimpleNamespace(accuracy=accuracy, loss=loss)
        trainer = cr.Trainer(model)
        trainer.epoch, trainer.step, trainer.validation = epoch, 9 * epoch, validation
        yield trainer


def test_the_best_model_has_the_highest_accuracy_then_the_lowest_loss(tmp_path):
    best = BestModel(tmp_path / "m")
    kept = []
    for trainer in seen((0.5, 1.0), (0.7, 0.9), (0.7, 0.8), (0.7, 0.8), (0.6, 0.1)):
        best.on_epoch(trainer)
        kept.append(best.epoch)
    assert kept == [1, 2, 3, 3, 3]


def test_the_best_model_is_not_overwritten_by_a_worse_one_after_a_resume(tmp_path):
    first, second = BestModel(tmp_path / "m"), BestModel(tmp_path / "m")
    good, bad = seen((0.9, 0.1), (0.2, 2.0))
    first.on_epoch(good)
    before = (tmp_path / "m").read_bytes()
    second.load_state(first.state())
    bad.model = cr.models.mlp((2, 2, 1), (), 2).init(1)
    second.on_epoch(bad)
    assert (tmp_path / "m").read_bytes() == before


def test_a_nan_is_never_the_best(tmp_path):
    best = BestModel(tmp_path / "m")
    for trainer in seen((0.5, 1.0), (0.5, math.nan)):
        best.on_epoch(trainer)
    assert best.epoch == 1


@pytest.mark.parametrize("at", range(5))
def test_early_stopping_counts_over_a_resume(at):
    scores = [(0.5, 1.0), (0.4, 1.0), (0.6, 1.0), (0.6, 1.0), (0.1, 1.0)]
    callback, stops = EarlyStopping(2), []
    for i, trainer in enumerate(seen(*scores)):
        if i == at:
            resumed = EarlyStopping(2)
            resumed.load_state(callback.state())
            callback = resumed
        callback.on_epoch(trainer)
        stops.append(trainer.stop)
    assert stops == [False, False, False, False, True]
    again = EarlyStopping(2)
    again.load_state(callback.state())
    trainer.stop = False
    again.on_start(trainer)
    assert trainer.stop


def test_a_diverging_training_stops_before_the_weights_are_lost():
    train, _ = cr.data.digits()
    model = cr.models.mlp((8, 8, 1), (16,), 10)
    trainer = Trainer(model, cr.optim.SGD(1e18), callbacks=[StopOnNonFinite()])
    with np.errstate(all="ignore"), pytest.raises(cr.CheckFailed, match=r"step \d+ .*layers\.\d"):
        trainer.fit(train, epochs=3, batch_size=64)
    assert all(np.isfinite(array).all() for array in model.state().values())


def test_a_large_finite_gradient_is_no_failure():
    model = cr.models.mlp((2, 2, 1), (), 2)
    trainer = Trainer(model, cr.optim.SGD(1e-30), callbacks=[StopOnNonFinite()])
    guard = trainer.callbacks[-1]
    for _, parameter in trainer.parameters:
        parameter.grad = np.full(parameter.shape, 1e30, np.float32)
    with np.errstate(over="ignore"):
        assert np.vdot(parameter.grad, parameter.grad) == np.inf  # what is looked at first
        guard.on_gradient(trainer)
        parameter.grad.flat[-1] = np.inf
        with pytest.raises(cr.CheckFailed):
            guard.on_gradient(trainer)


class Signal(Callback):
    """Sends a signal to this process after some steps, as somebody at the keyboard would."""

    def __init__(self, *steps: int, number: signal.Signals = signal.SIGINT) -> None:
        self.steps, self.number = steps, number

    def on_step(self, trainer: Trainer) -> None:
        if trainer.step in self.steps:
            os.kill(os.getpid(), self.number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_finishes_the_step(number):
    train, _ = cr.data.digits()
    before = signal.getsignal(number)
    trainer = Trainer(cr.models.mlp((8, 8, 1), (), 10), callbacks=[Signal(2, number=number)])
    with graceful_stop(trainer) as interruption:
        trainer.fit(train, epochs=1, batch_size=64)
    assert interruption.happened and trainer.step == 2
    assert signal.getsignal(number) is before


def test_a_signal_before_the_loop_is_not_lost():
    train, _ = cr.data.digits()
    trainer = Trainer(cr.models.mlp((8, 8, 1), (), 10))
    with graceful_stop(trainer) as interruption:
        os.kill(os.getpid(), signal.SIGINT)
        trainer.fit(train, epochs=1, batch_size=64)
    assert interruption.happened and trainer.step == 0


def test_the_second_signal_quits_at_once():
    train, _ = cr.data.digits()

    class Twice(Signal):
        def on_step(self, trainer):
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    trainer = Trainer(cr.models.mlp((8, 8, 1), (), 10), callbacks=[Twice()])
    with pytest.raises(KeyboardInterrupt), graceful_stop(trainer):
        trainer.fit(train, epochs=1, batch_size=64)


def test_outside_the_main_thread_signals_are_left_alone():
    before, seen = signal.getsignal(signal.SIGINT), []
    trainer = Trainer(cr.models.mlp((2, 2, 1), (), 2))

    def work():
        with graceful_stop(trainer) as interruption:
            seen.append((signal.getsignal(signal.SIGINT) is before, interruption.happened))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(True, False)]
