from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.interpret import fooling_image

from .nets import convnet, linear


def test_of_a_linear_model_it_is_the_distance_to_the_nearest_boundary():
    """Three classes on one row of two pixels: of the boundaries with classes 1 and 2, at the
    distances 2 / √2 and 2.5, the first is nearer."""
    model = linear([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], bias=[0.0, 0.0, 0.5])
    found = fooling_image(model, np.array([3.0, 1.0]).reshape(1, 1, 2, 1))
    assert found.before.tolist() == [0]
    assert found.after.tolist() == [1]
    np.testing.assert_allclose(found.norms, np.sqrt(2), rtol=2e-3)
    np.testing.assert_allclose(found.changes.ravel(), [-1, 1], rtol=2e-3)
    other = fooling_image(model, np.array([3.0, 1.0]).reshape(1, 1, 2, 1), 2)
    assert other.after.tolist() == [2]
    np.testing.assert_allclose(other.norms, np.hypot(2.5, 0.5), rtol=2e-3)


def test_pixels_stay_in_their_range_and_the_change_is_small(rng):
    model, images = convnet(), rng.integers(0, 256, (4, 8, 8, 3), np.uint8)
    found = fooling_image(model, images, [(int(k) + 1) % 3 for k in _said(model, images)])
    assert found.images.min() >= 0
    assert found.images.max() <= 1
    np.testing.assert_allclose(found.images - found.changes, images / 255, atol=1e-6)
    np.testing.assert_allclose(found.norms, np.linalg.norm(found.changes.reshape(4, -1), axis=1))
    np.testing.assert_array_equal(found.after, _said(model, found.images))
    np.testing.assert_array_equal(found.fooled, found.after == (found.before + 1) % 3)
    rows = np.arange(4)
    np.testing.assert_allclose(found.largest, np.abs(found.changes).reshape(4, -1).max(axis=1))
    assert (found.probabilities_before >= 1 / 3)[rows].all()


def _said(model, images):
    return model(np.asarray(images, np.float32 if images.dtype.kind == "f" else np.uint8)).argmax(1)


def test_there_is_nothing_to_change_for_the_class_that_it_says(rng):
    model, images = convnet(), rng.random((2, 8, 8, 3)).astype(np.float32)
    found = fooling_image(model, images, _said(model, images))
    assert found.fooled.all()
    assert not found.norms.any()


def test_a_model_that_cannot_be_fooled():
    model = linear(np.zeros((4, 2)), bias=[1.0, 0.0])
    found = fooling_image(model, np.ones((1, 2, 2, 1)))
    assert found.fooled.tolist() == [False]
    assert not found.norms.any()
    assert "not fooled" in repr(found)


def test_a_pixel_at_its_limit_moves_only_inward():
    """The nearest boundary would need a pixel below black: others must make up for it."""
    model = convnet((8, 8, 3))
    found = fooling_image(model, np.zeros((8, 8, 3), np.uint8))
    assert found.changes.min() >= 0


def test_what_cannot_be():
    with pytest.raises(InputError, match="two classes or more"):
        fooling_image(linear(np.ones((4, 1))), np.ones((1, 2, 2, 1)))
    with pytest.raises(InputError, match="a class from 0 to 2"):
        fooling_image(convnet(), np.zeros((8, 8, 3), np.uint8), 3)
    with pytest.raises(InputError, match="at least one"):
        fooling_image(convnet(), np.zeros((0, 8, 8, 3), np.uint8))
    with pytest.raises(InputError, match="steps"):
        fooling_image(convnet(), np.zeros((8, 8, 3), np.uint8), steps=0)


def test_what_it_says(rng):
    found = fooling_image(convnet(), rng.random((2, 8, 8, 3)))
    assert repr(found).splitlines()[1].split()[:3] == ["image", "before", "probability"]
    assert found._repr_html_().count("<img") == 6
