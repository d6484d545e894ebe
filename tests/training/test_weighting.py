"""Samples and classes that count more: Σ wᵢ lᵢ / Σ wᵢ, through the whole training."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.augment import preset
from chainrule.errors import InputError
from chainrule.losses import SoftmaxCrossEntropy
from chainrule.training.weighting import image_weights


@pytest.fixture(scope="module")
def digits():
    return cr.data.digits()[0].take(np.arange(90))


def trained(data, weights=None, *, batch_size=None, loss=None, accumulate=1, **options):
    """A net in float64 that knows the mean and std of the digits, after five steps or epochs."""
    model = cr.models.mlp((8, 8, 1), (12,), 10).init(0)
    model[0].fit(cr.data.digits()[0].images)
    trainer = cr.Trainer(
        model.astype(np.float64), cr.optim.SGD(0.5), loss=loss, accumulate=accumulate
    )
    trainer.fit(
        data, epochs=5, batch_size=batch_size or len(data), sample_weight=weights, **options
    )
    return trainer


def assert_same(one, other):
    for (path, a), (_, b) in zip(one.parameters, other.parameters, strict=True):
        np.testing.assert_allclose(a.value, b.value, rtol=1e-6, atol=1e-8, err_msg=path)


@pytest.mark.parametrize("loss", [None, "focal", lambda z, t: SoftmaxCrossEntropy()(z, t)])
@pytest.mark.parametrize("accumulate", [1, 4])
def test_a_weight_of_two_is_an_image_twice_and_zero_is_none(digits, loss, accumulate):
    counts = np.random.default_rng(0).integers(4, size=len(digits))
    repeated = digits.take(np.repeat(np.arange(len(digits)), counts))
    weighted = trained(digits, counts, loss=loss, accumulate=accumulate)
    again = trained(repeated, loss=loss)
    assert_same(weighted, again)
    assert weighted.history.rows[-1]["loss"] == pytest.approx(again.history.rows[-1]["loss"])


def test_a_common_factor_changes_nothing(digits):
    same = np.full(len(digits), 7)
    assert_same(trained(digits, same, batch_size=32), trained(digits, batch_size=32))


def test_weights_follow_their_images_through_the_shuffle(digits):
    """The second half has no weight: its labels, all wrong, are not learned."""
    labels = digits.labels.copy()
    labels[45:] = (labels[45:] + 1) % 10
    data = cr.data.Dataset(digits.images, labels, digits.classes)
    weights = np.repeat([1.0, 0.0], 45)
    one = trained(data, weights, batch_size=16)
    other = trained(digits, weights, batch_size=16)
    assert_same(one, other)


def test_class_weights_by_number_and_name_are_those_of_their_images(digits):
    factors = np.ones(10)
    factors[3], factors[5] = 4, 0.5
    expected = trained(digits, factors[digits.labels])
    assert_same(trained(digits, class_weight={3: 4, 5: 0.5}), expected)
    assert_same(trained(digits, class_weight={"3": 4, np.int64(5): 0.5}), expected)


def test_balanced_classes_have_the_same_sum(digits):
    weights = image_weights(digits, None, "balanced")
    sums = np.bincount(digits.labels, weights)
    np.testing.assert_allclose(sums, 9, rtol=1e-5)
    given = np.arange(1.0, 91)
    sums = np.bincount(digits.labels, image_weights(digits, given, "balanced"))
    np.testing.assert_allclose(sums, 9, rtol=1e-5)


def test_a_class_without_images_is_left_out_of_the_balance(digits):
    two = digits.take(np.flatnonzero(digits.labels < 2))
    sums = np.bincount(two.labels, image_weights(two, None, "balanced"))
    np.testing.assert_allclose(sums, len(two) / 2, rtol=1e-5)


def test_without_weights_there_are_none(digits):
    assert image_weights(digits, None, None) is None


def test_a_name_of_a_class_is_known_before_its_number():
    train = cr.data.Dataset(np.zeros((4, 2, 2, 1), np.uint8), ["cat", "dog", "cat", "dog"])
    assert image_weights(train, None, {"dog": 3}).tolist() == [0.5, 1.5, 0.5, 1.5]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"sample_weight": np.ones(89)}, "expected 90 numbers, one for each image, received"),
        ({"sample_weight": np.ones((90, 1))}, r"shape \(90, 1\)"),
        ({"sample_weight": ["a"] * 90}, "received <U1"),
        ({"sample_weight": -np.ones(90)}, "expected numbers of 0 or more, received -1"),
        ({"sample_weight": np.full(90, np.nan)}, "0 or more, received nan"),
        ({"sample_weight": np.zeros(90)}, "weights that are all zero"),
        ({"class_weight": "balance"}, 'expected "balanced", or a dict'),
        ({"class_weight": [1, 2]}, "or a dict of numbers by class"),
        ({"class_weight": {"cat": 1}}, "unknown class 'cat'"),
        ({"class_weight": {11: 1}}, "unknown class 11"),
        ({"class_weight": {True: 1}}, "unknown class True"),
        ({"class_weight": {1: -1}}, "expected numbers of 0 or more, received -1 for 1"),
        ({"class_weight": {1: "a"}}, "received 'a' for 1"),
        ({"class_weight": dict.fromkeys(range(10), 0)}, "zero for every one"),
        ({"sample_weight": np.ones(90), "augment": preset("mixup")}, "leave mixup and CutMix out"),
    ],
)
def test_weights_that_cannot_be_are_refused(digits, wrong, words):
    model = cr.models.mlp((8, 8, 1), (4,), 10)
    with pytest.raises(InputError, match=words) as raised:
        cr.Trainer(model).fit(digits, epochs=1, **wrong)
    assert "\n" not in str(raised.value)
