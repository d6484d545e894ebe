from __future__ import annotations

import numpy as np

from chainrule.interpret import saliency

from .nets import convnet, linear


def test_of_a_linear_model_it_is_the_size_of_the_weights(rng):
    w = rng.standard_normal((12, 3))
    images = rng.standard_normal((2, 2, 2, 3))
    found = saliency(linear(w), images, [2, 0])
    for n, k in enumerate([2, 0]):
        np.testing.assert_allclose(found.values[n], w[:, k].reshape(2, 2, 3))
        np.testing.assert_allclose(found.maps[n], np.abs(w[:, k].reshape(2, 2, 3)).max(axis=2))


def test_the_gradient_of_a_probability():
    """Two classes with logits x and 0: dp/dx = p (1 - p)."""
    found = saliency(linear([[1.0, 0.0]]), np.full((1, 1, 1, 1), 2.0), 0, score="probability")
    p = 1 / (1 + np.exp(-2.0))
    np.testing.assert_allclose(found.maps, p * (1 - p))
    np.testing.assert_allclose(found.probabilities, p)


def test_pixels_are_counted_from_0_to_1():
    """After (x - mean) / std the gradient with respect to x has the factor 1 / std."""
    model = convnet()
    plain = saliency(model, np.full((8, 8, 3), 0.5), 0).values
    model[0].std.value = np.full(3, 0.5, np.float32)
    model[0].mean.value = np.full(3, 0.25, np.float32)
    scaled = saliency(model, np.full((8, 8, 3), 0.5), 0).values  # which is 0.5 again
    np.testing.assert_allclose(scaled, 2 * plain, rtol=1e-5)


def test_smoothgrad_of_a_linear_model_is_the_gradient(rng):
    w = rng.standard_normal((4, 2))
    images = rng.random((3, 2, 2, 1))
    found = saliency(linear(w), images, 1, samples=5)
    np.testing.assert_allclose(
        found.values, np.broadcast_to(w[:, 1].reshape(2, 2, 1), (3, 2, 2, 1))
    )
    assert found.method == "smoothgrad"


def test_smoothgrad_smooths_and_repeats(rng):
    model, image = convnet(), rng.random((8, 8, 3))
    once, again, other = (
        saliency(model, image, 0, samples=20, noise=0.3, seed=seed).values for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, other)
    plain = saliency(model, image, 0).values
    assert np.abs(once - other).mean() < np.abs(plain - other).mean()


def test_an_image_without_range_has_no_noise():
    model, image = convnet(), np.full((8, 8, 3), 0.5)
    smooth, plain = saliency(model, image, 0, samples=3), saliency(model, image, 0)
    np.testing.assert_allclose(smooth.maps, plain.maps, rtol=1e-6)
