from __future__ import annotations

import copy

import numpy as np
import pytest

import chainrule as cr
from chainrule.ensemble import greedy_soup, uniform_soup
from chainrule.layers.base import named_arrays, named_parameters
from chainrule.metrics import evaluate


@pytest.fixture(scope="module")
def digits():
    train, test = cr.data.digits()
    return train[:400], train[400:600], test


@pytest.fixture(scope="module")
def relatives(digits):
    """Three models that go on from one."""
    train, _, _ = digits
    first = cr.models.mlp((8, 8, 1), (16,), 10, norm="batch")
    cr.Trainer(first).fit(train, epochs=3, batch_size=50)
    found = []
    for seed in range(3):
        model = copy.deepcopy(first)
        cr.Trainer(model, seed=seed).fit(train, epochs=1 + seed, batch_size=50)
        found.append(model)
    return found


def test_weights_are_the_mean_and_statistics_are_new(digits, relatives):
    train, _, _ = digits
    before = [dict(model.state()) for model in relatives]
    soup = uniform_soup(relatives, train)
    for path, parameter in named_parameters(soup.model):
        expected = np.mean([state[path] for state in before], axis=0)
        np.testing.assert_allclose(parameter.value, expected, rtol=1e-5, atol=1e-7)
        assert parameter.value.dtype == np.float32
    mean = np.mean([state["layers.3.running_mean"] for state in before], axis=0)
    anew = copy.deepcopy(soup.model)
    cr.training.refresh_batch_norm(anew, train)
    running = dict(named_arrays(soup.model))["layers.3.running_mean"].value
    np.testing.assert_array_equal(running, dict(named_arrays(anew))["layers.3.running_mean"].value)
    assert np.abs(running - mean).max() > 0
    for model, state in zip(relatives, before, strict=True):  # which stay as they are
        for path, node in named_arrays(model):
            np.testing.assert_array_equal(node.value, state[path])


def test_a_soup_of_the_same_model_is_that_model(digits, relatives):
    train, _, test = digits
    soup = uniform_soup([relatives[0], copy.deepcopy(relatives[0])], train)
    for path, parameter in named_parameters(relatives[0]):
        np.testing.assert_array_equal(
            dict(named_parameters(soup.model))[path].value, parameter.value
        )
    assert abs(evaluate(soup.model, test).accuracy - evaluate(relatives[0], test).accuracy) < 0.05


def test_the_greedy_soup_is_no_worse_than_the_best(digits, relatives):
    train, validation, _ = digits
    soup = greedy_soup(relatives, validation, train)
    own = [evaluate(model, validation).accuracy for model in relatives]
    assert list(soup.accuracies[:3]) == own and len(soup.accuracies) == 5
    assert own[soup.members[0]] == max(own)
    assert evaluate(soup.model, validation).accuracy >= max(own)
    stranger = copy.deepcopy(relatives[0]).init(9)
    assert 1 not in greedy_soup([relatives[0], stranger], validation, train).members


def test_it_is_saved_as_a_model(digits, relatives, tmp_path):
    train, _, test = digits
    soup = uniform_soup(relatives, train).model
    soup.save(tmp_path / "soup.safetensors")
    again = cr.load(tmp_path / "soup.safetensors")
    np.testing.assert_array_equal(again(test.images[:5]), soup(test.images[:5]))
    assert again.signature == relatives[0].signature


def test_what_cannot_be_averaged(digits, relatives):
    train, validation, _ = digits
    one = relatives[0]
    other = cr.models.mlp((8, 8, 1), (17,), 10, norm="batch").init(0)
    for wrong, message in (
        ([], "expected two or more for a soup, received 0"),
        ([one], "expected two or more for a soup, received 1"),
        ([one, other], "models of one architecture for a soup, received model 0 and model 1, of "),
        ([one, "b"], "models: expected a list, each item a layer, received"),
    ):
        with pytest.raises(cr.InputError, match=message):
            uniform_soup(wrong, train)
    renamed = copy.deepcopy(one)
    renamed.signature = cr.layers.Signature((8, 8, 1), tuple("abcdefghij"))
    with pytest.raises(cr.InputError, match="classes in the same order"):
        uniform_soup([one, renamed], train)
    with pytest.raises(cr.InputError, match="train: expected training images"):
        uniform_soup(relatives)
    with pytest.raises(cr.InputError, match="validation: expected one image or more"):
        greedy_soup(relatives, validation.take([]), train)
