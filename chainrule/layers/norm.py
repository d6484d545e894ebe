"""Normalization of each sample on its own. Each layer only chooses a view (B, S, G, K) and what
shares a scale; ``kernels/reference/norm.py`` has the math.

They keep no statistics, so predicting is learning without the cache. Only learning is refused
where each statistic is that of one value: see `SingleValueError`.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from .. import kernels
from ..arrays import namespace
from ..errors import InputError
from ..initializers import ones, zeros
from ..require import integer, positive
from ..types import Array, Shape
from .activations import expect_floating
from .base import Layer, expect
from .operations import Operations
from .several import expect_several
from .shapes import expect_channels, expect_shape
from .variables import Parameter

Cache = tuple[Array, Array, Array]


class _SampleNorm(Layer):
    """The two passes; a layer adds ``_view``. Without ``affine`` there are no γ and β."""

    gamma: Parameter | None
    beta: Parameter | None
    part: ClassVar[str]  # what has a mean and a variance of its own,
    fix: ClassVar[str]  # and what to do where that is one value

    def _set(self, shape: tuple[int, ...], eps: float, affine: bool) -> None:
        positive(eps=eps)
        self.eps, self.affine = eps, affine
        self.gamma = Parameter(shape, ones, decay=False) if affine else None
        self.beta = Parameter(shape, zeros, decay=False) if affine else None

    @abstractmethod
    def _view(self, x: Array) -> Array: ...

    @abstractmethod
    def _check(self, x: Array) -> None: ...

    def _gamma(self, view: Array) -> Array:
        shape = view.shape[2:]
        if self.gamma:
            return self.gamma.value.reshape(shape)
        ones: Array = namespace(view).ones(shape, view.dtype)
        return ones

    def __call__(self, x: Array) -> Array:
        self._check(x)
        return self._normalize(x)[0]

    def forward(self, x: Array) -> tuple[Array, Cache]:
        self._check(x)
        _, s, _, k = self._view(x).shape
        expect_several(s * k, self.part, x.shape, self.fix)
        return self._normalize(x)

    def _normalize(self, x: Array) -> tuple[Array, Cache]:
        view = self._view(x)
        gamma = self._gamma(view)
        beta = self.beta.value.reshape(gamma.shape) if self.beta else 0 * gamma
        y, mean, var = kernels.of(x).normalize(view, gamma, beta, self.eps)
        return y.reshape(x.shape), (x, mean, var)

    def backward(self, dy: Array, cache: Cache) -> Array:
        x, mean, var = cache
        view = self._view(x)
        dx, dgamma, dbeta = kernels.of(dy).normalize_backward(
            self._view(dy), view, self._gamma(view), mean, var, self.eps
        )
        if self.gamma and self.beta:
            self.gamma.accumulate(dgamma.reshape(self.gamma.shape))
            self.beta.accumulate(dbeta.reshape(self.beta.shape))
        return dx.reshape(x.shape)

    def _expect(self, x: Array, shape: str, fits: bool) -> None:
        expect_floating(x)
        expect(x, self.gamma.value if self.gamma else x, shape, fits)

    def operations(self, inputs: tuple[Shape, ...], output: Shape) -> Operations:
        """As in ``BatchNorm``; without γ and β there is nothing to learn."""
        return Operations(6, 4, 5 if self.gamma else 0).times(math.prod(inputs[0]))


class LayerNorm(_SampleNorm):
    """y = γ (x - μ) / √(σ² + ε) + β        x, y (N, …, *shape) · γ, β (*shape)

    μ and σ² are taken over the last axes, those of ``normalized_shape``: an int for the last
    axis alone, or their sizes.

        LayerNorm(F)            on (N, F)            each sample over its features
        LayerNorm((H, W, C))    on (N, H, W, C)      each image over all of its values
        LayerNorm(C)            on (N, H, W, C)      each pixel over its channels

    For statistics of a whole image with one γ and β a channel, take GroupNorm(C, groups=1).

    InputError for a size below 1; ShapeError unless the last axes of x have these sizes, and for a
    single value a mean (`SingleValueError`, when learning).

    Source: Ba et al. 2016, "Layer normalization".

    >>> import numpy as np
    >>> layer = LayerNorm(2).init(0)
    >>> layer(np.array([[1.0, 5.0], [100.0, 500.0]], np.float32)).round(3).tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """

    part, fix = "sample", "normalize over more than one feature, or take another norm"

    def __init__(
        self, normalized_shape: int | Sequence[int], *, eps: float = 1e-5, affine: bool = True
    ) -> None:
        self.normalized_shape: int | tuple[int, ...]
        if isinstance(normalized_shape, Sequence):
            self.normalized_shape = self._sizes = tuple(normalized_shape)
        else:
            self.normalized_shape, self._sizes = normalized_shape, (normalized_shape,)
        if not self._sizes:
            raise InputError("normalized_shape: expected one size or more, received none")
        for size in self._sizes:
            integer(1, normalized_shape=size)
        self._set(self._sizes, eps, affine)

    def _view(self, x: Array) -> Array:
        return x.reshape(-1, 1, 1, math.prod(self._sizes))

    def _check(self, x: Array) -> None:
        n = len(self._sizes)
        fits = x.ndim > n and x.shape[-n:] == self._sizes
        self._expect(x, f"(N, …, {', '.join(map(str, self._sizes))})", fits)

    def output_shape(self, x: Shape) -> Shape:
        sizes = self._sizes
        expect_shape(x[-len(sizes) :] == sizes, f"(N, …, {', '.join(map(str, sizes))})", x)
        return x


class GroupNorm(_SampleNorm):
    """y = γ (x - μ) / √(σ² + ε) + β        x, y (N, C) or (N, H, W, C) · γ, β (C,)

    μ and σ² are those of each sample and group of C / groups neighboring channels, over all
    pixels. One group is layer norm with a scale a channel; C groups are instance norm.

    InputError unless ``groups`` divides ``channels``; ShapeError unless x has so many channels, and
    for a single value a mean (`SingleValueError`, when learning).

    Source: Wu and He 2018, "Group normalization".

    >>> import numpy as np
    >>> layer = GroupNorm(4, groups=2).init(0)
    >>> layer(np.array([[1.0, 5.0, 100.0, 500.0]], np.float32)).round(3).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """

    part, fix = "group", "take fewer groups, or larger images"

    def __init__(
        self, channels: int, *, groups: int = 32, eps: float = 1e-5, affine: bool = True
    ) -> None:
        integer(1, channels=channels, groups=groups)
        if channels % groups:
            raise InputError(
                f"groups: expected a divisor of the {channels} channels, received {groups}"
            )
        self._set((channels,), eps, affine)
        self.channels, self.groups = channels, groups

    def _view(self, x: Array) -> Array:
        pixels = math.prod(x.shape[1:-1])  # no -1, which cannot be told of an empty batch
        return x.reshape(len(x), pixels, self.groups, self.channels // self.groups)

    def _check(self, x: Array) -> None:
        c = self.channels
        fits = x.ndim in (2, 4) and x.shape[-1] == c
        self._expect(x, f"(N, {c}) or (N, H, W, {c})", fits)

    def output_shape(self, x: Shape) -> Shape:
        return expect_channels(x, self.channels)


class InstanceNorm(_SampleNorm):
    """y = γ (x - μ) / √(σ² + ε) + β        x, y (N, H, W, C) · γ, β (C,)

    μ and σ² are those of each sample and channel over its pixels. PyTorch's InstanceNorm2d has
    no γ and β unless asked: ``affine=False``.

    InputError for fewer than 1 channel; ShapeError unless x has so many, and for a single value a
    mean (`SingleValueError`, when learning).

    Source: Ulyanov et al. 2016, "Instance normalization: the missing ingredient for fast
    stylization".

    >>> import numpy as np
    >>> layer = InstanceNorm(1).init(0)
    >>> image = np.array([[1.0, 1.0], [5.0, 5.0]], np.float32)
    >>> layer(image.reshape(1, 2, 2, 1)).ravel().round(3).tolist()
    [-1.0, -1.0, 1.0, 1.0]
    """

    part, fix = "channel", "give instance norm larger images, or take another norm"

    def __init__(self, channels: int, *, eps: float = 1e-5, affine: bool = True) -> None:
        integer(1, channels=channels)
        self._set((channels,), eps, affine)
        self.channels = channels

    def _view(self, x: Array) -> Array:
        return x.reshape(len(x), math.prod(x.shape[1:-1]), self.channels, 1)

    def _check(self, x: Array) -> None:
        self._expect(x, f"(N, H, W, {self.channels})", x.ndim == 4 and x.shape[-1] == self.channels)

    def output_shape(self, x: Shape) -> Shape:
        return expect_channels(x, self.channels, axes=(3,))
