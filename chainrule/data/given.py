"""A data set from whatever ``fit``, ``evaluate`` and ``predict`` are given."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import ChainruleWarning, InputError
from ..printable import received
from ..text import plural
from ..types import Shape
from .conversion import FULL, UNIT, class_labels, pixels
from .dataset import Dataset


def as_dataset(
    data: Any,
    labels: Any = None,
    *,
    name: str = "train",
    classes: Sequence[str] | None = None,
    outputs: Callable[[Shape], int | None] | None = None,
    shape: Sequence[int] | None = None,
    scale: int | None = None,
) -> Dataset:
    """``data`` if it has images, labels and classes, as a `Dataset`; else a data set of the arrays
    ``data`` and ``labels``, or of the pair that ``data`` is.

    classes  what a model calls its outputs, if it knows: labels are names or places among them
    outputs  says how many it has, for images of a shape; numbers are labels up to it
    shape    (H, W, C) of its images, for flat ones
    scale    the highest value of a pixel that it learned from: see `warn_of_scale`

    InputError, about ``name``, where these are no images and labels.
    """
    if all(hasattr(data, each) for each in ("images", "labels", "classes")):
        if labels is not None:
            raise InputError(
                f"labels: expected none beside a Dataset, which has its own, received "
                f"{received(labels)}"
            )
        return data  # type: ignore[no-any-return]
    if labels is None:
        pair = isinstance(data, tuple | list) and len(data) == 2
        if not pair or isinstance(data[0], Dataset):
            raise InputError(
                f"{name}: expected a Dataset, or images and labels, received {received(data)}"
                f"{_way_out(data)}"
            )
        data, labels = data
    images, highest = pixels(data, shape)
    warn_of_scale(highest, scale)
    count = None if outputs is None else outputs(images.shape[1:])
    numbers, names = class_labels(labels, classes, count)
    if classes is None and count is not None and len(names) != count:
        raise InputError(
            f"labels: expected {plural(count, 'class')}, one for each output of the model, "
            f"received {len(names)}; build the model for {len(names)}"
        )
    return Dataset(images, numbers, names, name, scale=highest)


def warn_of_scale(given: int, learned: int | None) -> None:
    """A ChainruleWarning for floats in 0..1 where the model learned from pixels in 0..255."""
    if given == UNIT and learned == FULL:
        warnings.warn(
            "images: floats in 0..1 were multiplied by 255, since the model was trained on "
            "0..255; if they are pixels in 0..255, use images.astype(np.uint8)",
            ChainruleWarning,
            stacklevel=2,
        )


def _way_out(data: Any) -> str:
    if isinstance(data, tuple | list) and data and isinstance(data[0], Dataset):
        return "; give one of them, as in: train, test = cr.data.digits()"
    if len(getattr(data, "shape", ())) > 1:
        return "; give the labels too, as in fit(images, labels)"
    return ""
