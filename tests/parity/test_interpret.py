"""Grad-CAM, integrated gradients and saliency against PyTorch's automatic gradient."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch import nn

from chainrule.interpret import grad_cam, guided_backprop, integrated_gradients, saliency

from ..interpret.nets import convnet
from .oracle import channels_first, tensor


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4))

    def forward(self, x):
        return x + self.body(x)


@pytest.fixture(scope="module")
def pair():
    ours = convnet((9, 8, 3), classes=4, seed=3).astype(np.float64)
    ours[0].mean.value, ours[0].std.value = np.array([0.4, 0.5, 0.6]), np.array([0.2, 0.25, 0.3])
    theirs = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), Block(), nn.ReLU(),
        nn.MaxPool2d(2), nn.Dropout(0.5), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 4),
    ).double().eval()  # fmt: skip
    pairs = [(ours[1], theirs[0]), (ours[2], theirs[1])]
    pairs += list(zip(ours[4].body, theirs[3].body, strict=True))
    for mine, other in pairs:
        if isinstance(other, nn.Conv2d):
            other.weight.data = tensor(mine.weight.value.transpose(3, 2, 0, 1).copy())
            other.bias.data = tensor(mine.bias.value)
        else:
            other.running_mean.data = tensor(mine.running_mean.value)
            other.running_var.data = tensor(mine.running_var.value)
    theirs[9].weight.data = tensor(ours[9].weight.value.T.copy())
    theirs[9].bias.data = tensor(ours[9].bias.value)

    def normalized(x):
        mean, std = tensor(ours[0].mean.value), tensor(ours[0].std.value)
        return (x - mean[:, None, None]) / std[:, None, None]

    return ours, theirs, normalized


IMAGES = np.random.default_rng(5).random((3, 9, 8, 3))
TARGETS = [2, 0, 3]


def gradient(theirs, normalized, x):
    x = x.clone().requires_grad_()
    theirs(normalized(x))[range(3), TARGETS].sum().backward()
    return x.grad


def test_saliency(pair):
    ours, *torchs = pair
    expected = gradient(*torchs, channels_first(tensor(IMAGES)))
    found = saliency(ours, IMAGES, TARGETS)
    np.testing.assert_allclose(found.values, expected.permute(0, 2, 3, 1), atol=1e-12)
    np.testing.assert_allclose(found.maps, expected.abs().amax(dim=1), atol=1e-12)


def test_guided_backprop(pair):
    ours, theirs, normalized = pair
    hooks = [
        layer.register_full_backward_hook(lambda _, dx, __: (dx[0].clamp(min=0),))
        for layer in theirs
        if isinstance(layer, nn.ReLU)
    ]
    expected = gradient(theirs, normalized, channels_first(tensor(IMAGES)))
    for hook in hooks:
        hook.remove()
    found = guided_backprop(ours, IMAGES, TARGETS)
    np.testing.assert_allclose(found.values, expected.permute(0, 2, 3, 1), atol=1e-12)


@pytest.mark.parametrize(("layer", "place"), [(None, 4), ("layers.6", 5), ("layers.1", 0)])
def test_grad_cam(pair, layer, place):
    ours, theirs, normalized = pair
    x = normalized(channels_first(tensor(IMAGES)))
    a = theirs[: place + 1](x).detach().requires_grad_()
    theirs[place + 1 :](a)[range(3), TARGETS].sum().backward()
    alpha = a.grad.mean(dim=(2, 3), keepdim=True)
    small = torch.relu((alpha * a).sum(dim=1, keepdim=True))
    expected = nn.functional.interpolate(
        small, (9, 8), mode="bilinear", align_corners=False
    ).detach()
    found = grad_cam(ours, IMAGES, TARGETS, layer=layer)
    np.testing.assert_allclose(found.values, small.detach()[:, 0], atol=1e-12)
    np.testing.assert_allclose(found.maps, expected[:, 0], atol=1e-12)


def test_integrated_gradients(pair):
    ours, *torchs = pair
    x, start = channels_first(tensor(IMAGES)), 0.25
    steps, total = 7, 0
    for k in range(steps):
        total = total + gradient(*torchs, start + (k + 0.5) / steps * (x - start))
    expected = ((x - start) * total / steps).permute(0, 2, 3, 1)
    found = integrated_gradients(ours, IMAGES, TARGETS, baseline=start, steps=steps)
    np.testing.assert_allclose(found.values, expected, atol=1e-12)
    np.testing.assert_allclose(found.maps, expected.sum(dim=-1), atol=1e-12)
