from __future__ import annotations

import weakref

import numpy as np
import pytest

from chainrule import models
from chainrule.errors import InputError, ShapeError
from chainrule.gradient_check import check_layer
from chainrule.layers import Flatten, Linear, ReLU, Sequential, named_arrays
from chainrule.saving import load


def test_a_shared_layer_receives_the_sum_of_both_gradients(rng):
    shared = Linear(4, 4)
    model = Sequential(shared, ReLU(), shared).init(0)
    assert [path for path, _ in named_arrays(model)] == ["layers.0.weight", "layers.0.bias"]
    assert check_layer(model, rng.standard_normal((3, 4))).ok


def test_wrong_shape_names_the_path_and_the_way():
    model = Sequential(Flatten(), Sequential(Linear(6, 4), ReLU(), Linear(5, 2))).init(0)
    with pytest.raises(ShapeError) as caught:
        model.forward(np.zeros((3, 2, 3), np.float32))
    message = str(caught.value)
    assert message.startswith(
        "layers.1.layers.2: expected an input of shape (N, 5), received (3, 4)"
    )
    assert "input (3, 2, 3) -> Flatten (3, 6)" in message
    assert "Linear (3, 4) -> ReLU (3, 4) -> Linear" in message
    with pytest.raises(ShapeError, match=r"layers\.1\.layers\.2"):
        model(np.zeros((3, 2, 3), np.float32))


def test_backward_frees_each_cache_once_it_is_spent(rng):
    class Noting(ReLU):
        def backward(self, dy, y):
            alive.append(sum(cache() is not None for cache in kept))
            return super().backward(dy, y)

    alive: list[int] = []
    model = Sequential(Noting(), Linear(3, 3), Noting(), Linear(3, 3), Noting()).init(0)
    y, caches = model.forward(rng.random((2, 3), np.float32))
    kept = [weakref.ref(caches[i]) for i in (0, 2, 4)]
    dy = y.copy()
    del y
    model.backward(dy, caches)
    assert alive == [3, 2, 1]
    assert caches == []


def test_first_layer_without_parameters_is_not_run_backward(rng):
    class Unwilling(ReLU):
        def backward(self, dy, y):
            raise AssertionError("nobody asked for this gradient")

    model = Sequential(Unwilling(), Linear(3, 2)).init(0)
    y, caches = model.forward(rng.random((2, 3), np.float32))
    model.backward_parameters(y, caches)
    assert model.layers[1].weight.grad is not None


def test_the_first_layer_that_learns_is_not_asked_for_dx(rng):
    class Learning(Linear):
        def backward(self, dy, x):
            raise AssertionError("nobody asked for this gradient")

    model = Sequential(ReLU(), Learning(3, 2), Linear(2, 2)).init(0)
    y, caches = model.forward(rng.random((2, 3), np.float32))
    model.backward_parameters(y, caches)
    assert model.layers[1].weight.grad is not None


def test_repr_shows_the_tree():
    model = Sequential(Flatten(), Sequential(Linear(6, 4)))
    assert repr(model) == (
        "Sequential(\n  0: Flatten()\n  1: Sequential(\n    0: Linear(6, 4)\n  )\n)"
    )


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: Sequential(ReLU(), Linear),
            r"layers\.1: .* received the class: write Linear\(…\)",
        ),
        (lambda: Sequential(ReLU(), [1]), r"layers\.1: expected a layer, received \[1\]"),
    ],
)
def test_what_is_no_layer_is_refused(build, message):
    with pytest.raises(InputError, match=message):
        build()


def test_places_are_those_of_a_list():
    model = Sequential(Linear(3, 4), ReLU(), Linear(4, 2)).init(0)
    assert (len(model), list(model)) == (3, model.layers)
    assert model[0] is model[-3] is model.layers[0]
    part = model[:2]
    assert isinstance(part, Sequential)
    assert part[0].weight is model[0].weight
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(model[2:](part(x)), model(x))
    assert len(Sequential([ReLU(), ReLU()])) == 2


@pytest.mark.parametrize("place", [1, -2, 10**30])
def test_a_place_that_is_not_there_is_an_index_error_too(place):
    with pytest.raises(IndexError, match="layer: expected an index from -1 to 0 of 1") as error:
        Sequential(ReLU())[place]
    assert isinstance(error.value, InputError)


@pytest.mark.parametrize("place", ["relu", 1.5, None, slice(None, "a"), slice(None, None, 0), True])
def test_what_is_no_place_is_an_input_error(place):
    with pytest.raises(InputError):
        Sequential(ReLU())[place]


def test_a_model_saves_itself(tmp_path):
    model = Sequential(Linear(3, 4)).init(0)
    model.save(tmp_path / "model.safetensors")
    loaded = load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(loaded[0].weight.value, model[0].weight.value)


@pytest.mark.parametrize("shape", [(3, 10), (1, 10), (10,), (4, 1)])
def test_a_gradient_of_another_shape_than_y_is_refused_and_costs_nothing(shape):
    model = models.mlp((8, 8, 1), (16,), 10).init(0)
    y, cache = model.forward(np.zeros((4, 8, 8, 1), np.uint8))
    for backward in (model.backward, model.backward_parameters):
        with pytest.raises(ShapeError, match=r"expected \(4, 10\), the shape of y, rec"):
            backward(np.ones(shape, np.float32), cache)
    model.backward(np.ones_like(y), cache)


def test_a_cache_that_was_used_up_says_so():
    model = Sequential(ReLU(), Sequential(ReLU(), ReLU()))
    y, cache = model.forward(np.ones((2, 3), np.float32))
    model.backward(y, cache)
    with pytest.raises(InputError, match="call forward again"):
        model.backward(y, cache)
    y, cache = Sequential().forward(y)
    np.testing.assert_array_equal(Sequential().backward(y, cache), y)
