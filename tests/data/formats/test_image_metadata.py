from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chainrule.data.formats import image_metadata
from chainrule.data.formats.image_metadata import exif_orientation, without_metadata

from ...training.test_mutations import mutate
from ..metadata_faults import BROKEN_EXIF, EXIF, PNG_FAULTS, chunk, jpeg, png, segment, tiff, webp


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("orientation", [*range(10), 65535])
def test_orientation_by_exif(order: str, orientation: int) -> None:
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, 1)
    entry = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    wanted = orientation if 1 <= orientation <= 8 else 1
    for exif in (head + entry, b"Exif\0\0" + head + entry, 2 * b"Exif\0\0" + head + entry):
        assert exif_orientation(exif) == wanted


@pytest.mark.parametrize("fault", BROKEN_EXIF)
def test_exif_that_is_broken_says_nothing(fault: str) -> None:
    no_header = fault in ("empty", "no header")
    assert exif_orientation(BROKEN_EXIF[fault]) == (None if no_header else 1)


def bare(content: bytes) -> tuple[bytes, int] | None:
    found = without_metadata(io.BytesIO(content))
    return None if found is None else (found[0].read(), found[1])


def test_nothing_but_pixels_is_left() -> None:
    plain = png()
    assert bare(plain) is None  # there is nothing else in it
    for fault in PNG_FAULTS.values():
        assert bare(png(fault)) == (plain, 1)
        assert bare(png(fault, at_end=True)) == (plain, 1)
    assert bare(png(chunk(b"eXIf", EXIF[6:]))) == (plain, 6)
    assert bare(jpeg(segment(0xE1, EXIF), segment(0xFE, b"hello"))) == (jpeg(), 6)
    assert bare(webp((b"EXIF", EXIF), (b"XMP ", b"<x"))) == (bare(webp((b"XMP ", b"")))[0], 6)
    assert bare(tiff((305, 2, 4, b"abc\0")))[0].startswith(tiff()[:900])
    assert bare(b"GIF89a") is bare(b"") is bare(b"\xff\xd8\xff") is None


def test_the_colors_of_a_jpeg_stay_what_they_are() -> None:
    """CMYK is stored inverted, which Adobe's segment says."""
    ink = Image.new("CMYK", (8, 8), (10, 200, 100, 50))
    content = jpeg(segment(0xE1, EXIF), image=ink)
    without = bare(content)[0]
    assert b"Adobe" in without
    with Image.open(io.BytesIO(content)) as a, Image.open(io.BytesIO(without)) as b:
        assert (np.asarray(a) == np.asarray(b)).all()


def test_whole_transparency_is_of_the_pixels() -> None:
    clear = chunk(b"tRNS", bytes(6))
    assert bare(png(clear, PNG_FAULTS["size cut short"])) == (png(clear), 1)


@given(st.binary(max_size=60), st.sampled_from(image_metadata.TAKERS))
def test_any_bytes(data: bytes, taker) -> None:
    content = taker[0] + data
    found = bare(content)
    assert found is None or (found[0] != content and found[1] in range(1, 9))


@pytest.mark.parametrize("seed", range(60))
def test_any_damage(seed: int) -> None:
    originals = (
        png(*PNG_FAULTS.values()),
        jpeg(segment(0xE1, EXIF)),
        webp((b"EXIF", EXIF)),
        tiff(),
    )
    content = mutate(originals[seed % 4], np.random.default_rng(seed))
    found = bare(content)
    assert found is None or (found[0] != content and found[1] in range(1, 9))


@pytest.mark.parametrize(
    ("content", "left"),
    [
        (b"\xff\xd8\xff" + b"\xff\0" * 2_000_000, None),
        (b"\xff\xd8" + b"\xff" * 4_000_000, None),
        (b"\x89PNG\r\n\x1a\n" + (bytes(4) + b"abcd" + bytes(4)) * 300_000, 8),
        (b"RIFF\0\0\0\0WEBP" + (b"abcd" + bytes(4)) * 300_000, 12),
    ],
    ids=["escapes", "fillers", "chunks", "RIFF"],
)
def test_a_file_of_endless_parts_has_an_end(content: bytes, left: int | None) -> None:
    """Of chunks that no pixel needs the head is left; a JPEG without an image is left alone."""
    found = bare(content)
    assert (found and len(found[0])) == left
