from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels
from chainrule.errors import InputError, ShapeError
from chainrule.layers import (
    Conv2d,
    Linear,
    PReLU,
    ReLU,
    Sequential,
    WeightStandardization,
    named_arrays,
)


def test_by_hand():
    """Columns (1, 3) and (5, 1) become (-1, 1) and (1, -1)."""
    layer = WeightStandardization(Linear(2, 2)).init().astype(np.float64)
    layer.layer.weight.value = np.array([[1.0, 5], [3, 1]])
    layer.layer.bias.value = np.array([10.0, 20])
    np.testing.assert_allclose(layer(np.array([[2.0, 7]])), [[15, 15]])


def test_without_options_eps_is_1e_10():
    """The weights ±√ε have the variance ε: each is divided by √(2 ε)."""
    layer = WeightStandardization(Linear(2, 1)).init().astype(np.float64)
    layer.layer.weight.value = np.array([[1e-5], [-1e-5]])
    np.testing.assert_allclose(layer(np.eye(2)), [[np.sqrt(0.5)], [-np.sqrt(0.5)]])


def test_the_scale_and_the_mean_of_a_weight_do_not_matter(rng):
    layer = WeightStandardization(Conv2d(2, 4, 3)).init().astype(np.float64)
    x = rng.standard_normal((2, 5, 5, 2))
    y, cache = layer.forward(x)
    layer.backward(y, cache)
    weight = layer.layer.weight
    np.testing.assert_allclose(weight.grad.sum((0, 1, 2)), 0, atol=1e-10)
    np.testing.assert_allclose((weight.grad * weight.value).sum((0, 1, 2)), 0, atol=1e-6)
    weight.value = 7 * weight.value + 3
    np.testing.assert_allclose(layer(x), y, rtol=1e-6)


def test_the_layer_inside_keeps_its_weight_and_learns(rng):
    layer = WeightStandardization(Linear(3, 2)).init()
    weight = layer.layer.weight.value.copy()
    x = rng.standard_normal((4, 3), np.float32)
    y, cache = layer.forward(x)
    layer.backward_parameters(y, cache)
    np.testing.assert_array_equal(layer.layer.weight.value, weight)
    np.testing.assert_array_equal(layer.layer.bias.grad, y.sum(axis=0))
    assert [path for path, _ in named_arrays(layer)] == ["layer.weight", "layer.bias"]


def test_wrong_shapes_name_the_layer_inside():
    model = Sequential(WeightStandardization(Linear(3, 2))).init()
    for verb in (model, model.forward):
        with pytest.raises(ShapeError, match=r"^layers\.0\.layer: expected"):
            verb(np.zeros((1, 4), np.float32))


def test_a_class_is_told_from_a_layer():
    with pytest.raises(InputError, match=r"layer: .* received the class: write Linear"):
        WeightStandardization(Linear)


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_each_output_of_a_convolution_has_its_own_statistics(backend, rng):
    layer = WeightStandardization(Conv2d(3, 5, (1, 2), bias=False)).init().astype(np.float64)
    weight = layer.layer.weight
    weight.value = rng.normal(1, 2, weight.shape)
    flat = weight.value.reshape(6, 5)
    expected = (flat - flat.mean(0)) / flat.std(0)
    pixels = np.eye(6).reshape(6, 1, 2, 3)
    with kernels.use(backend):
        np.testing.assert_allclose(layer(pixels)[:, 0, 0], expected, rtol=1e-6)


@pytest.mark.parametrize("eps", [0, -1e-5, float("nan")])
def test_an_eps_that_cannot_be(eps):
    with pytest.raises(InputError, match="eps: expected a positive finite number"):
        WeightStandardization(Linear(2, 2), eps=eps)


@pytest.mark.parametrize("layer", [ReLU(), PReLU(), Sequential(Linear(2, 2)), Linear])
def test_what_has_no_weight_is_refused(layer):
    with pytest.raises(InputError, match="layer: expected"):
        WeightStandardization(layer)
