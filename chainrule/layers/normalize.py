"""The front door of a model: uint8 images in, standardized numbers out."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import kernels
from ..device import beside, on_host
from ..errors import ChainruleWarning, InputError, ShapeError
from ..initializers import ones, zeros
from ..require import integer
from ..types import Array, Shape
from .base import Layer, expect_axes, expect_native
from .operations import Operations
from .shapes import expect_shape
from .variables import Buffer

NO_SHARE = 16.0
"""Floats as large are pixels in 0..255, or in the 0..16 of scikit-learn's digits."""
CHUNK = 1 << 22
"""Values that are counted at a time: NumPy counts in a copy of eight times their size."""


class Normalize(Layer):
    """y = (x / 255 - mean) / std        x uint8 (N, ..., C) · mean, std (C,) · y float32

    Floating-point input is taken as already lying in [0, 1]:  y = (x - mean) / std. With one
    channel the same mean and std serve every value, whatever the shape.

    mean and std are buffers: ``fit`` measures them on the training images, and they are saved
    with the model, so that predicting uses what training used. dL/dx = dy / std.

    InputError for fewer than 1 channel; ShapeError unless the images have that many, and are uint8
    or of the dtype of ``mean``.

    >>> import numpy as np
    >>> layer = Normalize().init(0)
    >>> images = np.array([0, 255], np.uint8).reshape(2, 1, 1, 1)
    >>> layer.fit(images)
    >>> layer.mean.value.tolist(), layer(images).ravel().round().tolist()
    ([0.5], [-1.0, 1.0])
    """

    def __init__(self, channels: int = 1) -> None:
        integer(1, channels=channels)
        self.mean = Buffer((channels,), zeros)
        self.std = Buffer((channels,), ones)
        self.fitted = Buffer((), _false, np.bool_)

    def fit(self, images: Array) -> None:
        """Measure mean and standard deviation of uint8 ``images`` (N, H, W, C), in [0, 1] units.

        A channel that never changes gets the std of one gray level, so nothing divides by 0.
        InputError unless there is a pixel to measure, and for any other dtype.
        """
        if images.dtype != np.uint8 or images.size == 0:
            raise InputError(
                "images: expected uint8 (N, H, W, C) with at least one image, received "
                f"{images.dtype} of shape {images.shape}"
            )
        counts = np.zeros((len(self.mean.value), 256), np.int64)
        step = max(1, CHUNK * len(images) // images.size)
        for start in range(0, len(images), step):
            some = on_host(images[start : start + step])
            counts += kernels.of(some).count_levels(some.reshape(-1, len(counts)))
        levels = np.arange(256) / 255
        total = counts.sum(axis=1)
        mean = counts @ levels / total
        var = counts @ levels**2 / total - mean**2
        dtype = self.mean.value.dtype
        std = np.sqrt(np.maximum(var, 1 / 255**2))
        for buffer, measured in ((self.mean, mean), (self.std, std)):
            buffer.value = beside(buffer.value, measured.astype(dtype))
        self.fitted.value = np.array(True)

    def forward(self, x: Array) -> tuple[Array, Array]:
        mean, std = self.mean.value, self.std.value
        expect_axes(x, 1)
        if len(mean) not in (1, x.shape[-1]):
            first = x.ndim == 4 and x.shape[1] == len(mean)
            hint = "; for (N, C, H, W) use images.transpose(0, 2, 3, 1)" if first else ""
            raise ShapeError(f"expected images of {len(mean)} channels, received {x.shape}{hint}")
        expect_native(x)
        if x.dtype not in (np.uint8, mean.dtype):
            raise ShapeError(f"expected uint8 or {mean.dtype} images, received {x.dtype}")
        unit = 255 if x.dtype == np.uint8 else 1
        if unit == 1 and x.size and x.max() >= NO_SHARE:
            warnings.warn(
                f"images: floats in 0..1 were expected, and the largest is {x.max():g}; for pixels "
                "in 0..255 use images.astype(np.uint8), or cr.predict(model, images)",
                ChainruleWarning,
                stacklevel=3,
            )
        return kernels.of(mean).scale_shift(x, 1 / (std * unit), -mean / std), std

    def backward(self, dy: Array, std: Array) -> Array:
        return dy / std

    operations_per_element = Operations(2, 1)

    def output_shape(self, x: Shape) -> Shape:
        c = self.mean.shape[0]
        expect_shape(c in (1, x[-1]), f"(N, …, {c})", x)
        return x


def _false(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return np.zeros(shape, np.bool_)
