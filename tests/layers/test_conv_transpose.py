from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError, ShapeError
from chainrule.kernels.geometry import exchange
from chainrule.layers import Conv2d, ConvTranspose2d, named_parameters
from chainrule.layers.shapes import infer_shape


def test_by_hand():
    """Two pixels, two apart, each paint a 1x3 kernel; the paint overlaps in the middle."""
    layer = ConvTranspose2d(1, 1, (1, 3), stride=2).init()
    layer.weight.value = np.array([1, 2, 3], np.float32).reshape(1, 3, 1, 1)
    layer.bias.value = np.array([100], np.float32)
    y, cache = layer.forward(np.array([10, 1], np.float32).reshape(1, 1, 2, 1))
    np.testing.assert_array_equal(y.ravel(), [110, 120, 130 + 1, 102, 103])
    dy = np.array([1, 0, 1, 0, 2], np.float32).reshape(1, 1, 5, 1)
    np.testing.assert_array_equal(layer.backward(dy, cache).ravel(), [1 + 3, 1 + 6])
    np.testing.assert_array_equal(layer.weight.grad.ravel(), [10 + 1, 0, 10 + 2])
    np.testing.assert_array_equal(layer.bias.grad, [4])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stride": 2, "padding": 1},
        {"stride": (1, 3), "dilation": (2, 1), "groups": 2},
    ],
)
def test_it_is_the_adjoint_of_the_convolution(options, rng):
    """<conv(x), y> = <x, transpose(y)> for every x and y."""
    conv = Conv2d(4, 6, 3, bias=False, **options).init().astype(np.float64)
    x = rng.standard_normal((2, 7, 9, 4))
    forward = conv(x)
    y = rng.standard_normal(forward.shape)
    size = ConvTranspose2d(6, 4, 3, bias=False, **options).init().astype(np.float64)(y).shape[1:3]
    extra = (7 - size[0], 9 - size[1])
    back = ConvTranspose2d(6, 4, 3, bias=False, output_padding=extra, **options)
    back.init().astype(np.float64)
    back.weight.value = exchange(conv.weight.value, conv.groups)
    assert (forward * y).sum() == pytest.approx((x * back(y)).sum(), rel=1e-12)


def test_the_weight_is_laid_out_as_that_of_a_convolution():
    layer = ConvTranspose2d(4, 6, (3, 5), groups=2)
    assert {path: (p.shape, p.decay) for path, p in named_parameters(layer)} == {
        "weight": ((3, 5, 2, 6), True),
        "bias": ((6,), False),
    }


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({"kernel_size": 2, "stride": 2}, 14),
        ({"kernel_size": 3, "stride": 2, "padding": 1}, 13),
        ({"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1}, 14),
        ({"kernel_size": 3, "dilation": 2}, 11),
        ({"kernel_size": 1, "padding": 3}, 1),
    ],
)
def test_output_sizes(options, size):
    layer = ConvTranspose2d(2, 1, **options).init()
    assert layer(np.zeros((1, 7, 7, 2), np.float32)).shape == (1, size, size, 1)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"output_padding": 1}, "output_padding: must be below the stride 1, received 1"),
        ({"stride": (2, 1), "output_padding": (0, 1)}, r"stride \(2, 1\), received \(0, 1\)"),
        ({"padding": "same"}, "padding: expected a whole number"),
        ({"groups": 3}, "groups: must divide in_channels 4 and out_channels 6, received 3"),
        ({"stride": 0}, "stride: "),
        ({"groups": 0}, "groups: expected a whole number of at least 1, received 0"),
        ({"in_channels": 0}, "in_channels: expected a whole number of at least 1"),
        ({"out_channels": 1.5}, "out_channels: expected a whole number of at least 1"),
    ],
)
def test_options_that_cannot_be(options, problem):
    with pytest.raises(InputError, match=problem):
        ConvTranspose2d(**({"in_channels": 4, "out_channels": 6, "kernel_size": 3} | options))


def test_an_image_of_no_pixels_is_refused():
    layer = ConvTranspose2d(1, 1, 2, padding=2).init()
    with pytest.raises(ShapeError, match=r"images of \(0, 1\) pixels from \(1, 3, 4, 1\)"):
        layer(np.zeros((1, 3, 4, 1), np.float32))


@pytest.mark.parametrize(
    ("padding", "size"), [((2**12, 0), (2**14, 8194)), ((0, 2**12), (8194, 2**14))]
)
def test_the_bound_on_a_sample_holds_for_what_is_painted_on(padding, size):
    """Before the padding is cut off."""
    layer = ConvTranspose2d(1, 3, 1, padding=padding)
    with pytest.raises(ShapeError, match=f"one sample would be {size[0]}x{size[1]}x3 numbers"):
        infer_shape(layer, (*size, 1))


def test_shapes_down_to_one_pixel_are_inferred():
    layer = ConvTranspose2d(1, 4, 1, padding=(3, 2))
    assert infer_shape(layer, (7, 5, 1)) == (1, 1, 4)
    for size in ((6, 5, 1), (7, 4, 1)):
        with pytest.raises(ShapeError, match="larger than padding"):
            infer_shape(layer, size)
