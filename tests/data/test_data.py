"""The contract that every registered data set keeps."""

import os
import re
from dataclasses import dataclass

import numpy as np
import pytest

from chainrule import data
from chainrule.data.places import locate
from chainrule.errors import InputError


@dataclass
class Expected:
    train: tuple[int, ...]
    test: tuple[int, ...]
    classes: int
    sha256: tuple[str, str]


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
}


def test_every_data_set_is_in_the_table():
    assert set(data.NAMES) == set(EXPECTED)


@pytest.fixture(scope="module", params=EXPECTED)
def loaded(request):
    name = request.param
    if locate(data._TABLE[name].source) is None:
        pytest.skip(f"the files of {name} are not on this machine")
    return EXPECTED[name], data.load(name)


def test_shapes(loaded):
    expected, (train, test) = loaded
    assert (train.images.shape, test.images.shape) == (expected.train, expected.test)
    assert (train.split, test.split) == ("train", "test")


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
    assert (train.sha256, test.sha256) == expected.sha256


def test_splits_and_deals(loaded):
    train, validation = data.split(loaded[1][0], 0.1, seed=0)
    images, labels = next(data.Loader(train, 64, seed=0).batches(0))
    assert images.shape == (64, *train.images.shape[1:])
    assert len(labels) == 64
    assert len(train) + len(validation) == len(loaded[1][0])


def test_verifies(loaded):
    assert all(good for _, good, _ in data.verify(loaded[1][0].name))


def test_an_unknown_name():
    calls = (data.load, data.fetch, data.verify, lambda name: data.import_files(name, []))
    for call in calls:
        with pytest.raises(InputError, match=re.escape("'mnits'; did you mean 'mnist'?")):
            call("mnits")
    with pytest.raises(InputError, match="choose from digits, fashion-mnist, mnist"):
        data.load("qqq")


def test_names_that_lead_to_a_missing_folder(no_data):
    with pytest.raises(InputError, match="is not a folder"):
        data.load("mnist", os.path.join(no_data, "nothing"))
