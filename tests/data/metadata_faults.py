"""Image files whose pixels are whole and whose metadata are not."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image

PIXELS = np.stack(
    np.broadcast_arrays(*np.ogrid[40:200:12j, 30:230:16j], 128.0),
    axis=2,  # type: ignore[arg-type]
).astype(np.uint8)
"""Smooth, so that JPEG hardly changes it, and another one however it is turned."""

IMAGE = Image.fromarray(PIXELS)

EXIF = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
"""Orientation 6: turn it clockwise by 90 degrees to see it upright."""

BROKEN_EXIF = {
    "empty": b"Exif\0\0",
    "no header": b"Exif\0\0" + b"garbage" * 9,
    "cut in the header": EXIF[:11],
    "cut in the entry": EXIF[:-12],
    "far directory": EXIF[:10] + b"\xff\xff\xff\x7f" + EXIF[14:],
    "huge value": EXIF[:20] + b"\xff\xff\xff\xff" + EXIF[24:],
    "odd type": EXIF[:18] + b"\x02\0" + EXIF[20:],
    "orientation 99": EXIF[:24] + b"\x63\0" + EXIF[26:],
    "another order": EXIF.replace(b"II*\0", b"MM\0*"),
}


def saved(kind: str, image: Image.Image = IMAGE, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, data: bytes, *, whole: bool = True) -> bytes:
    crc = zlib.crc32(name + data) ^ (not whole)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)


def png(*chunks: bytes, at_end: bool = False, image: Image.Image = IMAGE) -> bytes:
    """A PNG with more chunks, behind its header or before its end."""
    plain = saved("PNG", image)
    place = len(plain) - 12 if at_end else 33
    return plain[:place] + b"".join(chunks) + plain[place:]


BIG = zlib.compress(bytes(3_000_000))
PNG_FAULTS = {
    "iTXt above 1 MB": chunk(b"iTXt", b"note\0\1\0\0\0" + BIG),
    "zTXt above 1 MB": chunk(b"zTXt", b"note\0\0" + BIG),
    "zTXt packed otherwise": chunk(b"zTXt", b"note\0\7" + BIG),
    "ICC above 1 MB": chunk(b"iCCP", b"profile\0\0" + BIG),
    "ICC packed otherwise": chunk(b"iCCP", b"profile\0\7"),
    "ICC that is empty": chunk(b"iCCP", b""),
    "text of another sum": chunk(b"tEXt", b"a\0b", whole=False),
    "gamma cut short": chunk(b"gAMA", b"\0"),
    "colors cut short": chunk(b"cHRM", b"\0"),
    "size cut short": chunk(b"pHYs", b"\0"),
    "animation cut short": chunk(b"acTL", b"\0"),
    "frames of no animation": chunk(b"fcTL", bytes(26)),
    "transparency cut short": chunk(b"tRNS", b"\0"),
    "transparency by text": chunk(b"tEXt", b"transparency\0x"),
    "EXIF in hex that is none": chunk(b"tEXt", b"Raw profile type exif\0\n\n\nxyz"),
}


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg(*segments: bytes, image: Image.Image = IMAGE, **options: object) -> bytes:
    plain = saved("JPEG", image, quality=95, **options)
    return plain[:2] + b"".join(segments) + plain[2:]


JPEG_FAULTS = {
    "JFIF cut short": segment(0xE0, b"JFIF\0\1"),
    "Adobe cut short": segment(0xEE, b"Adobe"),
    "Photoshop cut short": segment(0xED, b"Photoshop 3.0\0008BIM\x04\x04\0"),
    "ICC cut short": segment(0xE2, b"ICC_PROFILE\0"),
    "frames that are none": segment(0xE2, b"MPF\0II*\0\x08\0\0\0\xff\xff" + bytes(40)),
    "frames far away": segment(
        0xE2,
        b"MPF\0II*\0\x08\0\0\0\x02\0\x01\xb0\x04\0\x01\0\0\0\x02\0\0\0\x02\xb0\x07\0\x20\0\0\0"
        b"\xff\xff\xff\x7f\0\0\0\0",
    ),
    "XMP that is no text": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0\xff\xfe<x"),
    "a comment of nothing": segment(0xFE, b""),
}


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP with more chunks at its end, and the flags that say so."""
    plain = saved("WEBP", lossless=True, exif=EXIF)
    body = plain[12 : plain.index(b"EXIF")]
    for name, data in chunks:
        body += name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def tiff(*tags: tuple[int, int, int, bytes], order: str = "<") -> bytes:
    """A TIFF with more tags: (number, type, count, 4 bytes), none of which it needs."""
    height, width = PIXELS.shape[:2]
    pixels = PIXELS.tobytes()
    known = [
        (256, 4, 1, struct.pack(f"{order}I", width)),
        (257, 4, 1, struct.pack(f"{order}I", height)),
        (258, 3, 1, struct.pack(f"{order}HH", 8, 0)),
        (259, 3, 1, struct.pack(f"{order}HH", 1, 0)),
        (262, 3, 1, struct.pack(f"{order}HH", 2, 0)),
        (273, 4, 1, struct.pack(f"{order}I", 8)),
        (277, 3, 1, struct.pack(f"{order}HH", 3, 0)),
        (278, 4, 1, struct.pack(f"{order}I", height)),
        (279, 4, 1, struct.pack(f"{order}I", len(pixels))),
    ]
    entries = b"".join(
        struct.pack(f"{order}HHI", *tag[:3]) + tag[3] for tag in sorted([*known, *tags])
    )
    count = struct.pack(f"{order}H", len(known) + len(tags))
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8 + len(pixels))
    return head + pixels + count + entries + bytes(4)


TIFF_FAULTS = {
    "EXIF far away": (34665, 4, 1, b"\xff\xff\xff\x7f"),
    "EXIF before the start": (34665, 9, 1, b"\xff\xff\xff\xff"),
    "EXIF that is text": (34665, 2, 4, b"abc\0"),
    "XMP that is text": (700, 2, 4, b"abc\0"),
    "XMP of numbers": (700, 4, 1, b"abcd"),
    "a resolution of 1/0": (282, 5, 1, b"\x08\0\0\0"),
    "an unknown type": (305, 99, 1, b"abcd"),
    "text far away": (305, 2, 9999, b"\xff\xff\xff\x7f"),
    "a profile of one number": (34675, 4, 1, b"abcd"),
}
