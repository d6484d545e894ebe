from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import CheckFailed, InputError
from chainrule.gradient_check import check_layer
from chainrule.layers import (
    BatchNorm,
    Dropout,
    Linear,
    ReLU,
    Sequential,
    named_arrays,
    named_parameters,
)
from chainrule.losses import SoftmaxCrossEntropy


@pytest.fixture
def model():
    return cr.models.mlp((4, 4, 1), (12, 8), 5, norm="batch", dropout=0.3).init(0)


@pytest.fixture
def batch(rng):
    return rng.integers(0, 256, (8, 4, 4, 1), np.uint8), rng.integers(5, size=8)


@pytest.mark.parametrize("reg", [0.0, 3.14])
def test_a_whole_model_with_every_entry(model, batch, reg):
    result = cr.gradcheck(model, *batch, reg=reg, samples=None)
    assert result.ok
    assert result.error < 1e-6
    paths = [path for path, _ in named_parameters(model)]
    assert [row.path for row in result.rows] == [*paths, "input"]
    assert (
        sum(row.checked + row.kinks for row in result.rows)
        == sum(parameter.value.size for _, parameter in named_parameters(model)) + batch[0].size
    )


def test_loss_and_penalty_are_those_of_training(model, batch):
    x, labels = batch
    twin = cr.models.mlp((4, 4, 1), (12, 8), 5, norm="batch", dropout=0.3).init(0)
    loss, _ = SoftmaxCrossEntropy(0.1)(twin.forward(x)[0], labels)
    result = cr.gradcheck(model, x, labels, loss=SoftmaxCrossEntropy(0.1), samples=2)
    assert result.value == pytest.approx(loss, rel=1e-5)


def test_the_model_is_left_as_it_was(model, batch):
    for _, parameter in named_parameters(model):
        parameter.grad = np.ones_like(parameter.value)
    before = {path: array.copy() for path, array in model.state().items()}
    arrays = model.state()
    grads = [parameter.grad for _, parameter in named_parameters(model)]
    cr.gradcheck(model, *batch, samples=3)
    for path, array in model.state().items():
        assert array is arrays[path]
        np.testing.assert_array_equal(array, before[path])
    for (_, parameter), grad in zip(named_parameters(model), grads, strict=True):
        assert parameter.grad is grad


class Scaled(Linear):
    """Its weight gradient is off by ``factor``."""

    def __init__(self, n_in: int, n_out: int, factor: float) -> None:
        super().__init__(n_in, n_out)
        self.factor = factor

    def backward_parameters(self, dy, x):
        self.weight.accumulate(self.factor * (x.T @ dy))
        self.bias.accumulate(dy.sum(axis=0))


@pytest.mark.parametrize("factor", [0.0, -1.0, 0.125, 1.0001])
def test_a_wrong_gradient_is_named(batch, factor):
    x, labels = batch
    model = Sequential(Linear(16, 8), ReLU(), Scaled(8, 6, factor), ReLU(), Linear(6, 5)).init(0)
    x = x.reshape(8, 16) / 255
    with pytest.raises(CheckFailed, match=r"1 of 7 arrays .* layers\.2\.weight.*analytic"):
        cr.gradcheck(model, x, labels)
    result = cr.gradcheck(model, x, labels, raise_on_failure=False)
    assert [row.path for row in result.rows if not row.ok] == ["layers.2.weight"]


def test_a_forgotten_gradient_counts_as_zero(rng):
    class Lazy(Linear):
        def backward_parameters(self, dy, x):
            self.weight.accumulate(x.T @ dy)

    result = check_layer(Lazy(3, 2).init(0), rng.standard_normal((4, 3)))
    assert [row.path for row in result.rows if not row.ok] == ["bias"]


def test_kinks_deep_inside_are_found_not_failed(rng):
    """At h = 1e-3 many units flip within the step; the gradient is still right."""
    model = cr.models.mlp(16, (64, 32), 5).init(0)
    x, labels = rng.random((32, 16)), rng.integers(5, size=32)
    result = cr.gradcheck(model, x, labels, h=1e-3, samples=40)
    assert sum(row.kinks for row in result.rows) >= 3
    assert result.ok


def test_a_layer_at_its_kink():
    result = check_layer(ReLU(), np.array([[0.0, 1.0, -1.0]]))
    assert result.ok
    assert (result.rows[0].checked, result.rows[0].kinks) == (2, 1)


def test_the_table(rng):
    result = check_layer(Linear(3, 2).init(0), rng.standard_normal((4, 3)))
    lines = str(result).splitlines()
    assert lines[0].split() == [
        "array",
        "shape",
        "checked",
        "kinks",
        "relative",
        "error",
        "worst",
        "at",
        "verdict",
    ]
    assert lines[1].split()[:4] == ["weight", "3x2", "6", "0"]
    assert lines[1].endswith("ok")
    assert "h = 1e-05" in lines[-1]


def test_counters_and_statistics_are_the_same_at_every_evaluation(rng):
    layer = Sequential(Dropout(0.5), BatchNorm(6), Dropout(0.2)).init(0)
    before = {path: node.value.copy() for path, node in named_arrays(layer)}
    assert check_layer(layer, rng.standard_normal((7, 6))).ok
    for path, node in named_arrays(layer):
        np.testing.assert_array_equal(node.value, before[path])


def test_what_cannot_be_differentiated_is_refused(model):
    with pytest.raises(InputError, match="x: expected floating-point numbers or uint8 images"):
        cr.gradcheck(model, np.zeros((2, 4, 4, 1), np.int64), np.zeros(2, np.int64))
    with pytest.raises(InputError, match=r"call model\.init\(seed\) first"):
        check_layer(Linear(2, 2), np.zeros((1, 2)))
