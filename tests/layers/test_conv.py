from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError, ShapeError
from chainrule.initializers import Normal, ones
from chainrule.layers import Conv2d, Flatten, Linear, Sequential, named_parameters
from chainrule.layers.shapes import infer_shape


def test_by_hand():
    """A 2x2 kernel on a 2x3 image, numbers small enough to follow with a pencil."""
    layer = Conv2d(1, 1, 2).init()
    layer.weight.value = np.array([[1, 2], [3, 4]], np.float32).reshape(2, 2, 1, 1)
    layer.bias.value = np.array([100], np.float32)
    x = np.array([[1, 0, 2], [0, 3, 1]], np.float32).reshape(1, 2, 3, 1)
    y, cache = layer.forward(x)
    np.testing.assert_array_equal(y.ravel(), [1 + 12 + 100, 4 + 9 + 4 + 100])
    dx = layer.backward(np.array([10, 1], np.float32).reshape(1, 1, 2, 1), cache)
    np.testing.assert_array_equal(dx[0, :, :, 0], [[10, 20 + 1, 2], [30, 40 + 3, 4]])
    np.testing.assert_array_equal(layer.weight.grad[:, :, 0, 0], [[10 + 0, 0 + 2], [0 + 3, 30 + 1]])
    np.testing.assert_array_equal(layer.bias.grad, [11])


@pytest.mark.parametrize("channels", [1, 3])
def test_1x1_is_a_linear_layer_on_every_pixel(channels, rng):
    conv, linear = Conv2d(channels, 4, 1).init(), Linear(channels, 4).init()
    linear.weight.value = conv.weight.value[0, 0]
    x = rng.standard_normal((2, 3, 5, channels), np.float32)
    expected = linear(x.reshape(30, channels)).reshape(2, 3, 5, 4)
    np.testing.assert_allclose(conv(x), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_kernel_as_large_as_the_image_is_a_linear_layer(dtype, rng):
    conv = Conv2d(3, 4, (2, 5)).init().astype(dtype)
    linear = Sequential(Flatten(), Linear(30, 4)).init().astype(dtype)
    linear.load_state(
        {
            "layers.1.weight": conv.weight.value.reshape(30, 4),
            "layers.1.bias": conv.bias.value,
        }
    )
    x = rng.standard_normal((6, 2, 5, 3)).astype(dtype)
    np.testing.assert_allclose(conv(x)[:, 0, 0], linear(x), rtol=1e-4, atol=1e-5)


def test_depthwise_keeps_channels_apart(rng):
    layer = Conv2d(3, 3, 3, padding=1, groups=3).init()
    x = rng.standard_normal((2, 4, 4, 3), np.float32)
    y = layer(x)
    x[..., 1] += 1
    changed = (layer(x) != y).any(axis=(0, 1, 2))
    np.testing.assert_array_equal(changed, [False, True, False])
    assert layer.weight.shape == (3, 3, 1, 3)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "dilation", "expected"),
    [
        (32, 3, 1, 1, 1, 32),
        (32, 3, 1, "same", 1, 32),
        (32, 3, 1, "valid", 1, 30),
        (32, 3, 2, 1, 1, 16),  # ⌊(32 + 2 - 3) / 2⌋ + 1: the floor
        (224, 7, 2, 3, 1, 112),
        (9, 3, 1, 0, 4, 1),
        (9, 2, 1, "same", 3, 9),
        (32, 3, 2, "same", 1, 16),
        (7, 5, 2, "same", 1, 4),
        (5, 1, 3, "same", 1, 2),  # windows that leave pixels out need no padding
        (1, 5, 2, "same", 1, 1),
        (5, 1, 1, 2, 1, 9),
    ],
)
def test_output_sizes(size, kernel, stride, padding, dilation, expected):
    layer = Conv2d(1, 1, kernel, stride=stride, padding=padding, dilation=dilation).init()
    assert layer(np.zeros((1, size, size, 1), np.float32)).shape == (1, expected, expected, 1)


@pytest.mark.parametrize(
    ("padding", "padded"), [((2**13, 0), "24576x8192x2"), ((0, 2**13), "8192x24576x2")]
)
def test_the_bound_on_a_sample_holds_for_the_padded_image(padding, padded):
    layer = Conv2d(2, 1, 1, stride=64, padding=padding)
    with pytest.raises(ShapeError, match=f"one sample would be {padded} numbers"):
        infer_shape(layer, (2**13, 2**13, 2))


def test_shapes_down_to_one_pixel_are_inferred():
    assert infer_shape(Conv2d(1, 4, (3, 5)), (3, 5, 1)) == (1, 1, 4)
    for size in ((2, 5, 1), (3, 4, 1)):
        with pytest.raises(ShapeError, match=r"that a kernel of \(3, 5\) fits into"):
            infer_shape(Conv2d(1, 4, (3, 5)), size)


def test_same_puts_the_odd_row_at_the_bottom_right():
    layer = Conv2d(1, 1, 2, padding="same", bias=False, init=ones).init()
    x = np.array([[1, 2], [3, 4]], np.float32).reshape(1, 2, 2, 1)
    np.testing.assert_array_equal(layer(x)[0, :, :, 0], [[10, 6], [7, 4]])


def test_same_at_a_stride_pads_as_tensorflow_does():
    """An even side lacks one pixel, which goes to the end; an odd one lacks two."""
    layer = Conv2d(1, 1, 3, stride=2, padding="same", bias=False)
    assert layer.padding_of((4, 5)) == ((0, 1), (1, 1))
    wide = Conv2d(1, 1, (5, 1), stride=2, padding="same", bias=False)
    assert wide.padding_of((4, 4)) == ((1, 2), (0, 0))
    row = Conv2d(1, 1, (1, 3), stride=2, padding="same", bias=False, init=ones).init()
    for x, y in (([1, 2, 3, 4], [6, 7]), ([1, 2, 3, 4, 5], [3, 9, 9])):
        assert row(np.array(x, np.float32).reshape(1, 1, -1, 1)).ravel().tolist() == y


