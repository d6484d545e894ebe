"""How images of all sizes and colors become arrays of one shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from ... import require
from ...declared import Checked
from ...errors import InputError
from ...ranges import Share
from ...text import plural
from ..formats.image_decoding import image_fault, open_image
from ..formats.images import RESIZES
from .listing import Listing
from .opening import open_file

COLORS = ("auto", "rgb", "gray")

LARGEST_SIDE = 64
"""Of images whose size nobody asked for: what a convolutional net on a CPU is quick with."""

SAMPLE = 100
"""Images that are looked at to find out size and color."""

GRAY = 8
"""Levels by which the channels of a gray image may differ after JPEG."""


@dataclass(frozen=True)
class ImageOptions(Checked):
    """How the images of a folder or a CSV file are read.

    image_size  their height and width, or both in one number; 0: the size that they have, if it
                is one and at most 64 pixels, else a square of up to 64
    color       "rgb", "gray", or "auto": gray if all are
    resize      "stretch", "crop" or "pad": see `chainrule.data.formats.images.read_image`
    test        the share that is held back to test with, where there is no test folder
    root        the folder that the paths of a CSV file start from; "": the file's own
    cache_dir   where decoded images are kept; "": in the user's cache
    cache_gb    what the cache may grow to before the oldest go; 0: as large as it gets

    InputError for an option that cannot be.

    >>> ImageOptions(image_size=(24, 32), resize="crop").image_size
    (24, 32)
    """

    image_size: int | Sequence[int] = 0
    color: str = "auto"
    resize: str = "stretch"
    test: Share = 0.2
    root: str = ""
    cache_dir: str = ""
    cache_gb: float = 20.0

    def __post_init__(self) -> None:
        require.one_of(*COLORS, color=self.color)
        require.one_of(*RESIZES, resize=self.resize)
        require.not_negative(cache_gb=self.cache_gb)
        if isinstance(self.image_size, int):
            require.integer(0, image_size=self.image_size)
        elif len(self.image_size) != 2:
            raise InputError(
                f"image_size: expected one number, or height and width, received {self.image_size}"
            )
        else:
            require.integer(1, height=self.image_size[0], width=self.image_size[1])

    def image_shape(self, listing: Listing) -> tuple[int, int, int]:
        """The (H, W, C) that the images of a listing are read as. InputError where none can be
        read."""
        known = self.image_size != 0 and self.color != "auto"
        looks = [] if known else _looks(listing)
        if isinstance(self.image_size, int):
            side = self.image_size
            height, width = (side, side) if side else _size(looks)
        else:
            height, width = self.image_size
        gray = all(look[2] for look in looks) if self.color == "auto" else self.color == "gray"
        return height, width, 1 if gray else 3


def _looks(listing: Listing) -> list[tuple[int, int, bool]]:
    """(height, width, is it gray?) of some images, the same ones each time."""
    places = np.unique(np.linspace(0, len(listing) - 1, SAMPLE).astype(int))
    looks, reasons = [], []
    for i in places.tolist():
        try:
            looks.append(_look(listing.path(i)))
        except InputError as error:
            reasons.append(f"{listing.entries[i].name}: {error}")
    if not looks:
        raise InputError(
            f"none of {plural(len(places), 'image')} of {listing.source} that were tried can be "
            f"read; the first, {reasons[0]}"
        )
    return looks


def _look(path: str) -> tuple[int, int, bool]:
    try:
        with open_file(path) as file:
            opened = open_image(file, 32)
            channels = np.asarray(opened.image, np.int16)
    except Exception as error:  # damaged files make decoders raise anything at all
        raise InputError(image_fault(error)) from error
    gray = channels.ndim == 2 or int(np.ptp(channels, axis=2).max()) <= GRAY
    return opened.height, opened.width, gray


def _size(looks: Sequence[tuple[int, int, bool]]) -> tuple[int, int]:
    """The size that all have, or a square of about the size that they have."""
    (common, count), *_ = Counter((height, width) for height, width, _ in looks).most_common()
    if count == len(looks) and max(common) <= LARGEST_SIDE:
        return common
    side = median(min(height, width) for height, width, _ in looks)
    side = int(min(LARGEST_SIDE, max(8, side // 8 * 8)))
    return side, side
