"""Tell images with the channels last, (N, H, W, C), from those of PyTorch, (N, C, H, W).

Both are four numbers, and 64 images of 3 channels are 64 images of 3 rows as well: nothing else
would notice. Nobody has images of four rows and more than four channels.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from ..errors import ChainruleWarning, InputError

MOST = 4
"""Channels of an image of colors: gray, with transparency, RGB, and RGB with transparency."""

WAY_OUT = "use images.transpose(0, 2, 3, 1)"


def is_channels_first(shape: Sequence[int]) -> bool:
    """Whether images of this shape must be (N, C, H, W): few rows, and many channels."""
    return len(shape) == 4 and 1 <= shape[1] <= MOST < min(shape[2:])


def expect_channels_last(shape: Sequence[int]) -> None:
    """InputError for images (N, C, H, W), by their shape alone.

    A ChainruleWarning for those that may be either: with 3 rows, and 1 or 3 channels. It is worded
    without N, so that the parts of a data set do not repeat it.
    """
    if is_channels_first(shape):
        raise InputError(
            f"images: expected (N, H, W, C), with the channels last, received {tuple(shape)}, "
            f"which looks like (N, C, H, W): {WAY_OUT}"
        )
    if len(shape) == 4 and shape[1] == 3 and shape[2] > MOST and shape[3] in (1, 3):
        warnings.warn(
            f"images of shape (N, {shape[1]}, {shape[2]}, {shape[3]}) are taken for (N, H, W, C), "
            f"{shape[1]} rows of {shape[2]} pixels; if they are (N, C, H, W), {WAY_OUT}",
            ChainruleWarning,
            stacklevel=1,
        )


def expect_layout(images: Sequence[int], image_shape: Sequence[int] | None) -> None:
    """InputError if images are of the shape that a model knows, (H, W, C), but channels first."""
    if image_shape is None or len(image_shape) != 3 or len(images) != 4:
        return
    h, w, c = image_shape
    if tuple(images[1:]) == (c, h, w) != (h, w, c):
        raise InputError(
            f"images: expected (N, {h}, {w}, {c}), received {tuple(images)}, with the channels "
            f"first: {WAY_OUT}"
        )
