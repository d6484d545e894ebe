"""One picture file to one array: the only decode-and-resize path, in training and predicting."""

from __future__ import annotations

import io
import os
import stat
import warnings
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..types import Array

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 80_000_000
"""Larger pictures are refused before they are decoded: a few kB can hold 50,000 x 50,000."""

# Not everything that Pillow opens: EPS, for one, would start Ghostscript.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM")


def read_picture(path: str | os.PathLike[str], image_shape: tuple[int, ...]) -> Array:
    """The picture in a file as uint8 (H, W, C) = ``image_shape``, with C = 1 (grey) or 3 (RGB).

    Turned upright by its EXIF tag; the first frame of several; transparency laid on white;
    16 bits scaled to 8; grey is 0.299 R + 0.587 G + 0.114 B. It is stretched to H x W with
    Pillow's bilinear filter, which widens with the reduction (antialiased) and never
    overshoots; a picture that has the size already keeps its pixels exactly.

    Raises InputError naming the file and the reason: missing, a folder, not one of FORMATS,
    damaged or cut short, more than MAX_PIXELS, or values that are neither 8 nor 16 bits.
    """
    file = Path(path)
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            kind = "a folder" if file.is_dir() else "not a regular file"
            raise InputError(f"cannot read picture {file}: it is {kind}")
        with file.open("rb") as opened:
            return decode_picture(opened, image_shape, str(file))
    except OSError as error:
        raise InputError(f"cannot read picture {file}: {error.strerror or error}") from error


def decode_picture(file: IO[bytes], image_shape: tuple[int, ...], name: str) -> Array:
    """Like ``read_picture``, from an open binary file that errors call ``name``."""
    from PIL import Image

    if len(image_shape) != 3 or image_shape[2] not in (1, 3) or min(image_shape) < 1:
        raise InputError(
            f"pictures are read as (H, W, 1) or (H, W, 3), not as {tuple(image_shape)}"
        )
    h, w, c = image_shape
    try:
        image = _decode(file).convert("L" if c == 1 else "RGB")
    except InputError as error:
        raise InputError(f"cannot read picture {name}: {error}") from None
    except Exception as error:  # damaged files make decoders raise anything at all
        raise InputError(f"cannot read picture {name}: {_reason(error)}") from error
    pixels = np.array(image.resize((w, h), Image.Resampling.BILINEAR), np.uint8)
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


def _decode(file: IO[bytes]) -> Image.Image:
    """The first frame, upright and opaque, in mode L or RGB."""
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd metadata; what matters raises
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(file, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            image.load()
            upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith(("I", "F")):
            return _eight_bits(upright)
        if upright.has_transparency_data:
            white = Image.new("RGBA", upright.size, "white")
            return Image.alpha_composite(white, upright.convert("RGBA")).convert("RGB")
        return upright if upright.mode == "L" else upright.convert("RGB")


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


def _reason(error: Exception) -> str:
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        *most, last = FORMATS
        return f"it is no {', '.join(most)} or {last} picture, or its start is damaged"
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return f"it has more than {MAX_PIXELS:,} pixels; make it smaller first"
    return f"it is damaged or cut short ({str(error) or type(error).__name__})"
