"""What an image file is like, in a record of fixed size."""

from __future__ import annotations

from functools import cache
from io import BufferedReader
from typing import Any

import numpy as np

from ...errors import InputError
from ...types import Array
from ..formats.image_decoding import FORMATS, image_fault, open_image
from .opening import DIGEST, digest_of, open_file

THUMB = 16

MOVING = (b"GIF", b"PNG", b"TIFF", b"WEBP")
"""Formats that can hold more than one frame."""

RECORD = np.dtype(
    [
        ("digest", np.uint8, DIGEST),  # of the file's content
        ("width", "<u4"),  # as it is seen, turned upright
        ("height", "<u4"),
        ("mode", "S8"),  # Pillow's: RGB, L, P, CMYK, I;16 …
        ("format", "S8"),
        ("turned", "?"),  # by an EXIF tag
        ("frames", "?"),  # more than one
        ("clear", "?"),  # has transparent parts, or could have
        ("ignored", "?"),  # its metadata, as they are broken
        ("spread", "<f4"),  # standard deviation of the gray levels
        ("hash", "<u8"),  # alike for images that look alike: see `looks_hash`
        ("thumb", np.uint8, (THUMB, THUMB, 3)),
    ]
)


def examine(path: str) -> tuple[bytes]:
    """The RECORD of an image file. InputError with the reason if it cannot be read."""
    record = np.zeros((), RECORD)
    with open_file(path) as file:
        record["digest"] = np.frombuffer(digest_of(file), np.uint8)
        try:
            opened = open_image(file, 64)
            small = np.asarray(opened.image.convert("RGB").resize((32, 32), resample=2), np.uint8)
        except Exception as error:  # damaged files make decoders raise anything at all
            raise InputError(image_fault(error)) from error
        record["width"], record["height"] = opened.width, opened.height
        record["mode"], record["format"] = opened.mode.encode(), opened.format.encode()
        record["turned"], record["clear"] = opened.turned, opened.transparent
        record["ignored"] = bool(opened.ignored)
        moving = record["format"] in MOVING
        record["frames"] = moving and _has_frames(file, unknown=not opened.ignored)
    look_at(record, small)
    return (record.tobytes(),)


def _has_frames(file: BufferedReader, unknown: bool) -> bool:
    """Whether there is a second frame; ``unknown`` if that cannot be read. To count them is to
    read them, and they may be damaged where the first is not."""
    from PIL import Image

    file.seek(0)
    try:
        with Image.open(file, formats=FORMATS) as image:
            return getattr(image, "n_frames", 1) > 1
    except Exception:  # damaged files make decoders raise anything at all
        return unknown


def look_at(record: Any, small: Array) -> None:
    """Fill in what an image looks like, seen as uint8 (32, 32, 3)."""
    gray = small @ np.array([0.299, 0.587, 0.114])
    record["spread"] = gray.std()
    record["hash"] = looks_hash(gray)
    blocks = small.reshape(THUMB, 2, THUMB, 2, 3).mean(axis=(1, 3))
    record["thumb"] = np.round(blocks)


def looks_hash(gray: Array) -> int:
    """Bit i: whether frequency i of the 63 lowest, all but the mean, is above their median.

    gray (32, 32). Resizing, JPEG, brightness and contrast hardly change it.

    Source: Zauner 2010, "Implementation and benchmarking of perceptual image hash functions".
    """
    low = (_cosines() @ gray @ _cosines().T).ravel()[1:]
    bits = np.append(low > np.median(low), False)
    return int(np.packbits(bits).view(">u8")[0])


@cache
def _cosines() -> Array:
    """The 8 lowest rows of the 32-point DCT-II."""
    k, n = np.arange(8)[:, None], np.arange(32)
    return np.cos(np.pi * k * (2 * n + 1) / 64)
