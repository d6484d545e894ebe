"""One picture file to one array: the only decode-and-resize path, in training and predicting."""

from __future__ import annotations

import io
import os
import stat
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..require import one_of
from ..types import Array

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 80_000_000
"""Larger pictures are refused before they are decoded: a few kB can hold 50,000 x 50,000."""

# Not everything that Pillow opens: EPS, for one, would start Ghostscript.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM")

ORIENTATION = 0x0112
"""The EXIF tag that says how the picture is turned."""


RESIZES = ("stretch", "crop", "pad")
"""How a picture of another shape gets its size: see `read_picture`."""


def read_picture(
    path: str | os.PathLike[str], image_shape: tuple[int, ...], resize: str = "stretch"
) -> Array:
    """The picture in a file as uint8 (H, W, C) = ``image_shape``, with C = 1 (grey) or 3 (RGB).

    Turned upright by its EXIF tag; the first frame of several; transparency laid on white;
    16 bits scaled to 8; grey is 0.299 R + 0.587 G + 0.114 B. ``resize`` says what becomes of
    another aspect:

    stretch  each axis by its own factor
    crop     the largest middle part of the aspect H : W
    pad      the whole picture in the middle of a white one

    Pillow's bilinear filter widens with the reduction (antialiased) and never overshoots; a
    picture that has the size already keeps its pixels exactly. A JPEG of more than four times
    the size is decoded at 1/2, 1/4 or 1/8, as its format allows, and resized from there.

    Raises InputError naming the file and the reason: missing, a folder, not one of FORMATS,
    damaged or cut short, more than MAX_PIXELS, or values that are neither 8 nor 16 bits.
    """
    file = Path(path)
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            kind = "a folder" if file.is_dir() else "not a regular file"
            raise InputError(f"cannot read picture {file}: it is {kind}")
        with file.open("rb") as opened:
            return decode_picture(opened, image_shape, str(file), resize)
    except OSError as error:
        raise InputError(f"cannot read picture {file}: {error.strerror or error}") from error


def decode_picture(
    file: IO[bytes], image_shape: tuple[int, ...], name: str, resize: str = "stretch"
) -> Array:
    """Like ``read_picture``, from an open binary file that errors call ``name``."""
    if len(image_shape) != 3 or image_shape[2] not in (1, 3) or min(image_shape) < 1:
        raise InputError(
            f"pictures are read as (H, W, 1) or (H, W, 3), not as {tuple(image_shape)}"
        )
    one_of(*RESIZES, resize=resize)
    h, w, c = image_shape
    mode = "L" if c == 1 else "RGB"
    try:
        image = open_picture(file, enough=2 * max(h, w))
        image = image if image.mode == mode else image.convert(mode)
        pixels = np.array(_resized(image, w, h, resize))
    except Exception as error:  # damaged files make decoders raise anything at all
        raise InputError(f"cannot read picture {name}: {picture_error(error)}") from error
    return pixels.reshape(h, w, c)


def write_png(image: Array) -> bytes:
    """The PNG file of a picture uint8 (H, W, C), C = 1 or 3."""
    from PIL import Image

    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3):
        raise InputError(
            f"expected a uint8 picture (H, W, 1) or (H, W, 3), received {image.dtype} of shape "
            f"{image.shape}"
        )
    buffer = io.BytesIO()
    grey = image.shape[2] == 1
    Image.fromarray(image[..., 0] if grey else image).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def open_picture(
    file: IO[bytes], enough: int = MAX_PIXELS, see: Callable[[Image.Image], object] = id
) -> Image.Image:
    """The first frame, upright and opaque, in mode L or RGB, with sides of at least ``enough``
    pixels if it has them. ``see`` is called with the picture as it is in the file, not decoded.

    Raises whatever a decoder may raise on a damaged file.
    """
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd metadata; what matters raises
        with Image.open(file, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            see(image)
            image.draft(None, (enough, enough))
            image.load()
            turned = image.getexif().get(ORIENTATION, 1) != 1
            upright = ImageOps.exif_transpose(image) if turned else image
        if upright.mode.startswith(("I", "F")):
            return _eight_bits(upright)
        if upright.has_transparency_data:
            white = Image.new("RGBA", upright.size, "white")
            return Image.alpha_composite(white, upright.convert("RGBA")).convert("RGB")
        return upright if upright.mode in ("L", "RGB") else upright.convert("RGB")


def _resized(image: Image.Image, w: int, h: int, resize: str) -> Image.Image:
    """The picture with W x H pixels, all of it or its middle."""
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


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits a pixel to 8: v / 257 rounded, so that 65535 becomes 255."""
    from PIL import Image

    v = np.array(image)
    low, high = v.min(), v.max()
    if v.dtype.kind not in "iu" or low < 0 or high > 65535:
        raise InputError(
            f"its values run from {low:g} to {high:g}; save it with 8 or 16 bits a channel"
        )
    v = v.astype(np.uint32)
    if isinstance(transparent := image.info.get("transparency"), int):
        v[v == transparent] = 65535  # white
    return Image.fromarray(((v + 128) // 257).astype(np.uint8))


def picture_error(error: Exception) -> str:
    """What is wrong with a picture on which ``open_picture`` raised this."""
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:  # of the system, not of the decoder
        return error.strerror
    if isinstance(error, UnidentifiedImageError):
        *most, last = FORMATS
        return f"it is no {', '.join(most)} or {last} picture, or its start is damaged"
    if isinstance(error, Image.DecompressionBombError):
        return f"it has more than {MAX_PIXELS:,} pixels; make it smaller first"
    return f"it is damaged or cut short ({str(error) or type(error).__name__})"
