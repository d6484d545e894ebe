"""The nets for small images beside PyTorch modules written after their papers: equal logits and
gradients from equal weights, learning and predicting."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch import nn
from torch.nn import functional

from chainrule import models
from chainrule.layers import BatchNorm, Conv2d, Linear, Sequential, WhiteningConv2d
from chainrule.layers.base import walk

from .oracle import assert_agree, tensor


def conv(a: int, b: int, k: int = 3, stride: int = 1, padding: int = 1) -> nn.Conv2d:
    return nn.Conv2d(a, b, k, stride, padding, bias=False)


class Block(nn.Module):
    """He et al. 2016, option A: every second pixel, zeros for the new channels."""

    def __init__(self, a: int, b: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv(a, b, 3, stride), nn.BatchNorm2d(b)
        self.conv2, self.bn2 = conv(b, b), nn.BatchNorm2d(b)
        self.new = (b - a) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        if self.new:
            x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.new, self.new))
        return torch.relu(y + x)


def resnet20(width: int, classes: int) -> nn.Module:
    blocks, a = [conv(3, width), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        for i in range(3):
            blocks.append(Block(a, width << stage, 2 if stage and not i else 1))
            a = width << stage
    return nn.Sequential(
        *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4 * width, classes)
    )


class Added(nn.Module):
    def __init__(self, *body: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(*body)

    def forward(self, x):
        return x + self.body(x)


class Times(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * x


def resnet9(width: int, classes: int) -> nn.Module:
    def block(a, b):
        return [conv(a, b), nn.BatchNorm2d(b), nn.ReLU()]

    w, half = width, nn.MaxPool2d(2)
    return nn.Sequential(
        *block(3, w), *block(w, 2 * w), half, Added(*block(2 * w, 2 * w), *block(2 * w, 2 * w)),
        *block(2 * w, 4 * w), half,
        *block(4 * w, 8 * w), half, Added(*block(8 * w, 8 * w), *block(8 * w, 8 * w)),
        nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(8 * w, classes, bias=False), Times(0.125),
    )  # fmt: skip


class Wide(nn.Module):
    """Zagoruyko and Komodakis 2016."""

    def __init__(self, a: int, b: int, stride: int) -> None:
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(a), conv(a, b, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(b), conv(b, b)
        self.short = conv(a, b, 1, stride, 0) if a != b else None

    def forward(self, x):
        o = torch.relu(self.bn1(x))
        y = self.conv2(torch.relu(self.bn2(self.conv1(o))))
        return y + (self.short(o) if self.short else x)


def wide_resnet(k: int, classes: int) -> nn.Module:
    blocks, a = [conv(3, 16)], 16
    for stage, b in enumerate((16 * k, 32 * k, 64 * k)):
        for i in range(2):
            blocks.append(Wide(a, b, 2 if stage and not i else 1))
            a = b
    norm = [nn.BatchNorm2d(a), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*blocks, *norm, nn.Linear(a, classes))


def airbench(widths: tuple[int, ...], classes: int) -> nn.Module:
    """Jordan 2024. Its first convolution is frozen."""

    def norm(b):
        made = nn.BatchNorm2d(b, eps=1e-12, momentum=0.4)
        made.weight.requires_grad = False
        return [made, nn.GELU()]

    first = nn.Conv2d(3, 24, 2)
    first.weight.requires_grad = False
    layers, a = [first, nn.GELU()], 24
    for b in widths:
        layers += [conv(a, b), nn.MaxPool2d(2), *norm(b), conv(b, b), *norm(b)]
        a = b
    head = nn.Linear(a, classes, bias=False)
    return nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), head, Times(1 / 256))


def lenet5(classes: int) -> nn.Module:
    half = nn.MaxPool2d(2)
    return nn.Sequential(
        nn.Conv2d(3, 6, 5, padding=2), nn.ReLU(), half, nn.Conv2d(6, 16, 5), nn.ReLU(), half,
        nn.Flatten(), nn.Linear(16, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
        nn.Linear(84, classes),
    )  # fmt: skip


KINDS = Conv2d | WhiteningConv2d | BatchNorm | Linear
PAIRS = {
    "airbench": (lambda: airbench((5, 6), 4), {"widths": (5, 6)}),
    "lenet5": (lambda: lenet5(4), {}),
    "resnet20": (lambda: resnet20(4, 4), {"width": 4}),
    "resnet9": (lambda: resnet9(3, 4), {"width": 3}),
    "wide_resnet": (lambda: wide_resnet(2, 4), {"depth": 16, "width": 2}),
}


def paired(ours: Sequential, theirs: nn.Module):
    """(our array, theirs, our layer) of each, in order."""
    mine = [layer for layer in walk(ours) if isinstance(layer, KINDS)]
    their_kinds = nn.Conv2d | nn.BatchNorm2d | nn.Linear
    other = [layer for layer in theirs.modules() if isinstance(layer, their_kinds)]
    for layer, twin in zip(mine, other, strict=True):
        names = {"weight": "weight", "bias": "bias"}
        if isinstance(layer, BatchNorm):
            names = {"gamma": "weight", "beta": "bias"}
            names |= {name: name for name in ("running_mean", "running_var")}
        for own, name in names.items():
            if (array := getattr(layer, own)) is not None:
                yield array, getattr(twin, name), layer


def to_theirs(array, layer):
    if array.ndim == 4:
        return array.transpose(3, 2, 0, 1)
    return array.T if array.ndim == 2 else array


@pytest.mark.parametrize("name", PAIRS)
def test_logits_and_gradients(name, rng):
    build, options = PAIRS[name]
    theirs = build().double()
    ours = models.build(name, inputs=(12, 13, 3), classes=4, **options).init(1).astype(np.float64)
    for mine, other, layer in paired(ours, theirs):
        mine.value = mine.value + 0.1 * rng.random(mine.shape)  # a variance stays above 0
        with torch.no_grad():
            other.copy_(tensor(np.ascontiguousarray(to_theirs(mine.value, layer))))
    x, dy = rng.standard_normal((3, 12, 13, 3)), rng.standard_normal((3, 4))
    x_theirs = tensor(x).permute(0, 3, 1, 2)
    theirs.eval()
    assert_agree(ours(x), theirs(x_theirs))
    theirs.train()
    logits, caches = ours.forward(x)
    ours.backward_parameters(dy, caches)
    expected = theirs(x_theirs)
    expected.backward(tensor(dy))
    assert_agree(logits, expected)
    largest = max(float(p.grad.abs().max()) for p in theirs.parameters() if p.grad is not None)
    trained = 0
    for mine, other, layer in paired(ours, theirs):
        grad = getattr(mine, "grad", None)
        assert (grad is None) == (other.grad is None)
        if grad is not None:
            assert_agree(to_theirs(grad, layer), other.grad, scale=largest)
            trained += 1
    assert trained == sum(p.requires_grad for p in theirs.parameters())


def test_whitening_filters_are_those_of_the_published_code(rng):
    """Eigenvectors of the second moments of patches, by torch.linalg.eigh."""
    x = rng.standard_normal((50, 9, 8, 3)).cumsum(axis=1).astype(np.float32)
    layer = WhiteningConv2d(3).init(0)
    layer.fit(x)
    images = torch.tensor(x).permute(0, 3, 1, 2).double()
    patches = images.unfold(2, 2, 1).unfold(3, 2, 1).permute(0, 2, 3, 1, 4, 5).reshape(-1, 12)
    values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches), UPLO="U")
    theirs = (vectors / (values + 5e-4).sqrt()).T.reshape(-1, 3, 2, 2).flip(0)
    ours = layer.weight.value.transpose(3, 2, 0, 1)[:12]
    signs = np.sign((ours * theirs.numpy()).sum(axis=(1, 2, 3), keepdims=True))
    np.testing.assert_allclose(signs * ours, theirs.numpy(), rtol=1e-3, atol=1e-4)
