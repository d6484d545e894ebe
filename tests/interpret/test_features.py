from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.lazy import LazyImages
from chainrule.errors import InputError
from chainrule.interpret import features, head
from chainrule.layers import Conv2d, Flatten, GlobalAvgPool2d, Linear, ReLU, Sequential


def test_the_head_makes_the_logits_of_the_features(mlp, convnet, digits):
    images = digits[1].images[:7]
    for model in (mlp, convnet):
        x = features(model, images)
        np.testing.assert_allclose(head(model)[1](x), model(images), rtol=1e-4, atol=1e-5)


def test_batches_change_nothing_and_files_are_read_in_parts(convnet, digits):
    images = digits[1].images[:11]
    whole = features(convnet, images)
    np.testing.assert_allclose(features(convnet, images, 4), whole, rtol=1e-5, atol=1e-6)
    lazy = LazyImages(digits[1].images, np.arange(11))
    np.testing.assert_allclose(features(convnet, lazy, 4), whole, rtol=1e-5, atol=1e-6)


def test_a_data_set_is_its_images(convnet, digits):
    some = digits[1][:5]
    np.testing.assert_array_equal(features(convnet, some), features(convnet, some.images))


def test_the_head_is_the_last_with_parameters_and_a_convolution_is_averaged():
    model = Sequential(Conv2d(1, 3, 3), ReLU(), Conv2d(3, 2, 1), GlobalAvgPool2d()).init(0)
    x = np.random.default_rng(0).standard_normal((4, 6, 6, 1)).astype(np.float32)
    assert head(model)[0] == "layers.2"
    seen = model[:2](x).mean(axis=(1, 2))
    np.testing.assert_allclose(features(model, x), seen, rtol=1e-5)


def test_a_linear_classifier_has_the_pixels_as_features():
    model = Sequential(Flatten(), Linear(4, 2)).init(0)
    x = np.arange(8, dtype=np.float32).reshape(2, 2, 2, 1)
    np.testing.assert_array_equal(features(model, x), x.reshape(2, 4))


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.zeros((0, 8, 8, 1), np.uint8), "expected one or more"),
        (np.zeros((2, 9, 9, 1), np.uint8), r"expected \(N, 8, 8, 1\)"),
        (np.zeros((2, 8, 8, 3), np.uint8), r"received \(2, 8, 8, 3\)"),
        (np.zeros(()), "images: expected one or more"),
        ("word", "images"),
    ],
)
def test_images_that_do_not_fit(mlp, images, words):
    with pytest.raises(InputError, match=words):
        features(mlp, images)


def test_models_that_have_no_features(mlp, digits):
    with pytest.raises(InputError, match="with parameters, received one without"):
        features(Sequential(ReLU()), np.zeros((1, 2)))
    mlp.layers[2].weight.value[0, 0] = np.inf
    with pytest.raises(InputError, match="diverged"):
        features(mlp, digits[1].images[:2])
    with pytest.raises(InputError, match="batch_size"):
        features(cr.models.mlp(4, (), 2).init(0), np.zeros((1, 4), np.float32), 0)
