from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.interpret import occlusion

from .nets import convnet, linear


def one_pixel(i, j, shape=(4, 5)):
    """z₀ is pixel (i, j), z₁ is 0."""
    w = np.zeros((*shape, 2))
    w[i, j, 0] = 1
    return linear(w.reshape(-1, 2))


def test_a_model_that_looks_at_one_pixel():
    image = np.full((1, 4, 5, 1), 7.0)
    found = occlusion(one_pixel(1, 3), image, 0, patch=1, stride=1, score="logit")
    expected = np.zeros((4, 5))
    expected[1, 3] = 7
    np.testing.assert_array_equal(found.maps[0], expected)
    hidden = occlusion(one_pixel(1, 3), image, 0, patch=1, stride=1, value=5.0, score="logit")
    np.testing.assert_array_equal(hidden.maps[0], expected * 2 / 7)


def test_overlapping_patches_share_a_pixel():
    """Of the patches of 2 x 2 one pixel apart, pixel (0, 0) lies in one, which does not hide
    (1, 1), if that is outside: here it lies inside, so that its drop is 1. Pixel (0, 2) lies in
    two, of which one hides (1, 1)."""
    found = occlusion(one_pixel(1, 1), np.ones((1, 4, 5, 1)), 0, patch=2, stride=1, score="logit")
    expected = [
        [1, 1, 0.5, 0, 0],
        [1, 1, 0.5, 0, 0],
        [0.5, 0.5, 0.25, 0, 0],
        [0, 0, 0, 0, 0],
    ]
    np.testing.assert_allclose(found.maps[0], expected)


def test_the_last_patch_ends_with_the_image():
    found = occlusion(one_pixel(3, 4), np.ones((1, 4, 5, 1)), 0, patch=2, stride=3, score="logit")
    assert found.maps[0, 3, 4] > 0
    assert not found.maps[0, :2, :2].any()


def test_the_probability_that_is_lost():
    found = occlusion(one_pixel(0, 0), np.full((1, 4, 5, 1), 2.0), 0, patch=1)
    np.testing.assert_allclose(found.maps[0, 0, 0], 1 / (1 + np.exp(-2.0)) - 0.5)


def test_hidden_pixels_are_the_mean_of_the_training_images():
    model = convnet()
    model[0].mean.value = np.array([0.2, 0.4, 0.6], np.float32)
    image = np.broadcast_to(model[0].mean.value, (8, 8, 3)).copy()
    np.testing.assert_allclose(occlusion(model, image).maps, 0, atol=1e-6)


def test_rectangles(rng):
    image = rng.random((1, 4, 5, 1))
    found = occlusion(one_pixel(1, 1), image, 0, patch=(4, 1), stride=(1, 1), score="logit")
    np.testing.assert_allclose(found.maps[0, :, 1], image[0, 1, 1, 0])
    assert not found.maps[0, :, 2].any()


def test_a_hidden_pixel_has_the_range_of_pixels():
    with pytest.raises(InputError, match=r"value: expected a number in \[0, 1\], received 255"):
        occlusion(convnet(), np.zeros((8, 8, 3), np.uint8), value=255.0)


@pytest.mark.parametrize(
    "options",
    [
        {"patch": 5},
        {"patch": (1, 6)},
        {"patch": 0},
        {"patch": (2, 2, 2)},
        {"stride": 0},
        {"stride": 1.5},
        {"value": float("nan")},
        {"score": "loss"},
        {"batch_size": 0},
    ],
    ids=str,
)
def test_options_that_cannot_be(options):
    with pytest.raises(InputError, match=next(iter(options))):
        occlusion(one_pixel(0, 0), np.ones((1, 4, 5, 1)), **options)
