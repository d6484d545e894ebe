"""CIFAR-10 and CIFAR-100: 50,000 + 10,000 colored images of 32x32."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ...declared import checked
from ...errors import InputError, did_you_mean
from ...types import Array
from ..dataset import Dataset
from ..fetching.source import KnownFile, Source, find_file
from ..fetching.store import complete
from ..formats.cifar_files import read_binary, read_python, stack
from .cifar_classes import CIFAR10_CLASSES, CIFAR100_COARSE, CIFAR100_FINE


@checked
def cifar10(data_dir: str | os.PathLike[str] | None = None) -> tuple[Dataset, Dataset]:
    """(train, test) of ten kinds of things, 50,000 and 10,000 images (N, 32, 32, 3).

    Read from ``cifar-10-batches-bin`` or ``cifar-10-batches-py`` in ``data_dir``,
    $CHAINRULE_DATA or the cache; downloaded (170 MB) if it is nowhere. Pickles are read by a
    reader that can build nothing but numbers and text. Raises InputError for files that cannot
    be had or are not what they should be.

    A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
    """
    form, folder = complete(CIFAR10, data_dir)

    def read(path: Path) -> tuple[Array, Array]:
        return read_binary(path, 1, 0) if form is CIFAR10 else read_python(path, "labels")

    return _read(form, folder, read, CIFAR10_CLASSES, "cifar10")


@checked
def cifar100(
    data_dir: str | os.PathLike[str] | None = None, labels: str = "fine"
) -> tuple[Dataset, Dataset]:
    """(train, test) of a hundred kinds of things, in the same form as `cifar10`.

    ``labels`` is "fine", for the hundred classes, or "coarse", for the 20 kinds that they are of.
    Read from ``cifar-100-binary`` or ``cifar-100-python``, or downloaded (169 MB). InputError for
    another kind of labels, and as from `cifar10`.
    """
    if labels not in _CIFAR100:
        raise InputError(f"labels: unknown kind {labels!r}{did_you_mean(str(labels), _CIFAR100)}")
    classes, place, name = _CIFAR100[labels]
    form, folder = complete(CIFAR100, data_dir)

    def read(path: Path) -> tuple[Array, Array]:
        if form is CIFAR100:
            return read_binary(path, 2, place)
        return read_python(path, f"{labels}_labels")

    return _read(form, folder, read, classes, name)


_CIFAR100 = {
    "coarse": (CIFAR100_COARSE, 0, "cifar100-coarse"),
    "fine": (CIFAR100_FINE, 1, "cifar100"),
}
"""Classes, the place of the label in a record, and the data set's name."""


def _read(
    form: Source,
    folder: Path,
    read: Callable[[Path], tuple[Array, Array]],
    classes: tuple[str, ...],
    name: str,
) -> tuple[Dataset, Dataset]:
    """The last file is the test set, the others are for training."""
    paths = [find_file(folder, known) or folder / known.name for known in form.files]
    train = stack([(path, read(path)) for path in paths[:-1]], len(classes))
    test = stack([(paths[-1], read(paths[-1]))], len(classes))
    return Dataset(*train, classes, "train", name), Dataset(*test, classes, "test", name)


def _records(name: str, records: int, label_bytes: int, sha1: str) -> KnownFile:
    return KnownFile(name, records * (label_bytes + 3072), f"sha1:{sha1}")


# SHA-1 of the binary files as Apache MXNet publishes them, SHA-256 of the archives as
# TensorFlow Datasets does, MD5 of the Python files as torchvision does.
CIFAR10 = Source(
    name="cifar10",
    files=(
        _records("data_batch_1.bin", 10_000, 1, "aadd24acce27caa71bf4b10992e9e7b2d74c2540"),
        _records("data_batch_2.bin", 10_000, 1, "c0ba65cce70568cd57b4e03e9ac8d2a5367c1795"),
        _records("data_batch_3.bin", 10_000, 1, "1dd00a74ab1d17a6e7d73e185b69dbf31242f295"),
        _records("data_batch_4.bin", 10_000, 1, "aab85764eb3584312d3c7f65fd2fd016e36a258e"),
        _records("data_batch_5.bin", 10_000, 1, "26e2849e66a845b7f1e4614ae70f4889ae604628"),
        _records("test_batch.bin", 10_000, 1, "67eb016db431130d61cd03c7ad570b013799c88c"),
    ),
    mirrors=(
        "https://www.cs.toronto.edu/~kriz/",
        "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/gluon/dataset/cifar10/",
    ),
    folders=("cifar-10-batches-bin",),
    archive=KnownFile(
        "cifar-10-binary.tar.gz",
        170_052_171,
        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        verbatim=True,
    ),
    forms=(
        Source(
            name="cifar10",
            files=(
                KnownFile("data_batch_1", None, "md5:c99cafc152244af753f735de768cd75f"),
                KnownFile("data_batch_2", None, "md5:d4bba439e000b95fd0a9bffe97cbabec"),
                KnownFile("data_batch_3", None, "md5:54ebc095f3ab1f0389bbae665268c751"),
                KnownFile("data_batch_4", None, "md5:634d18415352ddfa80567beed471001a"),
                KnownFile("data_batch_5", None, "md5:482c414d41f54cd18b22e5b47cb7c3cb"),
                KnownFile("test_batch", None, "md5:40351d587109b95175f43aff81a1287e"),
            ),
            mirrors=(),
            folders=("cifar-10-batches-py",),
        ),
    ),
)

CIFAR100 = Source(
    name="cifar100",
    files=(
        _records("train.bin", 50_000, 2, "e207cd2e05b73b1393c74c7f5e7bea451d63e08e"),
        _records("test.bin", 10_000, 2, "8fb6623e830365ff53cf14adec797474f5478006"),
    ),
    mirrors=(
        "https://www.cs.toronto.edu/~kriz/",
        "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/gluon/dataset/cifar100/",
    ),
    folders=("cifar-100-binary",),
    archive=KnownFile(
        "cifar-100-binary.tar.gz",
        168_513_733,
        "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        verbatim=True,
    ),
    forms=(
        Source(
            name="cifar100",
            files=(
                KnownFile("train", None, "md5:16019d7e3df5f24257cddd939b257f8d"),
                KnownFile("test", None, "md5:f0ef6b0ae62326f3e7ffdfab6717acfc"),
            ),
            mirrors=(),
            folders=("cifar-100-python",),
        ),
    ),
)
