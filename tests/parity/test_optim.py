from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from chainrule.layers import Linear, Parameter
from chainrule.optim import SGD, Adam

from .oracle import DTYPES

# Ours, theirs. Our weight decay is decoupled for every rule; theirs only for AdamW.
PAIRS = {
    "sgd": (lambda: SGD(0.05), lambda p: torch.optim.SGD(p, 0.05)),
    "momentum": (
        lambda: SGD(0.02, momentum=0.9),
        lambda p: torch.optim.SGD(p, 0.02, momentum=0.9),
    ),
    "nesterov": (
        lambda: SGD(0.02, momentum=0.9, nesterov=True),
        lambda p: torch.optim.SGD(p, 0.02, momentum=0.9, nesterov=True),
    ),
    "adam": (lambda: Adam(), lambda p: torch.optim.Adam(p)),  # the defaults are the same
    "adam-options": (
        lambda: Adam(0.03, beta1=0.8, beta2=0.95, eps=1e-6),
        lambda p: torch.optim.Adam(p, 0.03, betas=(0.8, 0.95), eps=1e-6),
    ),
    "adamw": (
        lambda: Adam(0.03, weight_decay=0.1),
        lambda p: torch.optim.AdamW(p, 0.03, weight_decay=0.1),
    ),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PAIRS)
def test_twenty_steps_follow_the_same_path(name, dtype, rng):
    """Least squares: L = ½ |A w - b|²"""
    a, b, w0 = (rng.standard_normal(s).astype(dtype) for s in ((12, 6), (12, 4), (6, 4)))
    w = Parameter((6, 4), lambda rng, shape: np.zeros(shape))
    w.value = w0.copy()
    theirs = torch.tensor(w0.copy(), requires_grad=True)
    optimizer, oracle = PAIRS[name][0](), PAIRS[name][1]([theirs])
    for _ in range(20):
        w.grad = a.T @ (a @ w.value - b)
        optimizer.step([("w", w)])
        oracle.zero_grad()
        (0.5 * (torch.tensor(a) @ theirs - torch.tensor(b)) ** 2).sum().backward()
        oracle.step()
        tolerance = 1e-5 if dtype == np.float32 else 1e-11
        np.testing.assert_allclose(w.value, theirs.detach(), rtol=tolerance, atol=tolerance)


def test_l2_penalty_is_what_pytorch_calls_weight_decay_of_sgd(rng):
    from chainrule.layers import named_parameters
    from chainrule.penalties import L2

    layer = Linear(5, 3).init(0).astype(np.float64)
    weight = torch.tensor(layer.weight.value.copy(), requires_grad=True)
    oracle = torch.optim.SGD([weight], 0.1, momentum=0.9, weight_decay=0.3)
    optimizer = SGD(0.1, momentum=0.9)
    for _ in range(5):
        grad = rng.standard_normal((5, 3))
        layer.clear_grads()
        layer.weight.accumulate(grad)
        L2(0.3)(named_parameters(layer))
        optimizer.step(named_parameters(layer))
        weight.grad = torch.tensor(grad)
        oracle.step()
    np.testing.assert_allclose(layer.weight.value, weight.detach(), rtol=1e-12)
