from __future__ import annotations

import io

import pytest
from PIL import Image

from chainrule.data.formats.file_kinds import HEAD, file_kind


def media(major: bytes, *compatible: bytes) -> bytes:
    return b"\0\0\0\x20ftyp" + major + bytes(4) + b"".join(compatible)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (media(b"heic", b"mif1", b"heic"), "a HEIC image"),  # of a phone
        (media(b"mif1", b"mif1", b"heic"), "a HEIC image"),
        (media(b"heix"), "a HEIC image"),
        (media(b"mif1", b"avif", b"miaf"), "an AVIF image"),
        (media(b"avif", b"mif1"), "an AVIF image"),
        (media(b"crx ", b"crx ", b"isom"), "a Canon raw image"),
        (media(b"qt  "), "a video"),
        (media(b"mp42", b"isom"), "a video"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\xff\x0a\xfa", "a JPEG XL image"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"  <!DOCTYPE HTML>", "a web page"),
        (b"\xef\xbb\xbf<svg xmlns", "an SVG"),
        (b"path,label\n", ""),
        (b"", ""),
        (b"\0\0\0\x20ftyp", "a video"),
    ],
)
def test_a_file_by_its_start(head: bytes, kind: str) -> None:
    assert file_kind(head).startswith(kind)
    assert bool(file_kind(head)) == bool(kind)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WebP"])
def test_the_usual_images(kind: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (3, 3)).save(buffer, kind)
    assert file_kind(buffer.getvalue()[:HEAD]) == f"a {kind} image"
