from __future__ import annotations

import warnings

import numpy as np
import pytest

from chainrule.data import Dataset
from chainrule.data.image_layout import expect_channels_last, expect_layout, is_channels_first
from chainrule.errors import ChainruleWarning, InputError, ShapeError
from chainrule.layers import Linear, Normalize, Sequential
from chainrule.layers.base import Signature
from chainrule.layers.linear import Flatten
from chainrule.metrics import evaluate, predict_probabilities
from chainrule.training import Trainer

TRANSPOSE = r"images\.transpose\(0, 2, 3, 1\)"


def dataset(shape, dtype=np.uint8) -> Dataset:
    images = np.random.default_rng(0).integers(0, 255, shape).astype(dtype)
    return Dataset(images, np.arange(len(images), dtype=np.int64) % 2, ("a", "b"))


@pytest.mark.parametrize(
    "shape", [(64, 3, 32, 32), (8, 1, 28, 28), (8, 3, 224, 160), (8, 4, 32, 32), (8, 2, 5, 6)]
)
def test_channels_first_are_refused_with_the_way_out(shape) -> None:
    for dtype in np.uint8, np.float32, np.float64:
        with pytest.raises(InputError, match=TRANSPOSE):
            dataset(shape, dtype)
    images = np.zeros(shape, np.uint8).transpose(0, 2, 3, 1)
    assert len(Dataset(images, np.zeros(len(images), np.int64), ("a",))) == len(images)


@pytest.mark.parametrize(
    "shape",
    [
        (8, 32, 32, 3), (8, 28, 28, 1), (8, 8, 8, 4), (8, 2, 2, 3), (8, 1, 1, 20), (8, 1, 28, 1),
        (8, 28, 1, 1), (8, 32, 32, 13), (8, 5, 5, 5), (8, 4, 4, 3), (8, 2, 3, 7), (0, 8, 8, 3),
        (8, 3, 3, 3), (8, 3, 2, 1),
    ],
)  # fmt: skip
def test_channels_last_are_taken_as_they_are(shape, recwarn) -> None:
    dataset(shape)
    assert not recwarn
    assert not is_channels_first(shape)


@pytest.mark.parametrize("shape", [(8, 3, 32, 3), (8, 3, 5, 3), (8, 3, 32, 1)])
def test_what_may_be_either_is_warned_of(shape) -> None:
    with pytest.warns(ChainruleWarning, match=rf"taken for \(N, H, W, C\), 3 rows .*{TRANSPOSE}"):
        dataset(shape)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for count in range(5):
            expect_channels_last((count, *shape[1:]))
    assert len(caught) == 1


def test_other_arrays_are_told_how_to_become_images() -> None:
    labels = np.zeros(5, np.int64)
    with pytest.raises(InputError, match=r"for \(H, W, C, N\) use images\.transpose\(3, 0, 1, 2\)"):
        Dataset(np.zeros((32, 32, 3, 5), np.uint8), labels, ("a",))


def test_a_tensor_is_told_how_to_become_an_array() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(InputError, match=r"images\.numpy\(\)\.transpose\(0, 2, 3, 1\)"):
        Dataset(torch.zeros((5, 3, 32, 32)), np.zeros(5, np.int64), ("a",))


def test_a_model_that_knows_its_images_refuses_them_turned() -> None:
    """A net of linear layers has as many inputs either way, and would answer anything."""
    model = Sequential(Normalize(1), Flatten(), Linear(8 * 8 * 3, 2))
    train = dataset((8, 8, 8, 3))
    Trainer(model).fit(train, epochs=1, batch_size=8)
    turned = np.ascontiguousarray(train.images.transpose(0, 3, 1, 2))
    for images in turned, (turned / 255).astype(np.float32):
        with pytest.raises(InputError, match=TRANSPOSE):
            predict_probabilities(model, images)
    assert predict_probabilities(model, train.images).shape == (8, 2)
    with pytest.warns(ChainruleWarning):
        wide = dataset((8, 3, 9, 3))
    model = Sequential(Normalize(1), Flatten(), Linear(9 * 3 * 3, 2))
    model.signature = Signature((9, 3, 3), wide.classes)
    model.init(0)
    with pytest.raises(InputError, match=TRANSPOSE):
        evaluate(model, wide)


def test_the_first_layer_says_it_too() -> None:
    with pytest.raises(ShapeError, match=TRANSPOSE):
        Normalize(3).init(0)(np.zeros((2, 3, 8, 8), np.uint8))
    with pytest.raises(ShapeError, match=r"received \(2, 8, 8, 4\)$"):
        Normalize(3).init(0)(np.zeros((2, 8, 8, 4), np.uint8))


def test_squares_of_three_channels_and_sides_are_what_they_are() -> None:
    """And what has another number of axes, or is not known, is somebody else's to judge."""
    for images, shape in [
        ((5, 3, 3, 3), (3, 3, 3)),
        ((5, 784), (28, 28, 1)),
        ((5, 8, 8, 3), None),
        ((5, 3, 8, 8), None),
        ((5, 3, 8, 8), (192,)),
    ]:
        expect_layout(images, shape)
    with pytest.raises(InputError, match=TRANSPOSE):
        expect_layout((5, 3, 8, 8), (8, 8, 3))
