from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from chainrule import models
from chainrule.layers import BatchNorm, Linear, named_parameters
from chainrule.losses import SoftmaxCrossEntropy
from chainrule.optim import Adam

from .oracle import DTYPES, assert_agree, tensor


def twin(model) -> torch.nn.Sequential:
    """The same net of PyTorch's layers, with the same weights."""
    layers: list[torch.nn.Module] = [torch.nn.Flatten()]
    for layer in model.layers:
        if isinstance(layer, Linear):
            inner = torch.nn.Linear(*layer.weight.shape)
            inner.weight.data = tensor(layer.weight.value.T.copy())
            inner.bias.data = tensor(layer.bias.value)
            layers.append(inner)
        elif isinstance(layer, BatchNorm):
            norm = torch.nn.BatchNorm1d(len(layer.gamma.value))
            layers.append(norm.to(tensor(layer.gamma.value).dtype))
        elif type(layer).__name__ == "ReLU":
            layers.append(torch.nn.ReLU())
    return torch.nn.Sequential(*layers)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("norm", [None, "batch"])
def test_mlp_has_equal_loss_and_gradients(norm, dtype, rng):
    model = models.mlp((6, 5, 1), (32, 16), 7, norm=norm).init(0).astype(dtype)
    theirs = twin(model)
    x = rng.standard_normal((20, 6, 5, 1)).astype(dtype)
    labels = rng.integers(7, size=20)

    logits, caches = model.forward(x)
    loss, dlogits = SoftmaxCrossEntropy()(logits, labels)
    dx = model.backward(dlogits, caches)
    x_theirs = tensor(x, grad=True)
    out = theirs(x_theirs)
    loss_theirs = torch.nn.functional.cross_entropy(out, tensor(labels))
    loss_theirs.backward()

    assert_agree(logits, out)
    assert_agree(loss, loss_theirs)
    assert_agree(dx, x_theirs.grad)
    parameters = list(theirs.parameters())
    assert len(parameters) == len(named_parameters(model))
    largest = max(float(p.grad.abs().max()) for p in parameters)
    for (path, ours), p in zip(named_parameters(model), parameters, strict=True):
        grad = p.grad.T if path.endswith("weight") else p.grad
        assert_agree(ours.grad, grad, scale=largest)


def test_ten_steps_of_training_stay_together(rng):
    model = models.mlp((4, 4, 1), (16,), 3, norm="batch").init(0).astype(np.float64)
    theirs = twin(model)
    optimizer, oracle = Adam(0.01), torch.optim.Adam(theirs.parameters(), 0.01)
    for _ in range(10):
        x, labels = rng.standard_normal((12, 4, 4, 1)), rng.integers(3, size=12)
        logits, caches = model.forward(x)
        loss, dlogits = SoftmaxCrossEntropy()(logits, labels)
        model.backward_parameters(dlogits, caches)
        optimizer.step(named_parameters(model))
        oracle.zero_grad()
        loss_theirs = torch.nn.functional.cross_entropy(theirs(tensor(x)), tensor(labels))
        loss_theirs.backward()
        oracle.step()
        assert loss == pytest.approx(loss_theirs.item(), rel=1e-6)
