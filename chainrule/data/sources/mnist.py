"""MNIST, Fashion-MNIST and KMNIST: 60,000 + 10,000 gray images of 28x28 in ten classes."""

from __future__ import annotations

import os

from ...declared import checked
from ...errors import InputError
from ..dataset import Dataset
from ..fetching.checksums import check_file
from ..fetching.source import KnownFile, Source
from ..fetching.store import complete
from .idx_files import read_idx_files


@checked
def mnist(data_dir: str | os.PathLike[str] | None = None) -> tuple[Dataset, Dataset]:
    """(train, test) of handwritten digits, 60,000 and 10,000 images (N, 28, 28, 1).

    Files are looked for in ``data_dir``, $CHAINRULE_DATA, the cache and the system's folders,
    and are downloaded (11 MB) if they are nowhere. Raises InputError for files that cannot be
    had or are not what they should be.

    Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", 1998.
    """
    return _read(MNIST, tuple("0123456789"), data_dir)


@checked
def fashion_mnist(data_dir: str | os.PathLike[str] | None = None) -> tuple[Dataset, Dataset]:
    """(train, test) of articles of clothing, in the same form as `mnist` (31 MB to download).

    InputError as from `mnist`.

    H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking
    machine learning algorithms", arXiv:1708.07747, 2017. MIT license.
    """
    return _read(FASHION_MNIST, FASHION_CLASSES, data_dir)


@checked
def kmnist(data_dir: str | os.PathLike[str] | None = None) -> tuple[Dataset, Dataset]:
    """(train, test) of ten letters of old Japanese script, in the same form as `mnist`.

    21 MB to download. Only the packed files have published checksums: they are kept packed.
    InputError as from `mnist`.

    T. Clanuwat et al., "Deep learning for classical Japanese literature", arXiv:1812.01718,
    2018. CC BY-SA 4.0.
    """
    return _read(KMNIST, KMNIST_CLASSES, data_dir)


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

KMNIST_CLASSES = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")


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


def _packed(name: str, size: int, checksum: str) -> KnownFile:
    return KnownFile(name + ".gz", size, checksum, aliases=(name,), verbatim=True)


KMNIST = Source(
    name="kmnist",
    files=(
        _packed(
            "train-images-idx3-ubyte",
            18_165_135,
            "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        ),
        _packed(
            "train-labels-idx1-ubyte",
            29_497,
            "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        ),
        _packed(
            "t10k-images-idx3-ubyte",
            3_041_136,
            "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        ),
        _packed(
            "t10k-labels-idx1-ubyte",
            5_120,
            "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
        ),
    ),
    mirrors=(
        "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    ),
    folders=("KMNIST/raw",),
)


def _read(
    source: Source, classes: tuple[str, ...], data_dir: str | os.PathLike[str] | None
) -> tuple[Dataset, Dataset]:
    _, folder = complete(source, data_dir)
    for other in (MNIST, FASHION_MNIST, KMNIST):
        if other is not source and check_file(folder, other.files[-1])[1]:
            raise InputError(f"the files in {folder} are {other.name}, not {source.name}")
    return read_idx_files(source, folder, classes)
