from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import ChainruleWarning, InputError, ShapeError
from chainrule.gradient_check import check_layer
from chainrule.layers import Normalize, normalize


@pytest.mark.parametrize("channels", [1, 3])
def test_fitted_images_come_out_standardized(channels, rng):
    images = rng.integers(20, 200, (30, 6, 5, channels), np.uint8)
    layer = Normalize(channels).init()
    assert not layer.fitted.value
    layer.fit(images)
    assert layer.fitted.value
    np.testing.assert_allclose(layer.mean.value, images.mean((0, 1, 2)) / 255, rtol=1e-5)
    np.testing.assert_allclose(layer.std.value, images.std((0, 1, 2)) / 255, rtol=1e-5)
    y = layer(images)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y.mean((0, 1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(y.std((0, 1, 2)), 1, atol=1e-4)


@pytest.mark.parametrize("chunk", [1, 100, 1000, 4000])
def test_images_are_counted_a_few_at_a_time(chunk, rng, monkeypatch):
    """One at least, and the last ones too."""
    images = rng.integers(0, 256, (11, 6, 5, 3), np.uint8)
    whole, parts = Normalize(3).init(), Normalize(3).init()
    whole.fit(images)
    monkeypatch.setattr(normalize, "CHUNK", chunk)
    parts.fit(images)
    np.testing.assert_array_equal(parts.mean.value, whole.mean.value)
    np.testing.assert_array_equal(parts.std.value, whole.std.value)


def test_black_and_white_are_0_and_1():
    layer = Normalize().init()
    layer.fit(np.array([0, 255], np.uint8).reshape(2, 1, 1, 1))
    np.testing.assert_allclose([layer.mean.value, layer.std.value], 0.5)


def test_pixels_and_their_floats_agree(rng):
    images = rng.integers(0, 256, (4, 3, 3, 2), np.uint8)
    layer = Normalize(2).init()
    layer.fit(images)
    np.testing.assert_allclose(layer((images / 255).astype(np.float32)), layer(images), atol=1e-5)


def test_one_channel_serves_flattened_images(rng):
    images = rng.integers(0, 256, (5, 4, 4, 1), np.uint8)
    layer = Normalize().init()
    layer.fit(images)
    np.testing.assert_array_equal(layer(images.reshape(5, 16)), layer(images).reshape(5, 16))


def test_a_channel_that_never_changes_divides_by_one_gray_level():
    layer = Normalize().init()
    layer.fit(np.full((3, 2, 2, 1), 9, np.uint8))
    assert layer.std.value == pytest.approx(1 / 255)
    np.testing.assert_allclose(layer(np.full((1, 2, 2, 1), 10, np.uint8)), 1, rtol=1e-4)


def test_its_gradient_when_fitted(rng):
    layer = Normalize(3).init()
    layer.fit(rng.integers(0, 100, (9, 4, 4, 3), np.uint8))
    assert check_layer(layer, rng.random((2, 3, 3, 3))).ok


def test_other_dtypes_are_refused():
    with pytest.raises(ShapeError, match="expected uint8 or float32 images, received int64"):
        Normalize().init()(np.zeros((2, 2), np.int64))


@pytest.mark.parametrize("channels", [0, 1.5])
def test_channels_that_cannot_be(channels):
    with pytest.raises(InputError, match="channels: expected a whole number of at least 1"):
        Normalize(channels)


@pytest.mark.parametrize(
    ("shape", "hint"),
    [
        ((2, 3, 4, 5), "; for (N, C, H, W) use images.transpose(0, 2, 3, 1)"),
        ((2, 4, 5, 1), ""),
        ((3, 4, 5, 1), ""),
        ((2, 3, 4), ""),
    ],
)
def test_other_channels_are_refused_and_channels_first_is_recognized(shape, hint):
    with pytest.raises(ShapeError) as caught:
        Normalize(3).init()(np.zeros(shape, np.uint8))
    assert str(caught.value) == f"expected images of 3 channels, received {shape}{hint}"


def test_another_byte_order_is_refused():
    with pytest.raises(ShapeError, match="native byte order"):
        Normalize().init()(np.zeros((2, 2), np.dtype(np.float32).newbyteorder()))


@pytest.mark.parametrize(
    "images", [np.zeros((0, 2, 2, 1), np.uint8), np.zeros((2, 2, 2, 1), np.float32)], ids=str
)
def test_nothing_and_other_numbers_are_not_measured(images):
    """Their mean would be NaN, and the model's for good."""
    layer = Normalize().init(0)
    with pytest.raises(InputError, match=r"images: expected uint8 .* received (uint8|float32)"):
        layer.fit(images)
    assert layer.mean.value == 0
    assert not layer.fitted.value


def test_floats_that_are_no_shares_are_warned_of(rng):
    layer = Normalize().init()
    pixels = rng.integers(0, 256, (2, 4, 4, 1)).astype(np.float32)
    with pytest.warns(ChainruleWarning, match=r"floats in 0\.\.1 were expected, and the largest"):
        layer(pixels)
    layer(pixels / 255)
