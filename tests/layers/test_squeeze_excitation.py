from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule import kernels
from chainrule.errors import InputError, ShapeError
from chainrule.layers import Conv2d, Residual, Sequential, SqueezeExcitation

BACKENDS = ("reference", "cpu")
LOG3 = math.log(3)


def worked() -> SqueezeExcitation:
    """Of 2 channels squeezed to 1, with W₁ = (1, ½) and W₂ = (log 3 / 3, -log 3 / 3)."""
    layer = SqueezeExcitation(2, 2).init().astype(np.float64)
    _, first, _, second, _ = layer.gate.layers
    first.weight.value = np.array([[1], [0.5]])
    second.weight.value = np.array([[LOG3 / 3, -LOG3 / 3]])
    return layer


X = np.array([[[[1.0, 4], [3, 0]]]])  # two pixels; means (2, 2), so relu(z W₁) = 3


@pytest.mark.parametrize("backend", BACKENDS)
def test_by_hand(backend):
    layer = worked()
    dy = np.zeros_like(X)
    dy[..., 0] = 1
    with kernels.use(backend):
        y, cache = layer.forward(X)
        dx = layer.backward(dy, cache)
    # s = σ(log 3, -log 3) = (3/4, 1/4)
    np.testing.assert_allclose(y, [[[[3 / 4, 1], [9 / 4, 0]]]])
    # ds = (1 + 3, 0), through σ: 4 · 3/16 = 3/4, through W₂: log 3 / 4 = dh
    _, first, _, second, _ = layer.gate.layers
    np.testing.assert_allclose(second.weight.grad, [[3 * 3 / 4, 0]])
    np.testing.assert_allclose(second.bias.grad, [3 / 4, 0])
    np.testing.assert_allclose(first.weight.grad, [[LOG3 / 2], [LOG3 / 2]])
    np.testing.assert_allclose(first.bias.grad, [LOG3 / 4])
    # dz = dh W₁ᵀ = (log 3 / 4, log 3 / 8), of which each of the two pixels receives half
    pixel = [3 / 4 + LOG3 / 8, LOG3 / 16]
    np.testing.assert_allclose(dx, [[[pixel, pixel]]])


def test_parameters_learn_the_same_where_nobody_needs_dx():
    dy = np.arange(4.0).reshape(X.shape)
    grads = []
    for verb in ("backward", "backward_parameters"):
        layer = worked()
        _, cache = layer.forward(X)
        getattr(layer, verb)(dy, cache)
        grads.append([part.weight.grad for part in (layer.gate.layers[1], layer.gate.layers[3])])
    for one, other in zip(*grads, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("channels", "reduction", "squeezed"), [(64, 16, 4), (40, 16, 2), (8, 16, 1), (8, 1, 8)]
)
def test_it_squeezes_to_a_channel_or_more(channels, reduction, squeezed):
    layer = SqueezeExcitation(channels, reduction)
    assert layer.gate.layers[1].weight.shape == (channels, squeezed)
    assert layer.gate.layers[3].weight.shape == (squeezed, channels)


def test_without_options_it_squeezes_to_a_sixteenth():
    assert SqueezeExcitation(64).gate.layers[1].weight.shape == (64, 4)


@pytest.mark.parametrize("verb", [SqueezeExcitation.__call__, SqueezeExcitation.forward])
@pytest.mark.parametrize("shape", [(2, 3, 3, 5), (2, 3, 3, 1), (2, 4), (2, 0, 3, 4)])
def test_wrong_shapes_are_reported_as_they_came(verb, shape):
    with pytest.raises(ShapeError, match=r"^expected an input of shape \(N, H, W, .\), received"):
        verb(SqueezeExcitation(4, 2).init(), np.zeros(shape, np.float32))


def test_a_fault_inside_is_named_by_its_path():
    x = np.zeros((1, 2, 2, 4))
    with pytest.raises(ShapeError, match=r"^gate\.layers\.1: expected float32"):
        SqueezeExcitation(4, 2).init()(x)


@pytest.mark.parametrize("arguments", [(0,), (4, 0), (4.5,), (4, -1)])
def test_its_sizes_are_whole_and_above_zero(arguments):
    with pytest.raises(InputError, match=r"(channels|reduction): expected"):
        SqueezeExcitation(*arguments)


def test_it_ends_a_residual_branch():
    block = Residual(Sequential(Conv2d(4, 4, 3, padding=1), SqueezeExcitation(4, 2))).init()
    x = np.random.default_rng(0).standard_normal((2, 5, 5, 4), np.float32)
    y, cache = block.forward(x)
    assert y.shape == block.backward(y, cache).shape == x.shape
