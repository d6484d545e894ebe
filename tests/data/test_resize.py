"""Images resized when they are asked for: the pixels that a file of them would have."""

import io

import numpy as np
import pytest

from chainrule import InputError, data
from chainrule.data.augment import Augment, HorizontalFlip, Mixup, RandomCrop
from chainrule.data.formats.images import decode_image, write_png
from chainrule.data.loader import Loader, worth_a_thread


@pytest.fixture
def colors(rng):
    images = rng.integers(0, 256, (7, 6, 8, 3)).astype(np.uint8)
    return data.Dataset(images, [0, 1, 0, 1, 0, 1, 1], ("cat", "dog"))


@pytest.mark.parametrize("method", ["stretch", "crop", "pad"])
@pytest.mark.parametrize(("size", "channels"), [(12, 3), (12, 1), ((5, 7), 3), (3, 1), (8, None)])
def test_pixels_are_those_of_a_file(colors, size, channels, method):
    resized = data.resize(colors, size, channels=channels, method=method)
    shape = resized.images.shape[1:]
    for i in (0, 6):
        file = io.BytesIO(write_png(colors.images[i]))
        np.testing.assert_array_equal(resized.images[i], decode_image(file, shape, "file", method))


def test_gray_becomes_three_equal_channels():
    train, _ = data.digits()
    resized = data.resize(train, 16, channels=3)
    alone = data.resize(train, 16)
    np.testing.assert_array_equal(resized.images[:3], np.repeat(alone.images[:3], 3, axis=3))


def test_every_way_to_ask_gives_the_same(colors):
    resized = data.resize(colors, 4)
    every = np.asarray(resized.images)
    assert resized.images.shape == every.shape == (7, 4, 4, 3)
    assert resized.images.nbytes == every.nbytes
    np.testing.assert_array_equal(resized.images[2], every[2])
    np.testing.assert_array_equal(resized.images[1:4, :2], every[1:4, :2])
    np.testing.assert_array_equal(resized.images[[5, 0]], every[[5, 0]])
    np.testing.assert_array_equal(resized.images[3, 1], every[3, 1])
    np.testing.assert_array_equal(resized.images.take([6, 6]), every[[6, 6]])
    np.testing.assert_array_equal(resized.take([4, 2]).images[1], every[2])
    np.testing.assert_array_equal(np.stack([image for image, _ in resized]), every)


def test_it_is_the_same_data(colors):
    resized = data.resize(colors, 4)
    assert resized.sha256 == colors.sha256 and resized.scale == colors.scale
    train, validation = data.split(resized, 2)
    assert train.images.shape[1:] == validation.images.shape[1:] == (4, 4, 3)
    assert data.resize(colors, (6, 8)) is colors
    again = data.resize(resized, 5)  # from the images as they were, not from the small ones
    np.testing.assert_array_equal(again.images[0], data.resize(colors, 5).images[0])


def test_a_loader_augments_first(colors):
    augment = Augment(RandomCrop(padding=1), HorizontalFlip())
    resized, keys = data.resize(colors, 12), {"seed": 3, "epoch": 2, "classes": 2}
    (images, labels), *_ = Loader(resized, 7, 3, augment=augment).batches(2)
    chosen = Loader(resized, 7, 3).order(2)
    changed, _ = augment(colors.images[chosen], labels, chosen, **keys)
    expected = data.resize(data.Dataset(changed, labels, colors.classes), 12).images[:]
    np.testing.assert_array_equal(images, expected)
    assert worth_a_thread(resized, 7)


def test_mixing_draws_partners_of_the_size_before(colors):
    (images, labels), *_ = Loader(data.resize(colors, 12), 7, augment=Augment(Mixup())).batches(0)
    assert images.shape == (7, 12, 12, 3) and labels.shape == (7, 2)


def test_batches_do_not_depend_on_their_size(colors):
    resized = data.resize(colors, 12)
    few = [images for images, _ in Loader(resized, 2, background=True).batches(0)]
    (every, _), *_ = Loader(resized, 7).batches(0)
    np.testing.assert_array_equal(np.concatenate(few), every)


@pytest.mark.parametrize("size", [0, -3, (4, 5, 6), (4,), (0, 3), 2.5, "big", 10**9])
def test_sizes_that_are_none(colors, size):
    with pytest.raises(InputError, match=r"^size"):
        data.resize(colors, size)


def test_other_channels(rng, colors):
    with pytest.raises(InputError, match="channels: expected 1 or 3, received 2"):
        data.resize(colors, 4, channels=2)
    images = rng.integers(0, 256, (2, 8, 8, 4)).astype(np.uint8)
    with pytest.raises(InputError, match="expected 1 or 3 channels, received 4"):
        data.resize(data.Dataset(images, [0, 1]), 4)
