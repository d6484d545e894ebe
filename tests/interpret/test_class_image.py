from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.interpret import class_image

from .nets import convnet, linear


def test_of_a_linear_model_it_goes_along_the_weights():
    """Without blur and jitter every step is lr · w / rms(w), and l2 pulls towards the mean, 0."""
    w = np.array([[1.0, 0.0], [-1.0, 0.0], [2.0, 0.0], [0.0, 0.0]])
    options = {"shape": (2, 2, 1), "lr": 0.1, "blur": 0.0, "jitter": 0}
    start, one, two = (
        class_image(linear(w), 0, steps=n, l2=0.0, **options).images.ravel() for n in (1, 2, 3)
    )
    direction = 0.1 * w[:, 0] / np.sqrt(np.mean(w[:, 0] ** 2))
    np.testing.assert_allclose(one - start, direction, rtol=1e-6)
    np.testing.assert_allclose(two - one, direction, rtol=1e-6)
    many = class_image(linear(w), 0, steps=400, l2=0.1, **options).images.ravel()
    np.testing.assert_allclose(many, direction * 0.9 / 0.1, rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize(
    ("target", "classes"),
    [(None, [0, 1, 2]), (1, [1]), ("class 2", [2]), ([2, "class 0"], [2, 0])],
    ids=str,
)
def test_the_logit_rises_and_pixels_stay_in_their_range(target, classes):
    found = class_image(convnet(), target, steps=40)
    assert found.images.shape == (len(classes), 8, 8, 3)
    assert found.images.min() >= 0
    assert found.images.max() <= 1
    assert found.logits.shape == (41, len(classes))
    assert (found.logits[-1] > found.logits[0]).all()
    assert found.targets.tolist() == classes


def test_it_repeats():
    once, again, other = (class_image(convnet(), 1, steps=5, seed=s).images for s in (0, 0, 1))
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, other)


def test_blur_takes_away_single_pixels():
    rough, smooth = (
        class_image(convnet((16, 16, 3)), 1, steps=30, blur=blur).images for blur in (0.0, 3.0)
    )
    assert np.abs(np.diff(smooth, axis=1)).mean() < np.abs(np.diff(rough, axis=1)).mean()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"target": 3}, "a class from 0 to 2"),
        ({"target": "cat"}, "unknown class 'cat'"),
        ({"target": []}, "one class or more"),
        ({"steps": 0}, "steps"),
        ({"lr": -1.0}, "lr"),
        ({"blur": float("inf")}, "blur"),
        ({"jitter": -1}, "jitter"),
    ],
    ids=str,
)
def test_what_cannot_be(options, said):
    with pytest.raises(InputError, match=said):
        class_image(convnet(), **options)


def test_what_it_says():
    found = class_image(convnet(), steps=2)
    assert repr(found).startswith("Images of 3 classes, 2 steps\nclass    probability")
    assert found._repr_html_().count("<img") == 3
