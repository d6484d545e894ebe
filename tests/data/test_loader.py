import itertools

import numpy as np
import pytest

from chainrule import kernels
from chainrule.data import Dataset, Loader
from chainrule.data.augment import Augment, preset
from chainrule.data.loader import LARGE_BATCH, worth_a_thread
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
        (0, "from 1 to 10, the number of images, received 0"),
        (-2, "received -2"),
        (11, "from 1 to 10, the number of images, received 11"),
        (2.5, "batch_size: expected a whole number, received 2.5"),
        ("4", "batch_size: expected a whole number, received '4'"),
    ],
)
def test_refuses_a_batch_size(data, size, message):
    with pytest.raises(InputError, match=message):
        Loader(data, size)


@pytest.mark.parametrize("start", [-1, 4])
def test_refuses_a_batch_that_is_not_there_at_once(data, start):
    with pytest.raises(InputError, match=f"start: expected a batch from 0 to 3, received {start}"):
        Loader(data, 4).batches(0, start)


# --- augmentation and the thread beside --------------------------------------------------------


@pytest.fixture
def dataset():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (23, 8, 10, 3), np.uint8)
    return Dataset(images, np.arange(23) % 4, tuple("abcd"))


def by_sample(loader, epoch, start=0):
    """What each image becomes, with its label, by its number."""
    order = loader.order(epoch)[start * loader.batch_size :]
    batches = list(loader.batches(epoch, start))
    images = np.concatenate([images for images, _ in batches])
    labels = np.concatenate([labels for _, labels in batches])
    return {int(n): (images[i], labels[i]) for i, n in enumerate(order)}


def assert_same(one, other):
    for n in other:
        for a, b in zip(one[n], other[n], strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", ["alternating-flip", "trivial", "cutmix"])
@pytest.mark.parametrize("background", [False, True])
@pytest.mark.parametrize("size", [1, 4, 23])
def test_batch_size_order_and_thread_change_no_image(dataset, name, background, size):
    expected = by_sample(Loader(dataset, 7, seed=5, augment=preset(name)), 2)
    loader = Loader(dataset, size, seed=5, augment=preset(name), background=background)
    assert_same(expected, by_sample(loader, 2))
    assert_same(expected, by_sample(loader, 2, start=len(loader) // 2))
    plain = Loader(dataset, size, 5, shuffle=False, augment=preset(name), background=background)
    assert_same(expected, by_sample(plain, 2))


def test_each_epoch_is_another(dataset):
    loader = Loader(dataset, 7, augment=preset("crop-flip"))
    one, other = by_sample(loader, 0), by_sample(loader, 1)
    assert sum((one[n][0] != other[n][0]).any() for n in one) > 15


def test_the_data_are_not_written_to(dataset):
    before = dataset.images.copy()
    dataset.images.flags.writeable = False
    for name in ("none", "mixup"):
        for images, _ in Loader(dataset, 4, augment=preset(name)).batches(0):
            images[:] = 1
    np.testing.assert_array_equal(dataset.images, before)


def test_the_kernels_that_were_chosen_are_used_in_the_thread(dataset, monkeypatch):
    def refuse(*_):
        raise AssertionError("a compiled kernel")

    monkeypatch.setattr(kernels.fastest(), "crop_flip", refuse)
    loader = Loader(dataset, 4, augment=preset("flip"), background=True)
    with pytest.raises(AssertionError, match="a compiled kernel"):
        list(loader.batches(0))
    with kernels.use("reference"):
        assert len(list(loader.batches(0))) == 6


def test_errors_come_out_of_the_thread(dataset):
    class Broken(Augment):
        def __call__(self, *_, **__):
            return 1 // 0

    loader = Loader(dataset, 4, augment=Broken(), background=True)
    with pytest.raises(ZeroDivisionError):
        list(loader.batches(0))
    with pytest.raises(InputError, match="start: expected a batch"):
        loader.batches(0, start=99)


def test_when_a_thread_pays(dataset, tmp_path):
    large = 1 + LARGE_BATCH // 240
    assert not worth_a_thread(dataset, large)
    assert not worth_a_thread(dataset, large, preset("none"))
    assert not worth_a_thread(dataset, 8, preset("flip"))
    assert worth_a_thread(dataset, large, preset("flip"))
    mapped = np.memmap(tmp_path / "pixels", np.uint8, "w+", shape=dataset.images.shape)
    assert worth_a_thread(Dataset(mapped, dataset.labels, dataset.classes), 8)


@pytest.mark.parametrize("background", [False, True])
def test_weights_go_with_their_images(data, background):
    weights = np.arange(10, dtype=np.float32) / 2
    loader = Loader(data, 4, seed=1, background=background, weights=weights, augment=preset("flip"))
    batches = list(loader.batches(epoch=1, start=1))
    assert [len(batch) for batch in batches] == [3, 3]
    for _, labels, some in batches:
        assert some.tolist() == (labels / 2).tolist()


@pytest.mark.parametrize("weights", [np.ones(9), np.ones((10, 1)), 1.0, ["a"] * 10])
def test_another_number_of_weights_is_refused(data, weights):
    with pytest.raises(InputError, match="weights: expected a number for each of 10"):
        Loader(data, 4, weights=weights)
