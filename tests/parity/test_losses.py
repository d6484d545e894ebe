from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch
from torch.nn import functional

from chainrule.losses import (
    MAE,
    MSE,
    BinaryCrossEntropy,
    Huber,
    Loss,
    MulticlassHinge,
    SoftmaxCrossEntropy,
)
from chainrule.types import Array

from .oracle import DTYPES, assert_agree, tensor

sizes = {
    "n": st.integers(1, 20),
    "k": st.integers(2, 20),
    "scale": st.sampled_from([0.01, 1.0, 30.0]),
    "dtype": st.sampled_from(DTYPES),
    "seed": st.integers(0, 2**32),
}
smoothings = st.sampled_from([0.0, 0.1, 0.5])


def compare(criterion: Loss, logits: Array, targets: Array, function, largest: float) -> None:
    """Loss and gradient; they are as exact as their ``largest`` possible term is."""
    loss, dlogits = criterion(logits, targets)
    theirs = tensor(logits, grad=True)
    out = function(theirs)
    out.backward()
    assert_agree(loss, out, scale=max(1.0, largest))
    assert_agree(dlogits, theirs.grad, scale=max(1.0, largest) / len(logits))


def drawn(n, k, scale, dtype, seed):
    rng = np.random.default_rng(seed)
    logits = (scale * rng.standard_normal((n, k))).astype(dtype)
    return rng, logits, rng.integers(k, size=n), rng.random(k).astype(dtype) + 0.1


@given(**sizes, smoothing=smoothings)
def test_softmax_cross_entropy(n, k, scale, dtype, seed, smoothing):
    _, logits, labels, _ = drawn(n, k, scale, dtype, seed)
    criterion = SoftmaxCrossEntropy(smoothing)
    y = tensor(labels)
    compare(
        criterion,
        logits,
        labels,
        lambda z: functional.cross_entropy(z, y, label_smoothing=smoothing),
        scale,
    )


@given(**sizes, smoothing=smoothings)
def test_class_weights(n, k, scale, dtype, seed, smoothing):
    """Ours is a mean over the samples, PyTorch's one over the weights of their labels."""
    _, logits, labels, weights = drawn(n, k, scale, dtype, seed)
    y, w = tensor(labels), tensor(weights)
    share = float(weights[labels].mean())
    compare(
        SoftmaxCrossEntropy(smoothing, weights),
        logits,
        labels,
        lambda z: share * functional.cross_entropy(z, y, w, label_smoothing=smoothing),
        scale,
    )


@given(**sizes, smoothing=smoothings, weighted=st.booleans())
def test_soft_targets(n, k, scale, dtype, seed, smoothing, weighted):
    rng, logits, _, weights = drawn(n, k, scale, dtype, seed)
    targets = rng.dirichlet(np.ones(k), n).astype(dtype)
    q, w = tensor(targets), tensor(weights) if weighted else None
    compare(
        SoftmaxCrossEntropy(smoothing, weights if weighted else None),
        logits,
        targets,
        lambda z: functional.cross_entropy(z, q, w, label_smoothing=smoothing),
        scale,
    )


@given(**sizes, margin=st.sampled_from([0.5, 1.0, 3.0]), squared=st.booleans())
def test_multiclass_hinge(n, k, scale, dtype, seed, margin, squared):
    """PyTorch divides by the number of classes as well."""
    _, logits, labels, _ = drawn(n, k, scale, dtype, seed)
    y, p = tensor(labels), 2 if squared else 1
    compare(
        MulticlassHinge(margin, squared),
        logits,
        labels,
        lambda z: k * functional.multi_margin_loss(z, y, p=p, margin=margin),
        k * scale**p,
    )


@given(**sizes, flat=st.booleans())
def test_binary_cross_entropy(n, k, scale, dtype, seed, flat):
    rng, logits, _, _ = drawn(n, k, scale, dtype, seed)
    logits = logits[:, 0].copy() if flat else logits
    targets = rng.random(logits.shape).astype(dtype)
    t = tensor(targets)
    compare(
        BinaryCrossEntropy(),
        logits,
        targets,
        lambda z: functional.binary_cross_entropy_with_logits(z, t),
        scale,
    )


@given(**sizes, delta=st.sampled_from([0.1, 1.0, 7.0]))
def test_errors_of_numbers(n, k, scale, dtype, seed, delta):
    rng, outputs, _, _ = drawn(n, k, scale, dtype, seed)
    targets = (scale * rng.standard_normal((n, k))).astype(dtype)
    t = tensor(targets)
    for criterion, function in (
        (MSE(), lambda y: functional.mse_loss(y, t)),
        (MAE(), lambda y: functional.l1_loss(y, t)),
        (Huber(delta), lambda y: functional.huber_loss(y, t, delta=delta)),
    ):
        compare(criterion, outputs, targets, function, scale**2)


def test_the_subgradients_at_0_are_those_of_pytorch():
    for function in (functional.l1_loss, functional.huber_loss, functional.mse_loss):
        y = torch.zeros(3, requires_grad=True)
        function(y, torch.zeros(3)).backward()
        np.testing.assert_array_equal(y.grad, 0)
    _, doutputs = MAE()(np.zeros(3), np.zeros(3))
    np.testing.assert_array_equal(doutputs, 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_masked_logits(smoothing, dtype):
    """-∞ for classes that are taken out, one of them a label's."""
    logits = np.array([[1, 2, -np.inf], [-np.inf, 0, 3], [-np.inf, -np.inf, 5]], dtype)
    for labels in (np.array([0, 2, 2]), np.array([0, 2, 1])):
        theirs = tensor(logits, grad=True)
        loss = functional.cross_entropy(theirs, tensor(labels), label_smoothing=smoothing)
        loss.backward()
        ours, dlogits = SoftmaxCrossEntropy(smoothing)(logits, labels)
        assert ours == pytest.approx(loss.item(), rel=1e-6)
        if not smoothing:
            assert_agree(dlogits, theirs.grad)
