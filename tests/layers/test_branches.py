from __future__ import annotations

import weakref

import numpy as np
import pytest

from chainrule.errors import InputError, ShapeError
from chainrule.layers import (
    Add,
    Concat,
    Flatten,
    Linear,
    Parallel,
    ReLU,
    Residual,
    Sequential,
    named_arrays,
)


class Double(ReLU):
    """y = 2 x, and a note whenever it is asked for dx."""

    asked = 0

    def forward(self, x):
        return 2 * x, x

    def backward(self, dy, cache):
        self.asked += 1
        return 2 * dy


def test_residual_by_hand():
    """y = 2x + x, then y = 2x + 2·2x with a shortcut of two doublings."""
    x = np.array([[1.0, 5.0]])
    for shortcut, slope in ((None, 3), (Sequential(Double(), Double()), 6)):
        layer = Residual(Double(), shortcut)
        y, cache = layer.forward(x)
        np.testing.assert_array_equal(y, slope * x)
        np.testing.assert_array_equal(layer(x), y)
        np.testing.assert_array_equal(layer.backward(x, cache), slope * x)


def test_a_gradient_that_both_branches_hand_on_is_not_written_to():
    """Sequential() returns the very dy that it was given, twice."""
    for layer in (Residual(Sequential()), Parallel(Sequential(), Sequential(), Sequential())):
        dy = np.ones((2, 2))
        dy.flags.writeable = False
        y, cache = layer.forward(dy)
        np.testing.assert_array_equal(layer.backward(dy, cache), y)


def test_parallel_adds_or_joins():
    x = np.array([[1.0, 5.0]])
    np.testing.assert_array_equal(Parallel(Double(), Sequential())(x), 3 * x)
    joined = Parallel(Double(), Sequential(), merge=Concat())
    y, cache = joined.forward(x)
    np.testing.assert_array_equal(y, [[2, 10, 1, 5]])
    np.testing.assert_array_equal(joined.backward(np.array([[1.0, 2, 3, 4]]), cache), [[5, 8]])


def test_paths_of_arrays():
    model = Residual(Linear(2, 2), Parallel(Linear(2, 2), ReLU()))
    assert [path for path, _ in named_arrays(model)] == [
        "body.weight",
        "body.bias",
        "shortcut.branches.0.weight",
        "shortcut.branches.0.bias",
    ]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Residual(Linear(3, 3)), r"^body: expected .*\(N, 3\), received \(2, 4\)"),
        (Residual(ReLU(), Linear(3, 4)), r"^shortcut: expected .*\(N, 3\)"),
        (Residual(Linear(4, 3)), r"^the body gives \(2, 3\) and the shortcut \(2, 4\)"),
        (Parallel(ReLU(), Linear(3, 4)), r"^branches\.1: expected"),
        (Parallel(ReLU(), Linear(4, 5)), r"^merge: expected .*received \(2, 4\), \(2, 5\)"),
        (
            Sequential(Flatten(), Residual(Linear(3, 3))),
            r"^layers\.1\.body: (?s:.*)Flatten \(2, 4\)",
        ),
    ],
)
def test_wrong_shapes_name_the_branch(model, message):
    model.init()
    for verb in (model, model.forward):
        with pytest.raises(ShapeError, match=message):
            verb(np.zeros((2, 4), np.float32))


def test_caches_are_freed_as_they_are_spent(rng):
    class Noting(ReLU):
        def backward(self, dy, y):
            alive.append(sum(cache() is not None for cache in kept))
            return super().backward(dy, y)

    for model in (Residual(Noting(), Noting()), Parallel(Noting(), Noting())):
        alive: list[int] = []
        y, caches = model.forward(rng.standard_normal((2, 2)))
        kept = [weakref.ref(cache) for cache in caches if isinstance(cache, np.ndarray)]
        model.backward(y, caches)
        assert (alive, caches) == ([2, 1], [])


def test_without_dx_branches_that_do_not_learn_are_left_alone(rng):
    x = rng.standard_normal((3, 2), np.float32)
    for model in (Residual(Linear(2, 2), Double()), Parallel(Double(), Linear(2, 2))):
        model.init()
        y, caches = model.forward(x)
        model.backward_parameters(y, caches)
        idle, learning = (
            (model.shortcut, model.body) if isinstance(model, Residual) else model.branches
        )
        assert idle.asked == 0
        assert learning.weight.grad is not None


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Residual(ReLU), r"body: .* write ReLU\(…\)"),
        (lambda: Residual(ReLU(), 3), "shortcut: expected a layer, received 3"),
        (lambda: Parallel(), "branches: expected two or more, received 0"),
        (lambda: Parallel(ReLU()), "branches: expected two or more, received 1"),
        (lambda: Parallel(ReLU(), None), r"branches\.1: expected a layer"),
        (lambda: Parallel(ReLU(), ReLU(), merge="add"), r"merge: expected Add\(\).*received 'add'"),
    ],
)
def test_wrong_parts_are_refused(build, message):
    with pytest.raises(InputError, match=message):
        build()


def test_repr_shows_the_branches():
    assert repr(Residual(ReLU())) == "Residual(\n  body: ReLU()\n)"
    assert repr(Parallel(ReLU(), Linear(2, 3), merge=Add())) == (
        "Parallel(\n  0: ReLU()\n  1: Linear(2, 3)\n  merge: Add()\n)"
    )
