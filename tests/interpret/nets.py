"""Small models with weights that are written down."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.layers import (
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    MaxPool2d,
    Normalize,
    ReLU,
    Residual,
    Sequential,
    Signature,
)
from chainrule.layers.base import Layer, named_arrays, named_parameters


def linear(weight: Any, *, bias: Any = 0.0, dtype: Any = np.float64) -> Sequential:
    """Logits x W + b of the flat image, in floats as they are given."""
    w = np.array(weight, float)
    model = Sequential(Flatten(), Linear(*w.shape)).init(0).astype(dtype)
    model[1].weight.value = w.astype(dtype)
    model[1].bias.value = np.broadcast_to(np.array(bias, dtype), w.shape[1:]).copy()
    return model


def convnet(shape: tuple[int, int, int] = (8, 8, 3), classes: int = 3, seed: int = 0) -> Sequential:
    """Everything that learns otherwise than it predicts, with running statistics that are not
    those of any batch."""
    model = Sequential(
        Normalize(shape[2]),
        Conv2d(shape[2], 4, 3, padding=1),
        BatchNorm(4),
        ReLU(),
        Residual(Sequential(Conv2d(4, 4, 3, padding=1), BatchNorm(4))),
        ReLU(),
        MaxPool2d(2),
        Dropout(0.5),
        GlobalAvgPool2d(),
        Linear(4, classes),
    ).init(seed)
    rng = np.random.default_rng(seed)
    for path, node in named_arrays(model):
        if "running_mean" in path:
            node.value = rng.normal(0, 0.2, node.shape).astype(np.float32)
        if "running_var" in path:
            node.value = rng.uniform(0.5, 2, node.shape).astype(np.float32)
    model.signature = Signature(shape, tuple(f"class {k}" for k in range(classes)))
    return model


def everything(model: Layer) -> dict[str, Any]:
    """All that a call might change: arrays, gradients, options, the kinds of the layers."""
    return {
        "state": {path: (id(node.value), node.value.copy()) for path, node in named_arrays(model)},
        "grads": {
            path: None if p.grad is None else (id(p.grad), p.grad.copy())
            for path, p in named_parameters(model)
        },
        "repr": repr(model),
        "kinds": [(path, type(layer)) for path, layer in _named_layers(model)],
        "options": [
            {k: v for k, v in vars(layer).items() if not hasattr(v, "shape")}
            for _, layer in _named_layers(model)
        ],
    }


def _named_layers(model: Layer) -> list[tuple[str, Layer]]:
    from chainrule.layers.base import named_layers

    return named_layers(model)


def difference(function: Any, x: Any, h: float = 1e-5) -> Any:
    """Central differences of a function of x that returns one number."""
    g = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += h
        down[place] -= h
        g[place] = (function(up) - function(down)) / (2 * h)
    return g
