import numpy as np
import pytest

from chainrule.data.fetching.source import KnownFile, Source
from chainrule.data.sources.idx_files import read_idx_files
from chainrule.errors import InputError

SOURCE = Source("toy", tuple(KnownFile(name, None, "") for name in "abcd"), ())


@pytest.fixture
def folder(idx, tmp_path):
    images = np.arange(2 * 2 * 3).reshape(2, 2, 3)
    for name, array in zip("abcd", (images, [1, 2], images[:1], [2]), strict=True):
        (tmp_path / name).write_bytes(idx(np.array(array)))
    return tmp_path


def test_images_and_labels_of_each_part_in_the_order_of_the_source(folder):
    train, test = read_idx_files(SOURCE, folder, ("x", "y", "z"))
    assert repr(train) == "Dataset(toy train: 2 images of 2x3x1, 3 classes)"
    assert (train.labels.tolist(), test.labels.tolist()) == ([1, 2], [2])
    assert test.images[0, 1, :, 0].tolist() == [3, 4, 5]


def test_labels_that_begin_at_one_and_images_in_columns(folder):
    train, _ = read_idx_files(
        SOURCE, folder, ("x", "y"), first_label=1, upright=lambda images: images.transpose(0, 2, 1)
    )
    assert train.labels.tolist() == [0, 1]
    assert train.images[0, ..., 0].tolist() == [[0, 3], [1, 4], [2, 5]]
    with pytest.raises(InputError, match=r"b: expected labels in 3\.\.5, received 1 at number 0"):
        read_idx_files(SOURCE, folder, ("x", "y", "z"), first_label=3)
