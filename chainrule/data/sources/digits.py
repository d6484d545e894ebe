"""The digits that come with the package: 1,797 images of 8x8, no download."""

from __future__ import annotations

import hashlib
import io
import os
from importlib import resources
from pathlib import Path

import numpy as np

from ...declared import checked
from ...errors import InputError
from ..dataset import Dataset
from ..fetching.source import KnownFile, Source


@checked
def digits(data_dir: str | os.PathLike[str] | None = None) -> tuple[Dataset, Dataset]:
    """(train, test) of handwritten digits: 1,438 and 359 images (N, 8, 8, 1).

    The file keeps the original's values v = 0..16, how many of the 4x4 pixels under each were
    inked; they are read as (255 v + 8) // 16, which is 0..255 and loses nothing. The test set
    is a fifth of each class, written in the file so that it is the same for ever.
    ``data_dir`` is taken for the sake of being called like the others, and is not looked at.

    E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine
    Learning Repository, 1998, https://doi.org/10.24432/C50P49. CC BY 4.0.

    InputError for a damaged file.

    >>> train, test = digits()
    >>> train.images.shape, test.classes[test.labels[0]] in "0123456789"
    ((1438, 8, 8, 1), True)
    """
    file = FOLDER / DIGITS.files[0].name
    data = file.read_bytes()
    if hashlib.sha256(data).hexdigest() != DIGITS.files[0].checksum:
        raise InputError(f"{file} is damaged: install chainrule again")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        inked, labels, test = arrays["images"], arrays["labels"], arrays["test"]
    images = ((inked.astype(np.uint16) * 255 + 8) // 16).astype(np.uint8)
    every = Dataset(
        images[..., np.newaxis], labels.astype(np.int64), tuple("0123456789"), "all", "digits"
    )
    train = np.setdiff1d(np.arange(len(every)), test)
    return every.take(train, "train"), every.take(test, "test")


FOLDER = Path(str(resources.files("chainrule.data"))) / "files"
"""Inside the package; origin and license of the file are told in DIGITS.md there."""

SHA256 = "b4f2152d04a8b43e4e9b5d84f3af28ee3860896134f4930d9c3b397864786696"

DIGITS = Source(
    name="digits",
    files=(KnownFile("digits.npz", 46_202, SHA256),),
    mirrors=(),
    system=(str(FOLDER),),
)
