"""Models as single files: weights, architecture, preprocessing, class names. Nothing executable."""

from __future__ import annotations

import os
from typing import Any

from . import architecture
from .data.pictures import RESIZES
from .errors import InputError
from .files import atomic_write
from .layers.base import Layer, Signature
from .require import one_of
from .tensorfile import pack_tensors, read_tensors

FORMAT = "1"


def save(model: Layer, path: str | os.PathLike[str]) -> None:
    """Write ``model`` to ``path`` as safetensors, atomically. See `pack`."""
    atomic_write(path, pack(model))


def pack(model: Layer, *, epoch: int | None = None) -> bytes:
    """The bytes of a model file.

    The metadata hold what predicting needs beside the weights: the architecture as JSON, the
    shape of a picture, how others are resized to it, and the class names. Mean and std are
    buffers of ``Normalize``. ``epoch`` is the one of its training that the weights are of: see
    `kept_epoch`.
    """
    signature = model.signature
    metadata: dict[str, Any] = {
        "model": FORMAT,
        "architecture": architecture.describe(model),
        "signature": signature
        and {
            "image_shape": signature.image_shape,
            "classes": signature.classes,
            "resize": signature.resize,
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


def load(path: str | os.PathLike[str]) -> Layer:
    """The model that ``save`` wrote, ready to predict.

    Raises InputError if the file is missing, damaged, not a chainrule model, of a newer format,
    or if its arrays are not those of its architecture.
    """
    arrays, metadata = read_tensors(path)
    version = metadata.get("model")
    if version is None or "architecture" not in metadata:
        raise InputError(f"{path} holds no chainrule model: its metadata name no architecture")
    if version != FORMAT:
        raise InputError(f"{path} has format {version}; this chainrule reads format {FORMAT}")
    try:
        model = architecture.rebuild(metadata["architecture"])
        if not isinstance(model, Layer):
            raise InputError("the architecture is not a layer")
        model.load_state(arrays)
        model.signature = _signature(metadata.get("signature"))
    except (InputError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise InputError(
            f"{path} does not describe a model that fits its weights: {error}"
        ) from None
    return model


def _signature(fields: Any) -> Signature | None:
    if fields is None:
        return None
    height, width, channels = map(int, fields["image_shape"])
    resize = fields.get("resize", "stretch")  # which was the only way before there was a choice
    one_of(*RESIZES, resize=resize)
    return Signature((height, width, channels), tuple(map(str, fields["classes"])), resize)
