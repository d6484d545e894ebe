"""Normalization that learns which statistics to use."""

from __future__ import annotations

import math
from typing import Any

from .. import kernels
from ..arrays import namespace
from ..initializers import ones, zeros
from ..require import fraction, integer, positive
from ..types import Array, Shape
from .base import Layer, expect, expect_samples
from .batch_norm import FIX
from .operations import Operations
from .several import expect_several
from .shapes import expect_channels
from .variables import Buffer, Parameter

Cache = tuple[Any, ...]
Moments = tuple[Array, Array]


class SwitchableNorm(Layer):
    """y = γ (x - μ) / √(σ² + ε) + β        x, y (N, H, W, C) · γ, β (C,)

    μ and σ² (N, C) are mixtures of the statistics of instance, layer and batch norm:

        μ  = Σₖ wₖ μₖ       w  = softmax(λ)        k = instance, layer, batch
        σ² = Σₖ w'ₖ σ²ₖ     w' = softmax(λ')

    λ and λ' (3,) are learned as ``mean_logits`` and ``var_logits``. Learning moves running
    averages of the batch's μ and σ² as BatchNorm does; predicting uses those in their place, and so
    does learning where γ and β are frozen.

    Only the instance's (N, C) are measured on x. The others pool them: the mean of n equal
    parts is the mean of their means, and their variance is the mean variance plus the variance
    of the means,

        m = Σⱼ μⱼ / n        v = Σⱼ (σ²ⱼ + (μⱼ - m)²) / n                             (pool)

    over the channels of a sample (layer) or over the samples of a channel (batch).

    Backward, from the last step to the first. With s = 1/√(σ² + ε), x̂ = s (x - μ), dx̂ = γ dy
    and Σ over the pixels of one sample and channel:

        1. normalize      dx = s dx̂           dμ = -s Σ dx̂       dσ² = -½ s² Σ dx̂ x̂
                          dγ = Σₙ Σ dy x̂      dβ = Σₙ Σ dy
        2. mixture        dwₖ = Σₙ꜀ dμ μₖ     dμₖ = wₖ dμ        summed over what shares a μₖ;
                          the same for w' and σ²
        3. softmax        dλₖ = wₖ (dwₖ - Σⱼ wⱼ dwⱼ)
        4. pool           dμⱼ += (dm + 2 (μⱼ - m) dv) / n        dσ²ⱼ += dv / n
        5. measure        dx += (dμ + 2 (x - μ) dσ²) / HW        with the instance's μ, σ²

    In 4 and 5 a variance depends on its own mean too, but that path is closed: the deviations
    from a mean sum to 0.

    InputError for an option that cannot be; ShapeError unless x has ``channels`` channels, in the
    dtype of γ, and for one value a channel (`SingleValueError`, when learning).

    Source: Luo et al. 2018, "Differentiable learning-to-normalize via switchable normalization".

    One channel and two images of two pixels: instance and layer norm see means 1 and 5, batch norm
    3, and the mixture of equal parts is 1 2/3 and 4 1/3.

    >>> import numpy as np
    >>> layer = SwitchableNorm(1).init(0)
    >>> x = np.array([[0.0, 2.0], [4.0, 6.0]], np.float32).reshape(2, 1, 2, 1)
    >>> y, cache = layer.forward(x)
    >>> y.ravel().astype(float).round(3).tolist()
    [-1.091, 0.218, -0.218, 1.091]
    """

    def __init__(self, channels: int, *, momentum: float = 0.9, eps: float = 1e-5) -> None:
        integer(1, channels=channels)
        fraction(momentum=momentum)
        positive(eps=eps)
        self.momentum, self.eps = momentum, eps
        self.gamma = Parameter((channels,), ones, decay=False)
        self.beta = Parameter((channels,), zeros, decay=False)
        self.mean_logits = Parameter((3,), zeros, decay=False)
        self.var_logits = Parameter((3,), zeros, decay=False)
        self.running_mean = Buffer((channels,), zeros)
        self.running_var = Buffer((channels,), ones)

    @property
    def uses_batch_statistics(self) -> bool:
        return not (self.gamma.frozen and self.beta.frozen)

    def __call__(self, x: Array) -> Array:
        self._check(x)
        instance = kernels.of(x).moments(self._view(x))
        batch = self._running()
        return self._normalize_with(x, *self._mix(instance, pool(*instance, axis=1), batch))

    def forward(self, x: Array) -> tuple[Array, Cache]:
        self._check(x)
        if not self.uses_batch_statistics:
            return self(x), (x, *kernels.of(x).moments(self._view(x)), *self._running())
        expect_samples(x)
        expect_several(x.size // x.shape[-1], "channel", x.shape, FIX)
        instance = kernels.of(x).moments(self._view(x))
        batch = pool(*instance, axis=0)
        for running, now in zip((self.running_mean, self.running_var), batch, strict=True):
            m = x.dtype.type(self.momentum)
            running.value = m * running.value + (1 - m) * now[0]
        y = self._normalize_with(x, *self._mix(instance, pool(*instance, axis=1), batch))
        return y, (x, *instance)

    def backward(self, dy: Array, cache: Cache) -> Array:
        x, mean, var, *running = cache
        layer, batch = pool(mean, var, axis=1), tuple(running) or pool(mean, var, axis=0)
        mixed_mean, mixed_var = self._mix((mean, var), layer, batch)
        kernel, view = kernels.of(dy), self._view(x)
        dx, dgamma, dbeta, dmean, dvar = kernel.normalize_with_backward(
            self._view(dy), view, self.gamma.value[:, None], mixed_mean, mixed_var, self.eps
        )
        self.gamma.accumulate(dgamma[:, 0])
        self.beta.accumulate(dbeta[:, 0])

        w_mean, w_var = softmax(self.mean_logits.value), softmax(self.var_logits.value)
        xp = namespace(dy)
        dw_mean = xp.stack([(dmean * m).sum() for m in (mean, layer[0], batch[0])])
        dw_var = xp.stack([(dvar * v).sum() for v in (var, layer[1], batch[1])])
        self.mean_logits.accumulate(w_mean * (dw_mean - w_mean @ dw_mean))
        self.var_logits.accumulate(w_var * (dw_var - w_var @ dw_var))

        of_instance, of_layer, of_batch = [
            (w * dmean, v * dvar) for w, v in zip(w_mean, w_var, strict=True)
        ]
        by_layer = pool_backward(*of_layer, mean, axis=1)
        dmean = of_instance[0] + by_layer[0]
        dvar = of_instance[1] + by_layer[1]
        if not running:  # the running ones do not depend on x
            by_batch = pool_backward(*of_batch, mean, axis=0)
            dmean, dvar = dmean + by_batch[0], dvar + by_batch[1]
        dx += kernel.moments_backward(dmean, dvar, view, mean)
        return dx.reshape(x.shape)

    def _running(self) -> Moments:
        return self.running_mean.value[None], self.running_var.value[None]

    def _mix(self, *statistics: Moments) -> Moments:
        means, variances = zip(*statistics, strict=True)
        w_mean, w_var = softmax(self.mean_logits.value), softmax(self.var_logits.value)
        mean = sum(w * m for w, m in zip(w_mean, means, strict=True))
        return mean, sum(w * v for w, v in zip(w_var, variances, strict=True))

    def _normalize_with(self, x: Array, mean: Array, var: Array) -> Array:
        gamma, beta = self.gamma.value[:, None], self.beta.value[:, None]
        y = kernels.of(x).normalize_with(self._view(x), gamma, beta, mean, var, self.eps)
        return y.reshape(x.shape)

    def _view(self, x: Array) -> Array:
        return x.reshape(len(x), math.prod(x.shape[1:-1]), x.shape[-1], 1)

    def _check(self, x: Array) -> None:
        c = len(self.gamma.value)
        expect(x, self.gamma.value, f"(N, H, W, {c})", x.ndim == 4 and x.shape[-1] == c)

    operations_per_element = Operations(6, 10, 5)

    def output_shape(self, x: Shape) -> Shape:
        return expect_channels(x, self.gamma.shape[0], axes=(3,))


def pool(mean: Array, var: Array, *, axis: int) -> Moments:
    """Mean and variance of the union of equal parts, from those of the parts along ``axis``."""
    m = mean.mean(axis, keepdims=True)
    return m, (var + (mean - m) ** 2).mean(axis, keepdims=True)


def pool_backward(dm: Array, dv: Array, mean: Array, *, axis: int) -> Moments:
    """dμⱼ and dσ²ⱼ of the parts. ``dm`` and ``dv`` are summed over the parts first: all share m."""
    n = mean.shape[axis]
    dm, dv = dm.sum(axis, keepdims=True) / n, dv.sum(axis, keepdims=True) / n
    dmean = dm + 2 * (mean - mean.mean(axis, keepdims=True)) * dv
    return dmean, namespace(dv).broadcast_to(dv, mean.shape)


def softmax(logits: Array) -> Array:
    e = namespace(logits).exp(logits - logits.max())
    p: Array = e / e.sum()
    return p
