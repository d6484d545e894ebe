from __future__ import annotations

import numpy as np
import pytest

from chainrule import interpret
from chainrule.errors import ChainruleWarning, InputError
from chainrule.interpret.inference import Inference, probabilities
from chainrule.layers import (
    BatchNorm,
    Conv2d,
    DropPath,
    Flatten,
    GroupNorm,
    Layer,
    Linear,
    Parallel,
    ReLU,
    Residual,
    Sequential,
    SpatialDropout,
    SqueezeExcitation,
    SwitchableNorm,
    Tanh,
    WeightStandardization,
)
from chainrule.layers.base import named_arrays, named_parameters
from chainrule.layers.variables import Buffer

from .nets import convnet, difference, everything

METHODS = sorted(interpret.METHODS)


def images(rng, shape=(8, 8, 3), n=3):
    return rng.integers(0, 256, (n, *shape), np.uint8)


@pytest.mark.parametrize("score", ["logit", "probability"])
def test_the_gradient_is_that_of_the_prediction(score, rng):
    model = convnet().astype(np.float64)
    x, targets = rng.random((2, 8, 8, 3)), np.array([2, 0])
    s, dx = Inference(model).gradient(x, targets, score)
    predicted = model(x)
    expected = predicted if score == "logit" else probabilities(predicted)
    np.testing.assert_allclose(s, expected[[0, 1], targets], rtol=1e-12)

    def total(x):
        z = model(x)
        return (z if score == "logit" else probabilities(z))[[0, 1], targets].sum()

    np.testing.assert_allclose(dx, difference(total, x), atol=1e-7)


@pytest.mark.parametrize(
    "middle",
    [
        lambda: SwitchableNorm(4),
        lambda: Residual(Sequential(Conv2d(4, 4, 1), DropPath(0.5))),
        lambda: Parallel(SpatialDropout(0.5), Tanh()),
        lambda: SqueezeExcitation(4, 2),
        lambda: WeightStandardization(Conv2d(4, 4, 1)),
        lambda: Sequential(BatchNorm(4), GroupNorm(4, groups=2)),
    ],
    ids=["switchable", "path", "spatial", "squeeze", "standardized", "norms"],
)
def test_layers_that_learn_otherwise(middle, rng):
    model = Sequential(Conv2d(2, 4, 3, padding=1), middle(), Flatten(), Linear(64, 3)).init(1)
    model.astype(np.float64)
    for path, node in named_arrays(model):
        if isinstance(node, Buffer) and node.value.ndim:
            node.value = node.value + 0.3 * rng.random(node.shape)
        if path.endswith("_logits"):
            node.value = rng.standard_normal(3)
    x, targets = rng.random((2, 4, 4, 2)), np.array([1, 2])
    _, dx = Inference(model).gradient(x, targets)
    expected = difference(lambda x: model(x)[[0, 1], targets].sum(), x)
    np.testing.assert_allclose(dx, expected, atol=1e-7)


@pytest.mark.parametrize("method", METHODS)
def test_the_model_is_not_touched(method, rng):
    model = convnet()
    for _, parameter in named_parameters(model):
        parameter.accumulate(rng.standard_normal(parameter.shape, np.float32))
    before = everything(model)
    given = images(rng)
    kept = given.copy()
    interpret.METHODS[method](model, given)
    interpret.randomization_check(model, given, method=method)
    interpret.class_image(model, steps=3)
    interpret.fooling_image(model, given, steps=3)
    after = everything(model)
    assert after.pop("options") == before.pop("options")
    np.testing.assert_equal(after, before)
    np.testing.assert_array_equal(given, kept)


@pytest.mark.parametrize("method", METHODS)
def test_an_image_is_looked_at_as_if_alone(method, rng):
    """Batch norm must not carry one image's gradient into another's."""
    model, several = convnet(), images(rng)
    together = interpret.METHODS[method](model, several)
    alone = interpret.METHODS[method](model, several[1])
    assert alone.maps.shape == (1, 8, 8)
    if method != "smoothgrad":  # its noise is drawn for the batch
        np.testing.assert_allclose(together.maps[1:2], alone.maps, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_the_size_of_a_batch_changes_nothing(method, rng):
    model, several = convnet(), images(rng)
    one, all_ = (interpret.METHODS[method](model, several, batch_size=n) for n in (1, 50))
    np.testing.assert_allclose(one.maps, all_.maps, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_kernels_in_float32_say_the_same_as_the_reference_in_float64(method, rng):
    several = images(rng)
    fast, exact = convnet(), convnet().astype(np.float64)
    found, expected = (
        interpret.METHODS[method](model, several, 1).values for model in (fast, exact)
    )
    if method != "smoothgrad":  # whose noise is of the model's dtype
        np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())
    assert found.dtype == np.float32
    assert expected.dtype == np.float64


class Noisy(Layer):
    """A layer of the user's own that learns with noise and predicts without."""

    def __call__(self, x):
        return x

    def forward(self, x):
        return x + 1, None

    def backward(self, dy, cache):
        return dy


def test_a_forward_that_is_no_prediction_is_said():
    model = Sequential(Flatten(), Linear(4, 2), Noisy()).init(0)
    with pytest.warns(ChainruleWarning, match="forward pass differs from its prediction"):
        interpret.saliency(model, np.ones((1, 2, 2, 1), np.float32))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_not_finite(bad, rng):
    model = convnet()
    weight = model[1].weight.value.copy()
    weight[0, 0, 0, 0] = bad
    model[1].weight.value = weight
    calls = [lambda f=f: f(model, images(rng)) for f in interpret.METHODS.values()]
    calls += [
        lambda: interpret.class_image(model),
        lambda: interpret.fooling_image(model, images(rng)),
        lambda: interpret.randomization_check(model, images(rng)),
    ]
    for call in calls:
        with pytest.raises(InputError, match=r"finite weights, received 1 of 108 in layers\.1\."):
            call()


def test_weights_so_large_that_logits_overflow(rng):
    model = convnet()
    model[9].weight.value = np.full((4, 3), 3e38, np.float32)
    with pytest.raises(InputError, match="finite logits"):
        interpret.saliency(model, images(rng))


def test_a_model_without_weights_says_init(rng):
    with pytest.raises(InputError, match=r"call model\.init"):
        interpret.saliency(Sequential(Flatten(), Linear(4, 2)), np.ones((1, 2, 2, 1), np.float32))


def test_a_model_that_is_no_classifier():
    with pytest.raises(InputError, match=r"logits \(N, K\), received outputs \(1, 2, 2, 1\)"):
        interpret.saliency(Sequential(ReLU()), np.ones((1, 2, 2, 1), np.float32))
