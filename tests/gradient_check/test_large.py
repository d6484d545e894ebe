"""Mistakes in a model of images of 32x32 with 64 filters are named as those in a small one are.

A layer is looked at on a corner of a few images, where every entry can be compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from chainrule.gradient_check import gradcheck
from chainrule.gradient_check.problem import of_layer
from chainrule.gradient_check.reduced import reduced
from chainrule.layers import (
    Add,
    BatchNorm,
    Conv2d,
    Dropout,
    GlobalAvgPool2d,
    Layer,
    Linear,
    MaxPool2d,
    Parameter,
    ReLU,
    Residual,
    Sequential,
    Tanh,
)
from chainrule.types import Array

from . import planted

C = 64


def body() -> Sequential:
    return Sequential(Conv2d(C, C, 1), Tanh())


class BookNorm(Layer):
    """A norm by the book over ``axes`` of x seen as (N, H, W, G, C/G), without some terms."""

    def __init__(self, axes: tuple[int, ...], groups: int, lacks: str) -> None:
        self.axes, self.groups, self.lacks = axes, groups, lacks
        self.gamma = Parameter((C,), lambda rng, shape: rng.uniform(0.5, 1.5, shape), decay=False)

    def forward(self, x: Array) -> tuple[Array, Any]:
        view = x.reshape(*x.shape[:3], self.groups, -1)
        std = np.sqrt(view.var(self.axes, keepdims=True) + 1e-5)
        x_hat = (view - view.mean(self.axes, keepdims=True)) / std
        return x_hat.reshape(x.shape) * self.gamma.value, (x_hat, std)

    def backward(self, dy: Array, cache: Any) -> Array:
        x_hat, std = cache
        self.gamma.accumulate((dy * x_hat.reshape(dy.shape)).sum(axis=(0, 1, 2)))
        d = (dy * self.gamma.value).reshape(x_hat.shape)
        dx = d / std
        if "mean" not in self.lacks:
            dx = dx - d.mean(self.axes, keepdims=True) / std
        if "variance" not in self.lacks:
            dx = dx - x_hat * (d * x_hat).mean(self.axes, keepdims=True) / std
        return dx.reshape(dy.shape)


NORMS = {"batch": ((0, 1, 2), C), "layer": ((1, 2, 3, 4), 1), "instance": ((1, 2), C),
         "group": ((1, 2, 4), 8), "pixel": ((3, 4), 1)}  # fmt: skip
LACKS = {
    "mean": "mean path",
    "variance": "variance path",
    "mean variance": "mean and variance paths",
}


def named(value: object) -> str:
    """A case by its words; its layer by the place in the list, which pytest adds."""
    return value[:30] if isinstance(value, str) else "layer"


CASES: list[tuple[Callable[[], Layer], str, str]] = [
    (lambda: planted.NotRotated(C, C, 3, padding=1), "dL/dx", "kernel not rotated by 180°"),
    (lambda: planted.KernelGradientFlipped(C, C, 3, padding=1), "layers.1.weight", "flipped"),
    (lambda: planted.ChannelsShuffled(C, C, 3, padding=1), "dL/dx", "slices in the wrong order"),
    (lambda: planted.BiasAveraged(C, C, 1), "layers.1.bias", "one 1/(H·W of the input) too many"),
    (lambda: planted.OpenGate(), "dL/dx", "gate missing"),
    (lambda: planted.OppositeGate(), "dL/dx", "gate on the wrong side"),
    (lambda: planted.GateOfGradient(), "dL/dx", "gated by dy"),
    (lambda: planted.SlopeForgotten(0.1), "dL/dx", "wrong only where x < 0"),
    (lambda: planted.Unscaled(0.3), "dL/dx", "dropout scale missing"),
    (lambda: planted.DrawnAgain(0.3), "dL/dx", "another mask than forward's"),
    (lambda: planted.MeanOverChannels(C), "dL/dx", "mean over the wrong axis"),
    (lambda: planted.WithoutShortcut(body()), "dL/dx", "fan-out not summed"),
    (lambda: planted.ShortcutTwice(body()), "dL/dx", "a use counted twice"),
    (lambda: planted.StatisticsOfFirst(C), "layers.1.gamma", "cache of another forward"),
    (lambda: planted.MaskOfFirst(), "dL/dx", "cache of another forward"),
    (
        lambda: Residual(Sequential(planted.WritesInput(), Conv2d(C, C, 1))),
        "layers.1.body.layers.0 (WritesInput)", "writes into what is not its own",
    ),
    (
        lambda: planted.LastReaderOnly(
            {
                "a": (Conv2d(C, C, 1), "input"),
                "b": (Tanh(), "a"),
                "c": (Conv2d(C, C, 1), "a"),
                "sum": (Add(), "b", "c"),
            }
        ),
        "the output of layers.1.layers.a", "fan-out not summed",
    ),
    *(
        (lambda norm=norm, lacks=lacks: BookNorm(*NORMS[norm], lacks), "dL/dx",  # type: ignore[misc]
         f"{LACKS[lacks]} missing or wrong")
        for norm in NORMS for lacks in LACKS if norm == "batch" or lacks != "mean variance"
    ),
]  # fmt: skip
HEADS: list[tuple[Callable[[], Layer], str, str]] = [
    (lambda: planted.Averaged(C, C), "layers.3.weight", "one 1/N too many"),
    (lambda: planted.TransposedWeight(C, C), "dL/dx", "transposed weight"),
    (lambda: planted.TransposedGradient(C, C), "layers.3.weight", "transposed"),
    (lambda: planted.LastSampleOnly(C, C), "layers.3.weight", "only one sample counts"),
    (lambda: planted.CacheOfFirst(C, C), "layers.3.weight", "cache of another forward"),
    (lambda: planted.NoMeanPath(C), "dL/dx", "mean path missing or wrong"),
    (lambda: planted.NoVariancePath(C), "dL/dx", "variance path missing or wrong"),
]


def check(rng: np.random.Generator, *layers: Layer, images: int = 4) -> Any:
    x, labels = rng.random((images, 32, 32, 3)), rng.integers(10, size=images)
    with threadpool_limits(1):
        model = Sequential(*layers).init(0)
        return gradcheck(model, x, labels, h=1e-6, samples=1, raise_on_failure=False)


@pytest.mark.parametrize(("build", "where", "name"), CASES, ids=named)
def test_a_mistake_among_images_is_named(build, where, name, rng):
    stem = Conv2d(3, C, 3, padding=1)
    result = check(rng, stem, build(), Tanh(), GlobalAvgPool2d(), Linear(C, 10), images=2)
    first = result.diagnoses[0]
    assert first.name == name, result.diagnoses
    assert first.where.startswith(where), result.diagnoses


@pytest.mark.parametrize(("build", "where", "name"), HEADS, ids=named)
def test_a_mistake_behind_images_is_named(build, where, name, rng):
    stem = (Conv2d(3, C, 3, padding=1), MaxPool2d(4), GlobalAvgPool2d())
    images = 16 if "path" in name else 4
    first = check(rng, *stem, build(), Linear(C, 10), images=images).diagnoses[0]
    assert first.name == name, first
    assert first.where.startswith(where), first


def test_a_model_of_images_without_a_mistake_passes(rng):
    layers = [Conv2d(3, C, 3, padding=1), BatchNorm(C), ReLU(), Residual(body()), MaxPool2d(4)]
    result = check(rng, *layers, GlobalAvgPool2d(), Dropout(0.2), Linear(C, 10))
    assert result.ok, result
    assert result.diagnoses == ()


def test_a_layer_is_cut_to_what_it_takes(rng):
    x = rng.standard_normal((4, 32, 32, C))
    smaller = next(reduced(of_layer(Conv2d(C, C, 3, padding=1).init(0), [x])))
    assert smaller.inputs[0].shape == (2, 4, 4, C)
    smaller = next(reduced(of_layer(Conv2d(C, C, 5).init(0), [x])))
    assert smaller.inputs[0].shape == (2, 6, 6, C)
    (smaller,) = reduced(of_layer(Linear(5, 3).init(0), [rng.standard_normal((2048, 5))]))
    assert smaller.inputs[0].shape == (409, 5)
