"""Layer, group, instance, frozen batch and switchable norm against PyTorch, with all gradients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch
from torch.nn import functional

from chainrule import kernels
from chainrule.layers import (
    BatchNorm,
    Conv2d,
    GroupNorm,
    InstanceNorm,
    Layer,
    LayerNorm,
    SwitchableNorm,
    WeightStandardization,
    named_parameters,
)

from .oracle import DTYPES, assert_agree, channels_first, channels_last, tensor

EPS = 1e-3
sides = st.integers(1, 6)
dtypes = st.sampled_from(DTYPES)
backends = st.sampled_from(["reference", "cpu"])
seeds = st.integers(0, 2**32)
images = st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(2, 5))


def compare(layer: Layer, function, shape, dtype, backend, seed) -> None:
    """Forward and every gradient of ``layer`` and of ``function(x, *parameters)``."""
    rng = np.random.default_rng(seed)
    layer.init(seed).astype(dtype)
    parameters = [parameter for _, parameter in named_parameters(layer)]
    for parameter in parameters:
        parameter.value = rng.standard_normal(parameter.shape).astype(dtype)
    x = (2 * rng.standard_normal(shape) + 1).astype(dtype)
    dy = rng.standard_normal(shape).astype(dtype)
    with kernels.use(backend):
        y, cache = layer.forward(x)
        dx = layer.backward(dy, cache)

    theirs = [tensor(a, grad=True) for a in (x, *(parameter.value for parameter in parameters))]
    out = function(*theirs)
    out.backward(tensor(dy))
    assert_agree(y, out)
    # dx is a difference of terms of size γ dy / σ, and 0 where all of x is taken away.
    gamma = max((float(np.abs(p.value).max()) for p in parameters), default=1.0)
    assert_agree(dx, theirs[0].grad, scale=gamma * float(np.abs(dy).max()) / EPS**0.5)
    for parameter, their in zip(parameters, theirs[1:], strict=True):
        assert_agree(parameter.grad, their.grad, scale=float(np.abs(dy).sum()))


@given(
    shape=st.lists(sides, min_size=2, max_size=4).map(tuple),
    axes=st.integers(1, 3), affine=st.booleans(), dtype=dtypes, backend=backends, seed=seeds,
)  # fmt: skip
def test_layer_norm(shape, axes, affine, dtype, backend, seed):
    sizes = shape[-min(axes, len(shape) - 1) :]
    assume(np.prod(sizes) > 1)  # of one value PyTorch makes a constant

    def theirs(x, gamma=None, beta=None):
        return functional.layer_norm(x, sizes, gamma, beta, EPS)

    compare(LayerNorm(sizes, eps=EPS, affine=affine), theirs, shape, dtype, backend, seed)


@given(
    front=st.tuples(sides) | images, groups=st.integers(1, 3), size=st.integers(1, 4),
    affine=st.booleans(), dtype=dtypes, backend=backends, seed=seeds,
)  # fmt: skip
def test_group_norm(front, groups, size, affine, dtype, backend, seed):
    channels = groups * size

    def theirs(x, gamma=None, beta=None):
        out = torch.nn.functional.group_norm(channels_first(x), groups, gamma, beta, EPS)
        return channels_last(out)

    layer = GroupNorm(channels, groups=groups, eps=EPS, affine=affine)
    if np.prod(front[1:]) * size > 1:  # PyTorch refuses a single value for each mean
        compare(layer, theirs, (*front, channels), dtype, backend, seed)


@given(
    front=images, channels=sides, affine=st.booleans(), dtype=dtypes, backend=backends, seed=seeds
)
def test_instance_norm(front, channels, affine, dtype, backend, seed):
    def theirs(x, gamma=None, beta=None):
        out = functional.instance_norm(channels_first(x), weight=gamma, bias=beta, eps=EPS)
        # Its backward is wrong in PyTorch 2.13 where dy is strided; flatten makes it contiguous.
        return channels_last(out.flatten().view(out.shape))

    layer = InstanceNorm(channels, eps=EPS, affine=affine)
    compare(layer, theirs, (*front, channels), dtype, backend, seed)


@given(front=st.tuples(sides) | images, channels=sides, dtype=dtypes, backend=backends, seed=seeds)
def test_frozen_batch_norm_is_batch_norm_in_evaluation(front, channels, dtype, backend, seed):
    rng = np.random.default_rng(seed)
    mean = rng.standard_normal(channels).astype(dtype)
    var = rng.uniform(0.5, 2, channels).astype(dtype)

    class Measured(BatchNorm):
        def init(self, seed=0):
            super().init(seed)
            self.running_mean.value, self.running_var.value = mean, var
            return self

    def theirs(x, gamma, beta):
        out = functional.batch_norm(
            channels_first(x), tensor(mean), tensor(var), gamma, beta, training=False, eps=EPS
        )
        return channels_last(out)

    layer = Measured(channels, eps=EPS, frozen=True)
    compare(layer, theirs, (*front, channels), dtype, backend, seed)


@given(front=images, channels=sides, dtype=dtypes, backend=backends, seed=seeds)
def test_switchable_norm_is_the_formula_of_its_paper(front, channels, dtype, backend, seed):
    """As in the authors' code: variances as E[x²] - E[x]², gradients by autograd."""

    def theirs(x, gamma, beta, mean_logits, var_logits):
        mean_in = x.mean((1, 2), keepdim=True)
        var_in = x.var((1, 2), keepdim=True, unbiased=False)
        square = var_in + mean_in**2
        mean_ln, mean_bn = mean_in.mean(3, keepdim=True), mean_in.mean(0, keepdim=True)
        var_ln = square.mean(3, keepdim=True) - mean_ln**2
        var_bn = square.mean(0, keepdim=True) - mean_bn**2
        w, v = torch.softmax(mean_logits, 0), torch.softmax(var_logits, 0)
        mean = w[0] * mean_in + w[1] * mean_ln + w[2] * mean_bn
        var = v[0] * var_in + v[1] * var_ln + v[2] * var_bn
        return gamma * (x - mean) / (var + EPS).sqrt() + beta

    layer = SwitchableNorm(channels, eps=EPS)
    compare(layer, theirs, (*front, channels), dtype, backend, seed)


@pytest.mark.parametrize("dtype", DTYPES)
def test_weight_standardization(dtype):
    def theirs(x, w, b):
        var, mean = torch.var_mean(w, (0, 1, 2), unbiased=False)
        w_hat = (w - mean) / (var + EPS).sqrt()
        out = functional.conv2d(channels_first(x), w_hat.permute(3, 2, 0, 1), b, padding=1)
        return channels_last(out)

    layer = WeightStandardization(Conv2d(3, 3, 3, padding=1), eps=EPS)
    compare(layer, theirs, (2, 5, 4, 3), dtype, "cpu", 0)
