from __future__ import annotations

import numpy as np
import pytest

from chainrule import models
from chainrule.cost.trace import named_layers, trace
from chainrule.errors import ShapeError
from chainrule.layers import Dropout, Linear, Residual, Sequential


def test_every_layer_is_visited_after_those_inside_it():
    model = Sequential(Residual(Sequential(Linear(4, 4), Dropout(0.5))), Linear(4, 2)).init(0)
    visits = trace(model, np.ones((3, 4), np.float32))
    assert [visit.path for visit in visits] == [
        "layers.0.body.layers.0", "layers.0.body.layers.1", "layers.0.body", "layers.0",
        "layers.1", "",
    ]  # fmt: skip
    assert visits[-1].output == (3, 2) and visits[0].inputs == ((3, 4),)


def test_seconds_are_those_of_the_layer_itself():
    model = models.mlp(2000, (2000,), 10).init(0)
    visits = {visit.path: visit for visit in trace(model, np.ones((64, 2000), np.float32))}
    whole, large = visits[""], visits["layers.2"]
    assert 0 < whole.forward_seconds < large.forward_seconds
    assert all(visit.backward_seconds >= 0 for visit in visits.values())


def test_classes_are_as_before_also_after_an_error():
    model = models.mlp(20, (8,), 3).init(0)
    before = [type(layer) for _, layer in named_layers(model)]
    with pytest.raises(ShapeError, match=r"layers\.2: expected an input"):
        trace(model, np.ones((2, 21), np.float32))
    assert [type(layer) for _, layer in named_layers(model)] == before
