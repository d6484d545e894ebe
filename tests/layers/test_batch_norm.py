from __future__ import annotations

import numpy as np
import pytest

from chainrule.architecture import describe, rebuild
from chainrule.errors import InputError, ShapeError
from chainrule.layers import BatchNorm, SingleValueError, named_arrays, named_parameters


def test_learning_standardizes_each_channel(rng):
    x = rng.normal(3, 2, (50, 4, 4, 3)).astype(np.float32)
    y, _ = BatchNorm(3).init().forward(x)
    np.testing.assert_allclose(y.mean((0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(y.std((0, 1, 2)), 1, atol=1e-4)


def test_running_statistics_after_three_batches(rng):
    layer = BatchNorm(2, momentum=0.8).init().astype(np.float64)
    mean, var = np.zeros(2), np.ones(2)
    for _ in range(3):
        x = rng.normal(1, 3, (5, 2))
        layer.forward(x)
        mean = 0.8 * mean + 0.2 * x.mean(axis=0)
        var = 0.8 * var + 0.2 * x.var(axis=0)  # biased: divided by 5
    np.testing.assert_allclose(layer.running_mean.value, mean)
    np.testing.assert_allclose(layer.running_var.value, var)


def test_predicting_uses_the_running_statistics(rng):
    layer = BatchNorm(2).init().astype(np.float64)
    layer.running_mean.value = np.array([1.0, -2.0])
    layer.running_var.value = np.array([4.0, 9.0])
    layer.gamma.value, layer.beta.value = np.array([2.0, 3.0]), np.array([0.0, 5.0])
    x = np.array([[3.0, 1.0]])
    np.testing.assert_allclose(layer(x), [[2.0, 8.0]], rtol=1e-5)  # [2 (3-1)/2, 3 (1+2)/3 + 5]


def test_prediction_approaches_learning_on_the_same_batch(rng):
    layer = BatchNorm(3).init()
    x = rng.normal(3, 2, (64, 3)).astype(np.float32)
    for _ in range(200):
        y, _ = layer.forward(x)
    np.testing.assert_allclose(layer(x), y, atol=1e-4)


@pytest.mark.parametrize("offset", [0, 1e3])
def test_a_large_mean_costs_no_variance(offset, rng):
    """The variance is that of the differences, not E[x²] - E[x]², which cancels."""
    x = (rng.standard_normal((4000, 2)) + offset).astype(np.float32)
    layer = BatchNorm(2, momentum=0.0).init()
    layer.forward(x)
    np.testing.assert_allclose(layer.running_var.value, x.astype(np.float64).var(axis=0), rtol=1e-3)


def test_a_constant_channel_stays_finite():
    layer = BatchNorm(2).init()
    y, cache = layer.forward(np.full((4, 2), 7, np.float32))
    np.testing.assert_array_equal(y, 0)
    assert np.isfinite(layer.backward(np.ones((4, 2), np.float32), cache)).all()


@pytest.mark.parametrize("verb", ["forward", "measured"])
def test_statistics_of_nothing_or_of_one_value_are_refused_and_leave_the_running_ones(verb):
    layer = BatchNorm(2).init()
    with pytest.raises(ShapeError, match="at least one sample to take a mean"):
        getattr(layer, verb)(np.zeros((0, 2), np.float32))
    with pytest.raises(SingleValueError, match="more than 1 value per channel"):
        getattr(layer, verb)(np.ones((1, 2), np.float32))
    np.testing.assert_array_equal(layer.running_mean.value, 0)
    np.testing.assert_array_equal(layer.running_var.value, 1)


def test_frozen_learning_is_predicting_and_moves_nothing(rng):
    layer = BatchNorm(2).init()
    layer.forward(rng.normal(1, 3, (50, 2)).astype(np.float32))
    layer.frozen = True
    state = {path: array.copy() for path, array in layer.state().items()}
    x = rng.normal(5, 1, (4, 2)).astype(np.float32)
    y, _ = layer.forward(x)
    np.testing.assert_array_equal(y, layer(x))
    for path, array in layer.state().items():
        np.testing.assert_array_equal(array, state[path], err_msg=path)


def test_frozen_backward_is_a_scale_by_channel():
    layer = BatchNorm(2, frozen=True).init().astype(np.float64)
    layer.running_mean.value, layer.running_var.value = np.array([1.0, 0]), np.array([4.0, 9])
    layer.gamma.value = np.array([6.0, 3])
    x, dy = np.array([[3.0, 3], [5, -3]]), np.array([[1.0, 2], [10, 20]])
    dx = layer.backward(dy, layer.forward(x)[1])
    np.testing.assert_allclose(dx, [[3, 2], [30, 20]], rtol=1e-5)  # dy times 6/2 and 3/3
    np.testing.assert_allclose(layer.gamma.grad, [1 * 1 + 10 * 2, 2 * 1 - 20 * 1], rtol=1e-5)
    np.testing.assert_allclose(layer.beta.grad, [11, 22])


def test_freezing_is_saved_and_a_cache_remembers_it(rng):
    layer = BatchNorm(2).init()
    x = rng.standard_normal((6, 2), np.float32)
    _, cache = layer.forward(x)
    layer.frozen = True
    assert rebuild(describe(layer)).frozen
    np.testing.assert_allclose(
        layer.backward(x, cache).sum(axis=0), 0, atol=1e-5
    )  # not frozen then


def test_the_cache_is_the_input_and_two_numbers_a_channel(rng):
    """Not x̂, which would be a second array of the input's size."""
    x = rng.standard_normal((4, 5, 5, 3), np.float32)
    _, (kept, *small, frozen) = BatchNorm(3).init().forward(x)
    assert kept is x
    assert [array.size for array in small] == [3, 3]
    assert frozen is False


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: BatchNorm(0), "channels: expected a whole number of at least 1, received 0"),
        (lambda: BatchNorm(2, momentum=1.0), r"momentum: .*\[0, 1\), received 1.0"),
        (lambda: BatchNorm(2, eps=0), "eps: .*positive .*received 0"),
    ],
)
def test_impossible_options_are_refused(build, message):
    with pytest.raises(InputError, match=message):
        build()


def test_names_of_its_arrays():
    assert [path for path, _ in named_arrays(BatchNorm(1))] == [
        "gamma",
        "beta",
        "running_mean",
        "running_var",
    ]


def test_without_scale_gamma_is_no_parameter_and_the_rest_is_the_same(rng):
    x, dy = rng.standard_normal((2, 6, 3, 3, 4), np.float32)
    with_scale, without = (BatchNorm(4, scale=scale).init(0) for scale in (True, False))
    assert [path for path, _ in named_parameters(without)] == ["beta"]
    assert without.state().keys() == with_scale.state().keys()
    results = []
    for layer in (with_scale, without):
        y, cache = layer.forward(x)
        results.append((y, layer.backward(dy, cache), layer.beta.grad, layer(x)))
    for one, two in zip(*results, strict=True):
        np.testing.assert_array_equal(one, two)
