"""The sizes that torchvision documents; ``tests/parity/`` compares layer by layer."""

from __future__ import annotations

import pytest

from chainrule import models
from chainrule.cost import count_parameters, flops
from chainrule.errors import InputError
from chainrule.layers import Conv2d, Dropout, Linear
from chainrule.layers.base import walk


@pytest.mark.parametrize(
    ("name", "parameters", "multiply_adds"),
    [
        ("vgg11", 132_863_336, 7.61e9), ("vgg11_bn", 132_868_840, 7.61e9),
        ("vgg13", 133_047_848, 11.31e9), ("vgg13_bn", 133_053_736, 11.31e9),
        ("vgg16", 138_357_544, 15.47e9), ("vgg16_bn", 138_365_992, 15.47e9),
    ],
)  # fmt: skip
def test_size(name, parameters, multiply_adds):
    model = models.build(name)
    assert count_parameters(model) == parameters
    assert flops(model, (224, 224, 3)) == pytest.approx(2 * multiply_adds, rel=1e-2)


def test_the_name_counts_the_layers_with_weights():
    for name in ("vgg11", "vgg13", "vgg16"):
        weights = [f for f in walk(models.build(name)) if isinstance(f, Conv2d | Linear)]
        assert len(weights) == int(name[3:])


def test_the_form_for_small_images():
    model = models.vgg16_bn((32, 32, 3), 10, hidden=(512,), pool_size=1, dropout=0.0)
    assert count_parameters(model) < 15.1e6
    assert not any(isinstance(layer, Dropout) for layer in model)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"inputs": (31, 32, 3)}, "vgg13_bn needs images of 32x32 pixels or more, received 31x32"),
        ({"pool_size": 0}, "pool_size: expected a whole number from 1 to 100, received 0"),
        ({"widths": (64, 64)}, r"widths: expected a list of 5, .* received \(64, 64\)"),
        ({"hidden": (0,)}, r"hidden: expected a list, .* received \(0,\)"),
        ({"dropout": 1.0}, "dropout: expected"),
    ],
)
def test_impossible_arguments_are_named(arguments, problem):
    with pytest.raises(InputError, match=problem):
        models.vgg13_bn(**arguments)
