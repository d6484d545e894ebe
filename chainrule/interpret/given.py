"""Images and classes as people give them, as what gradients are taken of."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, TypeAlias, TypeGuard

import numpy as np

from ..arrays import native
from ..data.conversion import FULL, pixels
from ..data.dataset import Dataset
from ..errors import InputError, did_you_mean
from ..layers.base import Layer, Signature
from ..layers.shapes import MAX_VALUES
from ..printable import received
from ..text import plural
from ..types import Array
from .inference import Inference, dtype_of, probabilities, takes_pixels

Target: TypeAlias = int | str | Sequence[int | str] | None
"""A class by its number or name, one for all images or one for each; None is the predicted one."""


@dataclass(frozen=True, eq=False)
class Given:
    """What every method begins with: images x (N, H, W, C), targets (N,), and what the model says
    of these, probabilities (N,)."""

    inference: Inference
    x: Array
    targets: Array
    probabilities: Array
    class_names: tuple[str, ...]


def given(model: Layer, images: Any, target: Target) -> Given:
    """The three, checked. InputError for images and classes that the model does not have."""
    x = as_input(model, images)
    if not len(x):
        raise InputError("images: expected at least one, received none")
    inference = Inference(model)
    logits = inference.logits(x)
    names = class_names(model, logits.shape[1])
    targets = targets_of(target, names, len(x), logits)
    inference.expect_same(x[:1])
    p = probabilities(logits)[np.arange(len(x)), targets]
    return Given(inference, x, targets, p, names)


def answers(model: Layer, images: Any) -> Array:
    """The probabilities (N, K) of all classes."""
    inference = Inference(model)
    return probabilities(inference.logits(as_input(model, images)))


def as_input(model: Layer, images: Any, name: str = "images") -> Array:
    """``images`` (N, H, W, C), or one (H, W, C) or (H, W), or those of a data set, in the dtype of
    ``model``.

    For a model with `Normalize` they are pixels in 0..1, whatever range they come in; for another
    one they are what it is fed, floats of any range. InputError, about ``name``, for others.
    """
    size = None if model.signature is None else model.signature.image_shape
    images = images.images if isinstance(images, Dataset) else images
    batch = _batch(images, size)
    x: Array
    if takes_pixels(model):
        array, scale = pixels(batch, size, name)
        exact = native(name, batch).reshape(array.shape)
        values, unit = (exact, scale) if exact.dtype.kind == "f" else (array, FULL)
        x = np.clip(values.astype(dtype_of(model)) / dtype_of(model).type(unit), 0, 1)
    else:
        x = _floats(batch, name)
        x = x[..., np.newaxis] if x.ndim == 3 else x
        x = x.astype(dtype_of(model), copy=False)
    if x.ndim != 4 or (size is not None and x.shape[1:] != tuple(size)):
        wanted = "H, W, C" if size is None else ", ".join(map(str, size))
        raise InputError(
            f"{name}: expected ({wanted}) or (N, {wanted}), as the model takes them, received an "
            f"array of shape {getattr(images, 'shape', np.shape(batch))}"
        )
    return x


def targets_of(target: Target, names: tuple[str, ...], n: int, logits: Array) -> Array:
    """int64 (N,). InputError for a class that there is not."""
    if target is None:
        predicted: Array = logits.argmax(axis=1).astype(np.int64)
        return predicted
    if not is_several(target):
        return np.full(n, class_number(target, names))
    if len(target) != n:
        raise InputError(
            f"target: expected one class for all or one for each of {plural(n, 'image')}, "
            f"received {len(target):,}"
        )
    return np.array([class_number(each, names) for each in target], np.int64)


def is_several(target: Target) -> TypeGuard[Sequence[int | str]]:
    """Whether classes are given in a list, and not one by its number or name."""
    return hasattr(target, "__len__") and not isinstance(target, str)


def class_number(target: Any, names: Sequence[str]) -> int:
    """The place of a class that is given by number or by name."""
    if isinstance(target, str):
        if target not in names:
            raise InputError(f"target: unknown class {target!r}{did_you_mean(target, names)}")
        return list(names).index(target)
    number = operator.index(target)
    if not 0 <= number < len(names):
        raise InputError(
            f"target: expected a class from 0 to {len(names) - 1}, received {received(number)}"
        )
    return number


def pixel_value(model: Layer, **given: Any) -> float:
    """The one number given for all pixels. InputError unless it is one that a pixel may be: in 0..1
    where the model normalizes pixels, and finite."""
    ((name, value),) = given.items()
    number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    if takes_pixels(model) and not 0 <= number <= 1:
        raise InputError(f"{name}: expected a number in [0, 1], received {received(value)}")
    if not abs(number) <= float(np.finfo(dtype_of(model)).max):
        raise InputError(f"{name}: expected a finite number, received {received(value)}")
    return number


def class_names(model: Layer, outputs: int) -> tuple[str, ...]:
    """Those of the model's signature; without one, the numbers of its outputs."""
    known = model.signature
    return tuple(map(str, range(outputs))) if known is None else known.classes


def shape_of(model: Layer, shape: Sequence[int] | None) -> tuple[int, ...]:
    """(H, W, C), given or of the model's signature. InputError where nobody says it."""
    signature: Signature | None = model.signature
    if shape is None:
        if signature is None:
            raise InputError(
                "shape: expected that of an image (H, W, C), since the model does not say it; "
                "write shape=(32, 32, 3)"
            )
        return signature.image_shape
    if len(shape) != 3 or min(shape) < 1 or math.prod(map(int, shape)) > MAX_VALUES:
        raise InputError(f"shape: expected that of an image (H, W, C), received {received(shape)}")
    if signature is not None and tuple(shape) != signature.image_shape:
        raise InputError(
            f"shape: expected {signature.image_shape}, as the model was trained on, received "
            f"{received(tuple(shape))}"
        )
    return tuple(shape)


def _batch(images: Any, size: Sequence[int] | None) -> Any:
    """One image as a batch of one."""
    shape = getattr(images, "shape", ())
    single: Sequence[tuple[int, ...]] = ()
    if size is not None:
        h, w, c = size
        single = (tuple(size), (math.prod(size),), *[(h, w)] * (c == 1))
    alone = shape in single if size is not None else len(shape) in (2, 3)
    return native("images", images)[np.newaxis] if alone else images


def _floats(images: Any, name: str) -> Array:
    array = native(name, images)
    if array.dtype.kind != "f":
        raise InputError(
            f"{name}: expected floats, since the model has no Normalize() that takes uint8, "
            f"received {array.dtype} of shape {array.shape}"
        )
    if not np.isfinite(array).all():
        raise InputError(f"{name}: expected finite numbers, received NaN or infinity")
    return array
