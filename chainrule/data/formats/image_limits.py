"""How many pixels are decoded, which is asked before there is memory for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import InputError

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 80_000_000
"""More pixels are not decoded: a few kB can hold 50,000 x 50,000."""

MAX_JPEG_PIXELS = 4 * MAX_PIXELS
"""A JPEG is decoded at 1/2, 1/4 or 1/8 of its size, which takes 1/4 to 1/64 of the memory. The
largest sensors of phones have 200 megapixels."""

MAX_COEFFICIENTS = 9 * MAX_PIXELS
"""Bytes that a larger JPEG may take that must be read whole before it can be decoded at any size
(one that is progressive, or whose colors lie one behind the other): as many as one of MAX_PIXELS
takes, with 2 for a coefficient and 1 for a value. 108 megapixels with 4:2:0 take 0.3 GB."""


def expect_size(image: Image.Image, enough: int) -> tuple[int, int]:
    """The size of the whole image, of which a JPEG is then decoded at less, if less is enough."""
    from PIL import Image

    width, height = image.size
    pixels = width * height
    if image.format != "JPEG":
        if pixels > MAX_PIXELS:
            raise Image.DecompressionBombError
        return width, height
    if pixels > MAX_JPEG_PIXELS:
        raise InputError(f"it has more than {MAX_JPEG_PIXELS:,} pixels; make it smaller first")
    if pixels > MAX_PIXELS and (needed := _coefficients(image)) > MAX_COEFFICIENTS:
        raise InputError(
            f"it is a progressive JPEG of {pixels:,} pixels, and needs {needed / 1e9:.1f} GB to be "
            "decoded; save it as baseline JPEG, or make it smaller"
        )
    least = next(s for s in (1, 2, 4, 8) if -(-width // s) * -(-height // s) <= MAX_PIXELS)
    image.draft(None, (min(enough, width // least), min(enough, height // least)))  # type: ignore[no-untyped-call, unused-ignore]
    return width, height


def _coefficients(image: Any) -> int:
    """Bytes of the coefficients of a JPEG if all are held at once, 0 if they need not be."""
    components = len(image.layer)
    if not image.info.get("progressive"):
        # The header of the first scan has just been read: 1 byte for how many components are in
        # it, 2 for each and 3 more. All of them together are decoded line by line.
        end = image.fp.tell()
        image.fp.seek(end - 4 - 2 * components)
        interleaved = image.fp.read(1) == bytes([components])
        image.fp.seek(end)
        if interleaved:
            return 0
    wide = max(layer[1] for layer in image.layer)
    high = max(layer[2] for layer in image.layer)
    blocks = sum(layer[1] * layer[2] for layer in image.layer) / (wide * high)
    return int(2 * image.width * image.height * blocks)


def webp_pixels(head: bytes) -> int:
    """How many pixels a WebP says that it has. (RFC 9649, sections 2.5 to 2.7.)"""

    def number(start: int, end: int) -> int:
        return int.from_bytes(head[start:end], "little")

    if head[12:16] == b"VP8X":
        return (number(24, 27) + 1) * (number(27, 30) + 1)
    if head[12:16] == b"VP8L":
        bits = number(21, 25)
        return ((bits & 0x3FFF) + 1) * (((bits >> 14) & 0x3FFF) + 1)
    return (number(26, 28) & 0x3FFF) * (number(28, 30) & 0x3FFF)
