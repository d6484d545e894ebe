"""Report B's net, number for number."""

from __future__ import annotations

import numpy as np

from chainrule import models
from chainrule.cost import count_parameters
from chainrule.layers import Conv2d, Linear, MaxPool2d


def test_the_maps_are_those_of_the_report():
    model = models.cnn3().init(0)
    x, shapes = np.zeros((1, 32, 32, 3), np.uint8), []
    for layer in model:
        x = layer(x)
        if isinstance(layer, Conv2d | MaxPool2d | Linear):
            shapes.append(x.shape[1:])
        elif x.ndim == 2:
            flat = x.shape
    assert shapes == [(32, 32, 32), (16, 16, 32), (14, 14, 32), (7, 7, 32), (10,)]
    assert flat == (1, 1568)


def test_parameters_counted_by_hand():
    convolutions, norms, linear = 9 * (3 * 32 + 32 * 32), 2 * 2 * 32, 1568 * 10 + 10
    assert count_parameters(models.cnn3()) == convolutions + norms + linear
    assert count_parameters(models.cnn3(filters=64)) == 9 * 67 * 64 + 4 * 64 + 49 * 64 * 10 + 10
