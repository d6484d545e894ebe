from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch
from torch.nn import functional

from chainrule.errors import ShapeError
from chainrule.layers import Conv2d, ConvTranspose2d

from .oracle import DTYPES, assert_agree, channels_first, channels_last, tensor

dtypes = st.sampled_from(DTYPES)
seeds = st.integers(0, 2**32)


def pairs(low: int, high: int):
    return st.integers(low, high) | st.tuples(*[st.integers(low, high)] * 2)


def drawn(layer, size, n, dtype, seed):
    """The layer with random weights, an image that need not be contiguous, and its passes."""
    rng = np.random.default_rng(seed)
    layer.init(seed).astype(dtype)
    if layer.bias:
        layer.bias.value = rng.standard_normal(layer.bias.shape, dtype)
    x = rng.standard_normal((n, *size, 2 * layer.in_channels), dtype)[..., ::2]
    try:
        y, cache = layer.forward(x)
    except ShapeError:
        assume(False)
    dy = rng.standard_normal(y.shape, dtype)
    return x, y, dy, layer.backward(dy, cache)


def assert_parity(layer, passes, weight_axes, function):
    """``function(x, weight, bias)`` of PyTorch, in its layout, gives ours in every number."""
    x, y, dy, dx = passes
    x_theirs = tensor(x.copy(), grad=True)
    weight = tensor(layer.weight.value, grad=True)
    bias = tensor(layer.bias.value, grad=True) if layer.bias else None
    x_first, w = channels_first(x_theirs).contiguous(), weight_axes(weight).contiguous()
    out = function(x_first, w, bias)
    out.backward(channels_first(tensor(dy)).contiguous())
    out = channels_last(out)
    assert_agree(y, out)
    assert_agree(dx, x_theirs.grad)
    assert_agree(layer.weight.grad, weight.grad)
    if layer.bias:
        scale = float(np.abs(dy).sum(axis=(0, 1, 2)).max())
        assert_agree(layer.bias.grad, bias.grad, scale)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")  # it is slow there
@given(
    n=st.integers(1, 3),
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    channels=st.integers(1, 3),
    outputs=st.integers(1, 3),
    groups=st.integers(1, 3),
    kernel=pairs(1, 4),
    stride=pairs(1, 3),
    padding=pairs(0, 3) | st.sampled_from(["same", "valid"]),
    dilation=pairs(1, 2),
    bias=st.booleans(),
    mode=st.sampled_from(["zeros", "reflect"]),
    dtype=dtypes,
    seed=seeds,
)
def test_conv2d(
    n, size, channels, outputs, groups, kernel, stride, padding, dilation, bias, mode, dtype, seed
):
    stride = 1 if padding == "same" else stride
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    shape = (channels * groups, outputs * groups, kernel)
    layer = Conv2d(*shape, **options, bias=bias, padding_mode=mode)
    passes = drawn(layer, size, n, dtype, seed)
    theirs = torch.nn.Conv2d(*shape, **options, padding_mode=mode, dtype=tensor(passes[0]).dtype)

    def function(x, weight, bias):
        return theirs._conv_forward(x, weight, bias)

    assert_parity(layer, passes, lambda w: w.permute(3, 2, 0, 1), function)


@given(
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    kernel=pairs(1, 5),
    stride=pairs(1, 3),
    groups=st.sampled_from([1, 3]),
    dtype=dtypes,
    seed=seeds,
)
def test_same_at_a_stride(size, kernel, stride, groups, dtype, seed):
    """PyTorch has no such padding: the zeros are laid around its image first."""
    layer = Conv2d(3, 3, kernel, stride=stride, padding="same", groups=groups)
    rows, columns = layer.padding_of(size)
    assert 0 <= rows[1] - rows[0] <= 1
    assert 0 <= columns[1] - columns[0] <= 1

    def function(x, weight, bias):
        padded = functional.pad(x, (*columns, *rows))
        return functional.conv2d(padded, weight, bias, stride=stride, groups=groups)

    assert_parity(
        layer, drawn(layer, size, 2, dtype, seed), lambda w: w.permute(3, 2, 0, 1), function
    )


@given(
    n=st.integers(1, 3),
    size=st.tuples(st.integers(5, 9), st.integers(5, 9)),
    channels=st.integers(1, 4),
    kernel=pairs(1, 3),
    stride=pairs(1, 3),
    padding=pairs(0, 2),
    dtype=dtypes,
    seed=seeds,
)
def test_depthwise(n, size, channels, kernel, stride, padding, dtype, seed):
    options = {"stride": stride, "padding": padding, "groups": channels}
    layer = Conv2d(channels, channels, kernel, **options)
    assert_parity(
        layer,
        drawn(layer, size, n, dtype, seed),
        lambda w: w.permute(3, 2, 0, 1),
        lambda x, w, b: functional.conv2d(x, w, b, **options),
    )


@given(
    n=st.integers(1, 3),
    size=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    channels=st.integers(1, 3),
    outputs=st.integers(1, 3),
    groups=st.integers(1, 3),
    kernel=pairs(1, 4),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=pairs(0, 3),
    dilation=pairs(1, 2),
    bias=st.booleans(),
    dtype=dtypes,
    seed=seeds,
    data=st.data(),
)
def test_conv_transpose2d(
    n, size, channels, outputs, groups, kernel, stride, padding, dilation, bias, dtype, seed, data
):
    extra = tuple(data.draw(st.integers(0, s - 1)) for s in stride)
    options = {
        "stride": stride,
        "padding": padding,
        "output_padding": extra,
        "groups": groups,
        "dilation": dilation,
    }
    layer = ConvTranspose2d(channels * groups, outputs * groups, kernel, **options, bias=bias)

    def weight_axes(w):
        """(kh, kw, in/G, G·out/G) -> PyTorch's (G·in/G, out/G, kh, kw)."""
        kh, kw, i, o = w.shape
        w = w.reshape(kh, kw, i, groups, o // groups).permute(3, 2, 4, 0, 1)
        return w.reshape(groups * i, o // groups, kh, kw)

    assert_parity(
        layer,
        drawn(layer, size, n, dtype, seed),
        weight_axes,
        lambda x, w, b: functional.conv_transpose2d(x, w, b, **options),
    )
