"""One image file to one array: the only decode-and-resize path, in training and predicting."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from ...errors import ChainruleWarning, InputError
from ...require import one_of
from ...types import Array
from ..regular_file import open_regular
from .image_decoding import MAX_PIXELS as MAX_PIXELS
from .image_decoding import image_fault, open_image

if TYPE_CHECKING:
    from PIL import Image

RESIZES = ("stretch", "crop", "pad")
"""How an image of another shape gets its size: see `read_image`."""


def read_image(
    path: str | os.PathLike[str], image_shape: tuple[int, ...], resize: str = "stretch"
) -> Array:
    """The image in a file as uint8 (H, W, C) = ``image_shape``, with C = 1 (gray) or 3 (RGB).

    Turned upright by its EXIF tag; the first frame of several; transparency laid on white;
    16 bits scaled to 8; gray is 0.299 R + 0.587 G + 0.114 B. ``resize`` says what becomes of
    another aspect:

    stretch  each axis by its own factor
    crop     the largest middle part of the aspect H : W
    pad      the whole image in the middle of a white one

    Pillow's bilinear filter widens with the reduction (antialiased) and never overshoots; an
    image that has the size already keeps its pixels exactly. A JPEG of more than four times
    the size is decoded at 1/2, 1/4 or 1/8, as its format allows, and resized from there; so is
    one of more than MAX_PIXELS. HEIC needs the extra ``heif``.

    Metadata that are broken, or too large for Pillow, do not count, which a warning says. Raises
    InputError naming the file and the reason: missing, a folder, of no known format, damaged or
    cut short, too many pixels, or values that are neither 8 nor 16 bits.
    """
    file = Path(path)
    try:
        with open_regular(file, name=f"cannot read image {file}") as opened:
            return decode_image(opened, image_shape, str(file), resize)
    except OSError as error:
        raise InputError(f"cannot read image {file}: {error.strerror or error}") from error


def decode_image(
    file: IO[bytes],
    image_shape: tuple[int, ...],
    name: str,
    resize: str = "stretch",
    note: Callable[[str], object] | None = None,
) -> Array:
    """Like ``read_image``, from an open binary file that errors call ``name``.

    ``note`` is told what is wrong with metadata that do not count, instead of a warning.
    """
    if len(image_shape) != 3 or image_shape[2] not in (1, 3) or min(image_shape) < 1:
        raise InputError(f"images are read as (H, W, 1) or (H, W, 3), not as {tuple(image_shape)}")
    one_of(*RESIZES, resize=resize)
    h, w, c = image_shape
    mode = "L" if c == 1 else "RGB"
    try:
        opened = open_image(file, enough=2 * max(h, w))
        image = opened.image if opened.image.mode == mode else opened.image.convert(mode)
        pixels = np.array(_resized(image, w, h, resize))
    except Exception as error:  # damaged files make decoders raise anything at all
        raise InputError(f"cannot read image {name}: {image_fault(error)}") from error
    if opened.ignored:
        said = f"{name}: broken metadata are ignored ({opened.ignored})"
        note(opened.ignored) if note else warnings.warn(said, ChainruleWarning, stacklevel=2)
    return pixels.reshape(h, w, c)


def resize_array(image: Array, width: int, height: int, method: str) -> Array:
    """uint8 (H, W, C), C = 1 or 3, as `read_image` would read it from a file without loss."""
    from PIL import Image

    gray = image.shape[2] == 1
    opened = Image.fromarray(image[..., 0] if gray else image)
    return np.asarray(_resized(opened, width, height, method)).reshape(height, width, -1)


def write_png(image: Array) -> bytes:
    """The PNG file of an image uint8 (H, W, C), C = 1 or 3."""
    from PIL import Image

    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3):
        raise InputError(
            f"expected a uint8 image (H, W, 1) or (H, W, 3), received {image.dtype} of shape "
            f"{image.shape}"
        )
    buffer = io.BytesIO()
    gray = image.shape[2] == 1
    Image.fromarray(image[..., 0] if gray else image).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def open_upright(file: IO[bytes], enough: int = MAX_PIXELS) -> Image.Image:
    """The first frame, upright and opaque, in mode L or RGB, with sides of at least ``enough``
    pixels if it has them.

    Raises whatever a decoder may raise on a damaged file.
    """
    return open_image(file, enough).image


def _resized(image: Image.Image, w: int, h: int, resize: str) -> Image.Image:
    """The image with W x H pixels, all of it or its middle."""
    from PIL import Image

    bilinear = Image.Resampling.BILINEAR
    width, height = image.size
    if (width, height) == (w, h):
        return image
    if resize == "pad":
        scale = min(w / width, h / height)
        inner = max(1, round(width * scale)), max(1, round(height * scale))
        canvas = Image.new(image.mode, (w, h), "white")
        canvas.paste(image.resize(inner, bilinear), ((w - inner[0]) // 2, (h - inner[1]) // 2))
        return canvas
    if resize == "crop":
        scale = min(width / w, height / h)
        x, y = (width - w * scale) / 2, (height - h * scale) / 2
        return image.resize((w, h), bilinear, box=(x, y, x + w * scale, y + h * scale))
    return image.resize((w, h), bilinear)
