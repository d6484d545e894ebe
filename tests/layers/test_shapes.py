"""Shape inference: whose statement counts, what all layers refuse, and where it is unknown."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import architecture
from chainrule.errors import ShapeError
from chainrule.layers import (
    Add,
    Concat,
    Conv2d,
    Flatten,
    Graph,
    Layer,
    Linear,
    Parallel,
    ReLU,
    Residual,
    Sequential,
    WeightStandardization,
)
from chainrule.layers.shapes import (
    MAX_VALUES,
    expect_channels,
    expect_image,
    expect_size,
    infer_shape,
)


class Unstated(Layer):
    def forward(self, x):
        return x, None

    def backward(self, dy, cache):
        return dy


class InProperty(Unstated):
    """Has something else by the name that states a shape."""

    @property
    def output_shape(self):
        return (3,)


class InAttribute(Unstated):
    def __init__(self):
        self.output_shape = (3,)


class Twice(Linear):
    """Another forward: what Linear states is not about it."""

    def forward(self, x):
        return super().forward(x[:, ::2])


class AtPrediction(Linear):
    def __call__(self, x):
        return super().__call__(x)[:, :1]


class Mixin:
    def forward(self, x):
        return x, None


class Mixed(Mixin, Linear):
    pass


class Renamed(Linear):
    """Linear with another constructor."""

    def __init__(self, outputs):
        super().__init__(5, outputs)


class Stated(Twice):
    def output_shape(self, x):
        return (7,)


@pytest.mark.parametrize(
    "layer",
    [
        Unstated(), InProperty(), InAttribute(), Twice(5, 3), AtPrediction(5, 3), Mixed(5, 3),
        Sequential(ReLU(), Unstated(), Linear(9, 9)),
        Residual(Unstated()),
        Parallel(ReLU(), Unstated()),
        Graph({"a": (Unstated(), "input"), "b": (Add(), "a", "input")}),
        WeightStandardization(Twice(5, 3)),
    ],
    ids=lambda layer: type(layer).__name__,
)  # fmt: skip
def test_unknown(layer):
    assert infer_shape(layer, (5,)) is None


def test_a_sum_has_the_shape_of_its_body_whatever_the_shortcut():
    assert infer_shape(Residual(ReLU(), Unstated()), (5,)) == (5,)


def test_a_subclass_with_the_same_forward_has_the_same_shape():
    assert infer_shape(Renamed(3), (5,)) == (3,)
    with pytest.raises(ShapeError, match=r"\(N, 5\)"):
        infer_shape(Renamed(3), (4,))


def test_a_layer_of_ones_own_states_its_shape():
    assert infer_shape(Sequential(Stated(3, 3), Linear(7, 2)), (5,)) == (2,)


def test_a_model_of_unstated_layers_is_saved(tmp_path, monkeypatch):
    monkeypatch.setitem(architecture.LAYERS, "Twice", Twice)
    model = Sequential(Flatten(), Twice(2, 3)).init()
    model.signature = cr.layers.Signature((2, 2, 1), ("a", "b"))
    path = tmp_path / "model.safetensors"
    cr.save(model, path)
    x = np.ones((1, 2, 2, 1), np.float32)
    np.testing.assert_array_equal(cr.load(path)(x), model(x))


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3)])
def test_an_empty_sample_is_refused(shape):
    with pytest.raises(ShapeError, match="no empty axis"):
        infer_shape(ReLU(), shape)


def test_the_bound_on_a_sample_holds_inside_too():
    side = 2**13
    assert infer_shape(Conv2d(1, 4, 1), (side, side, 1)) == (side, side, 4)
    assert side * side * 4 == MAX_VALUES
    with pytest.raises(ShapeError, match=r"layers\.1: one sample would be 8192x8192x5 numbers"):
        infer_shape(Sequential(ReLU(), Conv2d(1, 5, 1), Flatten()), (side, side, 1))


def test_a_sample_may_have_2_to_the_28_values_and_no_more():
    expect_size((2**14, 2**14))
    with pytest.raises(ShapeError, match="16384x16385 numbers, and at most 268,435,456"):
        expect_size((2**14, 2**14 + 1))


def test_an_image_has_three_axes_and_the_channels_that_are_asked_for():
    assert expect_image((4, 5, 3)) == expect_image((4, 5, 3), 3) == (4, 5, 3)
    for shape, channels, expected in (
        ((4, 5, 3), 4, "4"),
        ((4, 5), None, "C"),
        ((5,), 5, "5"),
        ((1, 4, 5, 3), 3, "3"),
    ):
        with pytest.raises(ShapeError, match=rf"of shape \(N, H, W, {expected}\), received \('N',"):
            expect_image(shape, channels)


def test_channels_are_the_last_axis_of_one_or_of_three():
    for shape in ((3,), (4, 5, 3)):
        assert expect_channels(shape, 3) == shape
    for shape in ((4,), (4, 3), (4, 5, 6, 3), (3, 3, 4), (4, 5, 6)):
        with pytest.raises(ShapeError, match=r"of shape \(N, …, 3\), received"):
            expect_channels(shape, 3)
    with pytest.raises(ShapeError):
        expect_channels((3,), 3, axes=(3,))


@pytest.mark.parametrize(
    ("layer", "where"),
    [
        (Sequential(ReLU(), Linear(4, 2)), r"layers\.1"),
        (Residual(Linear(4, 4)), "body"),
        (Residual(ReLU(), Linear(4, 4)), "shortcut"),
        (Parallel(ReLU(), Linear(4, 4)), r"branches\.1"),
        (Parallel(ReLU(), Linear(5, 4)), "merge"),
        (Parallel(ReLU(), Linear(5, 4), merge=Concat(axis=2)), "merge"),
        (Graph({"first": (Linear(4, 4), "input")}), r"layers\.first"),
        (WeightStandardization(Linear(4, 4)), "layer"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Layer) else value,
)
def test_what_does_not_fit_is_named_by_its_path(layer, where):
    with pytest.raises(ShapeError, match=rf"^{where}: expected"):
        infer_shape(layer, (5,))
