import numpy as np
import pytest

from chainrule.data.sources.svhn import svhn
from chainrule.errors import InputError

IMAGES = np.arange(4 * 5 * 3 * 2, dtype=np.uint8).reshape(4, 5, 3, 2)


@pytest.fixture
def lay_out(mat, no_data, tmp_path):
    def write(**changes):
        arrays = {"X": IMAGES, "y": np.array([[10.0], [3.0]])} | changes
        arrays = {name: array for name, array in arrays.items() if array is not None}
        (tmp_path / "svhn").mkdir()
        for part in ("train", "test"):
            (tmp_path / f"svhn/{part}_32x32.mat").write_bytes(mat(arrays))
        return tmp_path

    return write


def test_ten_is_zero_and_images_come_first(lay_out):
    train, test = svhn(lay_out())

    assert repr(train) == "Dataset(svhn train: 2 images of 4x5x3, 10 classes)"
    assert (train.labels.tolist(), test.split) == ([0, 3], "test")
    np.testing.assert_array_equal(train.images[1], IMAGES[..., 1])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"X": IMAGES[..., 0]},
            r"X: expected uint8 \(H, W, 3, N\), received uint8 of shape \(4, 5, 3\)",
        ),
        ({"X": IMAGES.astype("f4")}, "received float32 of shape"),
        ({"X": IMAGES[:, :, :2]}, r"of shape \(4, 5, 2, 2\)"),
        ({"X": IMAGES[..., :0]}, r"of shape \(4, 5, 3, 0\)"),
        ({"y": np.array([[1.0]])}, "a label for each image, received 2 images and 1 labels"),
        ({"y": np.array([[1.0], [0.0]])}, r"expected labels in 1\.\.10, received 0\.0 at 1"),
        ({"y": np.array([[1.5], [1.0]])}, r"labels in 1\.\.10, received 1\.5 at 0"),
        ({"y": np.array([[1.0], [np.nan]])}, r"labels in 1\.\.10, received nan at 1"),
        ({"y": None}, "has no numeric array 'y'"),
    ],
)
def test_files_that_do_not_fit(lay_out, changes, message):
    with pytest.raises(InputError, match=message):
        svhn(lay_out(**changes))
