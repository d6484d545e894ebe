from __future__ import annotations

import numpy as np
import pytest

from chainrule.layers import BatchNorm, Layer, Linear, Normalize, ReLU, Sequential, named_parameters
from chainrule.losses import SoftmaxCrossEntropy
from chainrule.training.nonfinite import first_nonfinite

LABELS = np.array([0, 1, 2, 0])


class Exploding(Layer):
    """The identity, whose backward divides by zero."""

    def forward(self, x):
        return x, None

    def backward(self, dy, cache):
        return dy / np.zeros_like(dy)


@pytest.fixture
def model() -> Sequential:
    return Sequential(Normalize(), Linear(5, 4), BatchNorm(4), ReLU(), Linear(4, 3)).init(0)


@pytest.fixture
def x(rng) -> np.ndarray:
    return rng.random((4, 5), np.float32)


def first(model, x) -> str | None:
    return first_nonfinite(model, x, LABELS, SoftmaxCrossEntropy())


def test_finite_steps_have_none(model, x):
    assert first(model, x) is None


def test_input(model, x):
    x[1, 2], x[3, 0] = np.nan, -np.inf
    assert first(model, x) == "the input holds 1 NaN and 1 infinite of 20 numbers"


def test_parameter(model, x):
    model.layers[1].weight.value[2, 2] = np.inf
    assert first(model, x) == "parameter layers.1.weight holds 1 infinite of 20 numbers"


def test_forward(model, x):
    model.layers[0].std.value = np.zeros(1, np.float32)
    assert first(model, x) == (
        "layers.0 (Normalize) forward: the output holds 20 NaN of 20 numbers; its input is finite"
    )


def test_overflow_in_the_last_layer(model, x):
    model.layers[4].weight.value[:] = 3e38
    assert first(model, x).startswith("layers.4 (Linear) forward: the output holds")


def test_backward(model, x):
    model.layers.insert(3, Exploding())
    assert first(model, x).startswith("layers.3 (Exploding) backward: the input's gradient holds")


def test_gradient_of_a_parameter(x):
    class Wrong(Linear):
        def backward_parameters(self, dy, x):
            super().backward_parameters(dy, x)
            self.bias.accumulate(np.array([np.nan, 0, 0], np.float32))

    model = Sequential(Wrong(5, 3)).init(0)
    assert first(model, x) == (
        "layers.0 (Wrong) backward: the gradient of bias holds 1 NaN of 3 numbers; dy is finite"
    )


def test_the_model_is_left_as_it_was(model, x):
    for _, parameter in named_parameters(model):
        parameter.grad = np.full(parameter.shape, 7, np.float32)
    grads = [parameter.grad for _, parameter in named_parameters(model)]
    state = {path: array.copy() for path, array in model.state().items()}
    first(model, x)
    model.layers.append(Exploding())
    first(model, x)
    assert [type(layer).__name__ for layer in model.layers[:2]] == ["Normalize", "Linear"]
    for (_, parameter), grad in zip(named_parameters(model), grads, strict=True):
        assert parameter.grad is grad
    for path, array in model.state().items():
        np.testing.assert_array_equal(array, state[path])
