"""Street View House Numbers: 73,257 + 26,032 colored images of 32x32, one digit in each middle."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ...declared import checked
from ...errors import InputError
from ..dataset import Dataset
from ..fetching.source import KnownFile, Source, find_file
from ..fetching.store import complete
from ..formats.mat import read_mat


@checked
def svhn(data_dir: str | os.PathLike[str] | None = None) -> tuple[Dataset, Dataset]:
    """(train, test) of digits of house numbers, (N, 32, 32, 3); 246 MB to download.

    Read from ``train_32x32.mat`` and ``test_32x32.mat``, where the digit 0 has the label 10.
    The 531,131 easier images of ``extra_32x32.mat`` are not used. InputError for files that cannot
    be had or are not what they should be.

    Y. Netzer et al., "Reading digits in natural images with unsupervised feature learning",
    2011. For non-commercial use only.
    """
    _, folder = complete(SVHN, data_dir)
    paths = [find_file(folder, known) or folder / known.name for known in SVHN.files]
    return _read(paths[0], "train"), _read(paths[1], "test")


def _read(path: Path, split: str) -> Dataset:
    arrays = read_mat(path, ("X", "y"))
    pixels, labels = arrays["X"], arrays["y"].ravel()
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[2] != 3 or not pixels.size:
        raise InputError(
            f"{path}: X: expected uint8 (H, W, 3, N), received "
            f"{pixels.dtype} of shape {pixels.shape}"
        )
    if pixels.shape[3] != len(labels):
        raise InputError(
            f"{path}: expected a label for each image, received {pixels.shape[3]:,} images and "
            f"{len(labels):,} labels"
        )
    outside = np.flatnonzero(~np.isin(labels, np.arange(1, 11)))
    if len(outside):
        first = int(outside[0])
        raise InputError(f"{path}: expected labels in 1..10, received {labels[first]} at {first:,}")
    images = np.ascontiguousarray(pixels.transpose(3, 0, 1, 2))
    return Dataset(images, labels.astype(np.int64) % 10, tuple("0123456789"), split, "svhn")


SVHN = Source(
    name="svhn",
    files=(
        KnownFile(
            "train_32x32.mat",
            182_040_794,
            "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
            verbatim=True,
        ),
        KnownFile(
            "test_32x32.mat",
            64_275_384,
            "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
            verbatim=True,
        ),
    ),
    mirrors=("http://ufldl.stanford.edu/housenumbers/",),
    folders=("SVHN",),
)
