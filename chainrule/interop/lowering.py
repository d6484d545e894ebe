"""Each layer as steps: the only place that knows what a layer computes when it predicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import layers as L
from ..layers.base import Layer
from ..layers.conv import NONE
from ..layers.pool import windows
from ..layers.sizes import both_sides, pair
from ..layers.switchable_norm import softmax
from ..types import Array
from .plan import Planner

Lowering = Callable[..., str]
PLAIN: dict[str, Any] = {
    "stride": (1, 1), "padding": NONE, "dilation": (1, 1), "groups": 1, "mode": "zeros",
}  # fmt: skip
"""A convolution without options."""

EPS = 1e-5

LOWERINGS: dict[type[Layer], Lowering] = {}
"""What is written down for a layer of each kind. A subclass may compute something else."""


def lowers(*kinds: type[Layer]) -> Callable[[Lowering], Lowering]:
    def register(function: Lowering) -> Lowering:
        LOWERINGS.update(dict.fromkeys(kinds, function))
        return function

    return register


def _values(**variables: Any) -> dict[str, Array]:
    """The arrays of those variables that there are."""
    return {name: variable.value for name, variable in variables.items() if variable}


@lowers(L.Sequential)
def _sequential(to: Planner, layer: L.Sequential, x: str) -> str:
    for each in layer.layers:
        x = to.layer(each, x)
    return x


@lowers(L.Residual)
def _residual(to: Planner, layer: L.Residual, x: str) -> str:
    y = to.layer(layer.body, x)
    short = x if layer.shortcut is None else to.layer(layer.shortcut, x)
    return to.step(layer, "add", y, short, shape=to.shapes[y])


@lowers(L.Parallel)
def _parallel(to: Planner, layer: L.Parallel, x: str) -> str:
    return to.layer(layer.merge, *[to.layer(branch, x) for branch in layer.branches])


@lowers(L.Graph)
def _graph(to: Planner, layer: L.Graph, x: str) -> str:
    values = {"input": x}
    for name in layer._order:
        reads = [values[source] for source in layer.sources[name]]
        values[name] = to.layer(layer.layers[name], *reads)
    return values[layer.output]


@lowers(L.Add, L.Multiply)
def _elementwise(to: Planner, layer: Layer, *xs: str) -> str:
    return to.step(layer, type(layer).__name__.lower(), *xs)


@lowers(L.Concat)
def _concat(to: Planner, layer: L.Concat, *xs: str) -> str:
    axis = layer.axis if layer.axis >= 0 else layer.axis + len(to.shapes[xs[0]]) + 1
    return to.step(layer, "concat", *xs, axis=axis)


@lowers(L.Normalize)
def _normalize(to: Planner, layer: L.Normalize, x: str) -> str:
    unit = 255 if to.dtypes[x] == "uint8" else 1
    return to.step(layer, "normalize", x, arrays=_values(mean=layer.mean, std=layer.std), unit=unit)


@lowers(L.BatchNorm)
def _batch_norm(to: Planner, layer: L.BatchNorm, x: str) -> str:
    arrays = _values(
        gamma=layer.gamma, beta=layer.beta, mean=layer.running_mean, var=layer.running_var
    )
    return to.step(layer, "batch_norm", x, arrays=arrays, eps=float(layer.eps))


@lowers(L.Conv2d)
def _conv(to: Planner, layer: L.Conv2d, x: str, path: str | None = None) -> str:
    h, w, _ = to.shapes[x]
    return to.step(
        layer,
        "conv2d",
        x,
        path=path,
        arrays=_values(weight=layer.weight, bias=layer.bias),
        stride=pair(layer.stride),
        padding=layer.padding_of((h, w)),
        dilation=pair(layer.dilation),
        groups=layer.groups,
        mode=layer.padding_mode,
    )


@lowers(L.WhiteningConv2d)
def _whitening(to: Planner, layer: L.WhiteningConv2d, x: str) -> str:
    arrays = _values(weight=layer.weight, bias=layer.bias)
    return to.step(layer, "conv2d", x, arrays=arrays, **PLAIN)


@lowers(L.ZeroPadShortcut)
def _zero_pad(to: Planner, layer: L.ZeroPadShortcut, x: str) -> str:
    """A convolution that copies: one weight of 1 for each channel that there was."""
    weight = np.zeros((1, 1, layer.in_channels, layer.out_channels), np.float32)
    own = range(layer.out_channels)[layer._own]
    weight[0, 0, range(layer.in_channels), own] = 1
    options = PLAIN | {"stride": pair(layer.stride)}
    return to.step(layer, "conv2d", x, arrays={"weight": weight}, **options)


@lowers(L.Scale)
def _scale(to: Planner, layer: L.Scale, x: str) -> str:
    """A batch norm that has seen mean 0 and variance 1 - ε: it folds into the layer before it."""
    channels = to.shapes[x][-1:]
    zeros, ones = np.zeros(channels, np.float32), np.ones(channels, np.float32)
    arrays = {
        "gamma": ones * np.float32(layer.factor),
        "beta": zeros,
        "mean": zeros,
        "var": ones - EPS,
    }
    return to.step(layer, "batch_norm", x, arrays=arrays, eps=EPS)


@lowers(L.ConvTranspose2d)
def _conv_transpose(to: Planner, layer: L.ConvTranspose2d, x: str, path: str | None = None) -> str:
    return to.step(
        layer,
        "conv_transpose2d",
        x,
        path=path,
        arrays=_values(weight=layer.weight, bias=layer.bias),
        stride=pair(layer.stride),
        padding=both_sides(layer.padding),
        output_padding=pair(layer.output_padding),
        dilation=pair(layer.dilation),
        groups=layer.groups,
    )


@lowers(L.Linear)
def _linear(to: Planner, layer: L.Linear, x: str, path: str | None = None) -> str:
    return to.step(
        layer, "linear", x, path=path, arrays=_values(weight=layer.weight, bias=layer.bias)
    )


@lowers(L.Maxout)
def _maxout(to: Planner, layer: L.Maxout, x: str, path: str | None = None) -> str:
    arrays = _values(weight=layer.weight, bias=layer.bias)
    return to.step(layer, "maxout", x, path=path, arrays=arrays, pieces=layer.pieces)


@lowers(L.WeightStandardization)
def _standardized(to: Planner, layer: L.WeightStandardization, x: str) -> str:
    stand_in, _, _ = layer._stand_in()
    lower = LOWERINGS.get(type(stand_in))
    if lower is None:
        return to.layer(layer.layer, x)  # which is refused
    return lower(to, stand_in, x, path=to.paths[id(layer.layer)])


@lowers(L.MaxPool2d)
def _max_pool(to: Planner, layer: L.MaxPool2d, x: str) -> str:
    h, w, _ = to.shapes[x]
    kernel, stride, padding = windows(layer, (h, w))
    return to.step(layer, "max_pool", x, kernel=kernel, stride=stride, padding=padding)


@lowers(L.AvgPool2d, L.AdaptiveAvgPool2d)
def _average_pool(to: Planner, layer: Any, x: str) -> str:
    h, w, _ = to.shapes[x]
    rows, columns = layer._spans((h, w))
    return to.step(layer, "average_pool", x, rows=tuple(rows), columns=tuple(columns))


@lowers(L.GlobalAvgPool2d)
def _global_average(to: Planner, layer: L.GlobalAvgPool2d, x: str) -> str:
    return to.step(layer, "global_average_pool", x)


@lowers(L.GroupNorm)
def _group_norm(to: Planner, layer: L.GroupNorm, x: str) -> str:
    arrays = _values(gamma=layer.gamma, beta=layer.beta)
    return to.step(layer, "group_norm", x, arrays=arrays, groups=layer.groups, eps=float(layer.eps))


@lowers(L.InstanceNorm)
def _instance_norm(to: Planner, layer: L.InstanceNorm, x: str) -> str:
    arrays = _values(gamma=layer.gamma, beta=layer.beta)
    c = layer.channels
    return to.step(layer, "group_norm", x, arrays=arrays, groups=c, eps=float(layer.eps))


@lowers(L.LayerNorm)
def _layer_norm(to: Planner, layer: L.LayerNorm, x: str) -> str:
    arrays = _values(gamma=layer.gamma, beta=layer.beta)
    return to.step(
        layer, "layer_norm", x, arrays=arrays, axes=len(layer._sizes), eps=float(layer.eps)
    )


@lowers(L.SwitchableNorm)
def _switchable_norm(to: Planner, layer: L.SwitchableNorm, x: str) -> str:
    arrays = _values(
        gamma=layer.gamma, beta=layer.beta, mean=layer.running_mean, var=layer.running_var
    )
    weights = {
        "mean_weights": softmax(layer.mean_logits.value),
        "var_weights": softmax(layer.var_logits.value),
    }
    return to.step(layer, "switchable_norm", x, arrays=arrays | weights, eps=float(layer.eps))


@lowers(L.SqueezeExcitation)
def _squeeze_excitation(to: Planner, layer: L.SqueezeExcitation, x: str) -> str:
    return to.step(layer, "scale_channels", x, to.layer(layer.gate, x), shape=to.shapes[x])


@lowers(L.Flatten)
def _flatten(to: Planner, layer: L.Flatten, x: str) -> str:
    return x if len(to.shapes[x]) == 1 else to.step(layer, "flatten", x)


@lowers(L.Dropout, L.SpatialDropout, L.DropPath)
def _dropout(to: Planner, layer: Layer, x: str) -> str:
    return x


SIMPLE: dict[type[Layer], str] = {
    L.ReLU: "relu", L.ReLU6: "relu6", L.SELU: "selu", L.Sigmoid: "sigmoid", L.Tanh: "tanh",
    L.SiLU: "silu", L.HardSwish: "hard_swish", L.Mish: "mish",
}  # fmt: skip


@lowers(*SIMPLE)
def _activation(to: Planner, layer: Layer, x: str) -> str:
    return to.step(layer, SIMPLE[type(layer)], x)


@lowers(L.LeakyReLU)
def _leaky_relu(to: Planner, layer: L.LeakyReLU, x: str) -> str:
    return to.step(layer, "leaky_relu", x, slope=float(layer.negative_slope))


@lowers(L.ELU)
def _elu(to: Planner, layer: L.ELU, x: str) -> str:
    return to.step(layer, "elu", x, alpha=float(layer.alpha))


@lowers(L.Softplus)
def _softplus(to: Planner, layer: L.Softplus, x: str) -> str:
    return to.step(layer, "softplus", x, beta=float(layer.beta))


@lowers(L.GELU)
def _gelu(to: Planner, layer: L.GELU, x: str) -> str:
    return to.step(layer, "gelu" if layer.approximate == "none" else "gelu_tanh", x)


@lowers(L.PReLU)
def _prelu(to: Planner, layer: L.PReLU, x: str) -> str:
    return to.step(layer, "prelu", x, arrays=_values(slope=layer.slope))
