from __future__ import annotations

import io
import struct
import sys
import types

import numpy as np
import pytest
from PIL import Image

from chainrule.data.formats.image_decoding import image_fault, open_image
from chainrule.data.formats.images import read_image
from chainrule.errors import ChainruleWarning, InputError

from ..metadata_faults import (
    BROKEN_EXIF,
    EXIF,
    IMAGE,
    JPEG_FAULTS,
    PIXELS,
    PNG_FAULTS,
    TIFF_FAULTS,
    chunk,
    jpeg,
    png,
    saved,
    segment,
    tiff,
    webp,
)

TURNED = np.rot90(PIXELS, -1)


def opened(content: bytes):
    return open_image(io.BytesIO(content))


def same(image: Image.Image, pixels: np.ndarray, close: float = 0) -> bool:
    found = np.asarray(image.convert("RGB"), int)
    return found.shape == pixels.shape and bool(np.abs(found - pixels).max() <= close)


@pytest.mark.parametrize("at_end", [False, True], ids=["before the pixels", "behind"])
@pytest.mark.parametrize("fault", PNG_FAULTS)
def test_a_png_is_kept_without_its_broken_metadata(fault: str, at_end: bool) -> None:
    found = opened(png(PNG_FAULTS[fault], at_end=at_end))
    assert same(found.image, PIXELS)
    assert not found.turned
    # and what is whole beside it counts
    found = opened(png(chunk(b"eXIf", EXIF[6:]), PNG_FAULTS[fault], at_end=at_end))
    assert found.turned
    assert same(found.image, TURNED)
    assert (found.width, found.height) == (12, 16)


@pytest.mark.parametrize("fault", [name for name in PNG_FAULTS if "1 MB" in name])
def test_what_was_ignored_is_said(fault: str, tmp_path) -> None:
    (tmp_path / "a.png").write_bytes(png(PNG_FAULTS[fault]))
    assert opened(png()).ignored == ""
    with pytest.warns(ChainruleWarning, match=r"a\.png: broken metadata are ignored \(.*too large"):
        pixels = read_image(tmp_path / "a.png", PIXELS.shape)
    assert (pixels == PIXELS).all()


@pytest.mark.parametrize("fault", JPEG_FAULTS)
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_is_kept_without_its_broken_metadata(fault: str, mode: str) -> None:
    image = IMAGE.convert(mode)
    plain = opened(jpeg(image=image)).image
    found = opened(jpeg(JPEG_FAULTS[fault], image=image))
    assert (found.mode, found.format) == (mode, "JPEG")
    assert same(found.image, np.asarray(plain.convert("RGB")))
    turned = opened(jpeg(segment(0xE1, EXIF), JPEG_FAULTS[fault], image=image))
    assert same(turned.image, np.rot90(np.asarray(plain.convert("RGB")), -1))


def exif_in(kind: str, exif: bytes) -> bytes:
    if kind == "PNG":
        return png(chunk(b"eXIf", exif[6:]))
    return jpeg(segment(0xE1, exif)) if kind == "JPEG" else webp((b"EXIF", exif))


@pytest.mark.parametrize("fault", BROKEN_EXIF)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_broken_exif_does_not_count(kind: str, fault: str) -> None:
    found = opened(exif_in(kind, BROKEN_EXIF[fault]))
    assert same(found.image, PIXELS, 15 if kind == "JPEG" else 0)
    assert not found.turned


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_exif_that_is_no_exif_is_said(kind: str) -> None:
    assert opened(exif_in(kind, BROKEN_EXIF["no header"])).ignored == "broken EXIF"
    whole = opened(exif_in(kind, EXIF))
    assert (whole.turned, whole.ignored) == (True, "")


@pytest.mark.parametrize("count", [2, 65535])
def test_orientation_counts_though_another_entry_is_broken(count: int) -> None:
    """Its value lies beyond the end, which Pillow's own way of turning an image stumbles over."""
    far = b"\x0e\x01\x02\0\xff\xff\0\0\xff\xff\0\0"
    exif = EXIF[:14] + struct.pack("<H", count) + far + EXIF[16:]
    for kind in "PNG", "JPEG", "WEBP":
        found = opened(exif_in(kind, exif))
        assert same(found.image, TURNED, 15 if kind == "JPEG" else 0)


@pytest.mark.parametrize(
    "chunks", [[(b"XMP ", b"\xff\xfe<x")], [(b"EXIF", b"")], [(b"abcd", b"x")]], ids=str
)
def test_a_webp_is_kept_without_its_broken_metadata(chunks) -> None:
    assert same(opened(webp(*chunks)).image, PIXELS)


