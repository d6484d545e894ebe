"""Logits of -∞ take classes out: what is left is the loss of the others."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule import kernels
from chainrule.losses import (
    BinaryCrossEntropy,
    Focal,
    MulticlassHinge,
    OneVsRestHinge,
    SoftmaxCrossEntropy,
)
from chainrule.types import Array

from ..contract import BACKENDS
from .cases import OF_LABELS, Case, mixtures

every_backend = pytest.mark.parametrize("backend", BACKENDS)
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])
INF = np.inf

LOSSES = [
    SoftmaxCrossEntropy(),
    SoftmaxCrossEntropy(class_weights=(0.5, 2.0, 0.0, 1.5)),
    Focal(),
    Focal(gamma=0),
    Focal(gamma=0.5, alpha=(0.5, 2.0, 0.0, 1.5)),
    MulticlassHinge(),
    MulticlassHinge(squared=True),
    OneVsRestHinge(),
    OneVsRestHinge(squared=True),
]
each_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)


def without(loss, kept: Array):
    """The loss of fewer classes."""
    options = {
        name: tuple(np.array(value)[kept]) if isinstance(value, tuple) else value
        for name, value in vars(loss).items()
    }
    return type(loss)(**options)


@every_backend
@every_dtype
def test_the_example_of_pytorch(backend, dtype):
    logits = np.array([[1, 2, -INF]], dtype)
    with kernels.use(backend):
        loss, dlogits = SoftmaxCrossEntropy()(logits, np.array([0]))
    assert loss == pytest.approx(1.31326169, rel=1e-6)
    np.testing.assert_allclose(dlogits, [[-0.7310586, 0.7310586, 0]], rtol=1e-6)


@every_backend
@every_dtype
@each_loss
def test_a_class_that_is_taken_out_counts_for_nothing(loss, dtype, backend, rng):
    logits, kept = 3 * rng.standard_normal((7, 4)).astype(dtype), np.array([0, 1, 3])
    logits[:, 2] = -INF
    places = np.array([0, 1, 2, 0, 1, 2, 0])
    with kernels.use(backend):
        value, dlogits = loss(logits, kept[places])
        expected, dexpected = without(loss, kept)(logits[:, kept], places)
    assert value == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(dlogits[:, kept], dexpected, rtol=1e-5, atol=1e-8)
    np.testing.assert_array_equal(dlogits[:, 2], 0)


@every_backend
@every_dtype
def test_every_row_may_lack_other_classes(dtype, backend, rng):
    """As many as all but one, whose probability is 1 then."""
    logits = rng.standard_normal((4, 5)).astype(dtype)
    labels = np.array([0, 1, 2, 3])
    for row, label in enumerate(labels):
        logits[row, : row + 1] = logits[row, row + 2 :] = -INF
        logits[row, label] = 0.5 if row < 3 else logits[row, label]
    logits[3] = -INF
    logits[3, 3] = -7
    with kernels.use(backend):
        loss, dlogits = SoftmaxCrossEntropy()(logits, labels)
        losses = [SoftmaxCrossEntropy()(logits[i : i + 1], labels[i : i + 1])[0] for i in range(4)]
    assert loss == pytest.approx(math.fsum(losses) / 4, rel=1e-6)
    assert losses[3] == 0
    np.testing.assert_array_equal(dlogits[3], 0)


@every_backend
@every_dtype
@each_loss
def test_the_label_itself_taken_out_costs_infinity(loss, dtype, backend):
    logits = np.array([[0, 1, 2, -INF], [0.5, 0, 0, 1]], dtype)
    with kernels.use(backend):
        value, dlogits = loss(logits, np.array([3, 0]))
        other, _ = loss(logits, np.array([0, 0]))
    assert value == INF
    assert np.isfinite(dlogits).all()
    assert np.isfinite(other)


@every_backend
@every_dtype
def test_smoothing_wants_every_class(dtype, backend):
    """PyTorch's answer as well: a share of a class that cannot be costs infinity."""
    with kernels.use(backend):
        for labels in (np.array([0]), np.array([[1, 0, 0]], dtype)):
            value, dlogits = SoftmaxCrossEntropy(0.1)(np.array([[1, 2, -INF]], dtype), labels)
            assert value == INF
            assert np.isfinite(dlogits).all()


