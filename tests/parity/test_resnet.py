"""A residual network, layer by layer in PyTorch: equal logits and gradients from equal weights."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch
from torch.nn import functional

from chainrule import models
from chainrule.layers import (
    BatchNorm,
    Conv2d,
    GlobalAvgPool2d,
    Layer,
    Linear,
    Normalize,
    ReLU,
    Residual,
    Sequential,
    named_parameters,
)

from .oracle import DTYPES, assert_agree, tensor

Weights = dict[int, torch.Tensor]


def run(layer: Layer, x: torch.Tensor, weights: Weights) -> torch.Tensor:
    """What ``layer`` should do, on x (N, C, H, W). ``weights`` has our Parameters by their id."""
    match layer:
        case Sequential(layers=layers):
            for inner in layers:
                x = run(inner, x, weights)
            return x
        case Residual(body=body, shortcut=shortcut):
            return run(body, x, weights) + (run(shortcut, x, weights) if shortcut else x)
        case Conv2d(weight=w, stride=stride, padding=padding):
            return functional.conv2d(
                x, weights[id(w)].permute(3, 2, 0, 1), stride=stride, padding=padding
            )
        case BatchNorm(gamma=gamma, beta=beta):
            return functional.batch_norm(
                x, None, None, weights[id(gamma)], weights[id(beta)], training=True
            )
        case Linear(weight=w, bias=b):
            return x @ weights[id(w)] + weights[id(b)]
        case ReLU():
            return torch.relu(x)
        case GlobalAvgPool2d():
            return x.mean((2, 3))
        case Normalize():
            return x  # unfitted: mean 0, std 1
    raise NotImplementedError(layer)


@pytest.mark.parametrize("dtype", DTYPES)
def test_resnet(dtype, rng):
    model = models.resnet((8, 7, 3), 4, blocks=(2, 2), widths=(5, 6)).init(3).astype(dtype)
    x = rng.random((4, 8, 7, 3)).astype(dtype)
    dy = rng.standard_normal((4, 4)).astype(dtype)
    logits, caches = model.forward(x)
    model.backward_parameters(dy, caches)

    parameters = named_parameters(model)
    weights = {id(parameter): tensor(parameter.value, grad=True) for _, parameter in parameters}
    theirs = run(model, tensor(x).permute(0, 3, 1, 2), weights)
    theirs.backward(tensor(dy))
    assert_agree(logits, theirs)
    largest = max(float(weight.grad.abs().max()) for weight in weights.values())
    for _, parameter in parameters:
        assert_agree(parameter.grad, weights[id(parameter)].grad, scale=largest)
