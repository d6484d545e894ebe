from __future__ import annotations

import copy
from contextlib import nullcontext

import numpy as np
import pytest

from chainrule.layers import (
    BatchNorm,
    Dropout,
    Flatten,
    Linear,
    Normalize,
    ReLU,
    Sequential,
    fusion,
)
from chainrule.layers.base import named_layers
from chainrule.layers.observe import intercept, named_leaves, observe


@pytest.fixture
def model() -> Sequential:
    body = Sequential(Linear(6, 5), BatchNorm(5), ReLU(), Dropout(0.5))
    return Sequential(Normalize(), Flatten(), body, Linear(5, 3)).init(0)


@pytest.fixture
def x(rng) -> np.ndarray:
    return rng.random((4, 2, 3), np.float32)


class Log:
    """Remembers what was reported, and that each output is the next layer's input."""

    def __init__(self) -> None:
        self.forward, self.backward = [], []
        self.arrays = []

    def on_forward(self, path, layer, x, y):
        self.forward.append((path, type(layer).__name__, x.shape, y.shape))
        self.arrays.append((x, y))

    def on_backward(self, path, layer, dy, dx):
        self.backward.append((path, dy.shape, None if dx is None else dx.shape))


PATHS = [
    ("layers.0", "Normalize", (4, 2, 3), (4, 2, 3)),
    ("layers.1", "Flatten", (4, 2, 3), (4, 6)),
    ("layers.2.layers.0", "Linear", (4, 6), (4, 5)),
    ("layers.2.layers.1", "BatchNorm", (4, 5), (4, 5)),
    ("layers.2.layers.2", "ReLU", (4, 5), (4, 5)),
    ("layers.2.layers.3", "Dropout", (4, 5), (4, 5)),
    ("layers.3", "Linear", (4, 5), (4, 3)),
]


def test_every_innermost_layer_reports_its_forward_in_order(model, x):
    log = Log()
    with observe(model, log.on_forward):
        y, _ = model.forward(x)
    assert log.forward == PATHS
    assert log.arrays[-1][1] is y
    for (_, out), (into, _) in zip(log.arrays, log.arrays[1:], strict=False):
        assert out is into


def test_a_prediction_reports_too(model, x):
    log = Log()
    with observe(model, log.on_forward):
        model(x)
    assert log.forward == PATHS


def test_backward_reports_in_reverse(model, x):
    log = Log()
    with observe(model, on_backward=log.on_backward):
        y, cache = model.forward(x)
        dx = model.backward(y, cache)
    assert log.backward == [(path, y, x) for path, _, x, y in reversed(PATHS)]
    assert dx.shape == x.shape


def test_backward_parameters_reports_no_input_gradient_for_the_first_layer(model, x):
    log = Log()
    with observe(model, on_backward=log.on_backward):
        y, cache = model.forward(x)
        model.backward_parameters(y, cache)
    assert [path for path, _, _ in log.backward] == [path for path, *_ in reversed(PATHS[2:])]
    assert log.backward[-1] == ("layers.2.layers.0", (4, 5), None)


def test_results_are_those_of_the_unobserved_model(model, x):
    """To the last bit of the layers one by one; what runs as one may round otherwise."""
    twin, unfused = copy.deepcopy(model), copy.deepcopy(model)
    with observe(model, Log().on_forward, Log().on_backward):
        y, cache = model.forward(x)
        dx = model.backward(y, cache)
    for other, how, rtol in ((unfused, fusion.off(), 0), (twin, nullcontext(), 1e-5)):
        with how:
            y2, cache2 = other.forward(x)
            dx2 = other.backward(y2, cache2)
        np.testing.assert_allclose(y, y2, rtol, atol=rtol)
        np.testing.assert_allclose(dx, dx2, rtol, atol=rtol)
        for path, array in model.state().items():
            np.testing.assert_allclose(array, other.state()[path], rtol, atol=rtol)


def test_the_layers_are_as_before_also_after_an_exception(model, x):
    before = [(type(layer), dict(vars(layer))) for _, layer in named_leaves(model)]

    def fail(path, layer, x, y):
        raise RuntimeError(path)

    with pytest.raises(RuntimeError, match=r"layers\.0"), observe(model, fail):
        model.forward(x)
    assert [(type(layer), dict(vars(layer))) for _, layer in named_leaves(model)] == before
    model.forward(x)


def test_blocks_can_be_nested(model, x):
    outer, inner = Log(), Log()
    with observe(model, outer.on_forward):
        with observe(model, inner.on_forward):
            model.forward(x)
        model.forward(x)
    assert inner.forward == PATHS
    assert outer.forward == PATHS * 2


def test_a_shared_layer_reports_each_use_under_its_first_path(rng):
    shared = Linear(4, 4)
    model = Sequential(shared, ReLU(), shared).init(0)
    log = Log()
    with observe(model, log.on_forward, log.on_backward):
        y, cache = model.forward(rng.random((2, 4), np.float32))
        model.backward(y, cache)
    assert [path for path, *_ in log.forward] == ["layers.0", "layers.1", "layers.0"]
    assert [path for path, *_ in log.backward] == ["layers.0", "layers.1", "layers.0"]
    assert type(shared) is Linear


def test_a_bare_layer_has_the_empty_path(rng):
    log = Log()
    layer = ReLU()
    with observe(layer, log.on_forward):
        layer(rng.random((2, 3)))
        assert isinstance(layer, ReLU)
        assert repr(layer) == "ReLU()"
    assert log.forward == [("", "ReLU", (2, 3), (2, 3))]


def test_what_goes_through_a_layer_can_be_changed_on_the_way(rng):
    """Arguments on the way in, results on the way out: a cache of one's own among them."""
    model = Sequential(Linear(3, 3), ReLU()).init(0)
    plain, x = copy.deepcopy(model), rng.random((4, 3), np.float32)
    marks = []

    def around(path, layer, verb, run, arguments):
        if verb == "forward":
            y, cache = run(2 * arguments[0])
            return y, ("mark", path, cache)
        dy, (mark, where, cache) = arguments
        marks.append((mark, where, path))
        return run(dy, cache)

    with intercept([("the first", model.layers[0])], around):
        y, cache = model.forward(x)
        model.backward(y, cache)
    assert marks == [("mark", "the first", "the first")]
    with fusion.off():
        np.testing.assert_array_equal(y, plain.forward(2 * x)[0])
    assert type(model.layers[0]) is Linear


def test_verbs_that_are_made_of_each_other_go_through_once(rng):
    model = Sequential(Dropout(0.5), Linear(4, 4)).init(0)
    heard = []

    def around(path, layer, verb, run, arguments):
        heard.append((path, verb))
        return run(*arguments)

    with intercept(named_layers(model), around):
        y, cache = model.forward(rng.random((2, 4), np.float32))
        model.backward(y, cache)
    assert heard == [
        ("", "forward"), ("layers.0", "forward"), ("layers.1", "forward"),
        ("", "backward"), ("layers.1", "backward"), ("layers.0", "backward"),
    ]  # fmt: skip
