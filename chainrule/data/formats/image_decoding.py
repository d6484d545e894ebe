"""Open and decode one image file, whatever its format, upright and opaque.

The only place where an image is decoded: training, predicting and auditing go through it.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING

import numpy as np

from ...errors import InputError
from .file_kinds import HEAD, HEIC, file_kind
from .image_limits import MAX_PIXELS as MAX_PIXELS
from .image_limits import expect_size, webp_pixels
from .image_metadata import ORIENTATION, exif_orientation, without_metadata

if TYPE_CHECKING:
    from PIL import Image

# Not everything that Pillow opens: EPS, for one, would start Ghostscript.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM")


SIDEWAYS = (5, 6, 7, 8)
"""Orientations that exchange width and height."""


@dataclass(frozen=True)
class OpenedImage:
    """An image, decoded, and what it is like in its file.

    image        upright and opaque, in mode L or RGB
    width        of the whole image, upright: a JPEG may be decoded at less
    height
    mode         Pillow's: RGB, L, P, CMYK, I;16 …
    format       one of FORMATS, or "HEIF"
    turned       by its EXIF orientation
    transparent  it has transparent parts, or could have
    ignored      what is wrong with its metadata, which then count for nothing; "" if all is well
    """

    image: Image.Image
    width: int
    height: int
    mode: str
    format: str
    turned: bool
    transparent: bool
    ignored: str = ""


def open_image(file: IO[bytes], enough: int = MAX_PIXELS) -> OpenedImage:
    """The first frame, with sides of at least ``enough`` pixels if it has them.

    Metadata that cannot be read (EXIF, text, color profiles …) do not count. Raises whatever a
    decoder may raise on damaged pixels: `image_fault` says what it means.
    """
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd metadata; what matters raises
        try:
            return _decode(file, enough)
        except (InputError, MemoryError, Image.DecompressionBombError):
            raise
        except Exception as error:  # damaged files make decoders raise anything at all
            bare = without_metadata(file)
            if bare is None:
                raise
            try:
                opened = _decode(bare[0], enough, bare[1])
            except InputError:
                raise
            except Exception:
                raise error from None
            return replace(opened, ignored=_words(error))


def _decode(file: IO[bytes], enough: int, orientation: int | None = None) -> OpenedImage:
    """The same, of a file with sound metadata, or with none but an ``orientation`` known before."""
    with _open(file) as image:
        mode, transparent = image.mode, image.has_transparency_data
        is_tiff = image.format == "TIFF"
        found = _orientation(image)[0] if is_tiff else 1  # Pillow turns it when it loads it
        width, height = expect_size(image, enough)
        image.load()
        left, ignored = (orientation, "") if orientation is not None else _orientation(image)
        upright = _turn(image, left)
        if is_tiff:  # its size may have been that of the turned image before
            width, height = upright.size
        elif left in SIDEWAYS:
            width, height = height, width
        turned = max(found, left) > 1
        form = image.format or ""
        return OpenedImage(
            _opaque(upright), width, height, mode, form, turned, transparent, ignored
        )


def _open(file: IO[bytes]) -> Image.Image:
    from PIL import Image, JpegImagePlugin

    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if head.startswith(b"\xff\xd8\xff"):
        # Not by Image.open, which refuses 200 megapixels before a size can be asked for, and
        # looks for more frames, which only the metadata tell of.
        return JpegImagePlugin.JpegImageFile(file)  # type: ignore[no-untyped-call, unused-ignore]
    if head[:4] == b"RIFF" and webp_pixels(head) > MAX_PIXELS:
        raise Image.DecompressionBombError  # Pillow takes memory for the canvas when it opens it
    if (kind := file_kind(head)) == HEIC:
        return _open_heic(file)
    if kind and not kind.endswith(("PNG image", "GIF image", "WebP image")):
        raise InputError(f"it is {kind}; save it as JPEG or PNG")
    return Image.open(file, formats=FORMATS)


def _open_heic(file: IO[bytes]) -> Image.Image:
    """By pillow-heif, which is an extra. It turns the image itself, and says 1 in its EXIF."""
    try:
        from pillow_heif import HeifImageFile
    except ImportError:
        raise InputError(
            f"it is {HEIC}, which needs pillow-heif (pip install 'chainrule[heif]'); or save it "
            "as JPEG"
        ) from None
    image: Image.Image = HeifImageFile(file)
    return image


def decoders() -> dict[str, str]:
    """The versions of what decodes images; "" for what is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in "pillow", "pillow-heif":
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def _orientation(image: Image.Image) -> tuple[int, str]:
    """(1 to 8, what is wrong with the metadata that should say so)."""
    if image.format == "HEIF":
        return 1, ""
    exif, ignored, value = image.info.get("exif"), "", None
    if isinstance(exif, bytes) and exif_orientation(exif) is None:
        ignored = "broken EXIF"
    try:
        value = image.getexif().get(ORIENTATION)
    except Exception as error:  # Pillow raises whatever comes
        ignored = ignored or _words(error)
    if value is None and isinstance(exif, bytes):
        value = exif_orientation(exif)
    return (value if isinstance(value, int) and 1 <= value <= 8 else 1), ignored


def _turn(image: Image.Image, orientation: int) -> Image.Image:
    """Upright. Not by Pillow's ``exif_transpose``, which writes the EXIF anew, and may fail to."""
    from PIL import Image

    ways = Image.Transpose
    way = {
        2: ways.FLIP_LEFT_RIGHT,
        3: ways.ROTATE_180,
        4: ways.FLIP_TOP_BOTTOM,
        5: ways.TRANSPOSE,
        6: ways.ROTATE_270,
        7: ways.TRANSVERSE,
        8: ways.ROTATE_90,
    }.get(orientation)
    return image if way is None else image.transpose(way)


def _opaque(image: Image.Image) -> Image.Image:
    """In mode L or RGB, on white."""
    from PIL import Image

    if image.mode.startswith(("I", "F")):
        return _eight_bits(image)
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    return image if image.mode in ("L", "RGB") else image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Gray of 16 bits a pixel to 8: v / 257 rounded, so that 65535 becomes 255."""
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


def _words(error: Exception) -> str:
    """What an error says, on one short line."""
    words = " ".join(str(error).split()) or type(error).__name__
    return words if len(words) <= 120 else f"{words[:120]}…"


def image_fault(error: Exception) -> str:
    """What is wrong with an image on which `open_image` raised this."""
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:  # of the system, not of the decoder
        return error.strerror
    if isinstance(error, UnidentifiedImageError):
        *most, last = FORMATS
        return f"it is no {', '.join(most)} or {last} image, or its start is damaged"
    if isinstance(error, Image.DecompressionBombError):
        return f"it has more than {MAX_PIXELS:,} pixels; make it smaller first"
    return f"it is damaged or cut short ({_words(error)})"
