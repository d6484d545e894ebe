"""The images that a model takes."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import InputError
from .convnet import image_shape


def images_of(model: str, inputs: Sequence[int], least: int) -> tuple[int, int, int]:
    """(H, W, C). InputError unless it is the shape of an image with sides of ``least`` or more."""
    h, w, c = image_shape(inputs)
    if min(h, w) < least:
        raise InputError(
            f"inputs: {model} needs images of {least}x{least} pixels or more, received {h}x{w}"
        )
    return h, w, c
