import numpy as np
import pytest

from chainrule.data import Dataset
from chainrule.errors import InputError

CLASSES = ("cat", "dog", "cow")


def make(n=6, **changes):
    given = {
        "images": np.arange(n * 12, dtype=np.uint8).reshape(n, 2, 2, 3),
        "labels": np.arange(n, dtype=np.int64) % 3,
        "classes": CLASSES,
    }
    return Dataset(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": np.zeros((6, 2), np.uint8)}, r"images: expected \(N, H, W, C\), .*received"),
        ({"images": np.zeros((6, 2, 2, 3), complex)}, "images: expected .* received complex128"),
        ({"images": "cat.png"}, "images: expected an array of images .* received 'cat.png'"),
        (
            {"images": np.zeros((6, 0, 2, 3), np.uint8)},
            r"expected at least one pixel, received .*\(6, 0, 2, 3\)",
        ),
        ({"labels": np.zeros((6, 2), np.int64)}, r"labels: expected .*one 1.*\(6, 2\)"),
        ({"labels": np.zeros(5, np.int64)}, "equally many, received 6 images and 5 labels"),
        ({"labels": np.array([0, 1, 2, 3, 9, 0])}, r"in 0\.\.2 .*received labels\[3\] = 3"),
        ({"labels": np.array([0, 1, 2, 0, 1, -1])}, r"received labels\[5\] = -1"),
        ({"classes": "cat"}, "classes: expected a sequence of names, received 'cat'"),
        ({"classes": (1, 2, 3)}, "classes: expected a sequence of names"),
        ({"classes": ()}, "at least one name"),
        ({"classes": ("cat", "dog", "cat")}, "received 'cat' twice"),
    ],
)
def test_says_which_rule_is_broken(changes, message):
    with pytest.raises(InputError, match=message):
        make(**changes)


def test_repr_is_one_short_line():
    assert repr(make()) == "Dataset(data train: 6 images of 2x2x3, 3 classes)"
    assert repr(make(1)) == "Dataset(data train: 1 image of 2x2x3, 3 classes)"


def test_take_keeps_the_order_asked_for_and_copies():
    data = make()

    part = data.take([4, 0, 4], "validation")

    np.testing.assert_array_equal(part.images, data.images[[4, 0, 4]])
    assert part.labels.tolist() == [1, 0, 1]
    assert (part.split, part.name, part.classes) == ("validation", "data", CLASSES)
    part.images[:] = 0
    assert data.images[4].any()
    assert data.take([2]).split == "train"


def test_take_nothing():
    assert len(make().take([])) == 0


@pytest.mark.parametrize(
    ("indices", "message"),
    [
        ([0, 6], r"in 0\.\.5, received indices\[1\] = 6"),
        ([-1], r"received indices\[0\] = -1"),
        ([0.5], "whole numbers in one dimension, received float64"),
        ([[0]], r"one dimension, received int64 of shape \(1, 1\)"),
        ([True] * 6, "whole numbers in one dimension, received bool"),
    ],
)
def test_take_refuses(indices, message):
    with pytest.raises(InputError, match=message):
        make().take(indices)


def test_images_are_made_contiguous():
    flipped = make().images[:, :, ::-1]
    assert make(images=flipped).images.flags.c_contiguous


def test_sha256_is_of_the_content_alone():
    changed = make().images.copy()
    changed[3, 1, 1, 2] ^= 1
    same = {make().sha256, make(split="test").sha256, make(name="other").sha256}

    assert len(same) == 1
    different = same | {
        make(images=changed).sha256,
        make(images=make().images.reshape(6, 4, 1, 3)).sha256,
        make(labels=np.zeros(6, np.int64)).sha256,
        make(classes=("cat", "dog", "hen")).sha256,
    }
    assert len(different) == 5


def test_is_frozen():
    with pytest.raises(AttributeError):
        make().labels = np.zeros(6, np.int64)


def test_paths_follow_their_images():
    images = np.zeros((3, 2, 2, 1), np.uint8)
    data = Dataset(images, np.array([0, 1, 1]), ("a", "b"), paths=("a/x.png", "b/y.png", "b/z.png"))
    assert data.take([2, 0]).paths == ("b/z.png", "a/x.png")
    assert data.name_of(1) == "b/y.png"
    assert data.sha256 == Dataset(images, data.labels, data.classes).sha256
    assert Dataset(images, data.labels, data.classes).name_of(1) == "image 1"
    with pytest.raises(InputError, match="paths: expected one for each of 3 images, received 1"):
        Dataset(images, data.labels, data.classes, paths=("a",))


def test_places_are_those_of_a_list():
    data = make()
    image, label = data[1]
    np.testing.assert_array_equal(image, data.images[1])
    assert (label, type(label)) == (1, int)
    assert data[-1][1] == data.labels[-1]
    assert [label for _, label in data] == data.labels.tolist()
    assert len(data[:4]) == len(data[1:5]) == 4
    assert data[::2].labels.tolist() == data[[0, 2, 4]].labels.tolist() == [0, 2, 1]
    assert data[data.labels == 0].labels.tolist() == [0, 0]


@pytest.mark.parametrize("place", [6, -7, 10**30])
def test_a_place_that_is_not_there_is_an_index_error_too(place):
    with pytest.raises(IndexError, match="image: expected an index from -6 to 5 of 6") as error:
        make()[place]
    assert isinstance(error.value, InputError)


@pytest.mark.parametrize("place", ["cat", 1.5, None, slice("a", None), [0.5], True])
def test_what_is_no_place_is_an_input_error(place):
    with pytest.raises(InputError):
        make()[place]