def test_a_webp_whose_metadata_are_cut_short_has_all_its_pixels() -> None:
    whole = webp((b"EXIF", EXIF + bytes(1000)))
    found = opened(whole[:-500])
    assert same(found.image, PIXELS)
    assert found.ignored
    with pytest.raises(Exception, match=r"."):
        opened(whole[: whole.index(b"EXIF") - 20])


@pytest.mark.parametrize("fault", TIFF_FAULTS)
@pytest.mark.parametrize("order", "<>")
def test_a_tiff_is_kept_without_its_broken_tags(fault: str, order: str) -> None:
    found = opened(tiff(TIFF_FAULTS[fault], order=order))
    assert same(found.image, PIXELS)
    six = struct.pack(f"{order}HH", 6, 0)
    found = opened(tiff((274, 3, 1, six), TIFF_FAULTS[fault], order=order))
    assert same(found.image, TURNED)
    assert found.turned
    assert (found.width, found.height) == (12, 16)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_every_orientation_as_pillow_turns_it(kind: str, orientation: int) -> None:
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    content = saved(kind, exif=exif, **options)
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        wanted = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    found = opened(content)
    assert same(found.image, wanted)
    assert (found.height, found.width) == wanted.shape[:2]
    assert found.turned == (orientation != 1)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "PPM"])
def test_pixels_that_are_cut_short_are_still_refused(kind: str) -> None:
    whole = saved(kind)
    for broken in (whole, png(PNG_FAULTS["iTXt above 1 MB"]), webp((b"EXIF", b"no"))):
        with pytest.raises(Exception, match=r".") as caught:
            opened(broken[: len(broken) - len(whole) // 2])
        assert image_fault(caught.value).startswith("it is")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_the_content_says_what_a_file_is_and_not_its_name(tmp_path, kind: str) -> None:
    (tmp_path / "a.bmp").write_bytes(saved(kind))
    assert read_image(tmp_path / "a.bmp", PIXELS.shape).shape == PIXELS.shape


def test_several_frames_in_a_jpeg_are_one(tmp_path) -> None:
    other = Image.fromarray(PIXELS[::-1])
    content = saved("MPO", save_all=True, append_images=[other], quality=95)
    found = opened(content)
    assert (found.format, found.ignored) == ("JPEG", "")
    assert same(found.image, PIXELS, 15)
    assert same(opened(content[: len(content) * 2 // 3]).image, PIXELS, 15)  # the second is cut


def test_exif_whose_checksum_is_wrong_does_not_count() -> None:
    found = opened(png(chunk(b"eXIf", EXIF[6:], whole=False)))
    assert same(found.image, PIXELS)
    assert found.ignored


PHONE = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)


def test_heic_is_named_with_the_way_out(monkeypatch, tmp_path) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as if it were not installed
    (tmp_path / "IMG_0001.jpg").write_bytes(PHONE)
    with pytest.raises(InputError, match=r"it is a HEIC image, which needs .*chainrule\[heif\]"):
        read_image(tmp_path / "IMG_0001.jpg", (8, 8, 3))


def test_heic_is_read_by_pillow_heif(monkeypatch) -> None:
    """Here by a stand-in for its class, which opens an image like any plugin of Pillow's."""

    def heif_image_file(file):
        image = Image.open(io.BytesIO(png()))
        image.format = "HEIF"
        return image

    stand_in = types.ModuleType("pillow_heif")
    stand_in.HeifImageFile = heif_image_file  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pillow_heif", stand_in)
    found = opened(PHONE)
    assert found.format == "HEIF"
    assert same(found.image, PIXELS)


def test_real_heic(tmp_path) -> None:
    heif = pytest.importorskip("pillow_heif")
    exif = Image.Exif()
    exif[0x0112] = 6
    heif.from_pillow(IMAGE.resize((64, 48))).save(tmp_path / "a.heic", quality=90)
    found = opened((tmp_path / "a.heic").read_bytes())
    assert (found.format, found.width, found.height) == ("HEIF", 64, 48)
    with pytest.raises(Exception, match=r".") as caught:
        opened(PHONE)
    assert image_fault(caught.value).startswith("it is damaged")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "it is an AVIF image; save it as JPEG or PNG"),
        (b"%PDF-1.4\n", "it is a PDF document"),
        (b"<!DOCTYPE html>", "it is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "it is a Git LFS pointer"),
        (b"nothing at all", "it is no PNG, JPEG, GIF, WEBP, BMP, TIFF or PPM image"),
    ],
)
def test_what_is_no_image_is_named(content: bytes, reason: str) -> None:
    with pytest.raises(Exception, match=r".") as caught:
        opened(content)
    assert image_fault(caught.value).startswith(reason)
