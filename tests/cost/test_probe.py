"""A probe estimates, and leaves no trace."""

from __future__ import annotations

import copy

import numpy as np

from chainrule import data, models, optim
from chainrule.cost import probe
from chainrule.cost.memory import Line
from chainrule.cost.probe import _Probe
from chainrule.cost.summary import FEW, MORE
from chainrule.losses import SoftmaxCrossEntropy
from chainrule.training import Trainer

TRAIN, _ = data.digits()


def net():
    return models.mlp((8, 8, 1), (32, 16), 10, norm="batch", dropout=0.3).init(0)


def test_a_training_is_the_same_with_and_without_a_probe():
    weights = []
    for probed in (False, True):
        model, optimizer = net(), optim.Adam(1e-2)
        if probed:
            before = copy.deepcopy(model.state())
            probe(model, optimizer, batch_size=64, images=1438, epochs=2, shape=(8, 8, 1))
            for path, array in model.state().items():
                np.testing.assert_array_equal(array, before[path], err_msg=path)
            assert optimizer.steps == 0 and optimizer.state().keys() == {"steps"}
        Trainer(model, optimizer, seed=3).fit(TRAIN, epochs=2, batch_size=64)
        weights.append(model.state())
    for path in weights[0]:
        np.testing.assert_array_equal(weights[0][path], weights[1][path], err_msg=path)


def test_times_add_up():
    found = probe(
        net(), optim.Adam(), batch_size=64, images=640, validation=100, epochs=3, shape=(8, 8, 1)
    )
    assert found.epoch_seconds == 10 * found.step_seconds + 100 * found.predict_seconds
    assert found.seconds == 3 * found.epoch_seconds
    of_layers = sum(layer.seconds for layer in found.cost.layers)
    assert 0.99 < of_layers / found.step_seconds < 1.01
    assert "ms" in str(found.cost).splitlines()[0].split()
    assert [name for name, _ in found.rows] == ["cost", "time"]


def test_a_batch_in_parts_needs_the_memory_of_a_part():
    whole, parts = (
        probe(net(), optim.Adam(), batch_size=64, accumulate=k, images=640, shape=(8, 8, 1))
        for k in (1, 4)
    )
    assert (whole.memory.batch_size, parts.memory.batch_size) == (64, 16)
    assert parts.memory.needed < whole.memory.needed
    assert whole.cost == parts.cost


def test_a_step_is_as_large_as_time_and_memory_allow():
    run = _Probe(net(), optim.Adam(), SoftmaxCrossEntropy(), None, (8, 8, 1))
    assert run.affordable(64, 60.0, Line(0, 1)) == 64
    assert run.affordable(64, 0.0, Line(0, 1)) == MORE
    assert run.affordable(64, 60.0, Line(0, 2**60)) == FEW
