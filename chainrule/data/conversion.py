"""What people have, as what data sets hold: uint8 images (N, H, W, C) and int64 labels (N,).

`Dataset` converts here, and through it ``fit``, ``evaluate`` and ``predict``: there is no other
place. What is an array of a data set already comes back as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import native
from ..errors import InputError, did_you_mean
from ..printable import received
from ..text import plural
from ..types import Array, Shape
from .image_layout import expect_channels_last, is_channels_first
from .lazy import ChangedImages, chunks, is_in_file

FULL, UNIT = 255, 1
"""The highest value of a pixel: of 8 bits, and of floats in 0..1."""

OVERSHOOT = 1e-3  # that resizing and rounding leave beyond 0..1
LOWEST_FULL = 2.0  # floats that end between 1 and it are of neither range
FEW = 1000
"""Classes that whole numbers from 0 may stand for, if nobody names them; more look like values."""


def pixels(
    images: Any, shape: Sequence[int] | None = None, name: str = "images"
) -> tuple[Array, int]:
    """(uint8 (N, H, W, C), the highest value that a pixel could have, 255 or 1).

    images  (N, H, W, C), (N, H, W) of one channel, or flat, (N, H·W·C): anything that NumPy makes
            an array of. uint8 stays as it is, whole numbers in 0..255 and floats in 0..255 become
            uint8, rounded; floats in 0..1 and booleans are multiplied by 255. Which range floats
            are in is told by the largest of all.
    shape   (H, W, C) or (H, W) of flat images. A square is seen without it: 784 values are 28x28.

    InputError for other shapes and values, about ``name``.
    """
    in_file = is_in_file(images)
    stays = in_file and images.dtype == np.uint8
    array = _with_channels(images if stays else _numbers(images, name), shape, name)
    if hasattr(images, "numpy") and is_channels_first(array.shape):
        raise InputError(
            f"{name}: expected (N, H, W, C), with the channels last, received a tensor of "
            f"{tuple(array.shape)}: use images.numpy().transpose(0, 2, 3, 1)"
        )
    expect_channels_last(array.shape)
    if 0 in array.shape[1:]:
        raise InputError(f"{name}: expected at least one pixel, received shape {array.shape}")
    if stays:
        return array, FULL
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(FULL), FULL
    if array.dtype.kind != "f":
        return _as_bytes(array, name), FULL
    unit = _range(array, name)
    if in_file:  # each is converted when it is read
        lazy: Any = FloatImages(array, np.arange(len(array)), array.shape[1:], unit)
        return lazy, unit
    return _rounded(array, unit), unit


def class_labels(
    labels: Any, classes: Sequence[str] | None = None, outputs: int | None = None
) -> tuple[Array, tuple[str, ...]]:
    """(int64 (N,), the names of the K classes).

    labels   names, or whole numbers of any type: places in ``classes``. A column (N, 1) and one-hot
             rows (N, K) are read as what they say.
    classes  the names of the classes, if they are known. Else names are sorted, and whole numbers
             are named as they are, "0" to the largest, or to the last of ``outputs``.

    InputError for a name or number that is no class.
    """
    if classes is not None:
        classes = class_names(classes)
    given = _values(labels)
    if given.dtype.kind == "U":
        return _numbered(given, classes)
    if given.ndim == 2 and given.shape[1] > 1:
        given = _from_one_hot(given)
    if given.ndim != 1:
        raise InputError(f"labels: expected (N,), received {given.dtype} of shape {given.shape}")
    if given.dtype.kind == "f":
        given = _whole(given)
    if given.dtype.kind not in "iub":
        raise InputError(f"labels: expected names or whole numbers, received {given.dtype}")
    numbers = given.astype(np.int64, copy=False)
    if classes is None:
        classes = _counted(numbers, outputs)
    outside = np.flatnonzero((numbers < 0) | (numbers >= len(classes)))
    if len(outside):
        first = int(outside[0])
        way_out = "; give each value a class with labels.astype(str)" if numbers[first] < 0 else ""
        raise InputError(
            f"labels: expected values in 0..{len(classes) - 1} ({plural(len(classes), 'class')}), "
            f"received labels[{first}] = {int(numbers[first])}{way_out}"
        )
    return numbers, tuple(classes)


def class_names(classes: Any) -> tuple[str, ...]:
    """``classes`` as a tuple. InputError unless they are different names, at least one."""
    wanted = "classes: expected a sequence of names"
    if isinstance(classes, str | bytes):
        raise InputError(f"{wanted}, received {received(classes)}")
    try:
        names = tuple(classes)
    except TypeError:
        raise InputError(f"{wanted}, received {received(classes)}") from None
    if not all(isinstance(name, str) for name in names):
        raise InputError(f"{wanted}, received {received(classes)}")
    if not names:
        raise InputError("classes: expected at least one name, received none")
    seen: set[str] = set()
    for name in sorted(names):
        if name in seen:
            raise InputError(f"classes: expected different names, received {name!r} twice")
        seen.add(name)
    return names


def _numbers(images: Any, name: str) -> Array:
    """An array of real numbers, with a first axis for the images."""
    wanted = f"{name}: expected an array of images (N, H, W, C)"
    if images is None or isinstance(images, str | bytes):
        raise InputError(f"{wanted}, received {received(images)}")
    array = native(name, images)
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iufb" or array.ndim == 0:
        raise InputError(f"{wanted}, received {_kind(array, images)}")
    return array


def _kind(array: Any, given: Any) -> str:
    if not isinstance(given, np.ndarray) and getattr(array, "ndim", 1) == 0:
        return f"a {type(given).__name__}"
    return f"{array.dtype} of shape {array.shape}"


def _with_channels(array: Array, shape: Sequence[int] | None, name: str) -> Array:
    """The array as (N, H, W, C)."""
    if array.ndim == 4:
        return array
    if array.ndim == 3:
        return array[..., np.newaxis]
    if array.ndim == 2:
        size = image_size(shape) if shape is not None else _square(array.shape[1])
        if size is not None and math.prod(size) == array.shape[1]:
            return array.reshape(len(array), *size)
        if size is not None:
            raise InputError(
                f"{name}: expected {math.prod(size):,} values for an image of "
                f"{'x'.join(map(str, size))}, received {array.shape[1]:,}"
            )
    raise InputError(
        f"{name}: expected (N, H, W, C), (N, H, W) or flat images of a known shape, received "
        f"{array.dtype} of shape {array.shape}; write Dataset(images, labels, shape=(H, W, C))"
    )


def image_size(shape: Any) -> tuple[int, ...]:
    """``shape`` as (H, W, C). InputError unless it is two or three whole numbers from 1."""
    try:
        size = tuple(int(side) for side in shape if int(side) == side and side > 0)
        fits = len(size) == len(shape) and len(size) in (2, 3)
    except (TypeError, ValueError, OverflowError):
        fits = False
    if not fits:
        raise InputError(f"shape: expected (H, W, C) or (H, W), received {received(shape)}")
    return size if len(size) == 3 else (*size, 1)


def _square(values: int) -> tuple[int, ...] | None:
    side = math.isqrt(values)
    return (side, side, 1) if side > 1 and side * side == values else None


def _as_bytes(array: Array, name: str) -> Array:
    if array.dtype != np.uint8 and array.size and (array.min() < 0 or array.max() > FULL):
        deep = "; use (images / 257).astype(np.uint8) for 16 bits" if array.max() > FULL else ""
        raise InputError(
            f"{name}: expected values in 0..255, received {array.min()} to {array.max()}{deep}"
        )
    return np.ascontiguousarray(array, np.uint8)


class FloatImages(ChangedImages):
    """Floats (N, H, W, C) of a file as pixels, uint8; ``unit`` is the highest value that they could
    have."""

    def __init__(self, base: Any, indices: Array, image_shape: Shape, unit: int) -> None:
        super().__init__(base, indices, image_shape)
        self.unit = unit

    def finish(self, images: Array) -> Array:
        return _rounded(images, self.unit)


def _range(array: Array, name: str) -> int:
    """The highest value that a pixel could have, 1 or 255. InputError for other floats."""
    low, high = (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise InputError(f"{name}: expected finite numbers, received NaN or infinity")
    unit = high <= 1 + OVERSHOOT
    if low < (-OVERSHOOT if unit else -0.5) or high >= FULL + 0.5:
        raise InputError(
            f"{name}: expected floats in 0..1 or in 0..255, received {low:g} to {high:g}; give the "
            "pixels as they were, for a model with Normalize() standardizes them itself"
        )
    if not unit and high < LOWEST_FULL and not np.array_equal(array, np.rint(array)):
        raise InputError(
            f"{name}: expected floats in 0..1 or in 0..255, received {low:g} to {high:g}, which "
            "may be either; use images.clip(0, 1) for 0..1"
        )
    return UNIT if unit else FULL


def _rounded(array: Array, unit: int) -> Array:
    """uint8, made some at a time: the wider numbers would need a multiple of the memory."""
    made, done = np.empty(array.shape, np.uint8), 0
    for some in chunks(array):
        scaled = some * some.dtype.type(FULL) if unit == UNIT else some
        made[done : done + len(some)] = np.rint(scaled).clip(0, FULL)
        done += len(some)
    return made


def _values(labels: Any) -> Array:
    """Labels as numbers or as text; a list of names, and pandas' objects, are text."""
    if labels is None or isinstance(labels, str | bytes):
        raise InputError(f"labels: expected one for each image, received {received(labels)}")
    if isinstance(labels, np.ma.MaskedArray):
        labels = native("labels", labels)
    try:
        array = np.asarray(labels)
    except (ValueError, TypeError) as error:
        raise InputError(f"labels: expected one for each image: {error}") from None
    mixed = array.dtype.kind == "U" and not isinstance(labels, np.ndarray)
    if array.dtype == object or array.dtype.kind == "S" or mixed:
        array = _as_text(np.array(labels, object) if mixed else array)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 0:
        raise InputError(f"labels: expected one for each image, received {received(labels)}")
    return array.astype(np.int64) if array.size == 0 and array.dtype.kind == "f" else array


