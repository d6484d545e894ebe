"""Data sets, ready to train on: ``train, test = chainrule.data.sources.mnist()``.

A data set of one's own is a folder of images, or one file with a reader and, below, one row.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..declared import checked
from ..errors import InputError, did_you_mean
from ..public import publish
from .dataset import Dataset as Dataset
from .fetching import paths, store
from .folds import k_fold as k_fold
from .grayscale import grayscale as grayscale
from .loader import Loader as Loader
from .resize import resize as resize
from .sources.cifar import CIFAR10, CIFAR100
from .sources.cifar import cifar10 as cifar10
from .sources.cifar import cifar100 as cifar100
from .sources.digits import DIGITS
from .sources.digits import digits as digits
from .sources.emnist import CLASSES as EMNIST_CLASSES
from .sources.emnist import EMNIST
from .sources.emnist import SIZES as EMNIST_SIZES
from .sources.emnist import emnist as emnist
from .sources.mnist import FASHION_MNIST, KMNIST, MNIST
from .sources.mnist import fashion_mnist as fashion_mnist
from .sources.mnist import kmnist as kmnist
from .sources.mnist import mnist as mnist
from .sources.svhn import SVHN
from .sources.svhn import svhn as svhn
from .splits import Split as Split
from .splits import split as split

if TYPE_CHECKING:
    from . import audit as audit
    from . import augment as augment
    from . import folder as folder
    from .fetching.http import Progress
    from .fetching.source import Source


class _Row(NamedTuple):
    """Classes, images to train and to test with (None: not known), their ``shape`` (H, W, C)."""

    read: Callable[[str | os.PathLike[str] | None], tuple[Dataset, Dataset]]
    source: Source
    classes: int
    train: int | None
    test: int | None
    shape: tuple[int, int, int]


_GRAY, _COLOR = (28, 28, 1), (32, 32, 3)
_TABLE = {
    "digits": _Row(digits, DIGITS, 10, 1_438, 359, (8, 8, 1)),
    "mnist": _Row(mnist, MNIST, 10, 60_000, 10_000, _GRAY),
    "fashion-mnist": _Row(fashion_mnist, FASHION_MNIST, 10, 60_000, 10_000, _GRAY),
    "kmnist": _Row(kmnist, KMNIST, 10, 60_000, 10_000, _GRAY),
    **{
        f"emnist-{way}": _Row(
            partial(emnist, way), source, len(EMNIST_CLASSES[way]), *EMNIST_SIZES[way], _GRAY
        )
        for way, source in EMNIST.items()
    },
    "cifar10": _Row(cifar10, CIFAR10, 10, 50_000, 10_000, _COLOR),
    "cifar100": _Row(cifar100, CIFAR100, 100, 50_000, 10_000, _COLOR),
    "cifar100-coarse": _Row(
        partial(cifar100, labels="coarse"), CIFAR100, 20, 50_000, 10_000, _COLOR
    ),
    "svhn": _Row(svhn, SVHN, 10, 73_257, 26_032, _COLOR),
}

NAMES = tuple(_TABLE)
"""The data sets that `load` knows."""


@checked
def load(
    name: str | os.PathLike[str], data_dir: str | os.PathLike[str] | None = None
) -> tuple[Dataset, Dataset]:
    """(train, test) of the data set called ``name``, one of ``NAMES``, or of the images in a
    folder or a CSV file of that path; a folder called like a data set needs ``./`` before it.

    Raises InputError for an unknown name, and for files that are missing or unfit.

    >>> train, test = load("digits")
    >>> train.images.shape, test.images.shape
    ((1438, 8, 8, 1), (359, 8, 8, 1))
    """
    if name in _TABLE:
        return _row(name).read(data_dir)
    if os.path.exists(paths.as_path(name)):
        from . import folder

        return folder.load(paths.as_path(name))
    if os.sep in os.fspath(name):
        raise InputError(f"no folder or file {os.fspath(name)}")
    return _row(name).read(data_dir)


@checked
def fetch(
    name: str,
    data_dir: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Path:
    """The folder with the verified files of a data set, downloaded if need be.

    InputError for an unknown name, and for files that cannot be had or are not what they should be.

    >>> fetch("digits").name  # comes with the package
    'files'
    """
    return store.fetch(_row(name).source, data_dir, progress)


@checked
def import_files(
    name: str,
    sources: Iterable[str | os.PathLike[str]],
    data_dir: str | os.PathLike[str] | None = None,
    *,
    unverified: bool = False,
) -> list[Path]:
    """Take a data set's files from files, folders or archives; return where they lie now.

    With ``unverified`` they need not be the published ones, only such that they can be read.

    InputError for an unknown name, and unless every file is found and is what it should be.
    """
    from .fetching.importing import import_files  # and with it four ways of unpacking

    row = _row(name)
    return import_files(row.source, sources, data_dir, row.read if unverified else None)


@checked
def verify(
    name: str, data_dir: str | os.PathLike[str] | None = None
) -> list[tuple[str, bool, str]]:
    """(file, is it good?, in words) for each file of a data set. InputError for an unknown name.

    >>> [good for _, good, _ in verify("digits")]
    [True]
    """
    return store.verify(_row(name).source, data_dir)


class Known(NamedTuple):
    """A data set that has a name: its classes, its images for training and for testing (None: not
    known before they are read), and their ``shape`` (H, W, C); the ``folder`` where it was found,
    or None, and the names of the files of it that are ``missing`` there.
    """

    name: str
    classes: int
    train: int | None
    test: int | None
    shape: tuple[int, int, int]
    folder: Path | None
    missing: tuple[str, ...] = ()


@checked
def catalog(data_dir: str | os.PathLike[str] | None = None) -> list[Known]:
    """Every data set that has a name, and where it is. Nothing is read or downloaded.

    Raises InputError if ``data_dir`` is given and is not a folder.

    >>> digits, *others = catalog()
    >>> digits.train, digits.shape, digits.missing
    (1438, (8, 8, 1), ())
    """
    found = []
    for name, row in _TABLE.items():
        form, folder = paths.find(row.source, data_dir) or (row.source, None)
        missing = () if folder is None else tuple(known.name for known in form.missing(folder))
        found.append(Known(name, *row[2:], folder, missing))
    return found


def _row(name: str | os.PathLike[str]) -> _Row:
    if isinstance(name, str) and name in _TABLE:
        return _TABLE[name]
    word = os.fspath(name)
    raise InputError(f"unknown data set {word!r}{did_you_mean(word, NAMES)}")


publish(globals(), "NAMES", modules=("audit", "augment", "folder"))
