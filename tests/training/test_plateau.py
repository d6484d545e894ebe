from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.schedules import Exponential
from chainrule.training import Checkpoint, ReduceOnPlateau, Trainer
from chainrule.training.resume import restore


def scales(plateau, metrics):
    result = []
    for metric in metrics:
        plateau.observe(metric)
        result.append(plateau.scale)
    return result


def test_cuts_after_more_than_patience_epochs_without_gain():
    plateau = ReduceOnPlateau(factor=0.5, patience=2)
    assert scales(plateau, [3, 2, 2, 2, 2, 1, 1, 1, 1]) == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25]


def test_a_gain_below_the_threshold_is_none():
    plateau = ReduceOnPlateau(factor=0.5, patience=0, threshold=0.1)
    assert scales(plateau, [1.0, 0.95, 0.85]) == [1, 0.5, 0.5]


def test_accuracy_is_to_rise():
    plateau = ReduceOnPlateau(monitor="accuracy", factor=0.5, patience=0)
    assert scales(plateau, [0.5, 0.6, 0.6, 0.4, 0.7]) == [1, 1, 0.5, 0.25, 0.25]


def test_none_are_counted_while_it_cools():
    plateau = ReduceOnPlateau(factor=0.5, patience=0, cooldown=2)
    assert scales(plateau, [1, 1, 1, 1, 1]) == [1, 0.5, 0.5, 0.5, 0.25]


def test_cuts_end_at_min_scale():
    plateau = ReduceOnPlateau(factor=0.1, patience=0, min_scale=0.05)
    assert scales(plateau, [1, 1, 1, 1]) == pytest.approx([1, 0.1, 0.05, 0.05])


def make(*more):
    plateau = ReduceOnPlateau(factor=0.5, patience=0, threshold=0.9)  # hardly ever content
    model = cr.models.mlp((8, 8, 1), (8,), 10)
    optimizer = cr.optim.SGD(Exponential(0.1, 0.99))
    return plateau, Trainer(model, optimizer, callbacks=[plateau, *more])


@pytest.fixture(scope="module")
def digits():
    return cr.data.split(cr.data.digits()[0].take(np.arange(200)), 50)


@pytest.mark.parametrize("validated", [True, False])
def test_multiplies_what_the_schedule_gives(digits, validated):
    train, validation = digits
    plateau, trainer = make()
    trainer.fit(train, validation if validated else None, epochs=4, batch_size=50)
    assert plateau.scale == 0.125
    assert trainer.optimizer.lr == pytest.approx(0.1 * 0.99**12 * 0.125)


def test_a_resume_is_bit_exact(digits, tmp_path):
    train, validation = digits
    _, whole = make(Checkpoint(tmp_path / "whole"))
    whole.fit(train, validation, epochs=4, batch_size=50)
    _, broken = make(Checkpoint(tmp_path / "c"))
    broken.fit(train, validation, epochs=2, batch_size=50)
    plateau, resumed = make(Checkpoint(tmp_path / "c"))
    restore(resumed, tmp_path / "c")
    assert plateau.scale == 0.5
    resumed.fit(train, validation, epochs=4, batch_size=50)
    assert resumed.optimizer.lr == whole.optimizer.lr
    for path, array in whole.model.state().items():
        np.testing.assert_array_equal(resumed.model.state()[path], array)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"monitor": "losss"}, "unknown monitor 'losss'; did you mean 'loss'"),
        ({"factor": 1.0}, r"factor: expected a number in \(0, 1\), received 1.0"),
        ({"factor": 0}, "factor: expected a number in \\(0, 1\\), received 0"),
        ({"patience": -1}, "patience: expected a whole number of at least 0, received -1"),
    ],
)
def test_refuses_arguments_that_cannot_be(options, message):
    with pytest.raises(InputError, match=message):
        ReduceOnPlateau(**options)
