"""The four IDX files of MNIST and its relatives, read into two data sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...types import Array
from ..dataset import Dataset
from ..fetching.source import Source, find_file
from ..formats.idx import read_idx


def read_idx_files(
    source: Source,
    folder: Path,
    classes: tuple[str, ...],
    *,
    first_label: int = 0,
    upright: Callable[[Array], Array] = np.asarray,
) -> tuple[Dataset, Dataset]:
    """(train, test) from the files of ``source``: images and labels of each, in this order.

    ``first_label`` is what the files call class 0; ``upright`` turns images (N, H, W). Raises
    InputError, naming the file, if one cannot be read or they do not fit one another.
    """
    paths = [find_file(folder, known) or folder / known.name for known in source.files]
    train = _read_part(paths[0], paths[1], "train", source.name, classes, first_label, upright)
    test = _read_part(paths[2], paths[3], "test", source.name, classes, first_label, upright)
    if train.images.shape[1:] != test.images.shape[1:]:
        raise InputError(
            f"{folder}: expected images for training and test of one size, received "
            f"{train.images.shape[1:3]} and {test.images.shape[1:3]}"
        )
    return train, test


def _read_part(
    image_file: Path,
    label_file: Path,
    split: str,
    name: str,
    classes: tuple[str, ...],
    first_label: int,
    upright: Callable[[Array], Array],
) -> Dataset:
    labels = read_idx(label_file, 1)
    images = read_idx(image_file, 3)
    if len(images) != len(labels):
        raise InputError(
            f"{image_file}, {label_file}: expected a label for each image, received "
            f"{len(images):,} images and {len(labels):,} labels"
        )
    if images.size == 0:
        raise InputError(f"{image_file} has no pixels: its shape is {images.shape}")
    last = first_label + len(classes) - 1
    outside = np.flatnonzero((labels < first_label) | (labels > last))
    if len(outside):
        first = int(outside[0])
        raise InputError(
            f"{label_file}: expected labels in {first_label}..{last}, received {labels[first]} at "
            f"number {first:,}"
        )
    pixels = np.ascontiguousarray(upright(images))[..., np.newaxis]
    return Dataset(pixels, labels.astype(np.int64) - first_label, classes, split, name)
