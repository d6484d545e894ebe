"""Losses with a weight for each sample: L = 1/N Σ wᵢ lᵢ, of every loss alike."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels
from chainrule.errors import InputError, ShapeError
from chainrule.gradient_check import check_function
from chainrule.losses import Loss, SoftmaxCrossEntropy

from ..contract import BACKENDS
from .cases import EACH


@pytest.fixture(params=EACH, ids=lambda case: f"{case[0].loss!r}-{case[1]}")
def drawn(request, rng):
    case, shape = request.param
    weights = rng.choice([0.0, 0.5, 1.0, 2.5], size=shape[0])
    return case.loss, rng.standard_normal(shape), case.targets(rng, shape), weights


def test_it_is_the_weighted_mean_of_the_losses_of_each(drawn):
    loss, logits, targets, weights = drawn
    alone = [loss(logits[i : i + 1], targets[i : i + 1])[0] for i in range(len(weights))]
    value, dlogits = loss.weighted(logits, targets, weights)
    assert value == pytest.approx(np.mean(weights * alone))
    assert dlogits.shape == logits.shape and dlogits.dtype == logits.dtype


def test_the_gradient_is_that_of_central_differences(drawn):
    loss, logits, targets, weights = drawn
    _, dlogits = loss.weighted(logits, targets, weights)
    result = check_function(
        lambda arrays: loss.weighted(arrays["logits"], targets, weights)[0],
        {"logits": logits},
        {"logits": dlogits},
    )
    assert result.ok, str(result)
    assert not dlogits[weights == 0].any()


def test_weights_of_one_change_nothing(drawn):
    loss, logits, targets, weights = drawn
    value, dlogits = loss(logits, targets)
    weighted, gradient = loss.weighted(logits, targets, np.ones_like(weights))
    assert weighted == pytest.approx(value)
    np.testing.assert_allclose(gradient, dlogits)


def test_a_weight_of_two_is_two_samples(drawn):
    loss, logits, targets, _ = drawn
    n = len(logits)
    twice = np.concatenate([np.arange(n), [0]])
    value, dlogits = loss(logits[twice], targets[twice])
    weights = np.ones(n) * n / (n + 1)
    weights[0] *= 2
    weighted, gradient = loss.weighted(logits, targets, weights)
    assert weighted == pytest.approx(value)
    np.testing.assert_allclose(gradient[0], dlogits[0] + dlogits[-1])
    np.testing.assert_allclose(gradient[1:], dlogits[1:-1])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_cross_entropy_takes_one_pass_with_the_same_answer(backend, dtype, rng):
    """The general rule groups samples by weight; that of the cross-entropy scales the targets."""
    loss = SoftmaxCrossEntropy(0.1, (1.0, 2.0, 0.5))
    logits, labels = rng.standard_normal((7, 3)).astype(dtype), rng.integers(3, size=7)
    weights = rng.random(7)
    with kernels.use(backend):
        value, dlogits = loss.weighted(logits, labels, weights)
        expected, gradient = Loss.weighted(loss, logits, labels, weights)
    assert dlogits.dtype == dtype
    assert value == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(dlogits, gradient, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("loss", [SoftmaxCrossEntropy(), *(case.loss for case, _ in EACH[6:9])])
@pytest.mark.parametrize(
    ("weights", "error", "words"),
    [
        (np.ones(4), ShapeError, r"weights: expected numbers of shape \(3,\)"),
        (np.ones((3, 1)), ShapeError, r"received float64 of shape \(3, 1\)"),
        (np.array(["a", "b", "c"]), ShapeError, "received <U1"),
        (np.array([1, -1, 1]), InputError, "0 or more"),
        (np.array([1, np.nan, 1]), InputError, "finite"),
    ],
)
def test_other_weights_are_refused(loss, weights, error, words):
    with pytest.raises(error, match=words):
        loss.weighted(np.zeros((3, 4)), np.zeros(3, int), weights)
