"""Operations that map colors linearly. Several in a row are one matrix, and are rounded once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from ... import kernels
from ...device import beside, on_host
from ...types import Array
from .base import Operation
from .sample_rng import SampleRNG


class ColorTransform(Operation):
    """An operation that maps the channels x of each pixel to M x + t.

    Operations in a row are composed, and only their result is rounded and cut to 0..255.

    InputError for an option out of its range.

    >>> import numpy as np
    >>> from chainrule.data.augment import Augment
    >>> class Negative(ColorTransform):
    ...     def matrices(self, rng, colors):
    ...         return np.tile([[-1.0, 255.0]], (rng.count, 1, 1))
    >>> image, one = np.full((1, 1, 2, 1), 55, np.uint8), np.zeros(1, np.int64)
    >>> images, _ = Augment(Negative())(image, one, one, seed=0, epoch=0, classes=1)
    >>> images.ravel().tolist()
    [200, 200]
    """

    @abstractmethod
    def matrices(self, rng: SampleRNG, colors: Colors) -> Array:
        """M and t side by side, float64 (n, C, C + 1), t in gray levels."""


class Colors:
    """The images as they would be after the ``matrices`` so far, without the pass over them."""

    def __init__(self, images: Array, matrices: Array | None = None) -> None:
        self.images, self.channels = images, images.shape[3]
        unchanged = np.eye(self.channels, self.channels + 1)[None]
        self.matrices = unchanged if matrices is None else matrices

    def means(self) -> Array:
        """The mean of each channel of each image, in gray levels, float64 (n, C)."""
        n, h, w, _ = self.images.shape
        # channel by channel: a sum over both axes at once takes ten times as long
        sums = [self.images[..., c].sum(axis=(1, 2), dtype=np.int64) for c in range(self.channels)]
        before = np.stack([on_host(each) for each in sums], axis=1) / (h * w)
        means: Array = self.matrices @ np.append(before, np.ones((n, 1)), axis=1)[..., None]
        return means[..., 0]

    def then(self, matrices: Array) -> Colors:
        return Colors(self.images, (_square(matrices) @ _square(self.matrices))[:, :-1])

    def painted(self) -> Array:
        if (self.matrices == np.eye(self.channels, self.channels + 1)).all():
            return self.images
        every = (len(self.images), *self.matrices.shape[1:])
        matrices = beside(self.images, np.broadcast_to(self.matrices, every))
        return kernels.of(self.images).recolor(self.images, matrices)


def recolor(steps: Sequence[tuple[ColorTransform, SampleRNG]], images: Array) -> Array:
    """The images after all steps, in one pass."""
    colors = Colors(images)
    unchanged = np.eye(colors.channels, colors.channels + 1)
    for color_transform, rng in steps:
        chosen = color_transform.chosen(rng)[:, None, None]
        colors = colors.then(np.where(chosen, color_transform.matrices(rng, colors), unchanged))
    return colors.painted()


def brightness(factors: Array, colors: Colors) -> Array:
    """y = f x: black at 0"""
    c = colors.channels
    return factors[:, None, None] * np.eye(c, c + 1)


def contrast(factors: Array, colors: Colors) -> Array:
    """y = f x + (1 - f) m with m the mean gray of the image: all of it gray at 0"""
    matrices = brightness(factors, colors)
    matrices[:, :, -1] = ((1 - factors) * (colors.means() @ _luma(colors.channels)))[:, None]
    return matrices


def saturation(factors: Array, colors: Colors) -> Array:
    """y = f x + (1 - f) gray(x): without color at 0"""
    matrices = brightness(factors, colors)
    matrices[:, :, :-1] += (1 - factors)[:, None, None] * _luma(colors.channels)
    return matrices


def hue(turns: Array, colors: Colors) -> Array:
    """Colors turned about the axis of grays: red becomes green after a third of a turn.

    Only three channels have a hue. The turn is that of the plane (I, Q) of YIQ, so that gray
    stays, and so does luma.
    """
    c = colors.channels
    matrices = np.tile(np.eye(c, c + 1), (len(turns), 1, 1))
    if c == 3:
        cos, sin = np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)
        turned = np.tile(np.eye(3), (len(turns), 1, 1))
        turned[:, 1:, 1:] = np.moveaxis(np.array([[cos, sin], [-sin, cos]]), 2, 0)
        matrices[:, :, :3] = np.linalg.inv(_YIQ) @ turned @ _YIQ
    return matrices


_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


def _luma(channels: int) -> Array:
    """How much each channel adds to the gray that an eye would see."""
    return _YIQ[0] if channels == 3 else np.full(channels, 1 / channels)


def _square(matrices: Array) -> Array:
    """(n, C, C + 1) as matrices (n, C + 1, C + 1) that can be multiplied."""
    n, c, _ = matrices.shape
    last = np.eye(c + 1)[None, -1:]
    return np.append(matrices, np.broadcast_to(last, (n, 1, c + 1)), axis=1)
