"""Counts of pairs say what the matrix says, in a memory that does not grow with K²."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from chainrule.confusion import Confusion
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
