from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError, ShapeError
from chainrule.layers import Conv2d, ZeroPadShortcut


@pytest.mark.parametrize(("c", "o", "stride"), [(2, 4, 2), (3, 3, 1), (2, 5, 3), (1, 2, 2)])
def test_it_is_a_strided_convolution_with_ones_and_zeros(c, o, stride, rng):
    conv = Conv2d(c, o, 1, stride=stride, bias=False).init(0)
    w = np.zeros((1, 1, c, o), np.float32)
    w[0, 0, np.arange(c), np.arange(c) + (o - c) // 2] = 1
    conv.weight.value = w
    x = rng.standard_normal((2, 5, 6, c), np.float32)
    shortcut = ZeroPadShortcut(c, o, stride=stride)
    y, cache = shortcut.forward(x)
    expected, twins = conv.forward(x)
    np.testing.assert_array_equal(y, expected)
    dy = rng.standard_normal(y.shape, np.float32)
    np.testing.assert_array_equal(shortcut.backward(dy, cache), conv.backward(dy, twins))


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((4, 2), "out_channels: expected at least the 4 of in_channels, received 2"),
        ((0, 2), "in_channels: expected a whole number of at least 1, received 0"),
    ],
)
def test_impossible_arguments_are_named(arguments, problem):
    with pytest.raises(InputError, match=problem):
        ZeroPadShortcut(*arguments)
    with pytest.raises(InputError, match="stride: expected"):
        ZeroPadShortcut(1, 2, stride=0)


def test_other_channels_are_refused():
    with pytest.raises(ShapeError, match=r"\(N, H, W, 2\), received \(1, 3, 3, 3\)"):
        ZeroPadShortcut(2, 4)(np.zeros((1, 3, 3, 3), np.float32))