@every_backend
@every_dtype
@pytest.mark.parametrize("weights", [None, (0.5, 2.0, 0.0, 1.5)])
def test_mixed_targets(weights, dtype, backend, rng):
    logits, kept = rng.standard_normal((5, 4)).astype(dtype), np.array([0, 1, 3])
    logits[:, 2] = -INF
    q = mixtures(rng, (5, 3)).astype(dtype)
    wide = np.zeros((5, 4), dtype)
    wide[:, kept] = q
    loss = SoftmaxCrossEntropy(class_weights=weights)
    with kernels.use(backend):
        value, dlogits = loss(logits, wide)
        expected, dexpected = without(loss, kept)(logits[:, kept], q)
        wide[0] = [0, 0.5, 0.5, 0]
        impossible, dimpossible = loss(logits, wide)
    assert value == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(dlogits[:, kept], dexpected, rtol=1e-5, atol=1e-8)
    np.testing.assert_array_equal(dlogits[:, 2], 0)
    assert impossible == INF or weights  # a weight of 0 forgives it
    assert np.isfinite(dimpossible).all()


@every_backend
@every_dtype
def test_binary_cross_entropy(dtype, backend):
    logits = np.array([[-INF, 0.5], [-INF, -2]], dtype)
    loss = BinaryCrossEntropy()
    with kernels.use(backend):
        value, dlogits = loss(logits, np.array([[0, 1], [0, 0.5]], dtype))
        rest, drest = loss(logits[:, 1:], np.array([[1], [0.5]], dtype))
        impossible, dimpossible = loss(logits, np.array([[0, 1], [0.25, 0]], dtype))
    assert value == pytest.approx(rest / 2, rel=1e-6)
    np.testing.assert_allclose(dlogits[:, 1:], drest / 2, rtol=1e-6)
    np.testing.assert_array_equal(dlogits[:, 0], 0)
    assert impossible == INF
    assert np.isfinite(dimpossible).all()


@every_backend
@pytest.mark.parametrize("case", OF_LABELS, ids=str)
def test_rows_without_any_class_and_nan_are_not_hidden(case: Case, backend):
    loss, labels = case.loss, np.array([0, 1])
    with kernels.use(backend), np.errstate(invalid="ignore"):
        nothing = np.full((2, 4), -INF, np.float32)
        assert not np.isfinite(loss(nothing, labels)[0]) or isinstance(loss, MulticlassHinge)
        nan = np.array([[0, 1, -INF, np.nan], [0, 1, 2, 3]], np.float32)
        assert np.isnan(loss(nan, labels)[0])
        if isinstance(loss, SoftmaxCrossEntropy | Focal):
            top = np.array([[0, 1, -INF, INF], [0, 1, 2, 3]], np.float32)
            assert np.isnan(loss(top, labels)[0])


@every_backend
@pytest.mark.parametrize("size", [1e30, 3e38])
def test_logits_that_differ_by_more_than_float32_holds(size, backend):
    """Their difference is finite in double precision."""
    logits = np.array([[size, -size, 0]], np.float32)
    with kernels.use(backend), np.errstate(over="ignore"):
        for label, expected in ((0, 0), (2, size), (1, 2 * size)):
            loss, dlogits = SoftmaxCrossEntropy()(logits, np.array([label]))
            assert np.isfinite(dlogits).all()
            assert not math.isnan(loss)
            if 2 * size < 3e38 or label == 0:
                assert loss == pytest.approx(float(expected), rel=1e-6)
