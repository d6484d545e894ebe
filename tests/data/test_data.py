"""The contract that every registered data set keeps."""

import os
import re
from dataclasses import dataclass

import numpy as np
import pytest

from chainrule import data
from chainrule.data.fetching.paths import locate
from chainrule.errors import InputError


@dataclass
class Expected:
    train: tuple[int | None, ...]  # None: not told by those who publish it
    test: tuple[int | None, ...]
    classes: int
    sha256: tuple[str, str] | None = None  # else the files' own checksums must do


def gray(train: int | None, test: int | None, classes: int) -> Expected:
    return Expected((train, 28, 28, 1), (test, 28, 28, 1), classes)


def colored(train: int, test: int, classes: int) -> Expected:
    return Expected((train, 32, 32, 3), (test, 32, 32, 3), classes)


# CIFAR-10's images re-encoded as JPEG, as some mirrors have them: not the published pixels.
REENCODED = (
    "1e33d42673cc43ff3b7ba207cbef9064134711d2ea395385ce10e26df80a7706",
    "372d51392f172c6273e7413aa6b9619b4248f63b929b27ac50a0e9aec18414a1",
)


EXPECTED = {
    "digits": Expected(
        (1438, 8, 8, 1),
        (359, 8, 8, 1),
        10,
        (
            "a40dadf9a39c7a534d0f1ab5c695df1c36db53cc0b36292ec88b44a1eaa67ff3",
            "73adab555ae472204d4326bcd16b53cfa5b7b5e867054d1d2a1c03dc4f970cb7",
        ),
    ),
    "mnist": Expected(
        (60000, 28, 28, 1),
        (10000, 28, 28, 1),
        10,
        (
            "6e32965813582d862db58bc0a6510d243d30b60eb75878a152fb273dc05fdc35",
            "7630616eb619de5d7f0eef61ca9f599231181dd77cc7951ef041c7b52cbcd6e5",
        ),
    ),
    "fashion-mnist": Expected(
        (60000, 28, 28, 1),
        (10000, 28, 28, 1),
        10,
        (
            "0d7c20dc26e7a11c5a5b667b247e4bdfe2ff0ba8021292f69c6e427eb0f8c7dd",
            "c918039b30140bbe033306f630206a6575ae9293197d29ec7b0ece57454543e6",
        ),
    ),
    "kmnist": gray(60_000, 10_000, 10),
    "emnist-balanced": gray(112_800, 18_800, 47),
    "emnist-byclass": gray(697_932, 116_323, 62),
    "emnist-bymerge": gray(697_932, 116_323, 47),
    "emnist-digits": gray(240_000, 40_000, 10),
    "emnist-letters": gray(None, None, 26),
    "emnist-mnist": gray(60_000, 10_000, 10),
    "cifar10": colored(50_000, 10_000, 10),
    "cifar100": colored(50_000, 10_000, 100),
    "cifar100-coarse": colored(50_000, 10_000, 20),
    "svhn": colored(73_257, 26_032, 10),
}


def test_every_data_set_is_in_the_table():
    assert set(data.NAMES) == set(EXPECTED)


def test_the_catalog_knows_what_the_files_hold():
    for known in data.catalog():
        expected = EXPECTED[known.name]
        assert (known.classes, known.shape) == (expected.classes, expected.train[1:])
        assert (known.train, known.test) == (expected.train[0], expected.test[0])


@pytest.fixture(scope="module", params=EXPECTED)
def loaded(request):
    name = request.param
    if locate(data._TABLE[name].source) is None:
        pytest.skip(f"the files of {name} are not on this machine")
    return EXPECTED[name], data.load(name)


def test_shapes(loaded):
    expected, parts = loaded
    for part, shape in zip(parts, (expected.train, expected.test), strict=True):
        assert part.images.shape[1:] == shape[1:]
        assert shape[0] in (None, len(part))
    assert [part.split for part in parts] == ["train", "test"]


def test_pixels_use_the_whole_range(loaded):
    for part in loaded[1]:
        assert (part.images.dtype, part.labels.dtype) == (np.uint8, np.int64)
        assert (part.images.min(), part.images.max()) == (0, 255)


def test_every_class_is_in_both_parts_and_has_a_name_of_its_own(loaded):
    expected, parts = loaded
    for part in parts:
        assert len(set(part.classes)) == len(part.classes) == expected.classes
        assert np.unique(part.labels).tolist() == list(range(expected.classes))
    assert parts[0].classes == parts[1].classes


def test_content_is_what_it_always_was(loaded):
    expected, (train, test) = loaded
    hashes = train.sha256, test.sha256
    verified = all(good for _, good, _ in data.verify(train.name))
    if train.name == "cifar10":
        assert verified != (hashes == REENCODED)
    else:
        assert verified
        assert expected.sha256 in (None, hashes)


def test_splits_and_deals(loaded):
    train, validation = data.split(loaded[1][0], 0.1, seed=0)
    images, labels = next(data.Loader(train, 64, seed=0).batches(0))
    assert images.shape == (64, *train.images.shape[1:])
    assert len(labels) == 64
    assert len(train) + len(validation) == len(loaded[1][0])


def test_an_unknown_name():
    calls = (data.load, data.fetch, data.verify, lambda name: data.import_files(name, []))
    for call in calls:
        with pytest.raises(InputError, match=re.escape("'mnits'; did you mean 'mnist'?")):
            call("mnits")
    with pytest.raises(InputError, match=r"choose from cifar10, cifar100, .* svhn"):
        data.load("qqq")
    with pytest.raises(InputError, match=r"no folder or file \./qqq"):
        data.load("./qqq")


@pytest.mark.parametrize("name", data.NAMES)
def test_a_name_is_a_source_with_files_of_its_own(name):
    source = data._TABLE[name].source
    assert source.name == name or name == "cifar100-coarse"
    for form in (source, *source.forms):
        names = [spelled for known in form.files for spelled in known.names()]
        assert len(set(names)) == len(names)
        assert all(mirror.endswith("/") for mirror in form.mirrors)


def test_names_that_lead_to_a_missing_folder(no_data):
    with pytest.raises(InputError, match="is not a folder"):
        data.load("mnist", os.path.join(no_data, "nothing"))
