"""Models as single files: weights, architecture, preprocessing, class names. Nothing executable."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import numpy as np

from . import architecture
from .annotated import shown
from .data.formats.images import MAX_PIXELS, RESIZES
from .declared import checked
from .errors import InputError
from .files import atomic_write
from .layers import BatchNorm, Normalize, SwitchableNorm
from .layers.base import Layer, Signature, named_arrays, walk
from .layers.shapes import infer_shape
from .tensorfile import pack_tensors, read_tensors

FORMAT = "1"
MOST_CHANNELS = 4096
MOST_LETTERS = 4096
"""Of the name of a class."""


@checked
def save(model: Layer, path: str | os.PathLike[str]) -> None:
    """Write ``model`` to ``path`` as safetensors, atomically. See `pack`.

    >>> import numpy as np
    >>> import tempfile
    >>> from chainrule import models
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(models.mlp(64, (8,), 10).init(0), f"{folder}/digits.safetensors")
    ...     model = load(f"{folder}/digits.safetensors")
    >>> model(np.zeros((1, 64), np.float32)).shape
    (1, 10)
    """
    atomic_write(path, pack(model))


def pack(model: Layer, *, epoch: int | None = None) -> bytes:
    """The bytes of a model file.

    The metadata hold what predicting needs beside the weights: the architecture as JSON, the
    shape of an image, how others are resized to it, and the class names. Mean and std are
    buffers of ``Normalize``. ``epoch`` is the one of its training that the weights are of: see
    `kept_epoch`. InputError for what `load` would refuse.
    """
    signature = model.signature
    if signature is not None:
        _expect_signature(signature.image_shape, list(signature.classes), signature.resize)
        expect_outputs(model, signature)
    metadata: dict[str, Any] = {
        "model": FORMAT,
        "architecture": architecture.describe(model),
        "signature": signature
        and {
            "image_shape": signature.image_shape,
            "classes": signature.classes,
            "resize": signature.resize,
            **({"scale": signature.scale} if signature.scale != Signature.scale else {}),
        },
    }
    if epoch is not None:
        metadata["epoch"] = epoch
    return pack_tensors(model.state(), metadata)


def kept_epoch(path: str | os.PathLike[str]) -> int | None:
    """The epoch whose weights a model file holds, counted from 1; None where it does not say.
    InputError as of `load` if it cannot be read."""
    epoch = read_tensors(path)[1].get("epoch")
    return epoch if isinstance(epoch, int) and epoch > 0 else None


@checked
def load(path: str | os.PathLike[str]) -> Layer:
    """The model that ``save`` wrote, ready to predict.

    Raises InputError if the file is missing, damaged, not a chainrule model, of a newer format,
    if its arrays are not those of its architecture or hold NaN, or if its signature is not that
    of a classifier such as this: an image shape that the layers take, and a name for each output.

    >>> import numpy as np
    >>> import tempfile
    >>> from chainrule import models
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(models.mlp((8, 8, 1), (8,), 10).init(0), f"{folder}/digits.safetensors")
    ...     model = load(f"{folder}/digits.safetensors")
    >>> model(np.zeros((2, 8, 8, 1), np.uint8)).shape
    (2, 10)
    """
    arrays, metadata = read_tensors(path)
    version = metadata.get("model")
    if version is None or "architecture" not in metadata:
        raise InputError(f"{path} holds no chainrule model: its metadata name no architecture")
    if version != FORMAT:
        raise InputError(
            f"{path} has format {str(version)[:20]}; this chainrule reads format {FORMAT}"
        )
    try:
        model = architecture.rebuild(metadata["architecture"])
        if not isinstance(model, Layer):
            raise InputError("the architecture is not a layer")
        model.load_state(arrays)
        _expect_numbers(model)
        model.signature = read_signature(metadata.get("signature"))
        if model.signature is not None:
            expect_outputs(model, model.signature)
    except InputError as error:
        raise InputError(
            f"{path} does not describe a model that fits its weights: {error}"
        ) from None
    return model


def read_signature(fields: Any) -> Signature | None:
    """The signature that a file describes by ``fields``, or None. InputError if it is none."""
    if fields is None:
        return None
    if not isinstance(fields, dict):
        raise InputError(f"signature: expected an object, received {shown(fields)}")
    shape, classes = fields.get("image_shape"), fields.get("classes")
    resize = fields.get("resize", "stretch")  # which was the only way before there was a choice
    scale = fields.get("scale", Signature.scale)
    if isinstance(scale, bool) or scale not in (1, 255):
        raise InputError(f"scale: expected 1 or 255, received {shown(scale)}")
    _expect_signature(shape, classes, resize)
    return Signature(tuple(shape), tuple(classes), resize, scale)  # type: ignore[arg-type]


def _expect_signature(shape: Any, classes: Any, resize: Any) -> None:
    """InputError unless these are the shape of an image, the names of classes, and a resize."""
    sizes = list(shape) if isinstance(shape, (list, tuple)) else []
    whole = all(isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in sizes)
    if len(sizes) != 3 or not whole:
        raise InputError(
            "image_shape: expected height, width and channels, three whole numbers above 0, "
            f"received {shown(shape)}"
        )
    height, width, channels = sizes
    if height * width > MAX_PIXELS or channels > MOST_CHANNELS:
        raise InputError(
            f"image_shape: expected at most {MAX_PIXELS:,} pixels of at most {MOST_CHANNELS:,} "
            f"channels, received {shown(shape)}"
        )
    if not isinstance(classes, list) or not classes:
        raise InputError(f"classes: expected a list of one name or more, received {shown(classes)}")
    for i, name in enumerate(classes):
        if not isinstance(name, str) or len(name) > MOST_LETTERS:
            raise InputError(
                f"classes: expected names of at most {MOST_LETTERS:,} characters, received "
                f"{shown(name)} as number {i}"
            )
    twice = [name for name, count in Counter(classes).items() if count > 1]
    if twice:
        raise InputError(f"classes: expected names that differ, received {shown(twice[0])} twice")
    if resize not in RESIZES:
        listed = " or ".join(map(repr, RESIZES))
        raise InputError(f"resize: expected {listed}, received {shown(resize)}")


def expect_outputs(model: Layer, signature: Signature) -> None:
    """InputError unless the layers take such images, and have an output for each class."""
    try:
        output = infer_shape(model, signature.image_shape)
    except InputError as error:
        raise InputError(f"image_shape {signature.image_shape}: {error}") from None
    if output is not None and output != (len(signature.classes),):
        made = f"{output[0]} outputs" if len(output) == 1 else f"an output of shape (N, {output})"
        raise InputError(
            f"classes: expected a name for each output, received {len(signature.classes)} names, "
            f"and the model has {made}"
        )


def _expect_numbers(model: Layer) -> None:
    """InputError for weights that are no numbers, and for a mean and std that scale nothing."""
    for path, node in named_arrays(model):
        value = node.value
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            bad = int(value.size - np.isfinite(value).sum())
            raise InputError(
                f"{path}: expected finite numbers, received {bad:,} of {value.size:,} that are NaN "
                "or infinite; the training has diverged"
            )
    for layer in walk(model):
        if isinstance(layer, Normalize) and not np.all(layer.std.value > 0):
            raise InputError(f"std: expected numbers above 0, received {layer.std.value.min():g}")
        if isinstance(layer, (BatchNorm, SwitchableNorm)) and np.any(layer.running_var.value < 0):
            raise InputError(
                f"running_var: expected variances of 0 or more, received "
                f"{layer.running_var.value.min():g}"
            )
