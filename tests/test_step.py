from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import ShapeError
from chainrule.layers import Linear, ReLU, Sequential, named_parameters
from chainrule.losses import MSE, SoftmaxCrossEntropy
from chainrule.random import generator
from chainrule.step import forward_backward


def net():
    return Sequential(Linear(4, 8), ReLU(), Linear(8, 3)).init(0)


def batch(n=6):
    stream = generator("step", n)
    return stream.standard_normal((n, 4), np.float32), stream.integers(0, 3, n)


def grads(model):
    return {path: parameter.grad for path, parameter in named_parameters(model)}


def test_it_is_forward_then_loss_then_backward_bit_for_bit():
    x, labels = batch()
    ours, spelled_out = net(), net()
    value, logits = forward_backward(ours, x, labels, SoftmaxCrossEntropy())
    y, cache = spelled_out.forward(x)
    expected, dy = SoftmaxCrossEntropy()(y, labels)
    spelled_out.backward_parameters(dy, cache)
    assert value == expected and np.array_equal(logits, y)
    for path, grad in grads(spelled_out).items():
        assert np.array_equal(grads(ours)[path], grad), path


def test_the_gradients_of_the_parts_of_a_batch_add_up_to_its_own():
    x, labels = batch(6)
    whole, parts = net().astype(np.float64), net().astype(np.float64)
    x = x.astype(np.float64)
    criterion = SoftmaxCrossEntropy()
    value, _ = forward_backward(whole, x, labels, criterion)
    total = 0.0
    for part, share in ((slice(0, 4), 4 / 6), (slice(4, 6), 2 / 6)):
        loss, _ = forward_backward(parts, x[part], labels[part], criterion, share=share)
        total += share * loss
    assert total == pytest.approx(value, rel=1e-12)
    for path, grad in grads(whole).items():
        np.testing.assert_allclose(grads(parts)[path], grad, rtol=1e-10, atol=1e-14)


def test_gradients_are_added_to_what_is_there():
    x, labels = batch()
    once, twice = net(), net()
    forward_backward(once, x, labels, SoftmaxCrossEntropy())
    for _ in range(2):
        forward_backward(twice, x, labels, SoftmaxCrossEntropy())
    for path, grad in grads(once).items():
        assert np.array_equal(grads(twice)[path], 2 * grad), path


def test_the_arguments_are_not_written_to():
    x, labels = batch()
    before = x.copy(), labels.copy()
    forward_backward(net(), x, labels, SoftmaxCrossEntropy(), share=0.5)
    assert np.array_equal(x, before[0]) and np.array_equal(labels, before[1])


def test_targets_that_do_not_fit_are_refused_before_any_gradient():
    x, _ = batch()
    model = net()
    with pytest.raises(ShapeError):
        forward_backward(model, x, np.zeros((6, 4), np.float32), MSE())
    assert all(grad is None for grad in grads(model).values())
