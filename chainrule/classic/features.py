"""What classic classifiers learn from: rows of numbers, of images or of anything else."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arrays import native
from ..errors import InputError
from ..printable import received
from ..types import Array, Shape

LARGEST = 1e150
"""Of a number in X: the sum of many of its squares is a number, too."""


class NotNumbers(InputError, TypeError):
    """X holds something that is no number."""


def rows(X: Any) -> tuple[Array, Shape | None]:
    """(X (N, D), the shape of an image if X is images): uint8 for whole numbers in 0..255, else
    float32 or float64, as given.

    X is images (N, H, W, C) or (N, H, W), or flat, (N, D): uint8 or any real numbers. InputError,
    naming X, for other shapes, and for what is no finite number.
    """
    if hasattr(X, "toarray"):
        raise InputError("X: expected an array, received a sparse matrix; use X.toarray()")
    array = _numbers(X)
    if array.ndim == 1:
        raise InputError(
            f"X: expected images (N, H, W, C) or rows (N, D), received shape {array.shape}. "
            "Reshape your data: X.reshape(1, -1) is a single sample, X.reshape(-1, 1) has one "
            "feature"
        )
    if array.ndim not in (2, 3, 4):
        raise InputError(
            f"X: expected images (N, H, W, C) or rows (N, D), received shape {array.shape}"
        )
    size = math.prod(array.shape[1:])
    if size == 0:
        raise InputError(
            f"X: found array with 0 feature(s) (shape={array.shape}) while a minimum of 1 is "
            "required."
        )
    if len(array) == 0:
        raise InputError(
            f"X: found array with 0 sample(s) (shape={array.shape}) while a minimum of 1 is "
            "required."
        )
    shape = {4: array.shape[1:], 3: (*array.shape[1:], 1)}.get(array.ndim)
    return _finite(np.ascontiguousarray(array.reshape(len(array), size))), shape


def expect_alike(
    name: str, x: Array, shape: Shape | None, features: int, image: Shape | None
) -> None:
    """InputError unless rows ``x``, of images of this shape, are like those that the classifier
    called ``name`` was fitted on."""
    if shape is not None and image is not None and shape != image:
        raise InputError(
            f"X: expected images (N, {', '.join(map(str, image))}), as {name} was fitted on, "
            f"received (N, {', '.join(map(str, shape))})"
        )
    if x.shape[1] != features:
        raise InputError(
            f"X has {x.shape[1]} features, but {name} is expecting {features} features as input"
        )


def image_shape(shape: Shape | None, features: int) -> Shape | None:
    """The shape of an image of which only the number of values may be known: a square one is gray,
    of 28 x 28 for 784, and else none is known."""
    side = math.isqrt(features)
    if shape is None and side > 1 and side * side == features:
        return side, side, 1
    return shape


def _numbers(X: Any) -> Array:
    try:
        array = np.asarray(X)
    except Exception as error:
        raise InputError(f"X: expected an array of numbers: {error}") from None
    if array.dtype == object:
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError) as error:
            kind = NotNumbers if isinstance(error, TypeError) else InputError
            raise kind(f"X: expected numbers: {error}") from None
    array = native("X", array)
    if array.dtype.kind == "c":
        raise InputError(f"X: expected real numbers. Complex data not supported: {array.dtype}")
    if array.dtype.kind not in "iufb" or array.ndim == 0:
        raise InputError(f"X: expected an array of real numbers, received {received(X)}")
    return array


def _finite(x: Array) -> Array:
    if x.dtype == np.uint8:
        return x
    if x.dtype.kind in "iub":
        small = x.dtype == np.bool_ or (x.min() >= 0 and x.max() <= 255)
        return x.astype(np.uint8 if small else np.float64)
    low, high = float(x.min()), float(x.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        what = "NaN" if math.isnan(low) or math.isnan(high) else "infinity (inf)"
        raise InputError(f"X: expected finite numbers, received an array that contains {what}")
    if max(-low, high) > LARGEST:
        raise InputError(
            f"X: expected numbers of at most {LARGEST:g} in size, received {low:g} to {high:g}"
        )
    return x.astype({2: np.float32, 4: np.float32}.get(x.dtype.itemsize, np.float64), copy=False)
