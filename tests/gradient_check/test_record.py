from __future__ import annotations

import numpy as np

from chainrule.gradient_check import gradcheck
from chainrule.gradient_check.problem import of_layer
from chainrule.gradient_check.record import record
from chainrule.layers import (
    Add,
    Dropout,
    Graph,
    Linear,
    Residual,
    Sequential,
    Tanh,
    WeightStandardization,
)
from chainrule.layers.base import named_children


def test_children_are_the_layers_directly_inside_each_once():
    shared = Linear(3, 3)
    net = Sequential(shared, Residual(Sequential(Tanh())), shared)
    assert [path for path, _ in named_children(net)] == ["layers.0", "layers.1"]
    graph = Graph({"a": (Tanh(), "input"), "b": (Add(), "a", "input")})
    assert [path for path, _ in named_children(graph)] == ["layers.a", "layers.b"]
    assert named_children(Tanh()) == []


def test_every_use_is_noted_with_its_own_gradients(rng):
    shared = Linear(3, 3)
    problem = of_layer(Sequential(shared, Tanh(), shared).init(0), [rng.standard_normal((4, 3))])
    recording = record(problem)
    first, middle, last = recording.calls
    assert (first.path, middle.path, last.path) == ("layers.0", "layers.1", "layers.0")
    assert middle.inputs[0] is first.y and last.inputs[0] is middle.y
    np.testing.assert_array_equal(last.dy, recording.dy)
    np.testing.assert_allclose(last.gradients["layers.0.weight"], middle.y.T @ recording.dy)
    total = sum(call.gradients["layers.0.weight"] for call in (first, last))
    np.testing.assert_allclose(total, problem.gradient()["layers.0.weight"])
    np.testing.assert_array_equal(first.dinputs[0], recording.gradient["input"])


def test_the_model_keeps_its_verbs_and_its_arrays(rng):
    net = Sequential(Linear(3, 3), Dropout(0.5)).init(0)
    before = {path: array.copy() for path, array in net.state().items()}
    problem = of_layer(net, [rng.standard_normal((4, 3))])
    record(problem)
    for model in (net, problem.model):
        assert all("forward" not in vars(layer) for _, layer in named_children(model))
    for path, array in net.state().items():
        np.testing.assert_array_equal(array, before[path])


class Doubled(Linear):
    def backward(self, dy, x):
        return 2 * super().backward(dy, x)


def test_a_layer_that_is_run_as_a_copy_is_heard_and_accused(rng):
    """WeightStandardization runs a copy of the layer inside it, with other weights."""
    model = Sequential(WeightStandardization(Doubled(3, 4)), Tanh()).init(0)
    problem = of_layer(model.layers[0], [rng.standard_normal((5, 3))])
    (call,) = record(problem).calls
    assert call.path == "layer" and call.dy is not None
    result = gradcheck(
        model, rng.standard_normal((5, 3)), np.array([0, 1, 2, 3, 0]), raise_on_failure=False
    )
    assert "layers.0.layer (Doubled)" in str(result.diagnoses[0])
