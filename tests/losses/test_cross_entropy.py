from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels
from chainrule.errors import InputError, ShapeError
from chainrule.losses import SoftmaxCrossEntropy

from ..contract import BACKENDS
from .cases import WEIGHTS, labels

every_backend = pytest.mark.parametrize("backend", BACKENDS)


def test_by_hand():
    logits = np.log(np.array([[1.0, 2.0, 1.0], [6.0, 1.0, 1.0]]))
    loss, dlogits = SoftmaxCrossEntropy()(logits, np.array([1, 1]))
    assert loss == pytest.approx((np.log(2) + np.log(8)) / 2)
    np.testing.assert_allclose(dlogits, [[0.125, -0.25, 0.125], [0.375, -0.4375, 0.0625]])


def test_soft_targets_and_weights_by_hand():
    """p = (1/2, 1/4, 1/4), q = (0, 1/2, 1/2), w = (1, 1, 3): L = ½ log 4 + 3/2 log 4."""
    logits = np.log(np.array([[2.0, 1.0, 1.0]]))
    loss, dlogits = SoftmaxCrossEntropy(class_weights=[1, 1, 3])(logits, np.array([[0, 0.5, 0.5]]))
    assert loss == pytest.approx(2 * np.log(4))
    np.testing.assert_allclose(dlogits, [[1, 0.5 - 0.5, 0.5 - 1.5]], atol=1e-15)


def test_equal_logits_cost_log_k():
    loss, _ = SoftmaxCrossEntropy()(np.zeros((3, 10), np.float32), np.zeros(3, np.int64))
    assert loss == pytest.approx(np.log(10))


@every_backend
@pytest.mark.parametrize("smoothing", [0, 0.3])
@pytest.mark.parametrize("weights", [None, WEIGHTS, (1, 1, 1, 1)])
def test_one_hot_rows_cost_what_labels_cost(smoothing, weights, backend, rng):
    logits, y = rng.standard_normal((6, 4), np.float32), labels(rng, (6, 4))
    criterion = SoftmaxCrossEntropy(smoothing, weights)
    with kernels.use(backend):
        loss, dlogits = criterion(logits, y)
        soft, dsoft = criterion(logits, np.eye(4)[y])
    assert soft == pytest.approx(loss, rel=1e-6)
    np.testing.assert_allclose(dsoft, dlogits, atol=1e-7)


@every_backend
@pytest.mark.parametrize("soft", [False, True], ids=["labels", "rows"])
def test_gradient_of_a_sample_sums_to_zero(backend, soft, rng):
    """Adding a constant to the logits of a sample changes no probability."""
    logits, y = 10 * rng.standard_normal((50, 4), np.float32), labels(rng, (50, 4))
    criterion = SoftmaxCrossEntropy(0.1, WEIGHTS if soft else None)
    with kernels.use(backend):
        _, dlogits = criterion(logits, np.eye(4)[y] if soft else y)
    np.testing.assert_allclose(dlogits.sum(axis=1), 0, atol=1e-7)


def test_rows_that_are_no_distributions_are_named():
    rows = np.full((3, 4), 0.25)
    rows[1] = [0.5, 0.5, 0.5, 0]
    with pytest.raises(InputError, match=r"add up to 1, row 1 has sum 1.5 and minimum 0$"):
        SoftmaxCrossEntropy()(np.zeros((3, 4)), rows)
    rows[1] = [1.5, -0.5, 0, 0]
    with pytest.raises(InputError, match=r"row 1 has sum 1 and minimum -0.5$"):
        SoftmaxCrossEntropy()(np.zeros((3, 4)), rows)
    rows[1] = np.nan
    with pytest.raises(InputError, match="expected finite numbers"):
        SoftmaxCrossEntropy()(np.zeros((3, 4)), rows)


def test_rows_need_as_many_columns_as_outputs():
    with pytest.raises(ShapeError, match=r"received \(3, 4\) and \(3, 5\)"):
        SoftmaxCrossEntropy()(np.zeros((3, 4)), np.full((3, 5), 0.2))
    with pytest.raises(ShapeError, match=r"logits \(N, K\), received \(3,\)"):
        SoftmaxCrossEntropy()(np.zeros(3), np.full((3, 5), 0.2))


@pytest.mark.parametrize("smoothing", [-0.1, 1.0, float("nan")])
def test_smoothing_outside_0_to_1_is_refused(smoothing):
    with pytest.raises(InputError, match="smoothing: expected a number in"):
        SoftmaxCrossEntropy(smoothing)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (2.0, "class_weights: expected one number of 0 or more for each class, received 2.0"),
        (["a", "b"], "class_weights: expected one number of 0 or more for each class, received"),
        ([1, -1], r"class_weights: expected .*, received \[1, -1\]"),
        ([1, float("nan")], r"class_weights: expected .*, received \[1, nan\]"),
    ],
)
def test_bad_weights_are_refused(weights, words):
    with pytest.raises(InputError, match=words):
        SoftmaxCrossEntropy(class_weights=weights)


def test_there_is_a_weight_for_each_output():
    criterion = SoftmaxCrossEntropy(class_weights=(1, 2, 3))
    with pytest.raises(ShapeError, match="each of the 4 outputs, received 3"):
        criterion(np.zeros((2, 4)), np.array([0, 1]))


def test_weights_may_be_an_array():
    weighted = SoftmaxCrossEntropy(class_weights=np.array([0.5, 2.0]))
    assert weighted == SoftmaxCrossEntropy(class_weights=[0.5, 2.0])
    assert weighted.class_weights == (0.5, 2.0)
