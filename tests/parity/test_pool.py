from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

pytest.importorskip("torch")

from torch.nn import functional

from chainrule.errors import ShapeError
from chainrule.layers import AdaptiveAvgPool2d, AvgPool2d, GlobalAvgPool2d, MaxPool2d

from .oracle import DTYPES, assert_agree, channels_first, channels_last, tensor

shapes = st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9), st.integers(1, 4))
dtypes = st.sampled_from(DTYPES)
seeds = st.integers(0, 2**32)


def assert_parity(layer, function, x):
    try:
        y, cache = layer.forward(x)
    except ShapeError:
        assume(False)
    dy = np.random.default_rng(0).standard_normal(y.shape, x.dtype)
    dx = layer.backward(dy, cache)
    theirs = tensor(x, grad=True)
    out = channels_last(function(channels_first(theirs)))
    out.backward(tensor(dy))
    assert_agree(y, out)
    assert_agree(dx, theirs.grad)


@given(
    shape=shapes,
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.none() | st.tuples(st.integers(1, 4), st.integers(1, 4)),
    ceil_mode=st.booleans(),
    include=st.booleans(),
    levels=st.integers(1, 5),
    dtype=dtypes,
    seed=seeds,
)
def test_windows(shape, kernel, stride, ceil_mode, include, levels, dtype, seed):
    """Few levels: PyTorch gives ties to the first pixel, too."""
    rng = np.random.default_rng(seed)
    x = rng.integers(levels, size=shape).astype(dtype)
    padding = tuple(int(rng.integers(k // 2 + 1)) for k in kernel)
    options = {"ceil_mode": ceil_mode}
    assert_parity(
        MaxPool2d(kernel, stride, padding, **options),
        lambda t: functional.max_pool2d(t, kernel, stride, padding, **options),
        x,
    )
    options["count_include_pad"] = include
    assert_parity(
        AvgPool2d(kernel, stride, padding, **options),
        lambda t: functional.avg_pool2d(t, kernel, stride, padding, **options),
        x + rng.standard_normal(shape, dtype),
    )


@given(shape=shapes, size=st.tuples(st.integers(1, 9), st.integers(1, 9)), dtype=dtypes, seed=seeds)
def test_adaptive_and_global(shape, size, dtype, seed):
    x = np.random.default_rng(seed).standard_normal(shape, dtype)
    assert_parity(AdaptiveAvgPool2d(size), lambda t: functional.adaptive_avg_pool2d(t, size), x)
    assert_parity(GlobalAvgPool2d(), lambda t: t.mean(dim=(2, 3)), x)
