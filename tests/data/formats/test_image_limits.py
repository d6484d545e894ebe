from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from chainrule.data.formats import image_limits
from chainrule.data.formats.image_decoding import OpenedImage, open_image
from chainrule.data.formats.image_limits import MAX_JPEG_PIXELS, MAX_PIXELS
from chainrule.data.formats.images import decode_image
from chainrule.errors import InputError

from ..metadata_faults import IMAGE, saved


def opened(content: bytes) -> OpenedImage:
    return open_image(io.BytesIO(content))


def claim(content: bytes, width: int, height: int) -> bytes:
    """A JPEG whose header says another size: nothing but the start of the pixels is there."""
    at = next(content.index(bytes([0xFF, m])) for m in (0xC0, 0xC2) if bytes([0xFF, m]) in content)
    return content[: at + 5] + struct.pack(">HH", height, width) + content[at + 9 :]


def test_a_jpeg_of_108_megapixels_is_decoded_at_less(monkeypatch) -> None:
    """The same rule with small numbers: 12 by 9 thousand pixels would take the test a second."""
    monkeypatch.setattr(image_limits, "MAX_PIXELS", 80 * 80)
    monkeypatch.setattr(image_limits, "MAX_JPEG_PIXELS", 4 * 80 * 80)
    ramp = np.linspace(0, 255, 120 * 90 * 3).reshape(90, 120, 3).astype(np.uint8)
    content = saved("JPEG", Image.fromarray(ramp), quality=95)
    for enough in 10, 80, 1000:
        found = open_image(io.BytesIO(content), enough)
        assert found.image.width * found.image.height <= 80 * 80
        assert (found.width, found.height) == (120, 90)
    assert found.image.size == (60, 45)
    small = decode_image(io.BytesIO(content), (9, 12, 3), "it").astype(int)
    whole = np.asarray(Image.fromarray(ramp).resize((12, 9), Image.Resampling.BILINEAR), int)
    assert np.abs(small - whole).max() <= 8
    with pytest.raises(Image.DecompressionBombError):
        opened(saved("PNG", Image.fromarray(ramp)))
    larger = Image.fromarray(np.zeros((200, 200), np.uint8))
    with pytest.raises(InputError, match="it has more than 25,600 pixels; make it smaller first"):
        opened(saved("JPEG", larger))


def test_what_a_large_jpeg_needs_is_known_before_it_is_decoded(monkeypatch) -> None:
    """One that is progressive is held whole, whatever the size that is asked for."""
    monkeypatch.setattr(image_limits, "MAX_PIXELS", 80 * 80)
    monkeypatch.setattr(image_limits, "MAX_JPEG_PIXELS", 4 * 80 * 80)
    monkeypatch.setattr(image_limits, "MAX_COEFFICIENTS", 4 * 120 * 90)
    image = IMAGE.resize((120, 90))
    assert opened(saved("JPEG", image, subsampling="4:4:4")).width == 120
    assert opened(saved("JPEG", image, progressive=True, subsampling="4:2:0")).width == 120
    with pytest.raises(InputError, match=r"it is a progressive JPEG of 10,800 pixels, and needs"):
        opened(saved("JPEG", image, progressive=True, subsampling="4:4:4"))


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (65_000, 65_000)])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_small_jpeg_that_claims_more_is_refused(width, height, progressive: bool) -> None:
    assert width * height > MAX_JPEG_PIXELS
    with pytest.raises(InputError, match="it has more than 320,000,000 pixels"):
        opened(claim(saved("JPEG", progressive=progressive), width, height))


def test_a_small_jpeg_that_claims_108_megapixels_takes_the_memory_of_few() -> None:
    """libjpeg fills the rest with gray, if the mark of the end is there."""
    content = claim(saved("JPEG"), 12_000, 9_000)
    found = open_image(io.BytesIO(content), 64)
    assert found.image.size == (1_500, 1_125)
    with pytest.raises(OSError, match="truncated"):
        open_image(io.BytesIO(content[:-2]), 64)


@pytest.mark.parametrize("name", [b"VP8X", b"VP8L", b"VP8 "])
def test_a_webp_that_claims_more_is_refused_before_there_is_memory_for_it(name: bytes) -> None:
    side = 9_500
    assert side * side > MAX_PIXELS
    size = {
        b"VP8X": bytes(4) + 2 * (side - 1).to_bytes(3, "little"),
        b"VP8L": b"\x2f" + ((side - 1) | (side - 1) << 14).to_bytes(4, "little"),
        b"VP8 ": b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", side, side),
    }[name]
    content = b"RIFF" + struct.pack("<I", 60) + b"WEBP" + name + struct.pack("<I", 40) + size
    with pytest.raises(Image.DecompressionBombError):
        opened(content + bytes(40))
