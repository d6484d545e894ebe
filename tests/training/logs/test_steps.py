from __future__ import annotations

import numpy as np

from chainrule.training import Callback
from chainrule.training.logs import Log, Steps

from .conftest import Train
from .test_log import Heard


def test_the_loss_of_the_epoch_is_the_mean_of_its_batches(train: Train):
    heard = Heard()
    train(Log([heard], [Steps()], every_steps=1), epochs=1)
    rows = heard.rows("steps")
    batches = [row["batch_loss"] for row in rows]
    for n, row in enumerate(rows, start=1):
        np.testing.assert_allclose(row["loss"], np.mean(batches[:n]))


def test_its_rate_is_the_one_before_the_update(train: Train):
    class Halve(Callback):
        def on_step(self, trainer):
            trainer.optimizer.lr_scale /= 2

    heard = Heard()
    train(Halve(), Log([heard], [Steps()], every_steps=1), epochs=1)
    assert [row["lr"] for row in heard.rows("steps")][:3] == [0.1, 0.05, 0.025]
