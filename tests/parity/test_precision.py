"""Long sums are no less exact than PyTorch's, both against float64."""

from __future__ import annotations

import copy

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch.nn import functional

from chainrule import kernels
from chainrule.layers import BatchNorm, Conv2d, GlobalAvgPool2d, LayerNorm, Linear
from chainrule.types import Array

BACKENDS = pytest.mark.parametrize("backend", ["reference", "cpu"])
LAST_DIGITS = 3e-7  # of five units in the last place nobody need be ashamed


def equal(shape: tuple[int, ...]) -> Array:
    return np.full(shape, 0.1, np.float32)


def uniform(shape: tuple[int, ...]) -> Array:
    return np.random.default_rng(1).random(shape, np.float32)


kinds = pytest.mark.parametrize("numbers", [equal, uniform], ids=lambda f: f.__name__)


def error(x: Array | torch.Tensor, truth: Array) -> float:
    array = x.detach().numpy() if isinstance(x, torch.Tensor) else x
    return float(np.abs(array.astype(np.float64) - truth).max() / np.abs(truth).max())


def no_worse(ours: Array, theirs: torch.Tensor, truth: Array) -> None:
    assert error(ours, truth) <= max(error(theirs, truth), LAST_DIGITS)


@BACKENDS
@kinds
def test_bias_gradients(numbers, backend):
    for layer, x in (
        (Linear(1, 8), np.ones((65_536, 1), np.float32)),
        (Conv2d(1, 8, 1), np.ones((8, 64, 64, 1), np.float32)),
    ):
        layer.init(0)
        with kernels.use(backend):
            y, cache = layer.forward(x)
            dy = numbers(y.shape)
            layer.backward_parameters(dy, cache)
        rows = dy.reshape(-1, 8)
        theirs = torch.zeros(8, requires_grad=True)
        functional.linear(torch.tensor(rows), torch.eye(8), theirs).backward(torch.tensor(rows))
        no_worse(layer.bias.grad, theirs.grad, rows.astype(np.float64).sum(0))


@BACKENDS
@kinds
@pytest.mark.parametrize("side", [7, 56, 224])
def test_global_average_pooling(side, numbers, backend):
    x = numbers((2, side, side, 3))
    with kernels.use(backend):
        ours = GlobalAvgPool2d()(x)
    theirs = functional.adaptive_avg_pool2d(torch.tensor(x).permute(0, 3, 1, 2).contiguous(), 1)
    no_worse(ours, theirs[:, :, 0, 0], x.astype(np.float64).mean((1, 2)))


@BACKENDS
@kinds
@pytest.mark.parametrize("mean", [0, 100, 1e4])
def test_batch_norm(mean, numbers, backend):
    """Theirs on the layout that suits them best, channels first."""
    x = np.random.default_rng(2).standard_normal((16, 32, 32, 4), np.float32) + np.float32(mean)
    dy = numbers(x.shape)
    layer = BatchNorm(4).init(0)
    wide = copy.deepcopy(layer).astype(np.float64)
    exact_y, cache = wide.forward(x.astype(np.float64))
    exact_dx = wide.backward(dy.astype(np.float64), cache)
    with kernels.use(backend):
        y, cache = layer.forward(x)
        dx = layer.backward(dy, cache)
    oracle, theirs = torch.nn.BatchNorm2d(4), torch.tensor(x).permute(0, 3, 1, 2).contiguous()
    theirs.requires_grad_()
    out = oracle(theirs)
    out.backward(torch.tensor(dy).permute(0, 3, 1, 2).contiguous())
    no_worse(y, out.permute(0, 2, 3, 1), exact_y)
    no_worse(layer.beta.grad, oracle.bias.grad, wide.beta.grad)
    no_worse(layer.running_mean.value, oracle.running_mean, wide.running_mean.value)
    if mean == 0:  # else a mean that is rounded to float32 is what counts, theirs and ours
        spread = np.abs(dy).sum((0, 1, 2)).max()
        for ours, other, truth in (
            (layer.gamma.grad, oracle.weight.grad, wide.gamma.grad),
            (dx * spread, theirs.grad.permute(0, 2, 3, 1) * spread, exact_dx * spread),
        ):
            miss = np.abs(ours.astype(np.float64) - truth).max()
            allowed = np.abs(other.numpy().astype(np.float64) - truth).max()
            assert miss <= max(allowed, LAST_DIGITS * spread)


@BACKENDS
@kinds
def test_layer_norm(numbers, backend):
    x = np.random.default_rng(2).standard_normal((65_536, 8), np.float32)
    dy = numbers(x.shape)
    layer, oracle = LayerNorm(8).init(0), torch.nn.LayerNorm(8)
    with kernels.use(backend):
        layer.backward(dy, layer.forward(x)[1])
    oracle(torch.tensor(x)).backward(torch.tensor(dy))
    no_worse(layer.beta.grad, oracle.bias.grad, dy.astype(np.float64).sum(0))
