import itertools

import numpy as np
import pytest

from chainrule.data import Dataset, Loader
from chainrule.errors import InputError


@pytest.fixture
def data():
    labels = np.arange(10, dtype=np.int64)
    images = np.broadcast_to(labels.astype(np.uint8)[:, None, None, None], (10, 2, 3, 1))
    return Dataset(images, labels, tuple("abcdefghij"))


def labels_of(batches):
    return [labels.tolist() for _, labels in batches]


def joined(lists):
    return list(itertools.chain.from_iterable(lists))


def test_every_image_once_with_its_label_and_a_short_last_batch(data):
    batches = list(Loader(data, 4, seed=1).batches(epoch=0))

    assert [len(labels) for _, labels in batches] == [4, 4, 2]
    assert sorted(joined(labels_of(batches))) == list(range(10))
    for images, labels in batches:
        assert images.shape == (len(labels), 2, 3, 1)
        assert images.dtype == np.uint8
        assert labels.dtype == np.int64
        assert images.flags.c_contiguous
        assert (images == labels[:, None, None, None]).all()


@pytest.mark.parametrize(("size", "length"), [(1, 10), (3, 4), (5, 2), (10, 1)])
def test_length(data, size, length):
    loader = Loader(data, size)
    assert len(loader) == length == len(list(loader.batches(0)))


def test_order_depends_on_seed_and_epoch_alone(data):
    loader = Loader(data, 4, seed=7)
    third = labels_of(loader.batches(3))

    assert labels_of(loader.batches(0)) != third
    assert labels_of(Loader(data, 4, seed=7).batches(3)) == third
    assert labels_of(Loader(data, 4, seed=8).batches(3)) != third
    assert joined(labels_of(Loader(data, 3, seed=7).batches(3))) == joined(third)


@pytest.mark.parametrize("shuffle", [False, True])
def test_starts_in_the_middle(data, shuffle):
    loader = Loader(data, 3, seed=1, shuffle=shuffle)
    whole = labels_of(loader.batches(2))

    for start in range(len(loader) + 1):
        assert labels_of(loader.batches(2, start)) == whole[start:]


def test_without_shuffling(data):
    batches = Loader(data, 4, shuffle=False).batches(5)
    assert labels_of(batches) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_may_be_written_to(data, shuffle):
    for images, labels in Loader(data, 4, shuffle=shuffle).batches(0):
        images[:] = 200
        labels[:] = 0
    assert data.images.max() == 9
    assert data.labels.tolist() == list(range(10))


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (0, "from 1 to the number of images, 10, got 0"),
        (-2, "got -2"),
        (11, "from 1 to the number of images, 10, got 11"),
        (2.5, "batch_size must be a whole number, got 2.5"),
        ("4", "batch_size must be a whole number, got '4'"),
    ],
)
def test_refuses_a_batch_size(data, size, message):
    with pytest.raises(InputError, match=message):
        Loader(data, size)


@pytest.mark.parametrize("start", [-1, 4])
def test_refuses_a_batch_that_is_not_there_at_once(data, start):
    with pytest.raises(InputError, match=f"start must be a batch from 0 to 3, got {start}"):
        Loader(data, 4).batches(0, start)
