"""Frozen parameters take no gradient, and frozen layers before the first that learns predict."""

import numpy as np
import pytest

from chainrule import gradcheck
from chainrule.layers import (
    BatchNorm,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Graph,
    Linear,
    MaxPool2d,
    Normalize,
    ReLU,
    Residual,
    Sequential,
    SwitchableNorm,
    fusion,
    named_arrays,
    named_parameters,
)
from chainrule.layers.base import learns, trained_parameters
from chainrule.layers.frozen import constant_layers, frozen_layers
from chainrule.losses import SoftmaxCrossEntropy
from chainrule.step import forward_backward


def freeze(*layers):
    for layer in layers:
        for _, parameter in named_parameters(layer):
            parameter.frozen = True


def net(*, dropout=0.0):
    return Sequential(
        Normalize(3),
        Conv2d(3, 4, 3, padding=1, bias=False),
        BatchNorm(4),
        ReLU(),
        Residual(Sequential(Conv2d(4, 4, 3, padding=1), BatchNorm(4))),
        ReLU(),
        Conv2d(4, 4, 3),
        BatchNorm(4),
        ReLU(),
        MaxPool2d(2),
        GlobalAvgPool2d(),
        *([Dropout(dropout)] if dropout else []),
        Linear(4, 3),
    ).init(0)


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (6, 8, 8, 3)).astype(np.uint8)


LABELS = np.array([0, 1, 2, 0, 1, 2])


def test_a_frozen_parameter_takes_no_gradient():
    layer = Linear(3, 2).init(0)
    layer.weight.frozen = True
    assert learns(layer) and [path for path, _ in trained_parameters(layer)] == ["bias"]
    y, cache = layer.forward(np.ones((2, 3), np.float32))
    dx = layer.backward(y, cache)
    assert layer.weight.grad is None and layer.bias.grad is not None and dx.shape == (2, 3)


@pytest.mark.parametrize("kind", [Conv2d, ConvTranspose2d])
def test_a_frozen_convolution_passes_the_gradient_on(kind, rng):
    layer = kind(2, 3, 3).init(0)
    x = rng.standard_normal((2, 5, 5, 2)).astype(np.float32)
    y, cache = layer.forward(x)
    dx = layer.backward(y, cache)
    freeze(layer)
    _, cache = layer.forward(x)
    layer.clear_grads()
    np.testing.assert_array_equal(layer.backward(y, cache), dx)
    assert layer.weight.grad is None and layer.bias.grad is None


def test_nothing_frozen_changes_nothing(images):
    plain, other = net(dropout=0.5), net(dropout=0.5)
    y, cache = plain.forward(images)
    plain.backward_parameters(np.ones_like(y), cache)
    same, cache = other.forward_parameters(images)
    other.backward_parameters(np.ones_like(y), cache)
    np.testing.assert_array_equal(y, same)
    for (path, a), (_, b) in zip(named_parameters(plain), named_parameters(other), strict=True):
        np.testing.assert_array_equal(a.grad, b.grad, err_msg=path)


def test_a_frozen_body_predicts_keeps_nothing_and_its_statistics_stay(images):
    model = net(dropout=0.5)
    freeze(*model.layers[:-1])
    body, buffers = model[:-2], {p: a.value.copy() for p, a in named_arrays(model[:-2])}
    features = body(images)
    y, caches = model.forward_parameters(images)
    assert frozen_layers(model.layers) == 8 and caches[:11] == [None] * 11
    loss, _ = forward_backward(model, images, LABELS, SoftmaxCrossEntropy())
    assert np.isfinite(loss) and y.shape == (6, 3)
    np.testing.assert_array_equal(body(images), features)
    for path, array in named_arrays(body):
        np.testing.assert_array_equal(array.value, buffers[path], err_msg=path)
    assert [p for p, w in named_parameters(model) if w.grad is not None] == [
        "layers.12.weight",
        "layers.12.bias",
    ]


def test_the_head_learns_the_same_from_features_as_from_images(images):
    model = net()
    freeze(*model.layers[:-1])
    forward_backward(model, images, LABELS, SoftmaxCrossEntropy())
    cut = constant_layers(model.layers)
    assert cut == len(model.layers) - 1
    expected = model.layers[-1].weight.grad
    model.clear_grads()
    features = model[:cut](images)
    forward_backward(model[cut:], features, LABELS, SoftmaxCrossEntropy())
    np.testing.assert_array_equal(model.layers[-1].weight.grad, expected)


