"""X as the images that a net learns from, in units that do not change between fit and predict.

    pictures  (N, H, W, C), or (N, H, W) of one channel
    flat      (N, F): of the ``image_shape`` that is given; else square if F is a square number,
              and one row of F values if not

Numbers become float32 and are divided by ``unit``, 1 if all lie in -1..1, else 255, or the largest
of all; uint8 in units of 255 stays as it is. Pixels in 0..1 and in 0..255 are then the same images,
also to the uint8 images that the fitted net takes elsewhere. Mean and standard deviation, which the
net takes away, are measured on what was given.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from ..arrays import native
from ..data.conversion import FULL, UNIT, image_size
from ..data.dataset import Dataset
from ..data.image_layout import expect_channels_last, expect_layout
from ..errors import ChainruleWarning, InputError
from ..layers.base import Layer, walk
from ..layers.normalize import Normalize
from ..types import Array, Shape

TAKEN: dict[str, Any] = {"dtype": [np.float32, np.uint8], "order": "C"}
"""What scikit-learn's check of X makes of it."""
LEAST = 1e-6  # of the largest value: a standard deviation below is that of rounding
BRIGHT = 8.0
"""A largest value that is no share: scikit-learn's digits have 16."""


class Samples(Dataset):
    """A data set of any numbers, not of pixels alone: float32 images stay as they are.

    images  uint8, or float32 in multiples of the unit, (N, H, W, C)
    labels  int64 (N,), each in 0..K-1
    classes K names
    """

    def __init__(
        self,
        images: Array,
        labels: Array,
        classes: tuple[str, ...],
        split: str = "train",
        name: str = "data",
        paths: None = None,
        scale: int = FULL,
    ) -> None:
        vars(self).update(
            images=images, labels=labels, classes=classes, split=split, name=name, paths=paths,
            scale=scale,
        )  # fmt: skip

    def take(self, indices: Any, split: str | None = None) -> Samples:
        """The images at ``indices``, int64 (n,), as a data set of its own."""
        return replace(
            self,
            images=self.images[indices],
            labels=self.labels[indices],
            split=split or self.split,
        )


def pair(X: Any, y: Any) -> tuple[Any, Any]:
    """Images and labels, from both or from a data set."""
    if y is None and isinstance(X, Dataset):
        return np.asarray(X.images), X.labels
    return X, y


def as_rows(X: Any) -> tuple[Any, Shape | None]:
    """(X with one row a sample, the shape of a picture or None): scikit-learn counts columns."""
    if isinstance(X, np.ma.MaskedArray):
        X = native("X", X)
    if not hasattr(X, "ndim") and hasattr(X, "__array__"):
        X = np.asarray(X)
    if isinstance(X, list | tuple):
        try:
            X = np.asarray(X)
        except ValueError:  # rows of unequal lengths are scikit-learn's to refuse
            return X, None
    if getattr(X, "ndim", 0) not in (3, 4) or len(X) == 0:
        return X, None
    array = np.asarray(X)
    shape = array.shape[1:] if array.ndim == 4 else (*array.shape[1:], 1)
    return array.reshape(len(array), -1), shape


def image_shape(picture: Shape | None, values: int, given: Any) -> Shape:
    """(H, W, C) of rows of so many values: of the pictures, as ``given``, or a square.
    InputError where these differ."""
    if given is None:
        if picture is not None:
            expect_channels_last((1, *picture))
            return picture
        side = math.isqrt(values)
        return (side, side, 1) if side * side == values else (1, values, 1)
    shape: Shape = _size(given)
    if picture is not None and picture != shape:
        raise InputError(f"image_shape: expected {picture}, that of X, received {shape}")
    if math.prod(shape) != values:
        raise InputError(
            f"image_shape: expected the shape of {values:,} values, received {shape}, which has "
            f"{math.prod(shape):,}"
        )
    return shape


