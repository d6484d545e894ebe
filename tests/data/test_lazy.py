from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chainrule.data.dataset import Dataset
from chainrule.data.lazy import LazyImages, chunks, gather
from chainrule.data.loader import Loader
from chainrule.data.splits import Split
from chainrule.errors import InputError
from chainrule.layers import Normalize

PIXELS = np.random.default_rng(0).integers(0, 256, (20, 4, 5, 3), np.uint8)
CHOSEN = np.array([3, 19, 0, 3, 7])


@pytest.fixture
def mapped(tmp_path: Path) -> np.ndarray:
    PIXELS.tofile(tmp_path / "pixels")
    return np.memmap(tmp_path / "pixels", np.uint8, "r", shape=PIXELS.shape)


@pytest.mark.parametrize(
    "key",
    [
        2,
        -1,
        slice(1, 4),
        slice(None, None, 2),
        [4, 0],
        np.array([True, False, True, False, False]),
        (slice(0, 2), 1),
        (3, slice(None), 2),
        (slice(None), slice(None), slice(None), 0),
        np.array([], int),
    ],
    ids=str,
)
def test_rows_are_indexed_like_the_array(mapped: np.ndarray, key: object) -> None:
    expected = PIXELS[CHOSEN][key]
    read = LazyImages(mapped, CHOSEN)[key]
    assert type(read) is np.ndarray
    assert (read == expected).all()
    assert read.shape == expected.shape


def test_rows_have_the_attributes_of_an_array(mapped: np.ndarray) -> None:
    rows, array = LazyImages(mapped, CHOSEN), PIXELS[CHOSEN]
    for name in ("shape", "dtype", "ndim", "size", "nbytes"):
        assert getattr(rows, name) == getattr(array, name)
    assert len(rows) == 5
    assert (np.asarray(rows) == array).all()
    assert all((a == b).all() for a, b in zip(rows, array, strict=True))
    assert (rows.take([4, 1]) == array[[4, 1]]).all()
    assert (gather(rows, np.array([4, 1])) == array[[4, 1]]).all()
    with pytest.raises(InputError, match="axis 0"):
        rows.take([0], axis=1)


def test_chunks_are_everything_in_order(mapped: np.ndarray, monkeypatch) -> None:
    monkeypatch.setattr("chainrule.data.lazy.CHUNK", 130)
    parts = list(chunks(LazyImages(mapped, CHOSEN)))
    assert [len(part) for part in parts] == [2, 2, 1]
    assert (np.concatenate(parts) == PIXELS[CHOSEN]).all()


def test_a_data_set_in_a_file_is_never_read_as_a_whole(mapped: np.ndarray, monkeypatch) -> None:
    labels = np.arange(20) % 2
    in_file = Dataset(mapped, labels, ("a", "b"))
    in_memory = Dataset(PIXELS, labels, ("a", "b"))
    monkeypatch.setattr("chainrule.data.lazy.CHUNK", 200)
    monkeypatch.setattr("chainrule.layers.normalize.CHUNK", 200)
    largest = []
    read = LazyImages.__getitem__

    def watched(self: LazyImages, key: object) -> np.ndarray:
        largest.append(read(self, key).nbytes)
        return read(self, key)

    monkeypatch.setattr(LazyImages, "__getitem__", watched)
    results = []
    for dataset in (in_file, in_memory):
        train, validation = Split.make(dataset, 4).apply(dataset)
        normalize = Normalize(3).init()
        normalize.fit(train.images)
        batches = list(Loader(train, 3, seed=1).batches(0))
        results.append((train, validation, normalize, batches))
    train, validation, normalize, batches = results[0]
    train_2, validation_2, normalize_2, batches_2 = results[1]
    assert isinstance(train.images, LazyImages)
    assert max(largest) <= 200
    assert (train.sha256, validation.sha256) == (train_2.sha256, validation_2.sha256)
    assert (normalize.mean.value == normalize_2.mean.value).all()
    assert all((a[0] == b[0]).all() for a, b in zip(batches, batches_2, strict=True))
    assert (train.take([1, 0]).images[:] == train_2.images[[1, 0]]).all()
