import gzip
import hashlib
import sys

import numpy as np
import pytest

from chainrule.data.fetching.source import KnownFile, Source
from chainrule.data.sources.mnist import FASHION_CLASSES, MNIST, fashion_mnist, kmnist, mnist
from chainrule.errors import InputError

NAMES = {
    "images": "train-images-idx3-ubyte",
    "labels": "train-labels-idx1-ubyte",
    "test images": "t10k-images-idx3-ubyte",
    "test labels": "t10k-labels-idx1-ubyte",
}


@pytest.fixture
def lay_out(idx, no_data):
    """Writes four small files in the form of MNIST, with changes, in a folder."""

    def write(folder, ending="", dotted=False, **changes):
        arrays = {
            "images": np.arange(6 * 4 * 4).reshape(6, 4, 4),
            "labels": np.array([0, 1, 2, 9, 4, 5]),
            "test images": np.arange(2 * 4 * 4).reshape(2, 4, 4) + 100,
            "test labels": np.array([7, 8]),
        }
        arrays |= {key.replace("_", " "): array for key, array in changes.items()}
        folder.mkdir(parents=True, exist_ok=True)
        for key, array in arrays.items():
            name = NAMES[key].replace("-idx", ".idx") if dotted else NAMES[key]
            data = gzip.compress(idx(array)) if ending else idx(array)
            (folder / (name + ending)).write_bytes(data)
        return folder

    return write


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("dotted", [False, True])
@pytest.mark.parametrize("folder", ["mnist", ".", "MNIST/raw"])
def test_reads_the_usual_names_and_folders(lay_out, tmp_path, ending, dotted, folder):
    lay_out(tmp_path / "data" / folder, ending, dotted)

    train, test = mnist(tmp_path / "data")

    assert repr(train) == "Dataset(mnist train: 6 images of 4x4x1, 10 classes)"
    assert repr(test) == "Dataset(mnist test: 2 images of 4x4x1, 10 classes)"
    assert train.images[1].ravel().tolist() == list(range(16, 32))
    assert train.labels.tolist() == [0, 1, 2, 9, 4, 5]
    assert test.labels.tolist() == [7, 8]
    assert train.classes == tuple("0123456789")


def test_fashion_mnist_has_names(lay_out, tmp_path):
    lay_out(tmp_path / "fashion-mnist")

    train, _ = fashion_mnist(tmp_path)

    assert train.name == "fashion-mnist"
    assert train.classes[train.labels[3]] == "Ankle boot"
    assert len(FASHION_CLASSES) == 10


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_kmnist_has_names(lay_out, tmp_path, ending):
    lay_out(tmp_path / "KMNIST/raw", ending)

    train, test = kmnist(tmp_path)

    assert (train.name, test.split) == ("kmnist", "test")
    assert train.classes[train.labels[3]] == "wo"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"labels": np.zeros(5)},
            "train-images.*, .*train-labels.*: expected a label for each image, "
            "received 6 images and 5 labels",
        ),
        (
            {"test_labels": np.array([3, 10])},
            r"t10k-labels-idx1-ubyte: expected labels in 0\.\.9, received 10 at number 1",
        ),
        (
            {"test_images": np.zeros((2, 5, 4))},
            r"of one size, received \(4, 4\) and \(5, 4\)",
        ),
        (
            {"images": np.zeros((0, 4, 4)), "labels": np.zeros(0)},
            r"train-images-idx3-ubyte has no pixels: its shape is \(0, 4, 4\)",
        ),
        ({"images": np.zeros(6)}, "train-images-idx3-ubyte is not the IDX file wanted"),
    ],
)
def test_files_that_do_not_fit(lay_out, tmp_path, changes, message):
    lay_out(tmp_path / "mnist", **changes)

    with pytest.raises(InputError, match=message):
        mnist(tmp_path)


def test_a_folder_that_lacks_a_file(lay_out, tmp_path):
    folder = lay_out(tmp_path / "mnist")
    (folder / NAMES["test labels"]).unlink()

    with pytest.raises(InputError, match="only some of the files of mnist: it lacks t10k-lab"):
        mnist(tmp_path)


def test_another_data_sets_files_are_noticed(lay_out, tmp_path, monkeypatch):
    """Files that lie directly in the folder that was given say nothing about their data set."""
    folder = lay_out(tmp_path)
    labels = (folder / NAMES["test labels"]).read_bytes()
    known = KnownFile(NAMES["test labels"], len(labels), hashlib.sha256(labels).hexdigest())
    monkeypatch.setattr(
        sys.modules[mnist.__module__], "MNIST", Source("mnist", (*MNIST.files[:3], known), ())
    )

    with pytest.raises(InputError, match="are mnist, not fashion-mnist"):
        fashion_mnist(tmp_path)
