from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.layers import BatchNorm, GroupNorm, InstanceNorm, SwitchableNorm
from chainrule.layers.switchable_norm import pool

from .. import naive_norm


def norm(channels: int, mean_logits=(0, 0, 0), var_logits=(0, 0, 0), **options) -> SwitchableNorm:
    layer = SwitchableNorm(channels, **options).init().astype(np.float64)
    layer.mean_logits.value = np.array(mean_logits, np.float64)
    layer.var_logits.value = np.array(var_logits, np.float64)
    return layer


@pytest.mark.parametrize("shape", [(3, 2, 3, 2), (1, 2, 2, 3), (4, 1, 1, 2)])
def test_equals_the_loops_of_the_definition(shape, rng):
    x = rng.normal(3, 2, shape)
    logits = rng.standard_normal((2, 3))
    expected = naive_norm.switchable(x, *logits, eps=1e-2)
    y, _ = norm(shape[-1], *logits, eps=1e-2).forward(x)
    np.testing.assert_allclose(y, expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize(
    ("choice", "other"),
    [
        ((50, 0, 0), InstanceNorm(4)),
        ((1000, 0, 0), InstanceNorm(4)),
        ((0, 50, 0), GroupNorm(4, groups=1)),
        ((0, 0, 50), BatchNorm(4)),
    ],
)
def test_with_all_weight_on_one_it_is_that_norm(choice, other, rng):
    x, dy = rng.normal(1, 2, (2, 5, 3, 3, 4))
    mine, other = norm(4, choice, choice), other.init().astype(np.float64)
    for layer in (mine, other):
        layer.gamma.value = np.arange(1.0, 5)
    (y, cache), (y_other, cache_other) = mine.forward(x), other.forward(x)
    np.testing.assert_allclose(y, y_other, atol=1e-12)
    np.testing.assert_allclose(
        mine.backward(dy, cache), other.backward(dy, cache_other), atol=1e-12
    )
    np.testing.assert_allclose(mine.gamma.grad, other.gamma.grad)


def test_pooling_the_parts_gives_the_statistics_of_the_whole(rng):
    """The law of total variance, also where the mean is large."""
    x = rng.normal(1e4, 1, (6, 50, 3))
    mean, var = pool(x.mean(1), x.var(1), axis=0)
    np.testing.assert_allclose(mean[0], x.mean((0, 1)))
    np.testing.assert_allclose(var[0], x.var((0, 1)))


def test_it_takes_statistics_across_the_batch():
    assert SwitchableNorm(2).uses_batch_statistics


def test_starts_with_equal_shares():
    layer = SwitchableNorm(2).init()
    np.testing.assert_array_equal(layer.mean_logits.value, 0)
    np.testing.assert_array_equal(layer.var_logits.value, 0)


def test_gradients_of_the_logits_sum_to_nothing(rng):
    """Softmax ignores a constant added to all of its inputs."""
    layer = norm(3, rng.standard_normal(3), rng.standard_normal(3))
    x, dy = rng.standard_normal((2, 4, 2, 2, 3))
    layer.backward(dy, layer.forward(x)[1])
    for parameter in (layer.mean_logits, layer.var_logits):
        assert abs(parameter.grad).max() > 0
        assert parameter.grad.sum() == pytest.approx(0, abs=1e-12)


def test_running_statistics_are_those_of_the_batch(rng):
    x = rng.normal(3, 2, (8, 4, 4, 2))
    mine, batch_norm = norm(2, momentum=0.7), BatchNorm(2, momentum=0.7).init().astype(np.float64)
    mine.forward(x)
    batch_norm.forward(x)
    np.testing.assert_allclose(mine.running_mean.value, batch_norm.running_mean.value)
    np.testing.assert_allclose(mine.running_var.value, batch_norm.running_var.value)


def test_prediction_approaches_learning_on_the_same_batch(rng):
    layer = norm(3, momentum=0.0)
    x = rng.normal(3, 2, (16, 3, 3, 3))
    y, _ = layer.forward(x)
    np.testing.assert_allclose(layer(x), y)


def test_the_cache_is_the_input_and_two_numbers_a_sample_and_channel(rng):
    x = rng.standard_normal((4, 5, 5, 3))
    _, (kept, *small) = norm(3).forward(x)
    assert kept is x
    assert [array.shape for array in small] == [(4, 3), (4, 3)]


@pytest.mark.parametrize("options", [{"channels": 0}, {"momentum": 1.5}, {"eps": 0.0}])
def test_impossible_options_are_refused(options):
    with pytest.raises(InputError, match=next(iter(options))):
        SwitchableNorm(**{"channels": 3} | options)
