from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chainrule.layers import (
    BatchNorm,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Normalize,
    ReLU,
    Sequential,
)
from chainrule.types import Array

from ..cases import TRAIN, accused, found, mlp


class ForgetsTheSum(Linear):
    """Its bias gradient is the mean over the batch."""

    def backward_parameters(self, dy: Array, x: Array) -> None:
        self.weight.accumulate(x.T @ dy)
        self.bias.accumulate(dy.mean(axis=0))


class PassesTooMuch(ReLU):
    """Its backward ignores where it was 0."""

    def backward(self, dy: Array, y: Array) -> Array:
        return dy


class Halved(Conv2d):
    def backward_parameters(self, dy: Array, x: Array) -> None:
        super().backward_parameters(dy / 2, x)


@pytest.mark.parametrize(
    ("layers", "name"),
    [
        ((ForgetsTheSum(64, 16), ReLU()), "bias"),
        ((Linear(64, 16), PassesTooMuch()), "input"),
    ],
)
def test_a_wrong_backward_is_named(layers, name):
    model = Sequential(Normalize(), Flatten(), *layers, Linear(16, 10))
    check = found("gradients", model)
    assert accused(check) and check.number > 1e-3
    assert name in check.cause


def test_a_wrong_convolution():
    model = Sequential(
        Normalize(), Halved(1, 4, 3), ReLU(), MaxPool2d(2), Flatten(), Linear(36, 10)
    )
    check = found("gradients", model)
    assert accused(check) and "layers.1.weight" in check.cause


@pytest.mark.parametrize("options", [{}, {"norm": "batch", "dropout": 0.3}, {"activation": "gelu"}])
def test_right_ones(options):
    check = found("gradients", mlp(**options))
    assert check.verdict == "ok" and check.number < 1e-5


def test_images_with_flat_parts_are_no_fault_of_the_model():
    """There, equal numbers are pooled: each winner changes hands at the very point examined."""
    flat = TRAIN.images.copy()
    flat[:, :, 2:] = 255
    model = Sequential(
        Normalize(), Conv2d(1, 16, 3), BatchNorm(16), ReLU(), MaxPool2d(2), Flatten(),
        Linear(144, 10),
    )  # fmt: skip
    check = found("gradients", model, replace(TRAIN, images=flat))
    assert check.verdict == "ok" and check.number < 1e-5


def test_a_loss_that_is_no_number_has_no_gradient():
    model = mlp()
    model.layers[2].weight.value[0, 0] = np.nan
    assert found("gradients", model).verdict == "skipped"
