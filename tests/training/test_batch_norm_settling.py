"""Running statistics that are no basis to predict from are said."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

import chainrule as cr
from chainrule.layers import BatchNorm
from chainrule.training import EMA, SWA, Callback, Checkpoint, Progress, Trainer
from chainrule.training.batch_norm import unsettled
from chainrule.training.resume import restore


@pytest.fixture(scope="module")
def digits():
    return cr.data.digits()[0].take(np.arange(100))


def trained(digits, model, *callbacks, steps=2, accumulate=1):
    trainer = Trainer(model, callbacks=callbacks, accumulate=accumulate)
    trainer.fit(digits, epochs=steps, batch_size=100)
    return trainer


def mlp(norm="batch"):
    return cr.models.mlp((8, 8, 1), (8,), 10, norm=norm)


@pytest.mark.parametrize(
    ("steps", "accumulate", "said"),
    [
        (1, 1, "after 1 step the running statistics of batch norm are still 90% their first"),
        (2, 1, "after 2 steps the running statistics of batch norm are still 81% their first"),
        (21, 1, "after 21 steps"),
        (22, 1, ""),
        (10, 2, "after 10 steps the running statistics of batch norm are still 12% their"),
        (11, 2, ""),
    ],
)
def test_after_too_few_steps(digits, steps, accumulate, said):
    warning = unsettled(trained(digits, mlp(), steps=steps, accumulate=accumulate))
    assert warning.startswith(said) and bool(warning) == bool(said)
    if warning:
        assert f"; {22 if accumulate == 1 else 11} would be enough" in warning


def test_models_without_running_statistics_have_none(digits):
    assert not unsettled(trained(digits, mlp("layer")))
    assert not unsettled(trained(digits, mlp(None)))


def test_a_model_that_was_trained_before_has_settled(digits):
    model = trained(digits, mlp(), steps=30).model
    assert not unsettled(trained(digits, model))


def test_frozen_norms_are_as_they_should_be(digits):
    model = mlp()
    for layer in model.layers:
        if isinstance(layer, BatchNorm):
            layer.frozen = True
    assert not unsettled(trained(digits, model))


def test_a_slow_norm_takes_longer(digits):
    model = mlp()
    next(layer for layer in model.layers if isinstance(layer, BatchNorm)).momentum = 0.99
    assert "; 230 would be enough" in unsettled(trained(digits, model, steps=22))


def test_an_average_whose_statistics_are_taken_anew_needs_no_warning(digits):
    assert not unsettled(trained(digits, mlp(), SWA(1)))
    assert unsettled(trained(digits, mlp(), EMA(0.9)))


def test_a_resume_counts_all_steps(digits, tmp_path):
    class Stop(Callback):
        def on_step(self, trainer):
            trainer.stop |= trainer.step == 20

    broken = Trainer(mlp(), callbacks=[Stop(), Checkpoint(tmp_path)])
    broken.fit(digits, epochs=30, batch_size=100)
    assert unsettled(broken)
    resumed = Trainer(mlp(), callbacks=[Checkpoint(tmp_path)])
    restore(resumed, tmp_path)
    resumed.fit(digits, epochs=30, batch_size=100)
    assert not unsettled(resumed)


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_says_so_at_the_end(digits, terminal):
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=60)
    trained(digits, mlp(), Progress(console))
    assert "still 81% their first values" in out.getvalue()
    said = len(out.getvalue())
    trained(digits, mlp(), Progress(console), steps=30)
    assert "first values" not in out.getvalue()[said:]
