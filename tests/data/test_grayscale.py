import numpy as np
import pytest
from PIL import Image

from chainrule.data import Dataset, grayscale
from chainrule.errors import InputError


def make(images):
    return Dataset(images, np.zeros(len(images), np.int64), ("a",), "test", "toy")


def test_the_pixels_that_pillow_makes(rng):
    images = rng.integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    gray = grayscale(make(images))

    assert gray.images.shape == (40, 32, 32, 1)
    assert (gray.split, gray.name, gray.classes) == ("test", "toy", ("a",))
    for image, ours in zip(images, gray.images, strict=True):
        np.testing.assert_array_equal(ours[..., 0], np.asarray(Image.fromarray(image).convert("L")))


def test_gray_in_color_stays_the_same():
    every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    np.testing.assert_array_equal(grayscale(make(every.repeat(3, axis=3))).images, every)


def test_in_parts(monkeypatch, rng):
    images = rng.integers(0, 256, (7, 4, 4, 3), dtype=np.uint8)
    whole = grayscale(make(images)).images
    monkeypatch.setattr("chainrule.data.lazy.CHUNK", 100)
    np.testing.assert_array_equal(grayscale(make(images)).images, whole)


def test_what_is_gray_already():
    data = make(np.zeros((2, 4, 4, 1), np.uint8))
    assert grayscale(data) is data


def test_other_channels():
    with pytest.raises(InputError, match=r"expected 3 channels .* received 4 in Dataset\(toy test"):
        grayscale(make(np.zeros((2, 4, 4, 4), np.uint8)))
