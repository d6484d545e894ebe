"""Switchable norm whose statistics of the batch are the running ones, as when it predicts."""

from __future__ import annotations

from typing import Any

from .. import kernels
from ..layers import SwitchableNorm
from ..layers.switchable_norm import pool, pool_backward, softmax
from ..types import Array


class RunningStatistics(SwitchableNorm):
    """y as `SwitchableNorm` predicts it        x, y (N, H, W, C)

    μ and σ² of the batch are constants, so that dL/dx goes through those of the instance and of
    the layer alone. Nothing is learned.
    """

    def forward(self, x: Array) -> tuple[Array, Any]:
        return self(x), (x, *kernels.of(x).moments(self._view(x)))

    def backward(self, dy: Array, cache: Any) -> Array:
        x, mean, var = cache
        kernel, view = kernels.of(dy), self._view(x)
        running = self.running_mean.value[None], self.running_var.value[None]
        mixed = self._mix((mean, var), pool(mean, var, axis=1), running)
        dx, _, _, dmean, dvar = kernel.normalize_with_backward(
            self._view(dy), view, self.gamma.value[:, None], *mixed, self.eps
        )
        w_mean, w_var = softmax(self.mean_logits.value), softmax(self.var_logits.value)
        by_layer = pool_backward(w_mean[1] * dmean, w_var[1] * dvar, mean, axis=1)
        dmean = w_mean[0] * dmean + by_layer[0]
        dvar = w_var[0] * dvar + by_layer[1]
        dx += kernel.moments_backward(dmean, dvar, view, mean)
        return dx.reshape(x.shape)
