"""What a file is, by its first bytes: to say so where something else was expected."""

from __future__ import annotations

import re

HEAD = 64
"""Bytes of a file's start that are enough to tell."""

STARTS = (
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"GIF8", "a GIF image"),
    (b"\xff\x0a", "a JPEG XL image"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL image"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 image"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 image"),
    (b"8BPS", "a Photoshop document"),
    (b"\0\0\x01\0", "an icon"),
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself (`git lfs pull`)"),
    (b"PK\x03\x04", "a ZIP archive, such as an .xlsx spreadsheet"),
    (b"\xd0\xcf\x11\xe0", "an Office document, such as an .xls spreadsheet"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x1a\x45\xdf\xa3", "a video"),
    (b"{\\rtf", "an RTF document"),
)

HEIC = "a HEIC image"

BRANDS = {
    HEIC: "heic heix heim heis hevc hevx hevm hevs mif1 msf1",
    "an AVIF image": "avif avis",
    "a Canon raw image": "crx ",
}
"""Four letters after "ftyp": ISO/IEC 14496-12 and 23008-12, the registry at mp4ra.org."""


def file_kind(head: bytes) -> str:
    """What a file with this start is, with its article: "a HEIC image", "" if nobody knows."""
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    for start, kind in STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return {b"WEBP": "a WebP image", b"AVI ": "a video"}.get(head[8:12], "")
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if text.startswith((b"<svg", b"<?xml")):
        return "an SVG or XML document"
    return ""


def _by_brand(head: bytes) -> str:
    """An ISO media file: its major brand counts, then the compatible ones in their order."""
    letters = head[8:12] + head[16:]
    brands = [letters[i : i + 4].decode("latin-1") for i in range(0, len(letters), 4)]
    if "avif" in brands or "avis" in brands:  # their major brand may be mif1, as HEIC's may
        return "an AVIF image"
    for brand in brands:
        for kind, known in BRANDS.items():
            if re.search(rf"\b{re.escape(brand)}", known) and len(brand) == 4:
                return kind
    return "a video"
