"""Normalization over the batch. The math is in ``kernels/reference/norm.py``."""

from __future__ import annotations

from .. import kernels
from ..initializers import ones, zeros
from ..require import fraction, integer, positive
from ..types import Array, Shape
from .base import Layer, expect, expect_samples
from .joint_norm import Joint, joint_backward, joint_moments
from .operations import Operations
from .several import expect_several
from .shapes import expect_channels
from .shard import shard
from .variables import Buffer, Parameter

Cache = tuple[Array, Array, Array, bool | Joint]
Columns = tuple[Array, Array, Array, Array, float]

FIX = "train batch norm on 2 or more images at a time, or freeze it (frozen=True)"


class BatchNorm(Layer):
    """y = γ (x - μ) / √(σ² + ε) + β        x, y (N, C) or (N, H, W, C) · γ, β (C,)

    μ and σ² are each channel's mean and biased variance over all other axes. Learning uses the
    batch's and moves the running ones:

        running ← momentum · running + (1 - momentum) · batch        (momentum 0.9; PyTorch's 0.1)

    Predicting uses the running ones, so a prediction does not depend on its neighbors in the
    batch. Learning from one value a channel, (1, C) or (1, 1, 1, C), is refused: see
    `SingleValueError`.

    ``frozen=True`` is for transfer learning: learning too uses the running statistics and leaves
    them as they are, while γ and β learn on. The layer is then a straight line in x, and

        dL/dx = γ dy / √(σ² + ε)

    without the corrections for μ and σ². It is an attribute: ``layer.frozen = True`` freezes the
    norm of a trained model. A norm whose γ and β are frozen, as ``chainrule.transfer.freeze`` does
    it, is frozen too.

    With ``scale=False`` γ is a buffer of ones, which is saved and not trained.

    Where a batch is cut among processes, learning takes the statistics of each one's part, or those
    of the whole batch (``sync_batch_norm=True`` of `chainrule.Trainer`).

    InputError for an option that cannot be; ShapeError unless x has ``channels`` channels, in the
    dtype of γ.

    Source: Ioffe and Szegedy 2015, "Batch normalization".

    >>> import numpy as np
    >>> layer = BatchNorm(1).init(0)
    >>> y, cache = layer.forward(np.array([[1.0], [5.0]], np.float32))
    >>> y.round(3).tolist(), round(float(layer.running_mean.value[0]), 3)
    ([[-1.0], [1.0]], 0.3)
    """

    def __init__(
        self,
        channels: int,
        *,
        momentum: float = 0.9,
        eps: float = 1e-5,
        frozen: bool = False,
        scale: bool = True,
    ) -> None:
        integer(1, channels=channels)
        fraction(momentum=momentum)
        positive(eps=eps)
        self.momentum, self.eps, self.frozen = momentum, eps, frozen
        self.gamma: Parameter | Buffer = (
            Parameter((channels,), ones, decay=False) if scale else Buffer((channels,), ones)
        )
        self.beta = Parameter((channels,), zeros, decay=False)
        self.running_mean = Buffer((channels,), zeros)
        self.running_var = Buffer((channels,), ones)

    @property
    def uses_batch_statistics(self) -> bool:
        still = not isinstance(self.gamma, Parameter) or self.gamma.frozen
        return not (self.frozen or (still and self.beta.frozen))

    def __call__(self, x: Array) -> Array:
        self._check(x)
        return self._normalized(x, self.running_mean.value[None], self.running_var.value[None])

    def forward(self, x: Array) -> tuple[Array, Cache]:
        if not self.uses_batch_statistics:
            return self(x), (x, self.running_mean.value[None], self.running_var.value[None], True)
        self._check(x)
        expect_samples(x)
        part = shard()
        if part.gather is not None:
            mean, var, count, joint = joint_moments(self._view(x), part, part.gather)
            expect_several(count, "channel", x.shape, FIX)
            self._remember(mean[0], var[0])
            return self._normalized(x, mean, var), (x, mean, var, joint)
        self.expect_several(x)
        y, mean, var = kernels.of(x).normalize(
            self._view(x), self.gamma.value[:, None], self.beta.value[:, None], self.eps
        )
        self._remember(mean[0], var[0])
        return y.reshape(x.shape), (x, mean, var, False)

    def backward(self, dy: Array, cache: Cache) -> Array:
        x, mean, var, how = cache
        kernel = kernels.of(dy)
        given = self._view(dy), self._view(x), self.gamma.value[:, None], mean, var, self.eps
        if isinstance(how, Joint):
            dx, dgamma, dbeta = joint_backward(*given, how)
        else:
            back = kernel.normalize_with_backward if how else kernel.normalize_backward
            dx, dgamma, dbeta, *_ = back(*given)
        self.accumulate(dgamma[:, 0], dbeta[:, 0])
        return dx.reshape(x.shape)

    def running(self) -> Columns:
        """γ, β, μ, σ², ε of a prediction."""
        return (
            self.gamma.value,
            self.beta.value,
            self.running_mean.value,
            self.running_var.value,
            self.eps,
        )

    def measured(self, x: Array) -> Columns:
        """γ, β, μ, σ², ε of learning from ``x``, whose μ and σ² move the running ones.

        γ and β are copies, which an optimizer's step in between does not change.
        """
        expect_samples(x)
        self.expect_several(x)
        mean, var = kernels.of(x).moments(self._view(x))
        self._remember(mean[0], var[0])
        return self.gamma.value.copy(), self.beta.value.copy(), mean[0], var[0], self.eps

    def measures(self, x: Array) -> bool:
        """Whether it would accept ``x`` and, learning, take statistics of it."""
        return self.uses_batch_statistics and self.accepts(x)

    def accepts(self, x: Array) -> bool:
        """Whether it would accept ``x``."""
        gamma = self.gamma
        return (
            gamma.drawn
            and x.ndim in (2, 4)
            and x.size > 0
            and gamma.value.shape == x.shape[-1:]
            and gamma.value.dtype == x.dtype
        )

    def expect_several(self, x: Array) -> None:
        """Raise SingleValueError where ``x`` holds one value a channel."""
        values = x.size // len(self.gamma.value)
        expect_several(values, "channel", x.shape, FIX)

    def accumulate(self, dgamma: Array, dbeta: Array) -> None:
        """Add to the gradients of γ, where it is trained, and β, both (C,)."""
        if isinstance(self.gamma, Parameter):
            self.gamma.accumulate(dgamma)
        self.beta.accumulate(dbeta)

    def _normalized(self, x: Array, mean: Array, var: Array) -> Array:
        gamma, beta = self.gamma.value[:, None], self.beta.value[:, None]
        y = kernels.of(x).normalize_with(self._view(x), gamma, beta, mean, var, self.eps)
        return y.reshape(x.shape)

    def _remember(self, mean: Array, var: Array) -> None:
        m = self.momentum
        for running, batch in ((self.running_mean, mean), (self.running_var, var)):
            running.value = m * running.value + (1 - m) * batch

    def _view(self, x: Array) -> Array:
        return x.reshape(1, -1, x.shape[-1], 1)

    def _check(self, x: Array) -> None:
        c = len(self.gamma.value)
        fits = x.ndim in (2, 4) and x.shape[-1] == c
        expect(x, self.gamma.value, f"(N, {c}) or (N, H, W, {c})", fits)

    # Mean 1, variance 3, scale and shift 2; dx 4 (dy and x̂ less their means); dβ 1, dγ 4.
    operations_per_element = Operations(6, 4, 5)

    def output_shape(self, x: Shape) -> Shape:
        return expect_channels(x, self.gamma.shape[0])
