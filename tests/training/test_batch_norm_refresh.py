from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.layers import BatchNorm, Dropout, Flatten, Linear, Normalize, Sequential
from chainrule.training import refresh_batch_norm


@pytest.fixture(scope="module")
def train():
    return cr.data.digits()[0].take(np.arange(250))


def test_statistics_are_those_of_the_whole_set_each_image_counting_once(train):
    model = Sequential(Normalize(1), Flatten(), Linear(64, 5), BatchNorm(5)).init(0)
    model.layers[0].fit(train.images)
    norm = model.layers[3]
    assert refresh_batch_norm(model, train, batch_size=100) == 1
    inputs = Sequential(*model.layers[:3])(train.images)
    np.testing.assert_allclose(norm.running_mean.value, inputs.mean(axis=0), rtol=1e-4, atol=1e-6)
    within = [inputs[i : i + 100].var(axis=0) for i in (0, 100, 200)]
    expected = np.average(within, axis=0, weights=(100, 100, 50))
    np.testing.assert_allclose(norm.running_var.value, expected, rtol=1e-4)
    assert norm.running_mean.value.dtype == np.float32


def test_what_the_statistics_were_does_not_matter(train):
    states = []
    for old in (0.0, 1e6):
        model = cr.models.mlp((8, 8, 1), (6,), 10, norm="batch").init(0)
        model.layers[0].fit(train.images)
        for layer in model.layers:
            if isinstance(layer, BatchNorm):
                layer.running_mean.value = layer.running_mean.value + np.float32(old)
        refresh_batch_norm(model, train)
        states.append({path: array.copy() for path, array in model.state().items()})
    for path, array in states[0].items():
        np.testing.assert_array_equal(array, states[1][path], err_msg=path)


def test_weights_dropout_and_momentum_stay_as_they_were(train):
    model = Sequential(
        Normalize(1), Flatten(), Dropout(0.5), Linear(64, 4), BatchNorm(4, momentum=0.7)
    ).init(0)
    model.layers[0].fit(train.images)
    before = {path: array.copy() for path, array in model.state().items()}
    refresh_batch_norm(model, train, batch_size=64)
    assert model.layers[4].momentum == 0.7
    for path, array in model.state().items():
        if "running" not in path:
            np.testing.assert_array_equal(array, before[path], err_msg=path)


def test_a_model_without_batch_norm_is_left_alone(train):
    model = cr.models.mlp((8, 8, 1), (6,), 10).init(0)
    assert refresh_batch_norm(model, train) == 0


def test_a_batch_size_of_zero_is_refused(train):
    model = cr.models.mlp((8, 8, 1), (4,), 10, norm="batch").init(0)
    with pytest.raises(InputError, match="batch_size: expected from 1"):
        refresh_batch_norm(model, train, batch_size=0)


def test_a_last_batch_of_one_joins_the_one_before():
    """Batch norm after a dense layer refuses one image; none may be left out either."""
    train = cr.data.digits()[0].take(np.arange(33))
    model = cr.models.mlp((8, 8, 1), (4,), 10, norm="batch").init(0)
    other = cr.models.mlp((8, 8, 1), (4,), 10, norm="batch").init(0)
    refresh_batch_norm(model, train, batch_size=32)
    refresh_batch_norm(other, train, batch_size=33)
    for path, array in model.state().items():
        np.testing.assert_array_equal(array, other.state()[path])
