"""What an image file says beside its pixels, and how to do without it.

Text, color profiles, EXIF and the like are the parts of a file that other programs add and break
most often, and no pixel depends on them. Pillow reads them all the same, and raises.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import IO

LARGEST = 1 << 28
"""Bytes of the largest file that is copied without its metadata: more than 80 megapixels need."""

PARTS = 100_000
"""Chunks, segments or tags that a file is taken apart into, before it is given up."""

MARKER = re.compile(rb"\xff[^\xff]")
"""Of a JPEG's segment. Any number of 0xFF may stand before it; a pattern that takes them all
would look at each of them again for each."""

ORIENTATION = 0x0112
"""The EXIF tag that says how the image is turned, 1 to 8; 1 is upright."""


def exif_orientation(exif: bytes) -> int | None:
    """The orientation that the first directory of EXIF data gives, whatever else is wrong in it.

    1 if it gives none, None if this is no EXIF. (EXIF is a TIFF file: TIFF 6.0, section 2.)
    """
    while exif.startswith(b"Exif\0\0"):
        exif = exif[6:]
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return None
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, start)
        for place in range(start + 2, start + 2 + 12 * count, 12):
            tag, *form, value = struct.unpack_from(f"{order}HHIH", exif, place)
            if tag == ORIENTATION:  # one number of 16 bits
                return value if form == [3, 1] and 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def without_metadata(file: IO[bytes]) -> tuple[IO[bytes], int] | None:
    """(the image without what no pixel depends on, its orientation by EXIF), from the start.

    None for a format that has nothing of the kind, or a file that cannot be taken apart.
    """
    file.seek(0)
    content = file.read(LARGEST + 1)
    taken = next((take for start, take in TAKERS if content.startswith(start)), None)
    if taken is None or len(content) > LARGEST:
        return None
    exif: list[bytes] = []
    try:
        bare = taken(content, exif.append)
    except (struct.error, IndexError, ValueError, OverflowError):
        return None
    if bare == content:
        return None
    return io.BytesIO(bare), next((exif_orientation(each) or 1 for each in exif), 1)


Keep = Callable[[bytes], object]


def _png(content: bytes, exif: Keep) -> bytes:
    """The critical chunks, whose names begin with a capital, and transparency if it is whole.

    An animation's chunks go too: what is left is the image that its first frame, or its default
    image, is. (W3C, PNG, third edition, sections 5.3 and 11.3.)
    """
    kept, color = [content[:8]], 0
    for start, end in _chunks(content, 8, 12, ">"):
        name, data = content[start + 4 : start + 8], content[start + 8 : end - 4]
        whole = zlib.crc32(name + data) == int.from_bytes(content[end - 4 : end])
        if name == b"IHDR":
            color = data[9]
        elif name == b"eXIf" and whole:
            exif(data)
        if name[:1].isupper() or (name == b"tRNS" and whole and _clear(color, len(data))):
            kept.append(content[start:end])
        if name == b"IEND":
            break
    return b"".join(kept)


def _clear(color: int, size: int) -> bool:
    """Whether transparency of this size belongs to a color type."""
    return size == {0: 2, 2: 6}.get(color) or (color == 3 and 0 < size <= 256)


def _jpeg(content: bytes, exif: Keep) -> bytes:
    """All but the segments of applications and comments; JFIF's and Adobe's, which say what the
    colors are, stay if they are whole. (ITU-T T.81, B.1.1; T.871; Adobe technical note 5116.)"""
    kept, at = [content[:2]], 2
    for _ in range(PARTS):
        found = MARKER.search(content, at)
        if found is None:
            break
        at, marker = found.end() - 1, found[0][-1]
        if marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:  # these stand alone
            at += 1
            continue
        end = at + 1 + struct.unpack_from(">H", content, at + 1)[0]
        if marker in (0xDA, 0xD9):  # the scan, and all that follows
            return b"".join([*kept, content[at - 1 :]])
        data = content[at + 3 : end]
        colors = (marker == 0xE0 and data[:5] == b"JFIF\0" and len(data) >= 14) or (
            marker == 0xEE and data[:5] == b"Adobe" and len(data) >= 12
        )
        if marker == 0xE1 and data.startswith(b"Exif\0\0"):
            exif(data)
        if colors or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(content[at - 1 : end])
        at = end
    raise ValueError("no start of a scan")


def _webp(content: bytes, exif: Keep) -> bytes:
    """The chunks of pixels, and of when to show them. (RFC 9649, section 2.7.)"""
    kept = []
    for start, end in _chunks(content, 12, 8, "<"):
        name, chunk = content[start : start + 4], content[start:end]
        if name == b"VP8X":  # the flags of animation and transparency alone
            chunk = chunk[:8] + bytes([chunk[8] & 0b00010010]) + chunk[9:]
        elif name == b"EXIF":
            exif(chunk[8:])
        if name in (b"VP8X", b"ALPH", b"VP8 ", b"VP8L", b"ANIM", b"ANMF"):
            kept.append(chunk)
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _chunks(content: bytes, at: int, more: int, order: str) -> Iterator[tuple[int, int]]:
    """(start, end) of the chunks of a PNG, or a RIFF, which fills them to an even size."""
    for _ in range(PARTS):
        if at + more > len(content):
            return
        (size,) = struct.unpack_from(f"{order}I", content, at + (4 if order == "<" else 0))
        end = at + more + size
        if end > len(content):
            return
        yield at, end
        at = end + (size % 2 if order == "<" else 0)


PIXEL_TAGS = frozenset(
    (
        *(255, 256, 257, 258, 259, 262, 263, 266, 273, 274, 277, 278, 279, 284, 292, 293),
        *(317, 320, 322, 323, 324, 325, 332, 338, 339, 347, *range(512, 522), 529, 530, 531, 532),
    )
)
"""The tags that pixels depend on, and the orientation. (TIFF 6.0, appendix A.)"""


def _tiff(content: bytes, exif: Keep) -> bytes:
    """The first directory alone, with PIXEL_TAGS alone, in the same place."""
    order = "<" if content[:1] == b"I" else ">"
    big = content[2:4] in (b"+\0", b"\0+")
    offset, counted, size = ("Q", "Q", 20) if big else ("I", "H", 12)
    (start,) = struct.unpack_from(order + offset, content, 8 if big else 4)
    (count,) = struct.unpack_from(order + counted, content, start)
    first = start + struct.calcsize(order + counted)
    if count > min(PARTS, (len(content) - first) // size):
        raise ValueError("a directory that is longer than its file")
    entries = [content[at : at + size] for at in range(first, first + size * count, size)]
    kept = [e for e in entries if struct.unpack_from(f"{order}H", e)[0] in PIXEL_TAGS]
    if len(kept) == len(entries):
        return content
    directory = b"".join([struct.pack(order + counted, len(kept)), *kept])
    directory += struct.pack(order + offset, 0)  # no other follows
    return content[:start] + directory + content[start + len(directory) :]


TAKERS = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8\xff", _jpeg),
    (b"RIFF", _webp),
    (b"II*\0", _tiff),
    (b"MM\0*", _tiff),
    (b"II+\0", _tiff),
    (b"MM\0+", _tiff),
)
