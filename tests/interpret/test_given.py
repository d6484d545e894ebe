from __future__ import annotations

import numpy as np
import pytest

from chainrule import models
from chainrule.data import Dataset
from chainrule.errors import InputError
from chainrule.interpret import class_image, saliency
from chainrule.interpret.given import as_input
from chainrule.layers import Signature

from .nets import convnet, linear


@pytest.fixture
def model():
    return convnet()


def test_every_range_is_the_same_pixels(model, rng):
    pixels = rng.integers(0, 256, (2, 8, 8, 3), np.uint8)
    expected = pixels / np.float32(255)
    for images in (pixels, pixels.astype(np.int64), pixels.astype(np.float32), pixels / 255.0):
        x = as_input(model, images)
        assert x.dtype == np.float32
        np.testing.assert_allclose(x, expected, atol=1e-6)
    np.testing.assert_allclose(as_input(model, pixels[0]), expected[:1], atol=1e-6)


def test_floats_are_not_rounded_to_bytes(model):
    x = as_input(model, np.full((8, 8, 3), 0.1234567))
    np.testing.assert_allclose(x, 0.1234567, rtol=1e-6)


def test_gray_images_need_no_channel():
    model = convnet((6, 5, 1))
    for shape in ((6, 5), (6, 5, 1), (2, 6, 5), (2, 6, 5, 1), (2, 30), (30,)):
        assert as_input(model, np.zeros(shape, np.uint8)).shape[1:] == (6, 5, 1)


def test_a_data_set_gives_its_images(model, rng):
    images = rng.integers(0, 256, (2, 8, 8, 3), np.uint8)
    given = Dataset(images, np.array([0, 1]), ("a", "b"))
    np.testing.assert_array_equal(as_input(model, given), as_input(model, images))
    np.testing.assert_array_equal(as_input(model, images.tolist()), as_input(model, images))


def test_a_model_without_signature_takes_one_image_or_several():
    model = models.mlp((8, 8, 1), (4,), 3).init(0)
    for shape in ((8, 8), (8, 8, 1), (4, 8, 8, 1)):
        assert as_input(model, np.zeros(shape, np.uint8)).shape[1:] == (8, 8, 1)


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (np.zeros((2, 7, 8, 3), np.uint8), r"\(8, 8, 3\) or \(N, 8, 8, 3\)"),
        (np.zeros((8, 8, 4), np.uint8), r"images: "),
        (np.zeros((2, 8, 8, 1), np.uint8), r"\(8, 8, 3\)"),
        (np.zeros((2, 3, 8, 8), np.uint8), r"transpose\(0, 2, 3, 1\)"),
        (np.zeros((0, 8, 8, 3), np.uint8), "at least one"),
        (np.full((1, 8, 8, 3), np.nan), "NaN or infinity"),
        (np.full((1, 8, 8, 3), -3.0), "floats in 0..1 or in 0..255"),
        (np.full((1, 8, 8, 3), 300), "0..255"),
        ("cat.png", "received 'cat.png'"),
        (None, "received None"),
        (np.array([["a"]]), "images"),
    ],
    ids=[
        "rows",
        "channels",
        "gray",
        "first",
        "none",
        "nan",
        "range",
        "deep",
        "path",
        "None",
        "text",
    ],
)
def test_images_that_the_model_does_not_take(model, images, said):
    with pytest.raises(InputError, match=said) as raised:
        saliency(model, images)
    assert "\n" not in str(raised.value)


def test_a_model_without_normalize_wants_floats():
    model = linear(np.eye(4))
    with pytest.raises(InputError, match="no Normalize"):
        saliency(model, np.zeros((1, 2, 2, 1), np.uint8))
    with pytest.raises(InputError, match="finite numbers"):
        saliency(model, np.full((1, 2, 2, 1), np.inf))
    assert saliency(model, np.full((1, 2, 2, 1), -7.0)).images.min() == -7


def test_targets(model, rng):
    images = rng.random((3, 8, 8, 3))
    predicted = model(images.astype(np.float32)).argmax(axis=1)
    assert saliency(model, images).targets.tolist() == predicted.tolist()
    assert saliency(model, images, 2).targets.tolist() == [2, 2, 2]
    assert saliency(model, images, np.int64(2)).targets.tolist() == [2, 2, 2]
    assert saliency(model, images, "class 1").names == ["class 1"] * 3
    assert saliency(model, images, ["class 1", 0, 2]).targets.tolist() == [1, 0, 2]
    assert saliency(model, images, np.array([0, 1, 2])).targets.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (3, "a class from 0 to 2, received 3"),
        (-1, "a class from 0 to 2, received -1"),
        ("clas 1", "did you mean 'class 1'"),
        ([0, 1], "one for each of 3 images, received 2"),
        ([0, 1, 9], "received 9"),
        (1.5, "target"),
        (True, "target"),
        ([], "received 0"),
    ],
    ids=str,
)
def test_classes_that_there_are_not(model, target, said, rng):
    with pytest.raises(InputError, match=said):
        saliency(model, rng.random((3, 8, 8, 3)), target)


def test_names_need_a_signature():
    with pytest.raises(InputError, match="unknown class 'cat'; choose from 0, 1"):
        saliency(linear(np.zeros((4, 2))), np.zeros((1, 2, 2, 1)), "cat")


def test_the_shape_of_an_image():
    model = models.mlp((8, 8, 1), (4,), 3).init(0)
    with pytest.raises(InputError, match=r"shape: expected that of an image .* write shape="):
        class_image(model, 0)
    for wrong in ((8, 8), (0, 8, 1), (8, 8, 1, 1), (10**6, 10**6, 1)):
        with pytest.raises(InputError, match=r"shape: expected that of an image"):
            class_image(model, 0, shape=wrong)
    model.signature = Signature((8, 8, 1), ("a", "b", "c"))
    with pytest.raises(InputError, match="as the model was trained on"):
        class_image(model, 0, shape=(9, 9, 1))
