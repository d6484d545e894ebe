"""Finding the layers whose weights are looked at, and telling numbers from NaN."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import numpy as np

from ..arrays import native
from ..data.dataset import Dataset
from ..data.image_layout import expect_layout
from ..data.lazy import is_in_file
from ..data.loader import batch_for
from ..device import expect_on_cpu
from ..errors import InputError, did_you_mean
from ..layers.base import Layer, named_arrays, named_layers
from ..text import plural
from ..types import Array

L = TypeVar("L", bound=Layer)


def of_kind(model: Layer, kind: type[L]) -> list[tuple[str, L]]:
    """The layers of this kind with their paths, in the order of the model."""
    return [(path, layer) for path, layer in named_layers(model) if isinstance(layer, kind)]


def at(model: Layer, path: str, kind: type[L], said: str) -> L:
    """The layer at ``path``. InputError unless there is one, and it is of this ``kind``, which a
    message calls ``said``."""
    known = dict(named_layers(model))
    if path not in known:
        near = did_you_mean(path, [p for p, _ in of_kind(model, kind)])
        raise InputError(f"layer: the model has no layer {path!r}{near}")
    found = known[path]
    if not isinstance(found, kind):
        others = ", ".join(p for p, _ in of_kind(model, kind)) or "none in this model"
        raise InputError(
            f"layer: expected the path of {said} ({others}), received {path!r}, "
            f"which is {type(found).__name__}"
        )
    return found


def expect_finite(model: Layer) -> None:
    """InputError where a weight is NaN or infinite: nothing that is computed with it says
    anything."""
    expect_on_cpu(model)
    for path, node in named_arrays(model):
        value = node.value
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            bad = int(np.count_nonzero(~np.isfinite(value)))
            raise InputError(
                f"model: expected finite weights, received {bad:,} of {value.size:,} NaN or "
                f"infinite in {path or 'its array'}: the training diverged"
            )


def batches(model: Layer, images: Array | Dataset, size: int = 256) -> Iterator[Array]:
    """The images, or those of a data set, so many at a time, or fewer large ones: read from their
    file if they lie in one. InputError for none, and for images of another layout or size than the
    model was trained on."""
    if isinstance(images, Dataset):
        images = images.images
    if not is_in_file(images):
        images = native("images", images)
    known = None if model.signature is None else model.signature.image_shape
    if images.ndim < 2 or not len(images):
        raise InputError(
            f"images: expected one or more, (N, H, W, C), received an array of shape {images.shape}"
        )
    expect_layout(images.shape, known)
    if known is not None and tuple(images.shape[1:]) != known:
        raise InputError(
            f"images: expected (N, {', '.join(map(str, known))}), as the model was trained on, "
            f"received {tuple(images.shape)}"
        )
    size = min(size, batch_for(images.shape))
    return (native("images", images[i : i + size]) for i in range(0, len(images), size))


def rows(name: str, x: Array, least: int = 1) -> Array:
    """``x`` as finite floats (N, D), what comes after the first axis flattened. InputError, about
    ``name``, for fewer than ``least`` rows, no columns, and NaN."""
    if x.ndim < 2 or x.dtype.kind not in "fiub":
        raise InputError(f"{name}: expected numbers (N, D), received {x.dtype} of shape {x.shape}")
    if len(x) < least or not x[:1].size:
        wanted = f"at least {least} rows" if least > 1 else "at least one row"
        raise InputError(f"{name}: expected {wanted} of numbers, received shape {x.shape}")
    flat = x.reshape(len(x), -1)
    if flat.dtype.kind != "f":
        flat = flat.astype(np.float32)
    if not np.isfinite(flat).all():
        bad = plural(int((~np.isfinite(flat)).any(axis=1).sum()), "row")
        raise InputError(f"{name}: expected finite numbers, received NaN or infinity in {bad}")
    return flat