def _as_text(array: Array) -> Array:
    if array.dtype.kind == "S" or all(isinstance(one, str) for one in array.flat):
        try:
            return array.astype(str)
        except UnicodeDecodeError:
            raise InputError("labels: expected names in Unicode, received bytes") from None
    if array.size and all(isinstance(one, int | np.integer) for one in array.flat):
        try:
            return array.astype(np.int64)
        except OverflowError:
            raise InputError("labels: expected whole numbers of 64 bits, received more") from None
    strange = next((one for one in array.flat if not isinstance(one, str)), None)
    raise InputError(f"labels: expected names or whole numbers, received {received(strange)}")


def _numbered(given: Array, classes: Sequence[str] | None) -> tuple[Array, tuple[str, ...]]:
    """Names as the places that they have among the classes, or when sorted."""
    if given.ndim != 1:
        raise InputError(f"labels: expected (N,), received names of shape {given.shape}")
    found, places = np.unique(given, return_inverse=True)
    names = tuple(map(str, found))
    if classes is None:
        return places.astype(np.int64), class_names(names)
    number = {name: k for k, name in enumerate(classes)}
    if unknown := [name for name in names if name not in number]:
        raise InputError(f"labels: unknown class {unknown[0]!r}{did_you_mean(unknown[0], classes)}")
    return np.array([number[name] for name in names], np.int64)[places], tuple(classes)


def _from_one_hot(given: Array) -> Array:
    hot = given == 1
    if not (np.all(hot | (given == 0)) and np.all(hot.sum(axis=1) == 1)):
        raise InputError(
            f"labels: expected (N,), or rows with one 1 and zeros, received {given.dtype} of shape "
            f"{given.shape}"
        )
    numbers: Array = hot.argmax(axis=1)
    return numbers


def _whole(given: Array) -> Array:
    if not np.isfinite(given).all() or (given != np.rint(given)).any() or abs(given).max() > 2**31:
        raise InputError(
            f"labels: expected names or whole numbers, received {given.dtype} with values between"
        )
    return given.astype(np.int64)


def _counted(numbers: Array, outputs: int | None) -> tuple[str, ...]:
    """Names for classes that are numbers."""
    highest = int(numbers.max(initial=0))
    if outputs is None and highest >= max(FEW, len(numbers)):
        raise InputError(
            f"labels: expected class numbers from 0, received {highest:,}; give each value a "
            "class with labels.astype(str), or the names as classes"
        )
    return tuple(map(str, range(outputs or highest + 1)))
