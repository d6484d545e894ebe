"""Activations against PyTorch: values, gradients, and the choice at every kink."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch
from torch import nn

from chainrule.layers import (
    ELU,
    GELU,
    SELU,
    HardSwish,
    LeakyReLU,
    Maxout,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softplus,
    SpatialDropout,
    Tanh,
)

from .oracle import DTYPES, assert_agree, channels_first, channels_last, tensor

sides = st.integers(1, 9)
shapes = st.lists(sides, min_size=1, max_size=4)
dtypes = st.sampled_from(DTYPES)
seeds = st.integers(0, 2**32)

PAIRS = [
    (lambda o: ReLU(), lambda o: nn.ReLU()),
    (lambda o: ReLU6(), lambda o: nn.ReLU6()),
    (lambda o: LeakyReLU(o), lambda o: nn.LeakyReLU(o)),
    (lambda o: HardSwish(), lambda o: nn.Hardswish()),
    (lambda o: ELU(o), lambda o: nn.ELU(o)),
    (lambda o: SELU(), lambda o: nn.SELU()),
    (lambda o: Sigmoid(), lambda o: nn.Sigmoid()),
    (lambda o: Tanh(), lambda o: nn.Tanh()),
    (lambda o: Softplus(o), lambda o: nn.Softplus(o, threshold=1e6)),  # ours has none
    (lambda o: SiLU(), lambda o: nn.SiLU()),
    (lambda o: Mish(), lambda o: nn.Mish()),
    (lambda o: GELU(), lambda o: nn.GELU()),
    (lambda o: GELU("tanh"), lambda o: nn.GELU("tanh")),
]
pairs = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: repr(pair[0](0.5)))


@pairs
@given(shape=shapes, option=st.floats(0.01, 3), dtype=dtypes, seed=seeds)
def test_activation(pair, shape, option, dtype, seed):
    rng = np.random.default_rng(seed)
    x, dy = (3 * rng.standard_normal(shape, dtype) for _ in range(2))
    ours, theirs = (build(option) for build in pair)
    y, cache = ours.forward(x)
    x_theirs = tensor(x, grad=True)
    out = theirs(x_theirs)
    out.backward(tensor(dy))
    # In the tails theirs are differences of numbers of size x and dy, with the rounding of those.
    assert_agree(y, out, scale=float(np.abs(x).max()))
    assert_agree(ours.backward(dy, cache), x_theirs.grad, scale=float(np.abs(dy).max()))


@pairs
def test_kinks(pair):
    x = np.array([-3, 0, 3, 6], np.float64)
    ours, theirs = (build(0.5) for build in pair)
    _, cache = ours.forward(x)
    x_theirs = tensor(x, grad=True)
    theirs(x_theirs).sum().backward()
    assert_agree(ours.backward(np.ones_like(x), cache), x_theirs.grad)


@given(
    shape=st.lists(sides, min_size=2, max_size=4), shared=st.booleans(), dtype=dtypes, seed=seeds
)
def test_prelu(shape, shared, dtype, seed):
    rng = np.random.default_rng(seed)
    channels = 1 if shared else shape[-1]
    layer = PReLU(channels).init(0).astype(dtype)
    layer.slope.value = rng.standard_normal(channels, dtype)
    x, dy = rng.standard_normal((2, *shape), dtype)
    y, cache = layer.forward(x)
    dx = layer.backward(dy, cache)

    x_theirs, slope = tensor(x, grad=True), tensor(layer.slope.value, grad=True)
    out = nn.functional.prelu(x_theirs.movedim(-1, 1), slope).movedim(1, -1)
    out.backward(tensor(dy))
    assert_agree(y, out)
    assert_agree(dx, x_theirs.grad)
    assert_agree(layer.slope.grad, slope.grad, scale=float(np.abs(x * dy).sum()))


@given(n=sides, n_in=sides, n_out=sides, pieces=sides, dtype=dtypes, seed=seeds)
def test_maxout(n, n_in, n_out, pieces, dtype, seed):
    """PyTorch has none: the same expression through its automatic gradient."""
    rng = np.random.default_rng(seed)
    layer = Maxout(n_in, n_out, pieces).init(seed).astype(dtype)
    layer.bias.value = rng.standard_normal(pieces * n_out, dtype)
    x, dy = rng.standard_normal((n, n_in), dtype), rng.standard_normal((n, n_out), dtype)
    y, cache = layer.forward(x)
    dx = layer.backward(dy, cache)

    theirs = [tensor(a, grad=True) for a in (x, layer.weight.value, layer.bias.value)]
    z = theirs[0] @ theirs[1] + theirs[2]
    out = z.reshape(n, pieces, n_out).max(dim=1).values
    out.backward(tensor(dy))
    assert_agree(y, out)
    assert_agree(dx, theirs[0].grad)
    assert_agree(layer.weight.grad, theirs[1].grad)
    assert_agree(layer.bias.grad, theirs[2].grad)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_spatial_dropout_has_the_same_statistics(rate):
    x = np.ones((500, 2, 3, 40), np.float32)
    torch.manual_seed(0)
    theirs = channels_last(nn.functional.dropout2d(channels_first(tensor(x)), rate)).numpy()
    ours, _ = SpatialDropout(rate).init(0).forward(x)
    assert np.unique(ours) == pytest.approx(np.unique(theirs), rel=1e-6)
    for y in (ours, theirs):
        np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1, :1], y.shape))
        assert (y == 0).mean() == pytest.approx(rate, abs=0.01)
