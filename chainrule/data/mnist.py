"""MNIST and Fashion-MNIST: 60,000 + 10,000 grey images of 28x28 in ten classes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ..errors import InputError
from .content import check_file
from .dataset import Dataset
from .idx import read_idx
from .source import KnownFile, Source, find_file
from .store import complete_folder


def mnist(data_dir: str | os.PathLike[str] | None = None) -> tuple[Dataset, Dataset]:
    """(train, test) of handwritten digits, 60,000 and 10,000 images (N, 28, 28, 1).

    Files are looked for in ``data_dir``, $CHAINRULE_DATA, the cache and the system's folders,
    and are downloaded (11 MB) if they are nowhere. Raises InputError for files that cannot be
    had or are not what they should be.

    Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", 1998.
    """
    return _read(MNIST, tuple("0123456789"), data_dir)


def fashion_mnist(data_dir: str | os.PathLike[str] | None = None) -> tuple[Dataset, Dataset]:
    """(train, test) of articles of clothing, in the same form as `mnist` (31 MB to download).

    H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking
    machine learning algorithms", arXiv:1708.07747, 2017. MIT licence.
    """
    return _read(FASHION_MNIST, FASHION_CLASSES, data_dir)


FASHION_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

PARTS = {"train": "train", "test": "t10k"}
"""How the files of each split begin."""


def _files(*checksums: str) -> tuple[KnownFile, ...]:
    """The four files of MNIST and its look-alikes, given their contents' SHA-256."""
    names = (
        ("train-images-idx3-ubyte", 16 + 60_000 * 28 * 28),
        ("train-labels-idx1-ubyte", 8 + 60_000),
        ("t10k-images-idx3-ubyte", 16 + 10_000 * 28 * 28),
        ("t10k-labels-idx1-ubyte", 8 + 10_000),
    )
    return tuple(
        KnownFile(name, size, checksum, aliases=(name.replace("-idx", ".idx"),))
        for (name, size), checksum in zip(names, checksums, strict=True)
    )


MNIST = Source(
    name="mnist",
    files=_files(
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    mirrors=(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
    folders=("MNIST/raw",),
)

FASHION_MNIST = Source(
    name="fashion-mnist",
    files=_files(
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    folders=("FashionMNIST/raw",),
    system=("/usr/share/datasets/fashion-mnist",),  # Debian's dataset-fashion-mnist
)


def _read(
    source: Source, classes: tuple[str, ...], data_dir: str | os.PathLike[str] | None
) -> tuple[Dataset, Dataset]:
    folder = complete_folder(source, data_dir)
    for other in (MNIST, FASHION_MNIST):
        if other is not source and check_file(folder, other.files[-1])[1]:
            raise InputError(f"the files in {folder} are {other.name}, not {source.name}")
    train, test = (_read_part(source, folder, split, classes) for split in PARTS)
    if train.images.shape[1:] != test.images.shape[1:]:
        raise InputError(
            f"images for training and test in {folder} must be of one size, got "
            f"{train.images.shape[1:3]} and {test.images.shape[1:3]}"
        )
    return train, test


def _read_part(source: Source, folder: Path, split: str, classes: tuple[str, ...]) -> Dataset:
    image_file, label_file = (
        find_file(folder, known) or folder / known.name
        for known in source.files
        if known.name.startswith(PARTS[split])
    )
    labels = read_idx(label_file, 1)
    images = read_idx(image_file, 3)
    if len(images) != len(labels):
        raise InputError(
            f"{image_file} and {label_file} must be equally long, got "
            f"{len(images):,} images and {len(labels):,} labels"
        )
    if images.size == 0:
        raise InputError(f"{image_file} has no pixels: its shape is {images.shape}")
    outside = np.flatnonzero(labels >= len(classes))
    if len(outside):
        first = int(outside[0])
        raise InputError(
            f"{label_file} must hold labels in 0..{len(classes) - 1}, got {labels[first]} at "
            f"number {first:,}"
        )
    return Dataset(images[..., np.newaxis], labels.astype(np.int64), classes, split, source.name)
