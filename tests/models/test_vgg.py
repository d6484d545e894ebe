"""The VGG-style net of report A."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import architecture, models
from chainrule.errors import InputError
from chainrule.gradient_check import gradcheck
from chainrule.layers import BatchNorm, Dropout, MaxPool2d, named_parameters


def count(model) -> int:
    return sum(p.value.size for _, p in named_parameters(model.init(0)))


def test_parameters_counted_by_hand():
    convolutions = 9 * (3 * 64 + 64 * 64 + 64 * 128 + 128 * 128 + 128 * 256 + 256 * 256)
    linear = 4 * 4 * 256 * 512 + 512 + 512 * 10 + 10
    norms = 2 * (64 + 64 + 128 + 128 + 256 + 256 + 512)
    assert count(models.vgg((32, 32, 3), 10)) == convolutions + linear + norms == 3_250_122
    biases = 64 + 64 + 128 + 128 + 256 + 256  # in the place of the norms' shifts
    assert count(models.vgg((32, 32, 3), 10, norm=None)) == convolutions + linear + biases


def test_each_block_halves_the_sides(rng):
    model = models.vgg((9, 12, 1), 3, blocks=((2,), (3, 4)), hidden=()).init(0)
    x = rng.integers(0, 256, (2, 9, 12, 1), np.uint8)
    sides = []
    for layer in model.layers:
        x = layer(x)
        if isinstance(layer, MaxPool2d):
            sides.append(x.shape)
    assert sides == [(2, 4, 6, 2), (2, 2, 3, 4)]
    assert x.shape == (2, 3) and x.dtype == np.float32


def test_options_leave_parts_out():
    model = models.vgg((8, 8, 3), 2, blocks=((4,),), hidden=(5,), norm=None, dropout=0)
    kinds = {type(layer) for layer in model.layers}
    assert not kinds & {BatchNorm, Dropout}
    assert [type(layer).__name__ for layer in model.layers] == [
        "Normalize", "Conv2d", "ReLU", "MaxPool2d", "Flatten", "Linear", "ReLU", "Linear",
    ]  # fmt: skip


@pytest.mark.parametrize("norm", ["batch", None])
def test_gradients(norm, rng):
    model = models.vgg(
        (5, 6, 2), 3, blocks=((3, 2), (4,)), hidden=(6,), norm=norm, dropout=0.3
    ).init(1)
    assert gradcheck(model, rng.random((6, 5, 6, 2)), rng.integers(0, 3, 6)).ok


def test_it_is_rebuilt_from_its_description():
    model = models.build("vgg", inputs=[8, 8, 1], classes=3, blocks=[[2], [3]], hidden=[4])
    assert repr(architecture.rebuild(architecture.describe(model))) == repr(model)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"inputs": (32, 32)}, "inputs: expected the shape of an image"),
        ({"inputs": (7, 32, 3)}, "3 poolings leave nothing of images of 7x32 pixels"),
        ({"blocks": ((4,), ())}, "blocks: expected filters in every block"),
        ({"blocks": ((4, 0),)}, "blocks: expected a list, .* received \\(\\(4, 0\\),\\)"),
        ({"hidden": (0,)}, "hidden: expected a list, .* received \\(0,\\)"),
        ({"norm": "layer"}, "unknown norm 'layer'; choose from batch"),
        ({"dropout": 1.0}, "dropout: expected"),
    ],
)
def test_impossible_arguments_are_named(arguments, problem):
    with pytest.raises(InputError, match=problem):
        models.vgg(**{"inputs": (32, 32, 3), "classes": 10} | arguments)
