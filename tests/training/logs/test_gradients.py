from __future__ import annotations

import numpy as np
import pytest

from chainrule.training import Callback, ClipGlobalNorm
from chainrule.training.logs import Gradients, Log

from .conftest import Train, weights
from .test_log import Heard


class Before(Callback):
    """Weights and gradients before a step."""

    def on_gradient(self, trainer):
        self.weights = weights(trainer)
        self.gradients = {path: p.grad.copy() for path, p in trainer.parameters}


def test_norms_are_those_of_the_step(train: Train):
    heard, before = Heard(), Before()
    trainer = train(ClipGlobalNorm(1e-3), before, Log([heard], [Gradients()], every_steps=20))
    rows = {row["name"]: row for row in heard.rows("gradients")}
    after = weights(trainer)
    assert rows.keys() == before.gradients.keys()
    for path, row in rows.items():
        update = np.linalg.norm((after[path] - before.weights[path]).ravel())
        weight = np.linalg.norm(before.weights[path].ravel())
        assert row["gradient"] == pytest.approx(np.linalg.norm(before.gradients[path].ravel()))
        assert row["update"] == pytest.approx(0.1 * row["gradient"], rel=1e-2)  # plain SGD
        assert row["update"] == pytest.approx(update, rel=1e-5)
        assert row["weight"] == pytest.approx(weight)
        assert row["ratio"] == pytest.approx(update / weight, rel=1e-5)
    clipped = sum(row["gradient"] ** 2 for row in rows.values()) ** 0.5
    assert clipped == pytest.approx(1e-3, rel=1e-3)


def test_weights_of_zero_have_no_ratio(train: Train):
    heard = Heard()
    train(Log([heard], [Gradients()], every_steps=1), epochs=1)
    first = {row["name"]: row["ratio"] for row in heard.rows("gradients") if row["step"] == 1}
    assert first["layers.2.bias"] is None  # biases begin at 0
    assert first["layers.2.weight"] > 0