def test_a_dropout_before_the_head_is_no_part_of_what_is_constant():
    model = net(dropout=0.5)
    freeze(*model.layers[:-1])
    assert constant_layers(model.layers) == 11
    assert constant_layers(net(dropout=0.5).layers) == 0
    assert frozen_layers([Dropout(0.5), Linear(3, 2)]) == 0


def test_a_body_that_is_a_model_of_its_own_is_entered(images):
    inner = net()
    freeze(*inner.layers[:4])
    model = Sequential(Sequential(*inner.layers[:10]), Sequential(*inner.layers[10:]))
    y, caches = model.forward_parameters(images)
    assert caches[0][:3] == [None] * 3
    model.backward_parameters(np.ones_like(y), caches)
    expected, other = inner.layers[6].weight.grad, net()
    freeze(*other.layers[:4])
    y, caches = other.forward_parameters(images)
    other.backward_parameters(np.ones_like(y), caches)
    np.testing.assert_allclose(other.layers[6].weight.grad, expected, rtol=1e-5, atol=1e-6)


def test_a_shape_that_does_not_fit_is_said_of_the_layer_itself():
    model = Sequential(Linear(3, 4), ReLU(), Linear(4, 2), Linear(5, 2)).init(0)
    freeze(*model.layers[:3])
    with pytest.raises(Exception, match=r"^layers\.3"):
        model.forward_parameters(np.ones((2, 3), np.float32))


def test_gradients_through_frozen_layers_above_trained_ones(rng):
    model = net().astype(np.float64)
    freeze(*model.layers[4:9])
    x = rng.random((6, 8, 8, 3))
    result = gradcheck(model, x, LABELS, raise_on_failure=False, samples=10)
    wrong = [row for row in result.rows if row.path.startswith(("layers.1", "layers.2", "x"))]
    assert len(wrong) > 2 and all(row.error < 1e-5 for row in wrong)


def test_a_frozen_switchable_norm_is_a_fixed_function_of_each_image(rng):
    layer = SwitchableNorm(2).init(0).astype(np.float64)
    x = rng.standard_normal((3, 2, 2, 2))
    layer.forward(x)  # which gives it statistics
    freeze(layer)
    before = layer.running_mean.value.copy()
    y, _ = layer.forward(x)
    np.testing.assert_array_equal(y, layer(x))
    np.testing.assert_array_equal(layer.running_mean.value, before)
    dy = rng.standard_normal(x.shape)
    dx = layer.backward(dy, layer.forward(x)[1])
    step = 1e-6
    for place in [(0, 0, 0, 0), (1, 1, 0, 1), (2, 1, 1, 0)]:
        high, low = x.copy(), x.copy()
        high[place] += step
        low[place] -= step
        slope = ((layer(high) - layer(low)) * dy).sum() / (2 * step)
        assert dx[place] == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize("pool", [False, True])
def test_frozen_norms_predict_fused_and_learn_plain(pool, rng):
    layers = [Conv2d(2, 3, 3), BatchNorm(3), ReLU(), *([MaxPool2d(2)] if pool else [])]
    model = Sequential(*layers, Flatten(), Linear(12 if pool else 48, 2)).init(0)
    x = rng.standard_normal((4, 6, 6, 2)).astype(np.float32)
    model.forward(x)
    freeze(model.layers[1])
    y, caches = model.forward(x)
    dx = model.backward(np.ones_like(y), caches)
    np.testing.assert_allclose(y, model(x), rtol=1e-5)
    with fusion.off():
        plain, caches = model.forward(x)
        np.testing.assert_allclose(model.backward(np.ones_like(y), caches), dx, rtol=1e-5)
    np.testing.assert_allclose(plain, y, rtol=1e-5)


def test_a_graph_stops_where_nothing_before_learns(rng):
    model = Graph(
        {"a": (Linear(3, 4), "input"), "b": (ReLU(), "a"), "c": (Linear(4, 2), "b")}
    ).init(0)
    freeze(model.layers["a"])
    y, caches = model.forward(rng.standard_normal((2, 3)).astype(np.float32))
    model.backward_parameters(np.ones_like(y), caches)
    assert set(caches) == {"a", "b"} and model.layers["c"].weight.grad is not None


def test_a_subclass_with_a_forward_of_its_own_keeps_it(images):
    class Twice(Sequential):
        def forward(self, x):
            y, caches = super().forward(x)
            return 2 * y, caches

    plain = net()
    y, _ = Twice(*plain.layers).forward_parameters(images)
    np.testing.assert_allclose(y, 2 * net().forward(images)[0], rtol=1e-5)
