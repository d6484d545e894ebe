"""Images of another size than those of the data set, made when they are asked for.

50,000 images of 128x128x3 would be 2.5 GB, and 32x32x3 of each hold all there is to see: so the
small ones stay in memory, and a batch is resized when it is dealt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from ..declared import checked
from ..errors import InputError
from ..ranges import PositiveInt
from ..types import Array, Shape
from .dataset import Dataset, with_sha256
from .formats.image_limits import MAX_PIXELS
from .formats.images import resize_array
from .grayscale import luma
from .lazy import ChangedImages, all_of


class ResizedImages(ChangedImages):
    """``base[indices]`` in another size, and with other channels: gray as three equal ones, or
    colors as their luma.

    base         uint8 (N, h, w, c)
    indices      int64 (n,), into the first axis of ``base``
    image_shape  (H, W, C) of the images that come out
    method       "stretch", "crop" or "pad": see `chainrule.data.formats.images.read_image`
    """

    def __init__(self, base: Any, indices: Array, image_shape: Shape, method: str) -> None:
        super().__init__(base, indices, image_shape)
        self.method = method

    def finish(self, images: Array) -> Array:
        """Images uint8 (n, h, w, c) of ``base``, or such as were changed since, in the size and
        with the channels that come out: the same as those of a file with these pixels."""
        height, width, channels = self.image_shape
        if images.shape[3] == 3 and channels == 1:
            images = luma(images)[..., None]
        if images.shape[1:3] != (height, width):
            made = np.empty((len(images), height, width, images.shape[3]), np.uint8)
            for image, out in zip(images, made, strict=True):
                out[...] = resize_array(image, width, height, self.method)
            images = made
        if images.shape[3] == channels:
            return np.ascontiguousarray(images)
        return np.repeat(images, channels, axis=3)


@checked
def resize(
    dataset: Dataset,
    size: PositiveInt | Sequence[PositiveInt],
    *,
    channels: PositiveInt | None = None,
    method: Literal["stretch", "crop", "pad"] = "stretch",
) -> Dataset:
    """The same images with H x W = ``size`` pixels, one number or two, and so many ``channels``
    (None: those that they have), made a batch at a time when they are asked for.

    Pixels are those that ``chainrule predict`` finds in a file of such an image: Pillow's bilinear
    filter; a color is made gray by its luma, and gray a color by three equal channels. Where a
    `Loader` augments, it does so before. Images that fit already come back as they are. The
    ``sha256`` is that of the images as they were.

    InputError for a size that is none, and for images of other channels than 1 or 3.

    >>> from chainrule import data
    >>> train, _ = data.digits()
    >>> data.resize(train, 16, channels=3)
    Dataset(digits train: 1,438 images of 16x16x3, 10 classes)
    """
    height, width = _sides(size)
    if channels not in (None, 1, 3):
        raise InputError(f"channels: expected 1 or 3, received {channels}")
    own: int = dataset.images.shape[3]
    if own not in (1, 3):
        raise InputError(f"images: expected 1 or 3 channels, received {own} in {dataset!r}")
    shape = (height, width, channels or own)
    if dataset.images.shape[1:] == shape:
        return dataset
    base, indices = all_of(dataset.images)
    if isinstance(base, ResizedImages):
        base, indices = base.base, base.indices
    images: Any = ResizedImages(base, indices, shape, method)
    return with_sha256(replace(dataset, images=images), dataset.sha256)


def _sides(size: int | Sequence[int]) -> tuple[int, int]:
    sides = (size, size) if isinstance(size, int) else tuple(size)
    if len(sides) != 2:
        raise InputError(f"size: expected one number, or height and width, received {size}")
    if sides[0] * sides[1] > MAX_PIXELS:
        raise InputError(f"size: expected at most {MAX_PIXELS:,} pixels, received {size}")
    return sides[0], sides[1]
