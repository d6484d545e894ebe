import numpy as np
import pytest

from chainrule import data
from chainrule.data.holdout import stratified
from chainrule.data.sources.digits import FOLDER


def test_train_and_test_have_no_image_in_common(no_data):
    train, test = data.digits()
    images = np.concatenate([train.images, test.images]).reshape(1797, 64)
    assert len(np.unique(images, axis=0)) == 1797


def test_the_test_part_is_a_fifth_of_each_class(no_data):
    train, test = data.digits()
    ours, all_of_them = (
        np.bincount(test.labels),
        np.bincount(train.labels) + np.bincount(test.labels),
    )
    assert (abs(ours - all_of_them / 5) < 1).all()


def test_the_values_of_the_original_come_back(no_data):
    datasets = pytest.importorskip("sklearn.datasets")
    images, labels = datasets.load_digits(return_X_y=True)
    test = stratified(labels, 359, seed=0)  # the file was made with this
    held_out = data.digits()[1]

    assert held_out.labels.tolist() == labels[test].tolist()
    original = (held_out.images.astype(np.uint16) * 16 + 127) // 255
    np.testing.assert_array_equal(original.reshape(-1, 64), images[test])


def test_comes_with_the_package(no_data, tmp_path):
    assert data.fetch("digits") == FOLDER
    assert data.fetch("digits", tmp_path / "anywhere") == FOLDER
    assert data.fetch("digits", tmp_path) == FOLDER
    assert "CC BY 4.0" in (FOLDER / "DIGITS.md").read_text()
    assert (FOLDER / "digits.npz").stat().st_size < 60_000
