"""The whitening convolution: what it makes white, and the door through which it is measured."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError, ShapeError
from chainrule.layers import Conv2d, WhiteningConv2d


def correlated(rng, n=40, side=8, channels=3):
    """Neighbors and channels that are alike, as those of photographs are."""
    x = rng.standard_normal((n, side, side, channels)).cumsum(axis=1).cumsum(axis=3)
    return x.astype(np.float32)


def second_moments(layer, x):
    y = layer(x).reshape(-1, layer.weight.shape[-1]).astype(np.float64)
    return y.T @ y / len(y)


@pytest.mark.parametrize(("channels", "k"), [(3, 2), (1, 3), (2, 1)])
def test_its_outputs_are_white_and_come_in_both_signs(channels, k, rng):
    x = correlated(rng, channels=channels)
    layer = WhiteningConv2d(channels, k, eps=1e-9, bias=False).init(0)
    half = layer.weight.shape[-1] // 2
    assert half == k * k * channels
    assert abs(second_moments(layer, x)[:half, :half] - np.eye(half)).max() > 1
    layer.fit(x)
    np.testing.assert_allclose(second_moments(layer, x)[:half, :half], np.eye(half), atol=2e-3)
    w = layer.weight.value
    np.testing.assert_array_equal(w[..., half:], -w[..., :half])


def test_the_filters_are_eigenvectors_by_hand():
    """Patches (a) and (a, a, a, a) with a = ±1: λ = 1 along (1), and 4 along (1, 1, 1, 1) / 2."""
    x = np.repeat(np.array([1.0, -1.0], np.float32), 2).reshape(2, 1, 2, 1)
    layer = WhiteningConv2d(1, 1, eps=0.25, bias=False).init(0)
    layer.fit(x)
    np.testing.assert_allclose(layer.weight.value.ravel(), [1 / np.sqrt(1.25), -1 / np.sqrt(1.25)])
    pairs = np.repeat(np.array([1.0, -1.0], np.float32), 4).reshape(2, 2, 2, 1)
    layer = WhiteningConv2d(1, 2, eps=0.25, bias=False).init(0)
    layer.fit(pairs)
    np.testing.assert_allclose(layer.weight.value[..., 0].ravel(), np.full(4, 0.5 / np.sqrt(4.25)))


def test_in_chunks_as_at_once(rng, monkeypatch):
    x = correlated(rng)
    one, two = (WhiteningConv2d(3).init(0) for _ in range(2))
    one.fit(x)
    monkeypatch.setattr("chainrule.layers.whitening.CHUNK", 7 * 7 * 12 * 9)
    two.fit(x)
    np.testing.assert_allclose(one.weight.value, two.weight.value, rtol=1e-3, atol=1e-4)


def test_it_is_the_convolution_with_these_filters(rng):
    layer = WhiteningConv2d(3).init(0)
    x = correlated(rng)
    layer.fit(x)
    twin = Conv2d(3, 24, 2).init(0)
    twin.weight.value = layer.weight.value
    twin.bias.value = layer.bias.value = rng.standard_normal(24).astype(np.float32)
    y, cache = layer.forward(x)
    expected, twins = twin.forward(x)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(layer.backward(y, cache), twin.backward(y, twins))
    np.testing.assert_array_equal(layer.bias.grad, twin.bias.grad)


def test_images_without_contrast_give_finite_filters():
    layer = WhiteningConv2d(1).init(0)
    layer.fit(np.zeros((3, 4, 4, 1), np.float32))
    assert np.isfinite(layer.weight.value).all()


@pytest.mark.parametrize(
    ("x", "problem"),
    [
        (np.zeros((0, 4, 4, 1), np.float32), "expected images of finite numbers, received none"),
        (np.full((2, 4, 4, 1), np.nan, np.float32), "finite numbers, received NaN or infinity"),
    ],
)
def test_nothing_to_measure(x, problem):
    layer = WhiteningConv2d(1).init(0)
    with pytest.raises(InputError, match=problem):
        layer.fit(x)
    assert not layer.fitted.value


def test_other_images_are_refused():
    layer = WhiteningConv2d(1).init(0)
    for wrong in (np.zeros((2, 4, 4, 2), np.float32), np.zeros((2, 1, 4, 1), np.float32)):
        with pytest.raises(ShapeError):
            layer.fit(wrong)
    with pytest.raises(ShapeError, match="uint8"):
        layer.fit(np.zeros((2, 4, 4, 1), np.uint8))


def test_it_is_saved_with_the_model(rng, tmp_path):
    model = cr.layers.Sequential(cr.layers.Normalize(3), WhiteningConv2d(3)).init(0)
    model.layers[1].fit(correlated(rng))
    cr.save(model, tmp_path / "m")
    loaded = cr.load(tmp_path / "m")
    assert loaded.layers[1].fitted.value
    np.testing.assert_array_equal(loaded.layers[1].weight.value, model.layers[1].weight.value)
