"""Models as single files: weights, architecture, preprocessing, class names. Nothing executable."""

from __future__ import annotations

import os
from typing import Any

from . import architecture
from .data.pictures import RESIZES
from .errors import InputError
from .layers.base import Layer, Signature
from .require import one_of
from .tensorfile import read_tensors, write_tensors

FORMAT = "1"


def save(model: Layer, path: str | os.PathLike[str]) -> None:
    """Write ``model`` to ``path`` as safetensors, atomically.

    The metadata hold what predicting needs beside the weights: the architecture as JSON, the
    shape of a picture, how others are resized to it, and the class names. Mean and std are
    buffers of ``Normalize``.
    """
    signature = model.signature
    metadata = {
        "model": FORMAT,
        "architecture": architecture.describe(model),
        "signature": signature
        and {
            "image_shape": signature.image_shape,
            "classes": signature.classes,
            "resize": signature.resize,
        },
    }
    write_tensors(path, model.state(), metadata)


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
