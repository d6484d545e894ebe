"""Meters are asked at the right steps, sinks are told everything, and the training is the same."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.training import History
from chainrule.training.logs import Activations, Gradients, Log, Steps

from .conftest import Train, weights


class Heard:
    """A sink that keeps what it is told."""

    def __init__(self):
        self.told = []

    def open(self, step):
        self.told.append(("open", step))

    def write(self, table, rows):
        self.told += [(table, row) for row in rows]

    def close(self):
        self.told.append(("close", None))

    def rows(self, table):
        return [row for name, row in self.told if name == table]


def test_rows_come_every_so_many_steps_and_after_each_epoch(train: Train):
    heard = Heard()
    trainer = train(Log([heard], [Steps(), Gradients(), Activations()], every_steps=4))
    assert heard.told[0] == ("open", 0)
    assert heard.told[-1] == ("close", None)
    assert [row["step"] for row in heard.rows("steps")] == [4, 8, 12, 16, 20]
    assert [row["epoch"] for row in heard.rows("steps")] == [0, 0, 1, 1, 1]
    paths = [path for path, _ in trainer.parameters]
    assert [row["name"] for row in heard.rows("gradients")] == paths * 5
    assert heard.rows("epochs") == trainer.callback(History).rows


def test_looking_changes_nothing(train: Train):
    plain = train()
    watched = train(Log([Heard()], [Steps(), Gradients(), Activations()], every_steps=1))
    for path, array in weights(plain).items():
        np.testing.assert_array_equal(array, weights(watched)[path])


def test_a_step_has_the_rate_it_was_taken_with(train: Train):
    heard = Heard()
    train(Log([heard], [Steps()], every_steps=3))
    row = heard.rows("steps")[0]
    assert row["lr"] == 0.1
    assert set(row) == {"step", "epoch", "batch_loss", "loss", "accuracy", "lr"}


def test_all_sinks_are_told_the_same(train: Train):
    one, two = Heard(), Heard()
    train(Log([one, two], [Gradients()], every_steps=5))
    assert one.told == two.told


def test_sinks_are_closed_when_the_training_fails(train: Train):
    heard = Heard()

    class Fails(cr.training.Callback):
        def on_step(self, trainer):
            raise cr.CheckFailed("no")

    with pytest.raises(cr.CheckFailed):
        train(Log([heard], []), Fails())
    assert heard.told[-1] == ("close", None)


def test_every_steps_is_a_count():
    with pytest.raises(cr.InputError, match="every_steps: expected a whole number of at least 1"):
        Log([], [], every_steps=0)
