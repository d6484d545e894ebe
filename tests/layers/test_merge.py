from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError, ShapeError
from chainrule.layers import Add, Concat, Graph, Multiply, ReLU, Sequential
from chainrule.layers.observe import observe
from chainrule.layers.shapes import infer_shape


def test_add_passes_the_gradient_to_each_input():
    y, cache = Add().forward(np.array([[1.0]]), np.array([[2.0]]), np.array([[4.0]]))
    assert y == 7
    assert [dx.item() for dx in Add().backward(np.array([[3.0]]), cache)] == [3, 3, 3]


def test_multiply_passes_the_product_of_the_others_also_at_zero():
    y, cache = Multiply().forward(np.array([[2.0]]), np.array([[0.0]]), np.array([[5.0]]))
    assert y == 0
    assert [dx.item() for dx in Multiply().backward(np.array([[3.0]]), cache)] == [0, 30, 0]


@pytest.mark.parametrize("axis", [-1, 3, 1, -2])
def test_concat_cuts_the_gradient_where_it_joined(axis, rng):
    sides = [2, 2, 2, 2], [2, 2, 2, 2]
    sides[1][axis] = 3
    a, b = rng.standard_normal(sides[0]), rng.standard_normal(sides[1])
    y, cache = Concat(axis).forward(a, b)
    np.testing.assert_array_equal(y, np.concatenate([a, b], axis))
    assert infer_shape(Concat(axis), a.shape[1:], b.shape[1:]) == y.shape[1:]
    da, db = Concat(axis).backward(y, cache)
    np.testing.assert_array_equal(da, a)
    np.testing.assert_array_equal(db, b)


def test_three_are_merged_in_their_order():
    xs = [np.array([[2.0, 3]]), np.array([[5.0, 7]]), np.array([[11.0, 13]])]
    for layer, expected in (
        (Add(), [[18, 23]]),
        (Multiply(), [[110, 273]]),
        (Concat(), [[2, 3, 5, 7, 11, 13]]),
    ):
        np.testing.assert_array_equal(layer(*xs), expected)
        y, cache = layer.forward(*xs)
        np.testing.assert_array_equal(y, expected)
        assert len(layer.backward(y, cache)) == 3
    pieces = Concat().backward(y, cache)
    np.testing.assert_array_equal(np.stack(pieces), np.stack(xs))


def test_without_options_channels_are_joined(rng):
    a, b = rng.standard_normal((2, 3, 4, 1)), rng.standard_normal((2, 3, 4, 2))
    np.testing.assert_array_equal(Concat()(a, b), np.concatenate([a, b], 3))


def test_inputs_are_left_alone(rng):
    xs = rng.standard_normal((4, 2, 3))
    xs.flags.writeable = False
    for layer in (Add(), Multiply(), Concat()):
        y, cache = layer.forward(*xs)
        assert not np.shares_memory(y, xs)
        layer.backward(y, cache)


@pytest.mark.parametrize("layer", [Add(), Multiply()])
def test_nothing_is_broadcast(layer):
    with pytest.raises(ShapeError, match=r"one shape, received \(2, 3\), \(2, 1\)"):
        layer(np.zeros((2, 3)), np.zeros((2, 1)))


@pytest.mark.parametrize(
    ("axis", "shapes", "message"),
    [
        (-1, [(2, 3), (3, 3)], r"along axis -1 alone, received \(2, 3\), \(3, 3\)"),
        (-1, [(2, 3), (2, 3, 1)], r"received \(2, 3\), \(2, 3, 1\)"),
        (-2, [(2, 3), (2, 3)], r"along axis -2 alone"),  # the batch, after all
        (4, [(2, 3), (2, 3)], r"along axis 4 alone"),
        (2, [(2, 3), (2, 3)], r"along axis 2 alone"),
        (-3, [(2, 3), (2, 3)], r"along axis -3 alone"),
    ],
)
def test_concat_refuses_what_does_not_fit(axis, shapes, message):
    with pytest.raises(ShapeError, match=message):
        Concat(axis)(*map(np.zeros, shapes))


@pytest.mark.parametrize(
    ("axis", "shapes"),
    [
        (-1, [(2, 3), (3, 3)]),
        (1, [(2, 3), (2, 4)]),
        (-1, [(3,), (3, 1)]),
        (-2, [(3,), (3,)]),
        (-3, [(3, 2), (3, 2)]),
        (2, [(3,), (3,)]),
        (4, [(3,), (3,)]),
    ],
)
def test_concat_infers_no_shape_from_what_does_not_fit(axis, shapes):
    with pytest.raises(ShapeError, match=f"differ along axis {axis} alone, received"):
        infer_shape(Concat(axis), *shapes)


@pytest.mark.parametrize("layer", [Add(), Multiply(), Concat()])
def test_dtypes_do_not_mix(layer):
    with pytest.raises(ShapeError, match="one dtype, received float64, float32"):
        layer(np.zeros((1, 1)), np.zeros((1, 1), np.float32))


@pytest.mark.parametrize("layer", [Add(), Multiply()])
def test_one_shape_is_inferred_from_equal_ones(layer):
    assert infer_shape(layer, (2, 3), (2, 3), (2, 3)) == (2, 3)
    with pytest.raises(ShapeError, match=r"one shape, received \(2, 3\), \(2, 1\)"):
        infer_shape(layer, (2, 3), (2, 1))


def test_the_batch_axis_is_refused():
    for axis in (0, 1.5, True):
        with pytest.raises(InputError, match="axis: expected an axis other than the batch's"):
            Concat(axis)


@pytest.mark.parametrize("layer", [Add(), Multiply(), Concat()])
def test_in_a_sequence_it_says_where_it_belongs(layer):
    with pytest.raises(ShapeError, match=r"layers\.1: .*received 1: a merge stands in a Graph"):
        Sequential(ReLU(), layer)(np.zeros((2, 2)))


def test_a_watch_sees_the_gradient_of_each_input():
    seen = []
    graph = Graph({"twice": (Multiply(), "input", "input"), "y": (Add(), "twice", "input")})
    x = np.array([[3.0]])
    with observe(graph, on_backward=lambda path, layer, dy, dx: seen.append((path, dx.item()))):
        graph.backward(np.array([[1.0]]), graph.forward(x)[1])
    assert seen == [("layers.y", 1), ("layers.y", 1), ("layers.twice", 3), ("layers.twice", 3)]
