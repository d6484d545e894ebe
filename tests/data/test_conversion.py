from __future__ import annotations

import numpy as np
import pytest

from chainrule.data import Dataset
from chainrule.data.conversion import class_labels, pixels
from chainrule.errors import InputError

BYTES = np.random.default_rng(0).integers(0, 256, (5, 8, 6, 3), np.uint8)


@pytest.mark.parametrize(
    ("given", "scale"),
    [
        (BYTES, 255),
        (BYTES.astype(np.int64), 255),
        (BYTES.astype(np.uint16), 255),
        (BYTES.astype(np.float32), 255),
        (BYTES / 255, 1),
        ((BYTES / 255).astype(np.float16).astype(np.float32), 1),
        (list(BYTES), 255),
        (BYTES.tolist(), 255),
        (BYTES.astype(">i4"), 255),
    ],
)
def test_one_set_of_images_in_many_forms(given, scale):
    found, highest = pixels(given)
    assert (found.dtype, highest) == (np.uint8, scale)
    np.testing.assert_array_equal(found, BYTES)
    assert found.flags.c_contiguous


def test_images_that_are_what_is_kept_are_not_copied(tmp_path):
    assert pixels(BYTES)[0] is BYTES
    mapped = np.memmap(tmp_path / "pixels", np.uint8, "w+", shape=(4, 8, 6))
    found, _ = pixels(mapped)
    assert isinstance(found, np.memmap)
    assert found.shape == (4, 8, 6, 1)


@pytest.mark.parametrize(
    ("given", "options", "shape"),
    [
        (np.zeros((4, 8, 6)), {}, (4, 8, 6, 1)),
        (np.zeros((4, 784)), {}, (4, 28, 28, 1)),
        (np.zeros((4, 48), np.uint8), {"shape": (8, 6)}, (4, 8, 6, 1)),
        (np.zeros((4, 192), np.uint8), {"shape": (8, 8, 3)}, (4, 8, 8, 3)),
        (np.zeros((0, 8, 6, 3), np.uint8), {}, (0, 8, 6, 3)),
    ],
)
def test_axes_that_lack_are_added(given, options, shape):
    assert pixels(given, **options)[0].shape == shape


def test_values_are_told_apart_by_the_largest():
    assert pixels(np.array([[[0.0, 0.5], [1.0, 0.25]]]))[0].ravel().tolist() == [0, 128, 255, 64]
    assert pixels(np.array([[[0.0, 16.0], [2.4, 8.0]]]))[0].ravel().tolist() == [0, 16, 2, 8]
    assert pixels(np.array([[[0.0, 1.0005]]]))[0].ravel().tolist() == [0, 255]  # of a resize
    assert pixels(np.array([[[False, True]]]))[0].ravel().tolist() == [0, 255]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.full((2, 4, 4), -0.5), r"expected floats in 0\.\.1 or in 0\.\.255, received -0.5"),
        (np.full((2, 4, 4), 1.5), "may be either; use images.clip"),
        (np.full((2, 4, 4), 300.0), "received 300 to 300"),
        (np.full((2, 4, 4), np.nan), "finite numbers"),
        (np.full((2, 4, 4), 70_000), r"expected values in 0\.\.255, .* 16 bits"),
        (np.full((2, 4, 4), -1), r"expected values in 0\.\.255, received -1"),
        (np.zeros((2, 48)), r"shape=\(H, W, C\)"),
        (np.zeros((2, 3, 8, 8)), r"transpose\(0, 2, 3, 1\)"),
        (np.zeros(3), r"expected \(N, H, W, C\), \(N, H, W\) or flat"),
        ([[1, 2], [3]], "expected an array"),
        (np.zeros((2, 4, 4), complex), "complex128"),
        (None, "received None"),
    ],
)
def test_what_is_no_image_is_named(given, message):
    with pytest.raises(InputError, match=message):
        pixels(given)


@pytest.mark.parametrize("shape", [(8,), (8, 0), (8.5, 8), "8x8", 8, (1, 2, 3, 4)])
def test_a_shape_is_two_or_three_whole_numbers(shape):
    with pytest.raises(InputError, match=r"shape: expected \(H, W, C\) or \(H, W\)"):
        pixels(np.zeros((2, 64)), shape)


@pytest.mark.parametrize(
    ("given", "numbers", "names"),
    [
        ([0, 2, 1], [0, 2, 1], ("0", "1", "2")),
        (np.array([0, 2, 1], np.int32), [0, 2, 1], ("0", "1", "2")),
        (np.array([0, 2, 1], np.uint8), [0, 2, 1], ("0", "1", "2")),
        (np.array([[0], [2], [1]]), [0, 2, 1], ("0", "1", "2")),
        (np.eye(3)[[0, 2, 1]], [0, 2, 1], ("0", "1", "2")),
        ([0.0, 2.0, 1.0], [0, 2, 1], ("0", "1", "2")),
        ([True, False], [1, 0], ("0", "1")),
        (["dog", "cat", "dog"], [1, 0, 1], ("cat", "dog")),
        (np.array(["dog", "cat"], object), [1, 0], ("cat", "dog")),
        (np.array([b"dog", b"cat"]), [1, 0], ("cat", "dog")),
        (np.array([3, 1], object), [3, 1], ("0", "1", "2", "3")),
    ],
)
def test_labels_in_many_forms(given, numbers, names):
    found, classes = class_labels(given)
    assert (found.dtype, found.tolist(), classes) == (np.int64, numbers, names)


def test_labels_are_places_or_names_of_known_classes():
    classes = ("cow", "cat", "dog")
    assert class_labels(["dog", "cow"], classes)[0].tolist() == [2, 0]
    assert class_labels([2, 0], classes)[0].tolist() == [2, 0]
    assert class_labels([0, 1], outputs=10)[1] == tuple("0123456789")
    with pytest.raises(InputError, match="unknown class 'dig'; did you mean 'dog'"):
        class_labels(["dig"], classes)
    with pytest.raises(InputError, match=r"0\.\.9 \(10 classes\), received labels\[1\] = 12"):
        class_labels([0, 12], outputs=10)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([-1, 1], r"labels.astype\(str\)"),
        ([0, 0.5], "names or whole numbers"),
        ([0, np.nan], "names or whole numbers"),
        ([1, "cat"], "received 1"),
        ([None, "cat"], "received None"),
        ([0, 5_000_000], r"class numbers from 0, .*labels.astype\(str\)"),
        ([[0.5, 0.5]], "rows with one 1"),
        ("cat", "received 'cat'"),
        (None, "received None"),
        ([10**30], "64 bits"),
        (np.zeros((2, 2, 2)), "expected"),
    ],
)
def test_what_is_no_label_is_named(given, message):
    with pytest.raises(InputError, match=f"labels: .*{message}"):
        class_labels(given)


def test_a_data_set_is_made_of_them():
    data = Dataset(BYTES[..., 0] / 255, ["b", "a", "b", "a", "c"])
    assert repr(data) == "Dataset(data train: 5 images of 8x6x1, 3 classes)"
    assert (data.labels.tolist(), data.classes, data.scale) == ([1, 0, 1, 0, 2], ("a", "b", "c"), 1)
    assert data.take([0, 2]).scale == 1


def test_a_tensor_is_an_array():
    torch = pytest.importorskip("torch")
    data = Dataset(torch.tensor(BYTES), torch.tensor([0, 1, 0, 1, 1]))
    np.testing.assert_array_equal(data.images, BYTES)
