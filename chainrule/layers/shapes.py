"""The shape of a layer's output from that of its input, without a number computed.

A rule for each layer, by its exact type: of a layer of your own, or one derived from these, nothing
is known. Shapes are those of one sample: (H, W, C) or (features,).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..kernels.geometry import output_sizes
from .activations import HardSwish, LeakyReLU, ReLU, ReLU6
from .base import Layer
from .batch_norm import BatchNorm
from .branches import Parallel, Residual
from .containers import Sequential, inside
from .conv import Conv2d
from .conv_transpose import ConvTranspose2d
from .dropout import Dropout, DropPath, SpatialDropout
from .graph import INPUT, Graph
from .linear import Flatten, Linear
from .maxout import Maxout
from .merge import Add, Concat, Multiply
from .norm import GroupNorm, InstanceNorm, LayerNorm
from .normalize import Normalize
from .pool import AdaptiveAvgPool2d, AvgPool2d, GlobalAvgPool2d, MaxPool2d, windows
from .prelu import PReLU
from .sizes import pair
from .smooth_activations import ELU, GELU, SELU, Sigmoid, SiLU, Softplus, Tanh
from .switchable_norm import SwitchableNorm
from .weight_standardization import WeightStandardization

Shape = tuple[int, ...]
MOST = 2**28
"""Numbers that one sample may be anywhere in a model: 1 GiB as float32."""


def output_shape(layer: Layer, *inputs: Shape) -> Shape | None:
    """The shape that ``layer`` makes of samples of these shapes; None where that is not known.

    Raises ShapeError, naming the layer by its path, where they do not fit, or where one sample
    would be more than MOST numbers.
    """
    rule = RULES.get(type(layer))
    if rule is None:
        return None
    for x in inputs:
        _fit(bool(x) and min(x) > 0, "(N, …), with no empty axis", x)
    shape: Shape | None = rule(layer, *inputs)
    if shape is not None:
        _expect_size(shape)
    return shape


def _expect_size(shape: Shape) -> None:
    if math.prod(shape) > MOST:
        size = "x".join(map(str, shape))
        raise ShapeError(f"one sample would be {size} numbers, and at most {MOST:,} are allowed")


def _fit(fits: bool, expected: str, shape: Shape) -> None:
    if not fits:
        raise ShapeError(f"expected an input of shape {expected}, received {('N', *shape)}")


def _same(layer: Layer, x: Shape) -> Shape:
    return x


def _linear(layer: Any, x: Shape) -> Shape:
    n_in, n_out = layer.weight.shape
    _fit(x == (n_in,), f"(N, {n_in})", x)
    return (n_out // getattr(layer, "pieces", 1),)


def _channels(layer: Any, x: Shape) -> Shape:
    c = layer.gamma.shape[0] if layer.gamma else layer.channels
    flat = isinstance(layer, (BatchNorm, GroupNorm))
    _fit((len(x) == 3 or (flat and len(x) == 1)) and x[-1] == c, f"(N, …, {c})", x)
    return x


def _layer_norm(layer: Any, x: Shape) -> Shape:
    sizes = layer._sizes
    _fit(x[-len(sizes) :] == sizes, f"(N, …, {', '.join(map(str, sizes))})", x)
    return x


def _of_channels(c: int, x: Shape) -> Shape:
    _fit(c in (1, x[-1]), f"(N, …, {c})", x)
    return x


def _image(x: Shape) -> tuple[int, int, int]:
    _fit(len(x) == 3, "(N, H, W, C)", x)
    return x[0], x[1], x[2]


def _conv(layer: Any, x: Shape) -> Shape:
    h, w, c = _image(x)
    _fit(c == layer.in_channels, f"(N, H, W, {layer.in_channels})", x)
    rim = layer._rim
    _expect_size((h + sum(rim[0]), w + sum(rim[1]), c))
    inner = max(rim[0]) < h and max(rim[1]) < w
    _fit(inner or layer.padding_mode != "reflect", f"(N, H, W, C) larger than the rim {rim}", x)
    kernel, stride, dilation = map(pair, (layer.kernel_size, layer.stride, layer.dilation))
    size = output_sizes((h, w), kernel, stride, rim, dilation)
    _fit(min(size) > 0, f"(N, H, W, C) that a kernel of {kernel} fits into", x)
    return (*size, layer.out_channels)


def _conv_transpose(layer: Any, x: Shape) -> Shape:
    _fit(_image(x)[2] == layer.in_channels, f"(N, H, W, {layer.in_channels})", x)
    size = layer._size(np.empty((0, *x)))
    _fit(min(size) > 0, f"(N, H, W, C) larger than padding {layer.padding}", x)
    rim = pair(layer.padding)
    _expect_size((size[0] + 2 * rim[0], size[1] + 2 * rim[1], layer.out_channels))
    return (*size, layer.out_channels)


def _pool(layer: Any, x: Shape) -> Shape:
    h, w, c = _image(x)
    kernel, stride, rim = windows(layer, (h, w))
    _expect_size((h + sum(rim[0]), w + sum(rim[1]), c))
    size = output_sizes((h, w), kernel, stride, rim)
    _fit(min(size) > 0, f"(N, H, W, C) that a window of {kernel} fits into", x)
    return (*size, c)


def _adaptive_pool(layer: Any, x: Shape) -> Shape:
    return (*pair(layer.output_size), _image(x)[2])


def _equal(layer: Any, *xs: Shape) -> Shape:
    if len(set(xs)) > 1:
        raise ShapeError(f"expected inputs of one shape, received {', '.join(map(str, xs))}")
    return xs[0]


def _concat(layer: Any, *xs: Shape) -> Shape:
    axis = layer.axis if layer.axis < 0 else layer.axis - 1  # without the batch's axis
    n = len(xs[0])
    axis = axis + n if axis < 0 else axis
    if not 0 <= axis < n or len({(*x[:axis], *x[axis + 1 :]) for x in xs}) > 1:
        raise ShapeError(
            f"expected inputs that differ along axis {layer.axis} alone, received "
            f"{', '.join(map(str, xs))}"
        )
    return (*xs[0][:axis], sum(x[axis] for x in xs), *xs[0][axis + 1 :])


def _within(name: str, layer: Layer, *inputs: Shape | None) -> Shape | None:
    """``output_shape`` of a layer inside another; None if one of its inputs is not known."""
    known = [x for x in inputs if x is not None]
    if len(known) < len(inputs):
        return None
    with inside(name):
        return output_shape(layer, *known)


def _sequential(layer: Any, x: Shape) -> Shape | None:
    y: Shape | None = x
    for i, step in enumerate(layer.layers):
        y = _within(f"layers.{i}", step, y)
    return y


def _residual(layer: Any, x: Shape) -> Shape | None:
    y = _within("body", layer.body, x)
    short = x if layer.shortcut is None else _within("shortcut", layer.shortcut, x)
    return y if y is None or short is None else _equal(layer, y, short)


def _parallel(layer: Any, x: Shape) -> Shape | None:
    ys = [_within(f"branches.{i}", branch, x) for i, branch in enumerate(layer.branches)]
    return _within("merge", layer.merge, *ys)


def _graph(layer: Any, x: Shape) -> Shape | None:
    values: dict[str, Shape | None] = {INPUT: x}
    for name in layer._order:
        sources = [values[source] for source in layer.sources[name]]
        values[name] = _within(f"layers.{name}", layer.layers[name], *sources)
    return values[layer.output]


RULES: dict[type[Layer], Callable[..., Shape | None]] = {
    **dict.fromkeys((ReLU, ReLU6, LeakyReLU, HardSwish, Sigmoid, Tanh, ELU, SELU), _same),
    **dict.fromkeys((Softplus, SiLU, GELU, Dropout, SpatialDropout, DropPath), _same),
    **dict.fromkeys((BatchNorm, GroupNorm, InstanceNorm, SwitchableNorm), _channels),
    **dict.fromkeys((Linear, Maxout), _linear),
    **dict.fromkeys((MaxPool2d, AvgPool2d), _pool),
    **dict.fromkeys((Add, Multiply), _equal),
    LayerNorm: _layer_norm,
    PReLU: lambda layer, x: _of_channels(layer.slope.shape[0], x),
    Normalize: lambda layer, x: _of_channels(layer.mean.shape[0], x),
    Flatten: lambda layer, x: (math.prod(x),),
    Conv2d: _conv,
    ConvTranspose2d: _conv_transpose,
    AdaptiveAvgPool2d: _adaptive_pool,
    GlobalAvgPool2d: lambda layer, x: _image(x)[2:],
    Concat: _concat,
    Sequential: _sequential,
    Residual: _residual,
    Parallel: _parallel,
    Graph: _graph,
    WeightStandardization: lambda layer, x: _within("layer", layer.layer, x),
}