def _size(given: Any) -> Shape:
    try:
        return image_size(given)
    except InputError as error:
        raise InputError(f"image_{error}") from None


def expect_shape(picture: Shape | None, learned: Shape) -> None:
    """InputError for pictures of another shape than the net has learned from: their values may be
    as many, in another order."""
    if picture is not None and picture != learned:
        expect_layout((1, *picture), learned)
        raise InputError(f"X: expected images of shape {learned}, received {picture}")


def unit_of(X: Array) -> float:
    """What the values of X are multiples of: 1, 255 or the largest of them."""
    if X.dtype == np.uint8:
        return float(FULL)
    high = float(np.abs(X).max())
    return UNIT if high <= UNIT else max(float(FULL), high)


def images_of(X: Array, shape: Shape, unit: float) -> Array:
    """(N, H, W, C), uint8 or float32, of rows in their own units."""
    if X.dtype != np.uint8 or unit != FULL:  # a number is the same one in every type
        X = X.astype(np.float32, copy=False)
        X = X if unit == UNIT else X / np.float32(unit)
    return np.ascontiguousarray(X.reshape(len(X), *shape))


def as_pixels(images: Array, unit: float) -> Array:
    """uint8 (N, H, W, C) of images in units of ``unit``, for what changes pixels: augmentation.
    InputError for values that are no pixels."""
    if images.dtype == np.uint8:
        return images
    low, high = float(images.min()), float(images.max())
    if low < 0 or unit > FULL:
        raise InputError(
            f"augment: expected pixels in 0..1 or in 0..255, received {low * unit:g} to "
            f"{high * unit:g}"
        )
    return np.rint(images * np.float32(FULL)).astype(np.uint8)


def standardize(model: Layer, images: Array, weights: Array | None) -> None:
    """Measure mean and standard deviation of each channel for the layers `Normalize` of ``model``
    that know none, each image as often as its weight says. A channel that never changes is left
    as it is."""
    for layer in walk(model):
        if isinstance(layer, Normalize) and not layer.fitted.value:
            mean, std = _moments(images, len(layer.mean.value), weights)
            dtype = layer.mean.value.dtype
            layer.mean.value, layer.std.value = mean.astype(dtype), std.astype(dtype)
            layer.fitted.value = np.array(True)


def _moments(images: Array, channels: int, weights: Array | None) -> tuple[Array, Array]:
    """Mean and standard deviation, float64 (C,), in the units that the net sees."""
    scale = FULL if images.dtype == np.uint8 else 1
    share = np.ones(len(images)) if weights is None else weights
    share = share / share.sum()
    sums = np.zeros((2, channels))
    shift = images[:1].reshape(-1, channels).mean(axis=0, dtype=np.float64) / scale
    step = max(1, (1 << 20) // max(1, images[:1].size))
    for start in range(0, len(images), step):  # in float64, some at a time
        part = images[start : start + step]
        x = part.reshape(len(part), -1, channels) / np.float64(scale) - shift
        w = share[start : start + step]
        sums += np.stack([w @ x.mean(axis=1), w @ np.square(x).mean(axis=1)])
    mean, square = sums
    std = np.sqrt(np.maximum(square - mean**2, 0))
    least = LEAST * np.maximum(np.abs(mean + shift), std.max())
    return mean + shift, np.where(std > least, std, 1.0)


def warn_of_range(X: Array, learned: tuple[float, float]) -> None:
    """A ChainruleWarning for shares in 0..1 where the net has learned from larger pixels."""
    low, high = learned
    if X.dtype == np.uint8 or low < 0 or high < BRIGHT or not X.size:
        return
    if X.min() >= 0 and 0 < X.max() <= UNIT and not np.array_equal(X, np.rint(X)):
        warnings.warn(
            f"X: values in 0..1, and the classifier was fitted to {low:g}..{high:g}; give pixels "
            "in the same range",
            ChainruleWarning,
            stacklevel=4,
        )
