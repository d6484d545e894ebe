"""One forward and backward of a model, as the sizes of what passes each layer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..layers import ReLU, ReLU6
from ..layers.base import Layer, learns, trained_parameters
from ..layers.observe import observe
from ..layers.units import dead, saturated, units
from ..losses import Loss
from ..step import forward_backward
from ..types import Array


@dataclass(frozen=True)
class Passed:
    """One innermost layer.

    signal     how much its output varies from image to image: the root of the variance over
               the batch (and pixels), averaged over units; NaN or infinity if the output holds one
    input_rms  the root of the mean square of its input; input_span its least and its most
    dead       the share of units that are 0 for every image and pixel; None but for ReLUs
    saturated  the share of outputs that lie where the slope is nearly 0; None but for sigmoids
    learns     whether it has parameters
    gradient   the norm of its weight's gradient over that of the weight; None without a weight
    """

    path: str
    kind: str
    signal: float
    input_rms: float
    input_span: tuple[float, float]
    dead: float | None
    saturated: float | None
    learns: bool
    gradient: float | None = None

    @property
    def name(self) -> str:
        return f"{self.path} ({self.kind})" if self.path else self.kind


@dataclass(frozen=True)
class Flow:
    layers: tuple[Passed, ...]
    loss: float
    images: int

    @property
    def weighted(self) -> list[Passed]:
        """The layers with a weight, in order."""
        return [layer for layer in self.layers if layer.gradient is not None]


def measure(model: Layer, images: Array, labels: Array, loss: Loss) -> Flow:
    """The model is spent: its gradients and statistics change."""
    passed: dict[str, Passed] = {}
    leaves: dict[str, Layer] = {}

    def on_forward(path: str, layer: Layer, x: Array, y: Array) -> None:
        passed[path] = Passed(
            path, type(layer).__name__, _signal(y), _rms(x), _span(x),
            dead(y) if isinstance(layer, (ReLU, ReLU6)) else None, saturated(layer, y),
            learns(layer),
        )  # fmt: skip
        leaves[path] = layer

    model.clear_grads()
    with np.errstate(all="ignore"), observe(model, on_forward):
        value, _ = forward_backward(model, images, labels, loss)
    layers = [
        Passed(**{**vars(each), "gradient": _relative_gradient(leaves[path])})
        for path, each in passed.items()
    ]
    return Flow(tuple(layers), value, len(images))


def _signal(y: Array) -> float:
    return float(np.sqrt(units(y).var(axis=0, dtype=np.float64).mean()))


def _rms(x: Array) -> float:
    return float(np.sqrt(np.square(x, dtype=np.float64).mean()))


def _span(x: Array) -> tuple[float, float]:
    return float(x.min()), float(x.max())


def _relative_gradient(layer: Layer) -> float | None:
    """‖dW‖ / ‖W‖ over the layer's weights: parameters that decay."""
    weights = [p for _, p in trained_parameters(layer) if p.decay]
    if not weights:
        return None
    grads = (p.grad for p in weights if p.grad is not None)
    return _norm(grads) / max(_norm(p.value for p in weights), 1e-300)


def _norm(arrays: Iterable[Array]) -> float:
    return math.sqrt(sum(float(np.square(a, dtype=np.float64).sum()) for a in arrays))
