"""Data sets, ready to train on: ``train, test = chainrule.data.mnist()``.

A data set of one's own is one file with a reader and, below, one row.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from ..errors import InputError, did_you_mean
from . import store
from .dataset import Dataset as Dataset
from .digits import DIGITS
from .digits import digits as digits
from .http import Progress
from .loader import Loader as Loader
from .mnist import FASHION_MNIST, MNIST
from .mnist import fashion_mnist as fashion_mnist
from .mnist import mnist as mnist
from .source import Source
from .splits import Split as Split
from .splits import split as split


class _Row(NamedTuple):
    read: Callable[[str | os.PathLike[str] | None], tuple[Dataset, Dataset]]
    source: Source


_TABLE = {
    "digits": _Row(digits, DIGITS),
    "mnist": _Row(mnist, MNIST),
    "fashion-mnist": _Row(fashion_mnist, FASHION_MNIST),
}

NAMES = tuple(_TABLE)
"""The data sets that `load` knows."""


def load(name: str, data_dir: str | os.PathLike[str] | None = None) -> tuple[Dataset, Dataset]:
    """(train, test) of the data set called ``name``, one of ``NAMES``.

    Raises InputError for an unknown name, and for files that are missing or unfit.
    """
    return _row(name).read(data_dir)


def fetch(
    name: str,
    data_dir: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Path:
    """The folder with the verified files of a data set, downloaded if need be."""
    return store.fetch(_row(name).source, data_dir, progress)


def import_files(
    name: str,
    sources: Iterable[str | os.PathLike[str]],
    data_dir: str | os.PathLike[str] | None = None,
) -> list[Path]:
    """Take a data set's files from files, folders or archives; return where they lie now."""
    return store.import_files(_row(name).source, sources, data_dir)


def verify(
    name: str, data_dir: str | os.PathLike[str] | None = None
) -> list[tuple[str, bool, str]]:
    """(file, is it good?, in words) for each file of a data set."""
    return store.verify(_row(name).source, data_dir)


def _row(name: str) -> _Row:
    if name not in _TABLE:
        raise InputError(f"unknown data set {name!r}{did_you_mean(str(name), NAMES)}")
    return _TABLE[name]
