import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data.formats.cifar_files import PIXELS, read_binary, read_python, stack
from chainrule.errors import InputError


@pytest.fixture
def planes(rng):
    return rng.integers(0, 256, (3, PIXELS), dtype=np.uint8)


def test_binary_records(planes, tmp_path):
    labels = np.array([[19, 99], [0, 5], [7, 0]], np.uint8)
    np.hstack([labels, planes]).tofile(tmp_path / "x")

    for place in (0, 1):
        read, read_labels = read_binary(tmp_path / "x", 2, place)
        np.testing.assert_array_equal(read, planes)
        assert read_labels.tolist() == labels[:, place].tolist()


def test_python_batches(planes, tmp_path):
    for labels in ([1, 2, 3], np.array([1, 2, 3])):
        for batch in (
            {b"data": planes, b"fine_labels": labels},
            {"data": planes, "fine_labels": labels},
        ):
            (tmp_path / "x").write_bytes(pickle.dumps(batch, 2))
            read, read_labels = read_python(tmp_path / "x", "fine_labels")
            np.testing.assert_array_equal(read, planes)
            assert read_labels.tolist() == [1, 2, 3]


def test_planes_become_pixels(planes):
    images, labels = stack(
        [
            (Path("a"), (planes[:2], np.array([1, 0], np.uint8))),
            (Path("b"), (planes[2:], np.array([2]))),
        ],
        3,
    )
    assert images.shape == (3, 32, 32, 3)
    assert images[2, 5, 7].tolist() == [planes[2, c * 1024 + 5 * 32 + 7] for c in range(3)]
    assert (labels.dtype, labels.tolist()) == (np.int64, [1, 0, 2])


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (0, "records of 3,073 bytes, received 0 of them and 0 bytes"),
        (3072, "received 0 of them and 3,072 bytes"),
        (3 * 3073 - 1, "received 2 of them and 3,072 bytes"),
    ],
)
def test_a_truncated_binary_file(tmp_path, size, message):
    (tmp_path / "x").write_bytes(bytes(size))
    with pytest.raises(InputError, match=message):
        read_binary(tmp_path / "x", 1, 0)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ([1], "x: expected a dict, received list"),
        ({}, "x has no 'data' in it, but nothing"),
        ({b"data": 1, b"coarse_labels": []}, "no 'labels' in it, but data, coarse_labels"),
        ({b"data": [1], b"labels": []}, "data: expected an array, received list"),
        (
            {b"data": np.zeros((2, PIXELS), np.float32), b"labels": [1, 2]},
            r"data: expected uint8 \(N, 3072\), received float32 of shape \(2, 3072\)",
        ),
        ({b"data": np.zeros((2, 9), np.uint8), b"labels": []}, r"received uint8 of shape \(2, 9\)"),
        ({b"data": np.zeros((0, PIXELS), np.uint8), b"labels": []}, r"of shape \(0, 3072\)"),
        ({b"data": np.zeros((1, PIXELS), np.uint8), b"labels": ["a"]}, "list of whole numbers"),
        ({b"data": np.zeros((1, PIXELS), np.uint8), b"labels": [True]}, "list of whole numbers"),
        (
            {b"data": np.zeros((1, PIXELS), np.uint8), b"labels": [-1]},
            "labels of classes, received -1",
        ),
        ({b"data": np.zeros((1, PIXELS), np.uint8), b"labels": [2**63]}, "labels of classes"),
    ],
)
def test_python_batches_of_another_kind(tmp_path, batch, message):
    (tmp_path / "x").write_bytes(pickle.dumps(batch, 4))
    with pytest.raises(InputError, match=message):
        read_python(tmp_path / "x", "labels")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1, 2], "b: expected a label for each image, received 3 images and 2 labels"),
        ([1, 2, 10], r"b: expected labels in 0\.\.9, received 10 at number 2"),
        ([1, -2, 10], r"b: expected labels in 0\.\.9, received -2 at number 1"),
    ],
)
def test_labels_that_do_not_fit(planes, labels, message):
    good = (Path("a"), (planes, np.array([0, 1, 2])))
    with pytest.raises(InputError, match=message):
        stack([good, (Path("b"), (planes, np.array(labels)))], 10)


@given(st.binary(max_size=400))
def test_any_file_is_one_clear_line(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "x"
    path.write_bytes(content)
    for read in (lambda: read_binary(path, 1, 0), lambda: read_python(path, "labels")):
        with pytest.raises(InputError) as caught:
            read()
        assert "\n" not in str(caught.value)
