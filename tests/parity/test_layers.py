from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch

from chainrule.layers import BatchNorm, Dropout, Linear, ReLU, SqueezeExcitation

from .oracle import DTYPES, assert_agree, channels_first, channels_last, grads, tensor

sides = st.integers(1, 12)
dtypes = st.sampled_from(DTYPES)
seeds = st.integers(0, 2**32)


@given(n=sides, n_in=sides, n_out=sides, dtype=dtypes, seed=seeds)
def test_linear(n, n_in, n_out, dtype, seed):
    rng = np.random.default_rng(seed)
    layer = Linear(n_in, n_out).init(seed).astype(dtype)
    layer.bias.value = rng.standard_normal(n_out, dtype)
    x, dy = rng.standard_normal((n, n_in), dtype), rng.standard_normal((n, n_out), dtype)
    y, cache = layer.forward(x)
    dx = layer.backward(dy, cache)

    theirs = [tensor(a, grad=True) for a in (x, layer.weight.value.T.copy(), layer.bias.value)]
    out = torch.nn.functional.linear(*theirs)
    out.backward(tensor(dy))
    assert_agree(y, out)
    assert_agree(dx, theirs[0].grad)
    assert_agree(layer.weight.grad, theirs[1].grad.T)
    assert_agree(layer.bias.grad, theirs[2].grad)


@given(shape=st.lists(sides, min_size=1, max_size=4), dtype=dtypes, seed=seeds)
def test_relu(shape, dtype, seed):
    rng = np.random.default_rng(seed)
    x, dy = rng.standard_normal(shape, dtype), rng.standard_normal(shape, dtype)
    x.flat[0] = 0  # both take the subgradient 0
    y, cache = ReLU().forward(x)
    theirs = tensor(x, grad=True)
    out = torch.relu(theirs)
    out.backward(tensor(dy))
    assert_agree(y, out)
    assert_agree(ReLU().backward(dy, cache), theirs.grad)


@given(
    shape=st.tuples(st.integers(2, 9), sides)
    | st.tuples(st.integers(2, 5), st.integers(1, 5), st.integers(1, 5), sides),
    momentum=st.sampled_from([0.0, 0.5, 0.9]),
    dtype=dtypes,
    seed=seeds,
)
def test_batch_norm(shape, momentum, dtype, seed):
    """Learning, running statistics and predicting.

    PyTorch's momentum weighs the new batch, ours the old average: theirs = 1 - ours. Its running
    variance is the unbiased one, n / (n - 1) times ours.
    """
    rng = np.random.default_rng(seed)
    channels = shape[-1]
    count = int(np.prod(shape[:-1]))
    layer = BatchNorm(channels, momentum=momentum, eps=1e-3).init().astype(dtype)
    layer.gamma.value = rng.standard_normal(channels, dtype)
    layer.beta.value = rng.standard_normal(channels, dtype)
    kind = torch.nn.BatchNorm1d if len(shape) == 2 else torch.nn.BatchNorm2d
    theirs = kind(channels, eps=1e-3, momentum=1 - momentum).to(tensor(layer.gamma.value).dtype)
    with torch.no_grad():
        theirs.weight.copy_(tensor(layer.gamma.value))
        theirs.bias.copy_(tensor(layer.beta.value))

    for _ in range(2):
        x = (2 * rng.standard_normal(shape) + 1).astype(dtype)
        dy = rng.standard_normal(shape).astype(dtype)
        layer.clear_grads()
        theirs.zero_grad()
        y, cache = layer.forward(x)
        dx = layer.backward(dy, cache)
        x_theirs = tensor(x, grad=True)
        out = channels_last(theirs(channels_first(x_theirs)))
        out.backward(tensor(dy))
        inverse_std = 1 / np.sqrt(x.var(axis=tuple(range(len(shape) - 1))).min() + 1e-3)
        assert_agree(y, out)
        assert_agree(dx, x_theirs.grad, scale=float(inverse_std * np.abs(dy).max()))
        assert_agree(grads(layer)["gamma"], theirs.weight.grad)
        assert_agree(grads(layer)["beta"], theirs.bias.grad)
    assert_agree(layer.running_mean.value, theirs.running_mean)
    bessel = count / (count - 1)
    start = momentum**2  # what is left of the first value 1, which no batch estimated
    assert_agree((layer.running_var.value - start) * bessel + start, theirs.running_var)

    with torch.no_grad():
        theirs.running_var.copy_(tensor(layer.running_var.value))
    theirs.eval()
    assert_agree(layer(x), channels_last(theirs(channels_first(tensor(x)))))


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_dropout_has_the_same_statistics(rate):
    x = np.ones((500, 400), np.float32)
    torch.manual_seed(0)
    theirs = torch.nn.functional.dropout(tensor(x), rate).numpy()
    ours, _ = Dropout(rate).init(0).forward(x)
    assert np.unique(ours) == pytest.approx(np.unique(theirs), rel=1e-6)
    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.02)
    assert (ours == 0).mean() == pytest.approx((theirs == 0).mean(), abs=0.005)


@given(n=sides, h=sides, w=sides, c=sides, reduction=st.integers(1, 4), dtype=dtypes, seed=seeds)
def test_squeeze_excitation(n, h, w, c, reduction, dtype, seed):
    """PyTorch has none: the same expression through its automatic gradient."""
    rng = np.random.default_rng(seed)
    layer = SqueezeExcitation(c, reduction).init(seed).astype(dtype)
    x, dy = rng.standard_normal((2, n, h, w, c), dtype)
    y, cache = layer.forward(x)
    dx = layer.backward(dy, cache)

    theirs = {path: tensor(value, grad=True) for path, value in layer.state().items()}
    w1, b1, w2, b2 = theirs.values()
    x_theirs = tensor(x, grad=True)
    s = torch.sigmoid(torch.relu(x_theirs.mean(dim=(1, 2)) @ w1 + b1) @ w2 + b2)
    out = x_theirs * s[:, None, None]
    out.backward(tensor(dy))
    assert_agree(y, out)
    assert_agree(dx, x_theirs.grad)
    for path, grad in grads(layer).items():
        assert_agree(grad, theirs[path].grad, scale=float(np.abs(x * dy).sum()))
