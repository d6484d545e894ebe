"""EMNIST: handwritten letters and digits, 28x28 and gray, dealt in six ways."""

from __future__ import annotations

import os
import string

from ...declared import checked
from ...errors import InputError, did_you_mean
from ...types import Array
from ..dataset import Dataset
from ..fetching.source import KnownFile, Source
from ..fetching.store import complete
from .idx_files import read_idx_files

_DIGITS = string.digits
# The lower-case letters that do not look like their capitals.
_MERGED = _DIGITS + string.ascii_uppercase + "abdefghnqrt"

CLASSES = {
    "balanced": tuple(_MERGED),
    "byclass": tuple(_DIGITS + string.ascii_uppercase + string.ascii_lowercase),
    "bymerge": tuple(_MERGED),
    "digits": tuple(_DIGITS),
    "letters": tuple(string.ascii_uppercase),
    "mnist": tuple(_DIGITS),
}
"""The ways of dealing, and what the classes are then."""

SIZES: dict[str, tuple[int | None, int | None]] = {
    "balanced": (112_800, 18_800),
    "byclass": (697_932, 116_323),
    "bymerge": (697_932, 116_323),
    "digits": (240_000, 40_000),
    "letters": (None, None),  # published with 88,800 + 14,800 and with 124,800 + 20,800
    "mnist": (60_000, 10_000),
}
"""Images for training and for testing."""


@checked
def emnist(
    split: str = "balanced", data_dir: str | os.PathLike[str] | None = None
) -> tuple[Dataset, Dataset]:
    """(train, test) of characters in 28x28 pixels (N, 28, 28, 1); all come in 562 MB to download.

    ``split`` is

    byclass  814,255 images of 62 classes: digits, capitals, small letters
    bymerge  the same in 47: a small letter that looks like its capital counts as that
    balanced 131,600 of the same 47, equally many of each
    letters  26 classes, a letter's two forms in one
    digits   280,000 of 10
    mnist    70,000 of 10, to be compared with `mnist`

    The files hold images in columns; they are turned upright here. InputError for another split,
    and for files that cannot be had or are not what they should be.

    G. Cohen, S. Afshar, J. Tapson, A. van Schaik, "EMNIST: an extension of MNIST to handwritten
    letters", arXiv:1702.05373, 2017. Public domain in the USA (NIST).
    """
    if split not in CLASSES:
        raise InputError(f"split: unknown split {split!r} of EMNIST{did_you_mean(split, CLASSES)}")
    source = EMNIST[split]
    _, folder = complete(source, data_dir)
    first_label = 1 if split == "letters" else 0
    return read_idx_files(
        source, folder, CLASSES[split], first_label=first_label, upright=_transposed
    )


def _transposed(images: Array) -> Array:
    return images.transpose(0, 2, 1)


CHECKSUMS = {
    "balanced": (
        "4041b0d6f15785d3fa35263901b5496b",
        "7a35cc7b2b7ee7671eddf028570fbd20",
        "6818d20fe2ce1880476f747bbc80b22b",
        "acd3694070dcbf620e36670519d4b32f",
    ),
    "byclass": (
        "712dda0bd6f00690f32236ae4325c377",
        "ee299a3ee5faf5c31e9406763eae7e43",
        "1435209e34070a9002867a9ab50160d7",
        "7a0f934bd176c798ecba96b36fda6657",
    ),
    "bymerge": (
        "4a792d4df261d7e1ba27979573bf53f3",
        "491be69ef99e1ab1f5b7f9ccc908bb26",
        "8eb5d34c91f1759a55831c37ec2a283f",
        "c13f4cd5211cdba1b8fa992dae2be992",
    ),
    "digits": (
        "d2662ecdc47895a6bbfce25de9e9a677",
        "2223fcfee618ac9c89ef20b6e48bcf9e",
        "a159b8b3bd6ab4ed4793c1cb71a2f5cc",
        "8afde66ea51d865689083ba6bb779fac",
    ),
    "letters": (
        "8795078f199c478165fe18db82625747",
        "c16de4f1848ddcdddd39ab65d2a7be52",
        "382093a19703f68edac6d01b8dfdfcad",
        "d4108920cd86601ec7689a97f2de7f59",
    ),
    "mnist": (
        "3663598a39195d030895b6304abb5065",
        "6c092f03c9bb63e678f80f8bc605fe37",
        "fb51b6430fc4dd67deaada1bf25d4524",
        "ae7f6be798a9a5d5f2bd32e078a402dd",
    ),
}
"""MD5 of the packed files, as Deeplearning4j publishes them."""

ARCHIVE = KnownFile(
    "gzip.zip",
    561_753_746,
    "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
    verbatim=True,
)


def _source(split: str) -> Source:
    parts = ("train-images-idx3", "train-labels-idx1", "test-images-idx3", "test-labels-idx1")
    names = [f"emnist-{split}-{part}-ubyte" for part in parts]
    return Source(
        name=f"emnist-{split}",
        files=tuple(
            KnownFile(name + ".gz", None, f"md5:{checksum}", aliases=(name,), verbatim=True)
            for name, checksum in zip(names, CHECKSUMS[split], strict=True)
        ),
        mirrors=(
            "https://biometrics.nist.gov/cs_links/EMNIST/",
            "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
        ),
        folders=("emnist", "emnist/gzip", "EMNIST/raw", "EMNIST/raw/gzip"),
        archive=ARCHIVE,
    )


EMNIST = {split: _source(split) for split in CLASSES}
