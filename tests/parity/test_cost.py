"""Products are counted as PyTorch's counter counts them, forward and backward."""

from __future__ import annotations

import pytest

from chainrule import models
from chainrule.cost import cost
from chainrule.layers import Conv2d, Linear
from chainrule.layers.base import walk

from .oracle import torch

flop_counter = pytest.importorskip("torch.utils.flop_counter")


def twin(layers, shape):
    """(PyTorch's layers of the same sizes, in order)"""
    nn, found = torch.nn, []
    for layer in layers:
        if isinstance(layer, Conv2d):
            found.append(
                nn.Conv2d(
                    layer.in_channels, layer.out_channels, layer.kernel_size,
                    stride=layer.stride, padding=layer.padding, groups=layer.groups, bias=False,
                )
            )  # fmt: skip
        elif isinstance(layer, Linear):
            found.append(nn.Linear(*layer.weight.shape, bias=False))
        elif type(layer).__name__ == "MaxPool2d":
            found.append(nn.MaxPool2d(2))
        elif type(layer).__name__ == "Flatten":
            found.append(nn.Flatten())
    return nn.Sequential(*found)


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (models.mlp((8, 8, 1), (32, 16), 10), (8, 8, 1)),
        (models.convnet((16, 16, 3), 10, filters=(8, 12)), (16, 16, 3)),
        (models.vgg((8, 8, 3), 10, blocks=((4, 6), (8,)), hidden=(12,)), (8, 8, 3)),
    ],
    ids=["mlp", "convnet", "vgg"],
)
def test_products(model, shape):
    n = 6
    ours = [layer for layer in cost(model, n, shape).layers if layer.kind in ("Conv2d", "Linear")]
    biases = [0] * len(ours)
    layers = [layer for layer in walk(model) if isinstance(layer, (Conv2d, Linear))]
    for i, (layer, found) in enumerate(zip(layers, ours, strict=True)):
        outputs = 1
        for side in found.output:
            outputs *= side
        biases[i] = outputs if layer.bias else 0
    net = twin(walk(model), shape)
    x = torch.zeros(n, shape[2], *shape[:2])
    with flop_counter.FlopCounterMode(display=False) as forward:
        y = net(x)
    with flop_counter.FlopCounterMode(display=False) as backward:
        y.sum().backward()
    assert sum(f.forward for f in ours) - sum(biases) == forward.get_total_flops()
    assert sum(f.backward for f in ours) - sum(biases) == backward.get_total_flops()
