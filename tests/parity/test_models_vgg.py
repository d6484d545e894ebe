"""VGG beside torchvision's, layer by layer: equal parameters, equal logits from equal weights."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch import nn

from chainrule import models
from chainrule.cost import count_parameters
from chainrule.layers import BatchNorm, Conv2d, Linear, Sequential

from .torchvision_models import torchvision

NAMES = ("vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn")
LETTERS = {"vgg11": "A", "vgg13": "B", "vgg16": "D"}


@pytest.fixture(scope="module")
def vgg():
    return torchvision().models.vgg


@pytest.mark.parametrize("name", NAMES)
def test_parameters(vgg, name):
    with torch.device("meta"):
        theirs = getattr(vgg, name)()
    assert count_parameters(models.build(name)) == sum(p.numel() for p in theirs.parameters())


def small(vgg, name: str) -> nn.Module:
    """Theirs with hidden layers of 8 units in place of 4096, and norms that have seen something."""
    letter, _, norm = name.partition("_")
    with torch.device("meta"):
        net = getattr(vgg, name)(num_classes=5)
    torch.manual_seed(0)
    net.features = vgg.make_layers(vgg.cfgs[LETTERS[letter]], batch_norm=bool(norm))
    sizes = [512 * 7 * 7, 8, 8, 5]
    for i, layer in enumerate(net.classifier):
        if isinstance(layer, nn.Linear):
            net.classifier[i] = nn.Linear(sizes[i // 3], sizes[i // 3 + 1])
    for layer in net.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 2)
            nn.init.normal_(layer.bias)
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
    return net.eval()


def copy_weights(ours: Sequential, theirs: nn.Module) -> None:
    """Theirs into ours. Their Flatten goes through the channels first, ours through the pixels."""
    mine = [layer for layer in ours if isinstance(layer, Conv2d | BatchNorm | Linear)]
    kinds = nn.Conv2d | nn.BatchNorm2d | nn.Linear
    other = [layer for layer in theirs.modules() if isinstance(layer, kinds)]
    for layer, twin in zip(mine, other, strict=True):
        given = {name: value.numpy() for name, value in twin.state_dict().items()}
        state = {"bias": given["bias"]}
        if isinstance(layer, Conv2d):
            state["weight"] = given["weight"].transpose(2, 3, 1, 0)
        elif isinstance(layer, BatchNorm):
            state = {"gamma": given["weight"], "beta": given["bias"]}
            state |= {name: given[name] for name in ("running_mean", "running_var")}
        elif len(given["weight"][0]) == 512 * 49:
            w = given["weight"].reshape(-1, 512, 49).transpose(2, 1, 0)
            state["weight"] = w.reshape(512 * 49, -1)
        else:
            state["weight"] = given["weight"].T
        layer.load_state(state)


@pytest.mark.parametrize(("name", "side"), [("vgg11", 32), ("vgg13_bn", 75), ("vgg16_bn", 50)])
def test_logits(vgg, name, side, rng):
    theirs = small(vgg, name)
    ours = models.build(name, inputs=(side, side, 3), classes=5, hidden=(8, 8))
    ours.layers[0].init()
    copy_weights(ours, theirs)
    x = rng.random((2, side, side, 3), np.float32)
    with torch.no_grad():
        expected = theirs(torch.tensor(x).permute(0, 3, 1, 2)).numpy()
    np.testing.assert_allclose(ours(x), expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
