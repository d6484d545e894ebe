from __future__ import annotations

import numpy as np
import pytest

from chainrule import models
from chainrule.cost import count_parameters
from chainrule.errors import InputError
from chainrule.layers import AvgPool2d, Conv2d, MaxPool2d, Tanh


def test_parameters_counted_by_hand():
    """Those of the paper, but that each of the 16 maps of C3 sees all six of S2."""
    c1, c3 = 6 * (25 + 1), 16 * (6 * 25 + 1)
    linear = 120 * (400 + 1) + 84 * (120 + 1) + 10 * (84 + 1)
    assert count_parameters(models.lenet5()) == c1 + c3 + linear


@pytest.mark.parametrize(("side", "sides"), [(28, [28, 14, 10, 5]), (32, [28, 14, 10, 5])])
def test_digits_of_28_pixels_are_seen_as_those_of_32(side, sides):
    model = models.lenet5((side, side, 1)).init(0)
    x, seen = np.zeros((1, side, side, 1), np.uint8), []
    for layer in model:
        x = layer(x)
        if isinstance(layer, Conv2d | MaxPool2d):
            seen.append(x.shape[1])
    assert seen == sides


def test_the_form_of_1998():
    kinds = [type(layer) for layer in models.lenet5(activation="tanh", pool="avg")]
    assert kinds.count(Tanh) == 4 and kinds.count(AvgPool2d) == 2


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"inputs": (11, 28, 1)}, "lenet5 needs images of 12x12 pixels or more, received 11x28"),
        ({"pool": "mean"}, "unknown pool 'mean'"),
        ({"activation": "rellu"}, "activation: expected|unknown activation 'rellu'"),
    ],
)
def test_impossible_arguments_are_named(arguments, problem):
    with pytest.raises(InputError, match=problem):
        models.lenet5(**arguments)
