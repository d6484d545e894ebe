from __future__ import annotations

import numpy as np
import pytest

from chainrule import models
from chainrule.cost import trace as trace_module
from chainrule.cost.trace import trace
from chainrule.errors import ShapeError
from chainrule.layers import Dropout, Linear, ReLU, Residual, Sequential
from chainrule.layers.base import named_layers


def test_every_layer_is_visited_after_those_inside_it():
    model = Sequential(Residual(Sequential(Linear(4, 4), Dropout(0.5))), Linear(4, 2)).init(0)
    visits = trace(model, np.ones((3, 4), np.float32))
    assert [visit.path for visit in visits] == [
        "layers.0.body.layers.0", "layers.0.body.layers.1", "layers.0.body", "layers.0",
        "layers.1", "",
    ]  # fmt: skip
    assert visits[-1].output == (3, 2) and visits[0].inputs == ((3, 4),)


class Slow(ReLU):
    """Takes a second forward and two backward, on the clock of its class."""

    now = 0.0

    def forward(self, x):
        Slow.now += 1
        return super().forward(x)

    def backward(self, dy, cache):
        Slow.now += 2
        return super().backward(dy, cache)


def test_seconds_are_those_of_the_layer_itself(monkeypatch):
    monkeypatch.setattr(trace_module, "perf_counter", lambda: Slow.now)
    inner = Sequential(Linear(4, 4), Slow(), Slow())
    visits = trace(Sequential(inner, Linear(4, 2), Slow()).init(0), np.ones((3, 4), np.float32))
    seconds = {visit.path: (visit.forward_seconds, visit.backward_seconds) for visit in visits}
    slow = {path for path, both in seconds.items() if both == (1, 2)}
    assert slow == {"layers.0.layers.1", "layers.0.layers.2", "layers.2"}
    assert all(both == (0, 0) for path, both in seconds.items() if path not in slow)


def test_a_clock_that_runs_is_read():
    model = models.mlp(20, (8,), 3).init(0)
    visits = trace(model, np.ones((2, 20), np.float32))
    assert sum(visit.forward_seconds for visit in visits) > 0
    assert all(visit.backward_seconds >= 0 for visit in visits)


def test_classes_are_as_before_also_after_an_error():
    model = models.mlp(20, (8,), 3).init(0)
    before = [type(layer) for _, layer in named_layers(model)]
    with pytest.raises(ShapeError, match=r"layers\.2: expected an input"):
        trace(model, np.ones((2, 21), np.float32))
    assert [type(layer) for _, layer in named_layers(model)] == before