def test_reflection_and_its_gradient():
    """c b | a b c | b a: with a kernel of ones, pixel b is counted once more on each side."""
    layer = Conv2d(1, 1, (1, 3), padding=(0, 1), padding_mode="reflect", bias=False, init=ones)
    layer.init()
    x = np.array([1, 2, 4], np.float32).reshape(1, 1, 3, 1)
    y, cache = layer.forward(x)
    np.testing.assert_array_equal(y.ravel(), [2 + 1 + 2, 1 + 2 + 4, 2 + 4 + 2])
    dx = layer.backward(np.array([1, 10, 100], np.float32).reshape(1, 1, 3, 1), cache)
    np.testing.assert_array_equal(dx.ravel(), [11, 111 + 1 + 100, 110])


def test_an_empty_batch_goes_through(rng):
    layer = Conv2d(2, 3, 3, stride=2, padding=1).init()
    y, cache = layer.forward(np.zeros((0, 5, 5, 2), np.float32))
    assert y.shape == (0, 3, 3, 3)
    assert layer.backward(y, cache).shape == (0, 5, 5, 2)
    assert not layer.weight.grad.any()


def test_the_cache_is_the_input_itself(rng):
    x = rng.standard_normal((2, 4, 4, 3), np.float32)
    assert Conv2d(3, 2, 3, padding=1).init().forward(x)[1] is x


def test_parameters_their_decay_and_their_names():
    layer = Conv2d(4, 6, (3, 5), groups=2, init=Normal(0.1))
    assert {path: (p.shape, p.decay) for path, p in named_parameters(layer)} == {
        "weight": ((3, 5, 2, 6), True),
        "bias": ((6,), False),
    }
    assert [path for path, _ in named_parameters(Conv2d(1, 1, 1, bias=False))] == ["weight"]


@pytest.mark.parametrize(
    "text",
    [
        "Conv2d(3, 8, 3)",
        "Conv2d(3, 8, (1, 3), padding='same')",
        "Conv2d(3, 8, 3, stride=(2, 1), padding=1, bias=False)",
        "Conv2d(4, 8, 3, dilation=2, groups=4, padding_mode='reflect', init=ones)",
    ],
)
def test_repr_is_what_makes_it(text):
    assert repr(eval(text)) == text


def test_equal_pairs_are_one_number():
    layer = Conv2d(1, 1, [3, 3], stride=(np.int64(2), 2))
    assert repr(layer) == "Conv2d(1, 1, 3, stride=2)"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"kernel_size": 0}, "kernel_size: expected a whole number of at least 1 .*received 0"),
        ({"kernel_size": (3, 3, 3)}, r"kernel_size: .*received \(3, 3, 3\)"),
        ({"kernel_size": 2.0}, r"kernel_size: .*received 2\.0"),
        ({"kernel_size": "3"}, "kernel_size: .*received '3'"),
        ({"stride": 0}, "stride: expected a whole number of at least 1"),
        ({"stride": (1, -1)}, r"stride: .*received \(1, -1\)"),
        ({"padding": -1}, "padding: expected a whole number of at least 0 .*received -1"),
        ({"padding": "sane"}, "unknown padding 'sane'; did you mean 'same'"),
        ({"dilation": 0}, "dilation: expected a whole number of at least 1"),
        ({"groups": 0}, "groups: expected a whole number of at least 1, received 0"),
        ({"groups": 4}, "groups: must divide in_channels 6 and out_channels 4, received 4"),
        ({"groups": 3}, "groups: must divide in_channels 6 and out_channels 4, received 3"),
        ({"in_channels": 0}, "in_channels: expected a whole number of at least 1"),
        ({"out_channels": True}, "out_channels: expected a whole number"),
        ({"padding_mode": "zero"}, "unknown padding_mode 'zero'; did you mean 'zeros'"),
    ],
)
def test_options_that_cannot_be(arguments, problem):
    with pytest.raises(InputError, match=problem):
        Conv2d(**({"in_channels": 6, "out_channels": 4, "kernel_size": 3} | arguments))


def test_an_image_smaller_than_the_kernel_is_refused_with_the_rule_and_the_way_there():
    net = Sequential(Conv2d(3, 4, 3), Conv2d(4, 4, 3, dilation=2, padding=1)).init()
    with pytest.raises(ShapeError) as caught:
        net(np.zeros((2, 6, 4, 3), np.float32))
    assert str(caught.value) == (
        "layers.1: a kernel of size 3 with dilation 2 and padding ((1, 1), (1, 1)) needs "
        "images of 3x3 pixels or more, received (2, 4, 2, 4)\n"
        "  on the way: input (2, 6, 4, 3) -> Conv2d (2, 4, 2, 4) -> Conv2d"
    )


def test_reflection_wider_than_the_image_is_refused():
    layer = Conv2d(1, 1, 5, padding=3, padding_mode="reflect").init()
    with pytest.raises(ShapeError, match=r"must be smaller than the image, .*\(1, 4, 3, 1\)"):
        layer(np.zeros((1, 4, 3, 1), np.float32))


def test_pixels_are_refused_with_the_way_out():
    with pytest.raises(ShapeError, match=r"received uint8; start a model with Normalize\(\)"):
        Conv2d(1, 2, 1).init()(np.zeros((3, 4, 4, 1), np.uint8))
