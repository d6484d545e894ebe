from __future__ import annotations

import numpy as np
import pytest

from chainrule import models
from chainrule.errors import InputError
from chainrule.interpret import grad_cam
from chainrule.layers import (
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Graph,
    Linear,
    MaxPool2d,
    Normalize,
    ReLU,
    Sequential,
)

from .nets import convnet


def two_layers():
    """Feature maps A₀ = x and A₁ = -2x, their means, and z = (3 m₀ + m₁, -m₀)."""
    model = Sequential(Conv2d(1, 2, 1), GlobalAvgPool2d(), Linear(2, 2)).init(0).astype(np.float64)
    model[0].weight.value = np.array([1.0, -2.0]).reshape(1, 1, 1, 2)
    model[2].weight.value = np.array([[3.0, -1.0], [1.0, 0.0]])
    return model


def test_by_hand():
    """α = (3, 1) / 4 for class 0 on 2 x 2 maps: Σ α A = (3x - 2x) / 4; below 0 nothing is left.
    For class 1, α = (-1, 0) / 4."""
    x = np.array([[4.0, -8.0], [0.0, 12.0]]).reshape(1, 2, 2, 1)
    found = grad_cam(two_layers(), x, 0)
    assert found.values[0].tolist() == [[1, 0], [0, 3]]
    assert found.maps[0].tolist() == [[1, 0], [0, 3]]
    assert grad_cam(two_layers(), x, 1).maps[0].tolist() == [[0, 2], [0, 0]]


def test_the_map_is_resized_between_the_centers():
    """2 pixels as 4: the outer ones keep the ends, the inner ones lie a quarter of the way in."""
    model = Sequential(Conv2d(1, 1, 2, stride=2), Flatten(), Linear(2, 2)).init(0)
    model.astype(np.float64)
    model[0].weight.value = np.ones((2, 2, 1, 1))
    model[2].weight.value = np.array([[1.0, 0.0], [1.0, 0.0]])
    x = np.zeros((1, 2, 4, 1))
    x[0, 0, 0, 0] = 4.0
    found = grad_cam(model, x, 0)
    assert found.values[0].tolist() == [[4, 0]]
    assert found.maps[0].tolist() == [[4, 3, 1, 0]] * 2


def test_the_default_is_the_last_feature_map_before_the_pooling(rng):
    x = rng.random((2, 8, 8, 3)).astype(np.float32)
    default = grad_cam(convnet(), x, 0)
    np.testing.assert_array_equal(default.maps, grad_cam(convnet(), x, 0, layer="layers.5").maps)
    assert default.values.shape == (2, 8, 8)
    other = grad_cam(convnet(), x, 0, layer="layers.4.body.layers.0")
    assert not np.allclose(default.maps, other.maps)
    assert grad_cam(convnet(), x, 0, layer="layers.6").values.shape == (2, 4, 4)
    assert grad_cam(convnet(), x, 0, layer="layers.4").values.shape == (2, 8, 8)  # a block


def test_a_last_convolution_of_one_pixel_is_passed_over():
    model = Sequential(
        Conv2d(1, 2, 3), ReLU(), MaxPool2d(2), Conv2d(2, 2, 1), Flatten(), Linear(2, 2)
    ).init(0)
    found = grad_cam(model, np.ones((4, 4, 1), np.float32), 0)
    assert found.values.shape == (1, 2, 2)


def test_in_a_graph():
    model = Graph(
        {
            "logits": (Linear(3, 2), "mean"),
            "mean": (GlobalAvgPool2d(), "act"),
            "act": (ReLU(), "conv"),
            "conv": (Conv2d(1, 3, 3), "input"),
        },
        output="logits",
    ).init(0)
    x = np.random.default_rng(0).random((1, 5, 5, 1)).astype(np.float32)
    assert grad_cam(model, x, 0).values.shape == (1, 3, 3)
    with pytest.raises(InputError, match=r"did you mean 'layers\.conv'"):
        grad_cam(model, x, 0, layer="layers.con")


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("layers.55", r"unknown path 'layers\.55'; did you mean 'layers\.5'"),
        ("conv", "choose from layers"),
        ("", "unknown path ''"),
        ("layers.9", r"output of shape \(N, 3\); choose from"),
        ("layers.8", r"output of shape \(N, 4\)"),
        (3, "layer"),
    ],
    ids=str,
)
def test_layers_that_there_are_not(layer, said):
    with pytest.raises(InputError, match=said) as raised:
        grad_cam(convnet(), np.zeros((8, 8, 3), np.uint8), layer=layer)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "model",
    [
        models.mlp((8, 8, 1), (4,), 3),
        Sequential(Normalize(), Conv2d(1, 2, 8), Flatten(), Linear(2, 3)),
    ],
    ids=["mlp", "one pixel"],
)
def test_a_model_without_feature_maps_is_refused(model):
    with pytest.raises(InputError, match=r"expected one with a convolution.*use saliency"):
        grad_cam(model.init(0), np.zeros((8, 8, 1), np.uint8))
