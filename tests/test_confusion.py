"""Counts of pairs say what the matrix says, in a memory that does not grow with K²."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from chainrule.confusion import Confusion, precision_recall_f1
from chainrule.data import Dataset
from chainrule.errors import InputError
from chainrule.metrics import confusion_matrix, evaluate
from chainrule.report.tables import frequent_mistakes, per_class_tables


@pytest.mark.parametrize("n", [0, 1, 500])
def test_it_is_the_matrix(rng, n):
    k = 7
    labels, predicted = rng.integers(k, size=n), rng.integers(k, size=n)
    naive = np.zeros((k, k), np.int64)
    for i, j in zip(labels, predicted, strict=True):
        naive[i, j] += 1
    counted = Confusion.of(labels, predicted, k)
    assert (counted.matrix == naive).all() and counted.matrix.dtype == np.int64
    assert (confusion_matrix(labels, predicted, k) == naive).all()
    assert (counted.correct == np.diagonal(naive)).all()
    assert (counted.totals == naive.sum(axis=1)).all()
    wrong = [(-naive[i, j], i, j) for i in range(k) for j in range(k) if i != j and naive[i, j]]
    expected = [(i, j, -count) for count, i, j in sorted(wrong)]
    assert counted.mistakes(10) == expected[:10]


def test_what_is_no_class_is_refused():
    with pytest.raises(InputError, match=r"labels: expected values in 0\.\.2, received -1"):
        Confusion.of(np.array([-1]), np.array([2]), 3)


def test_ten_thousand_classes_take_no_square_of_memory(rng):
    """A matrix of them would be 800 MB. The answers themselves are N x K, here 20 MB."""
    n, k = 512, 10_000
    images = rng.integers(0, 256, (n, 1, 1, 1), np.uint8)
    test = Dataset(images, rng.integers(k, size=n), tuple(map(str, range(k))))
    logits = rng.standard_normal((256, k)).astype(np.float32)

    def model(x):
        return logits[x[:, 0, 0, 0]]

    evaluate(model, test.take(range(8)))  # compiles
    tracemalloc.start()
    try:
        result = evaluate(model, test, batch_size=64)
        frequent_mistakes(result, test.classes)
        per_class_tables(result, test.labels, test.classes)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert result.probabilities.nbytes == n * k * 4
    assert peak < 3 * result.probabilities.nbytes
    assert result.answers.totals.sum() == n


def test_precision_recall_and_f1_by_hand():
    labels = np.array([0, 0, 0, 1, 1, 2])
    predicted = np.array([0, 0, 1, 1, 2, 0])
    scores = precision_recall_f1(labels, predicted, 4)
    np.testing.assert_allclose(scores.precision, [2 / 3, 1 / 2, 0, np.nan])
    np.testing.assert_allclose(scores.recall, [2 / 3, 1 / 2, 0, np.nan])
    np.testing.assert_allclose(scores.f1, [2 / 3, 1 / 2, 0, np.nan])
    assert scores.support.tolist() == [3, 2, 1, 0]
    assert scores.macro == pytest.approx((7 / 18,) * 3)


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_scikit_learn(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 9))
    labels = np.append(np.arange(k), rng.integers(k, size=50))
    predicted = np.where(rng.random(50 + k) < 0.5, labels, rng.integers(k, size=50 + k))
    ours = precision_recall_f1(labels, predicted, k)
    each = metrics.precision_recall_fscore_support(labels, predicted, zero_division=0)
    for own, theirs in zip((ours.precision, ours.recall, ours.f1, ours.support), each, strict=True):
        np.testing.assert_allclose(own, theirs)
    macro = metrics.precision_recall_fscore_support(
        labels, predicted, average="macro", zero_division=0
    )
    assert ours.macro == pytest.approx(macro[:3])


def test_a_class_that_is_never_predicted_and_one_without_images():
    scores = precision_recall_f1(np.array([0, 0]), np.array([0, 1]), 3)
    np.testing.assert_array_equal(scores.precision, [1, 0, np.nan])
    np.testing.assert_array_equal(scores.recall, [0.5, np.nan, np.nan])
    assert scores.macro == pytest.approx((1, 0.5, 2 / 3))
    missed = precision_recall_f1(np.array([0, 1]), np.array([0, 0]), 2)
    assert missed.precision.tolist() == [0.5, 0]


def test_no_answer_is_a_miss_of_its_class_alone():
    scores = precision_recall_f1(np.array([0, 0, 1]), np.array([0, -1, 1]), 2)
    assert scores.recall.tolist() == [0.5, 1]
    assert scores.precision.tolist() == [1, 1]


def test_of_no_images_nothing_is_known():
    assert np.isnan(precision_recall_f1([], [], 2).macro).all()


@pytest.mark.parametrize(
    ("labels", "predicted", "k", "said"),
    [
        ([0, 1], [0], 2, "expected two of class indices"),
        ([0, 1], [0.0, 1.0], 2, "expected two of class indices"),
        ([[0]], [[0]], 2, "expected two of class indices"),
        ([0, 2], [0, 1], 2, "labels: expected values in 0..1, received 2"),
        ([0, 1], [0, -2], 2, "predicted: expected values in 0..1, received -2"),
        ([-1, 1], [-1, 1], 2, "labels: expected values in 0..1, received -1"),
        ([], [], 0, "k: expected a whole number from 1 to 1,000,000, received 0"),
    ],
)
def test_what_is_no_class(labels, predicted, k, said):
    with pytest.raises(InputError, match=said):
        precision_recall_f1(labels, predicted, k)
