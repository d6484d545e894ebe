from __future__ import annotations

import numpy as np
import pytest

from chainrule import data, models, optim
from chainrule.config import assignments, resolve
from chainrule.errors import InputError
from chainrule.experiment import start
from chainrule.layers import named_parameters
from chainrule.training import Callback, StopOnConvergence, Trainer

TRAIN, _ = data.digits()
FEW = TRAIN.take(range(120))


def fit(callback: Callback, epochs: int = 6, **options: object) -> Trainer:
    model = models.mlp((8, 8, 1), (8,), 10)
    trainer = Trainer(model, optim.SGD(0.1, momentum=0.9), callbacks=[callback], seed=0)
    trainer.fit(FEW, epochs=epochs, batch_size=40, progress=False)
    return trainer


class Watch(Callback):
    """The norms of each step, computed apart."""

    def __init__(self) -> None:
        self.gradients: list[float] = []
        self.updates: list[float] = []

    def on_gradient(self, trainer: Trainer) -> None:
        flat = [p.grad.ravel() for _, p in trainer.parameters]
        self.gradients.append(float(np.linalg.norm(np.concatenate(flat))))
        self._before = {path: p.value.copy() for path, p in trainer.parameters}

    def on_step(self, trainer: Trainer) -> None:
        flat = [(p.value - self._before[path]).ravel() for path, p in trainer.parameters]
        self.updates.append(float(np.linalg.norm(np.concatenate(flat))))


@pytest.mark.parametrize("which", ["gradients", "updates"])
def test_it_ends_after_the_first_epoch_whose_mean_is_below(which: str) -> None:
    watch = Watch()
    fit(watch)
    means = np.reshape(getattr(watch, which), (6, 3)).mean(axis=1)
    limit = float(means[0] + means[1]) / 2
    assert means[0] > limit > means[1]
    name = {"gradients": "gradient_norm", "updates": "update_norm"}[which]
    assert fit(StopOnConvergence(**{name: limit})).epoch == 2


def test_a_limit_that_is_not_met_changes_nothing() -> None:
    plain, watched = fit(Callback()), fit(StopOnConvergence(1e-9, 1e-9))
    assert watched.epoch == 6
    for (_, a), (_, b) in zip(
        named_parameters(plain.model), named_parameters(watched.model), strict=True
    ):
        np.testing.assert_array_equal(a.value, b.value)


def test_another_call_of_fit_asks_for_more_and_a_resume_does_not() -> None:
    callback = StopOnConvergence(gradient_norm=1e9)
    trainer = fit(callback)
    assert trainer.epoch == 1
    again = StopOnConvergence(gradient_norm=1e9)
    again.load_state(callback.state())
    resumed = fit(again)
    assert resumed.epoch == 0  # it had ended
    trainer.fit(FEW, epochs=2, batch_size=40, progress=False)
    assert trainer.epoch == 2


def test_no_limit_is_refused() -> None:
    with pytest.raises(InputError, match="expected at least one limit above 0"):
        StopOnConvergence()


def test_a_run_stops_by_its_settings(tmp_path) -> None:
    settings = ["epochs=5", "model.hidden=[8]", "max_train_images=200"]
    whole = start(resolve(assignments(settings)), tmp_path / "whole")
    assert whole.metrics["epochs"] == 5
    converged = [*settings, "early_stopping.gradient_norm=1e9"]
    assert start(resolve(assignments(converged)), tmp_path / "short").metrics["epochs"] == 1
