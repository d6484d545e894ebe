from __future__ import annotations

import copy
import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.initializers import Normal, Orthogonal
from chainrule.layers import Conv2d, Dropout, Flatten, Layer, Linear, Normalize, ReLU, Sequential
from chainrule.layers.observe import observe
from chainrule.training import lsuv

ORTHOGONAL = Orthogonal()


def net(init=ORTHOGONAL) -> Sequential:
    """Dropout in the middle: the measure must be the same each time."""
    layers = [f for _ in range(4) for f in (Linear(30, 30, init=init), ReLU(), Dropout(0.5))]
    return Sequential(Normalize(), Flatten(), Linear(16, 30, init=init), *layers).init(0)


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (200, 4, 4, 1), np.uint8)


def variances(model, images) -> list[float]:
    found = []
    with observe(model, on_forward=lambda p, f, x, y: found.append((f, float(y.var())))):
        model(images)
    return [variance for f, variance in found if isinstance(f, Linear)]


@pytest.mark.parametrize("init", [ORTHOGONAL, Normal(0.01), Normal(3)], ids=repr)
def test_every_output_gets_variance_1(init, images):
    model = net(init)
    assert max(abs(v - 1) for v in variances(model, images)) > 0.5
    before = {path: array.copy() for path, array in model.state().items()}
    factors = lsuv(model, images)
    assert max(abs(v - 1) for v in variances(model, images)) < 0.1
    for path, array in model.state().items():
        assert array.dtype == before[path].dtype
        np.testing.assert_allclose(array, before[path] * factors.get(path, 1), rtol=1e-5)
    assert list(factors) == [f"layers.{i}.weight" for i in (2, 3, 6, 9, 12)]


def test_convolutions_are_scaled_too(rng):
    x = rng.standard_normal((20, 6, 6, 4), np.float32)
    model = Sequential(Conv2d(4, 8, 3, init=Normal(0.01)), ReLU(), Conv2d(8, 8, 3)).init(0)
    assert list(lsuv(model, x)) == ["layers.0.weight", "layers.2.weight"]
    assert model(x).var() == pytest.approx(1, abs=0.1)


def test_it_measures_before_it_scales(images):
    model = net()
    lsuv(model, images)
    again = copy.deepcopy(model)
    assert set(lsuv(again, images).values()) == {1.0}


def test_biases_take_more_than_one_iteration(images):
    model = net(Normal(0.01))
    model.layers[2].bias.value = np.linspace(-0.5, 0.5, 30, dtype=np.float32)
    one = copy.deepcopy(model)
    lsuv(one, images, max_iterations=1)
    lsuv(model, images, tol=1e-3)
    assert abs(variances(model, images)[0] - 1) < 1e-3 < abs(variances(one, images)[0] - 1)


def test_layers_go_in_the_order_of_the_images(images):
    class Backwards(Layer):
        def __init__(self):
            self.last = Linear(30, 5, init=Normal(1))
            self.first = Linear(16, 30, init=Normal(1))
            self.unused = Linear(2, 2)

        def __call__(self, x):
            return self.last(self.first(x))

        def forward(self, x):
            raise NotImplementedError

        backward = forward

    model = Sequential(Normalize(), Flatten(), Backwards()).init(0)
    assert list(lsuv(model, images)) == ["layers.2.first.weight", "layers.2.last.weight"]
    assert max(abs(v - 1) for v in variances(model, images)) < 0.1


@pytest.mark.parametrize("bad", [0, np.inf, np.nan])
def test_what_no_scale_mends_is_named_and_changes_nothing(bad, images):
    model = net()
    model.layers[6].weight.value = np.full((30, 30), bad, np.float32)
    before = {path: array.copy() for path, array in model.state().items()}
    with pytest.raises(InputError, match=r"^layers.6.weight: over these images .* variance"):
        lsuv(model, images)
    for path, array in model.state().items():
        np.testing.assert_array_equal(array, before[path])


def test_a_model_without_weights_yet(images):
    with pytest.raises(InputError, match=r"call model.init\(seed\) first"):
        lsuv(cr.models.mlp((4, 4, 1), (6,), 3), images)


@pytest.mark.parametrize("options", [{"tol": 0}, {"tol": math.nan}, {"max_iterations": 0}])
def test_options_are_checked(options, images):
    with pytest.raises(InputError, match=f"{next(iter(options))}: expected"):
        lsuv(net(), images, **options)
