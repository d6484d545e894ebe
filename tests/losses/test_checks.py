"""What is refused at the edge of what is allowed, and which value the message names."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError, ShapeError
from chainrule.losses import (
    MAE,
    MSE,
    BinaryCrossEntropy,
    Focal,
    Huber,
    MulticlassHinge,
    OneVsRestHinge,
    SoftmaxCrossEntropy,
)
from chainrule.losses.checks import expect_soft

from .cases import LOSSES, Case

CROSS_ENTROPY = SoftmaxCrossEntropy()


@pytest.mark.parametrize(
    ("labels", "named"), [([0, 3, 2, 4], 4), ([3, 0, -1, 9], -1), ([9, -1, 0, 0], 9)]
)
@pytest.mark.parametrize("dtype", [np.int64, np.int8])
def test_the_first_label_outside_is_named(labels, named, dtype):
    with pytest.raises(InputError, match=rf"label {named} is outside 0\.\.3, the outputs"):
        CROSS_ENTROPY(np.zeros((4, 4)), np.array(labels, dtype))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.uint64, np.int64])
def test_the_outermost_labels_are_taken(dtype):
    loss, _ = CROSS_ENTROPY(np.zeros((2, 4)), np.array([0, 3], dtype))
    assert loss == pytest.approx(np.log(4))


def test_probabilities_from_0_to_1_are_taken_and_the_first_other_is_named():
    loss, _ = BinaryCrossEntropy()(np.zeros(2), np.array([0.0, 1.0]))
    assert loss == pytest.approx(np.log(2))
    for targets, named in [((0, 1, 1.5, 2), "1.5"), ((1, 0, -0.5, 2), "-0.5"), ((2, -1), "2")]:
        with pytest.raises(InputError, match=rf"in \[0, 1\], received {named}$"):
            BinaryCrossEntropy()(np.zeros(len(targets)), np.array(targets, float))


def test_rows_of_probabilities_add_up_to_1_within_a_thousandth():
    logits = np.zeros((3, 2))
    good = [0.5, 0.5]
    for row in ([0.5, 0.5009], [0.5, 0.4991], [0.0, 1.0]):
        loss, _ = CROSS_ENTROPY(logits, np.array([good, row, good]))
        assert loss == pytest.approx(np.log(2), rel=1e-3)
    for row, sum_, least in [
        ([0.5, 0.5011], "1.001", "0.5"),
        ([0.5, 0.4989], "0.9989", "0.4989"),
        ([-0.5, 1.5], "1", "-0.5"),
    ]:
        said = f"add up to 1, row 1 has sum {sum_} and minimum {least}$"
        with pytest.raises(InputError, match=said):
            CROSS_ENTROPY(logits, np.array([good, row, good]))
        with pytest.raises(InputError, match=said):  # the first of several
            CROSS_ENTROPY(logits, np.array([good, row, [3.0, 3.0]]))
    with pytest.raises(InputError, match="row 0 has sum 2 and minimum 1"):
        CROSS_ENTROPY(np.zeros((2, 2)), np.array([[1.0, 1.0], [-0.5, 1.5]]))


def test_distributions_need_an_axis_of_classes():
    with pytest.raises(ShapeError, match=r"expects logits \(N, K\), received \(4,\)"):
        CROSS_ENTROPY(np.zeros(4), np.full((4, 1), 1.0))


def test_targets_that_the_outputs_dtype_cannot_hold_are_named():
    targets = np.array([1.0, -1e300])
    with pytest.raises(InputError, match=r"numbers that float32 holds, received 1e\+300"):
        MSE()(np.zeros(2, np.float32), targets)
    assert MAE()(np.zeros(2), targets)[0] == pytest.approx(5e299)


@pytest.mark.parametrize(
    ("logits", "labels", "fix"),
    [
        ((6, 4), (6, 1), r"; use labels\.reshape\(-1\)$"),
        ((6, 4), (2, 3), r"; use labels\.reshape\(-1\)$"),
        ((6, 4), (6, 4), r"; use labels\.argmax\(axis=1\) if they are one-hot$"),
        ((6, 4), (5,), r"\(5,\)$"),
        ((6,), (6,), r"\(6,\)$"),
        ((2, 3, 4), (2, 3, 4), r"\(2, 3, 4\)$"),
        ((2, 3, 4), (2, 1), r"\(2, 1\)$"),
    ],
)
def test_the_way_out_fits_the_shapes(logits, labels, fix):
    with pytest.raises(ShapeError, match=fix):
        MulticlassHinge()(np.zeros(logits), np.zeros(labels, np.int64))


def test_a_reshape_is_only_advised_where_it_helps():
    with pytest.raises(ShapeError, match=r"\(3, 2\) and \(2, 3\); use targets\.reshape\(3, 2\)$"):
        MSE()(np.zeros((3, 2)), np.zeros((2, 3)))
    with pytest.raises(ShapeError, match=r"\(3, 2\) and \(2, 2\)$"):
        MSE()(np.zeros((3, 2)), np.zeros((2, 2)))


def test_mixed_labels_need_a_loss_of_distributions():
    for classes in (1, 2, 10):
        expect_soft(CROSS_ENTROPY, classes, "mixup")
        with pytest.raises(InputError, match=r"^mixup: .*MulticlassHinge cannot take"):
            expect_soft(MulticlassHinge(), classes, "mixup")


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_other_byte_orders_are_turned_round(case: Case, rng):
    """A kernel that reads the bytes as they lie sees other numbers, and gives other bytes."""
    targets, logits = case.targets(rng, (6, 4)), rng.standard_normal((6, 4), np.float32)
    loss, dlogits = case.loss(logits, targets)
    for turned in (
        (logits.astype(">f4"), targets),
        (logits, targets.astype(targets.dtype.newbyteorder(">"))),
    ):
        found, dfound = case.loss(*turned)
        assert found == loss
        assert dfound.dtype.isnative
        np.testing.assert_array_equal(dfound, dlogits)


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_lists_are_arrays(case: Case, rng):
    targets, logits = case.targets(rng, (6, 4)), rng.standard_normal((6, 4))
    loss, dlogits = case.loss(logits, targets)
    found, dfound = case.loss(logits.tolist(), targets.tolist())
    assert found == loss
    np.testing.assert_array_equal(dfound, dlogits)


@pytest.mark.parametrize("count", [3, 5])
def test_weights_are_as_many_as_the_outputs(count):
    logits, labels = np.zeros((2, 4)), np.array([0, 3])
    for loss in (SoftmaxCrossEntropy(class_weights=[1] * count), Focal(alpha=[1] * count)):
        with pytest.raises(ShapeError, match=f"each of the 4 outputs, received {count}"):
            loss(logits, labels)


def test_weights_are_floats_whatever_they_were_given_as():
    for weights in ([1, 2], (1.0, 2.0), np.array([1, 2])):
        assert SoftmaxCrossEntropy(class_weights=weights).class_weights == (1.0, 2.0)
        assert Focal(alpha=weights) == Focal(alpha=(1.0, 2.0))
        assert hash(Focal(alpha=weights)) == hash(Focal(alpha=(1.0, 2.0)))


@pytest.mark.parametrize("weights", [None, (0.5, 2.0, 1.0)])
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_labels_are_one_hot_rows(weights, smoothing, rng):
    """By the formula, -1/N Σ wₖ q'ₖ log pₖ with q' = (1 - s) q + s/K, for both kinds of targets."""
    logits, labels = rng.standard_normal((5, 3)), np.array([0, 2, 1, 1, 2])
    one_hot = np.eye(3)[labels]
    loss = SoftmaxCrossEntropy(smoothing=smoothing, class_weights=weights)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    q = ((1 - smoothing) * one_hot + smoothing / 3) * np.array(weights or 1.0)
    value = -(q * np.log(p)).sum() / 5
    gradient = (p * q.sum(axis=1, keepdims=True) - q) / 5
    for targets in (labels, one_hot):
        found, dlogits = loss(logits, targets)
        assert found == pytest.approx(value)
        np.testing.assert_allclose(dlogits, gradient, atol=1e-12)


@pytest.mark.parametrize(
    ("loss", "defaults"),
    [
        (SoftmaxCrossEntropy(), {"smoothing": 0.0, "class_weights": None}),
        (Focal(), {"gamma": 2.0, "alpha": None}),
        (MulticlassHinge(), {"margin": 1.0, "squared": False}),
        (OneVsRestHinge(), {"margin": 1.0, "squared": False}),
        (Huber(), {"delta": 1.0}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_defaults_are_as_documented(loss, defaults):
    assert {name: getattr(loss, name) for name in defaults} == defaults


def test_of_rows_that_are_no_distributions_the_first_is_named():
    """A row with a 0 in it is one."""
    targets = np.array([[0, 1], [0.5, 0.6], [0, 2]], np.float32)
    with pytest.raises(InputError, match=r"row 1 has sum 1\.1 and minimum 0\.5"):
        CROSS_ENTROPY(np.zeros((3, 2), np.float32), targets)
