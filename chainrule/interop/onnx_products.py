"""Convolutions and matrix products, the nodes that hold weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InputError
from ..kernels.geometry import Pair
from ..layers import Conv2d, ConvTranspose2d, Linear
from ..layers.conv import same_sides
from ..types import Array
from .importer import Importer
from .onnx_file import Node
from .onnx_values import Padded, Value
from .onnx_weights import set_arrays
from .weight_layouts import from_transposed

Border = tuple[tuple[int, int], tuple[int, int]]
MOST = 4096
"""Of a stride, a dilation, or the pixels of a border."""


def pairs(node: Node, name: str, default: int, least: int = 1) -> Pair:
    """An attribute with a number for rows and one for columns."""
    given = node.attributes.get(name, [default, default])
    if not isinstance(given, list) or len(given) != 2:
        raise InputError(f"{name}: expected two numbers, as of images, received {given!r}"[:200])
    if not all(isinstance(n, int) and least <= n <= MOST for n in given):
        raise InputError(f"{name}: expected whole numbers from {least} to {MOST}, received {given}")
    return given[0], given[1]


def border(node: Node, image: Pair, kernel: Pair, stride: Pair, dilation: Pair) -> Border:
    """((top, bottom), (left, right)) of a convolution or a pooling."""
    auto = node.attributes.get("auto_pad", "NOTSET")
    if auto == "NOTSET":
        pads = node.attributes.get("pads", [0] * 4)
        if not isinstance(pads, list) or len(pads) != 4 or not all(0 <= p <= MOST for p in pads):
            raise InputError(f"pads: expected four whole numbers, received {pads!r}"[:200])
        return (pads[0], pads[2]), (pads[1], pads[3])
    if auto == "VALID":
        return (0, 0), (0, 0)
    if auto not in ("SAME_UPPER", "SAME_LOWER"):
        raise InputError(f"auto_pad: expected SAME_UPPER, SAME_LOWER or VALID, received {auto!r}")
    sides = []
    for n, k, s, d in zip(image, kernel, stride, dilation, strict=True):
        total = max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
        small = total // 2
        sides.append((small, total - small) if auto == "SAME_UPPER" else (total - small, small))
    return sides[0], sides[1]


def bordered(to: Importer, node: Node) -> tuple[Value, Border, str]:
    """The image that ``node`` reads and the border that a Pad before it has put around."""
    found = to.read(node, 0)
    if not isinstance(found, Padded):
        return to.value(found, node), ((0, 0), (0, 0)), "constant"
    return found.base, found.padding, found.mode


def added(a: Border, b: Border) -> Border:
    rows, columns = ((p[0] + q[0], p[1] + q[1]) for p, q in zip(a, b, strict=True))
    return rows, columns


def expect_image(value: Value) -> None:
    if value.flat or value.axes != "CHW":
        raise InputError(
            f"expected images (N, C, H, W), received (N, {', '.join(map(str, value.shape))})"
        )


def _conv(to: Importer, node: Node) -> Value:
    weight = to.weight(node, 1, "W")
    bias = to.weight(node, 2, "B") if len(node.inputs) > 2 and node.inputs[2] else None
    x, outer, mode = bordered(to, node)
    groups = node.attributes.get("group", 1)
    if weight.ndim != 4:
        raise InputError(f"W: expected images' (O, C, kh, kw), received {weight.shape}")
    o, c, *kernel = weight.shape
    if not isinstance(groups, int) or groups < 1 or c * groups != x.channels or o % groups:
        raise InputError(f"W {weight.shape} in {groups} groups does not fit {x.channels} channels")
    if bias is not None and bias.shape != (o,):
        raise InputError(f"B: expected shape ({o},), received {bias.shape}")
    if x.flat and x.axes == "CHW" and kernel == [1, 1] and groups == 1 and not any(map(any, outer)):
        return _of_features(to, node, x, weight[:, :, 0, 0].T, bias)
    expect_image(x)
    stride, dilation = pairs(node, "strides", 1), pairs(node, "dilations", 1)
    size = x.ours[:2]
    if any(map(any, outer)):
        size = (size[0] + sum(outer[0]), size[1] + sum(outer[1]))
    inner = border(node, (size[0], size[1]), (kernel[0], kernel[1]), stride, dilation)
    if mode == "reflect" and any(map(any, inner)):
        raise InputError("a border of both mirrored pixels and zeros cannot be expressed")
    padding: Any = added(outer, inner)
    ours = weight.transpose(2, 3, 1, 0)
    spans = [(d * (k - 1), d * (k - 1)) for k, d in zip(kernel, dilation, strict=True)]
    if stride == (1, 1) and padding == tuple((n // 2, m - m // 2) for n, m in spans):
        padding = "same" if any(a != b for a, b in padding) else (padding[0][0], padding[1][0])
    elif any(a != b for a, b in padding) and padding == tuple(
        map(same_sides, x.ours[:2], (n + 1 for n, _ in spans), stride)
    ):
        padding = "same"
    else:
        ours, padding = _symmetric(ours, padding, dilation, mode)
    layer = Conv2d(
        x.channels,
        o,
        ours.shape[:2],
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        bias=bias is not None or to.uses[node.outputs[0]] == 1,  # what follows may have one
        padding_mode="reflect" if mode == "reflect" else "zeros",
    )
    set_arrays(layer, weight=ours)
    if layer.bias is not None:
        set_arrays(layer, bias=np.zeros(o, np.float32) if bias is None else bias)
    return to.emit(layer, x)


def _symmetric(weight: Array, padding: Border, dilation: Pair, mode: str) -> tuple[Array, Pair]:
    """The weight with zeros on the side where the border is thinner, and equal borders."""
    most = (max(padding[0]), max(padding[1]))
    lacking = [(m - a, m - b) for m, (a, b) in zip(most, padding, strict=True)]
    if not any(map(any, lacking)):
        return weight, most
    whole = all(n % d == 0 for ends, d in zip(lacking, dilation, strict=True) for n in ends)
    if mode == "reflect" or not whole:
        raise InputError(f"a border of {padding} pixels, of unequal sides, cannot be expressed")
    taps = [(a // d, b // d) for (a, b), d in zip(lacking, dilation, strict=True)]
    return np.pad(weight, [*taps, (0, 0), (0, 0)]), most


def _conv_transpose(to: Importer, node: Node) -> Value:
    x, weight = to.take(node), to.weight(node, 1, "W")
    expect_image(x)
    groups = node.attributes.get("group", 1)
    if weight.ndim != 4 or not isinstance(groups, int) or groups < 1:
        raise InputError(f"W: expected images' (C, O, kh, kw), received {weight.shape}")
    c, o = weight.shape[0], weight.shape[1] * groups
    if c != x.channels or c % groups:
        raise InputError(f"W {weight.shape} does not fit {x.channels} channels")
    padding = border(node, (1, 1), (1, 1), (1, 1), (1, 1))
    if node.attributes.get("output_shape") or node.attributes.get("auto_pad", "NOTSET") not in (
        "NOTSET", "VALID",
    ):  # fmt: skip
        raise InputError("output_shape and auto_pad cannot be expressed; give it pads")
    if any(a != b for a, b in padding):
        raise InputError(f"pads of unequal sides cannot be expressed, received {padding}")
    layer = ConvTranspose2d(
        c,
        o,
        weight.shape[2:],
        stride=pairs(node, "strides", 1),
        padding=(padding[0][0], padding[1][0]),
        output_padding=pairs(node, "output_padding", 0, 0),
        dilation=pairs(node, "dilations", 1),
        groups=groups,
    )
    bias = to.weight(node, 2, "B") if len(node.inputs) > 2 else np.zeros(o, np.float32)
    set_arrays(layer, weight=from_transposed(weight, groups), bias=bias)
    return to.emit(layer, x)


def _of_features(to: Importer, node: Node, x: Value, weight: Array, bias: Array | None) -> Value:
    """x W + b of features; rows of W in our order of them."""
    rows, columns = weight.shape
    if rows != x.features:
        raise InputError(f"a weight of {rows} rows does not fit {x.features} features")
    layer = Linear(rows, columns)
    set_arrays(layer, weight=x.vector(weight))
    set_arrays(layer, bias=np.zeros(columns, np.float32) if bias is None else bias)
    value = to.emit(layer, x)
    if x.axes != "CHW":
        return value
    return Value(value.node, (columns, 1, 1), "CHW", True)


def _gemm(to: Importer, node: Node) -> Value:
    x, weight = to.take(node), to.weight(node, 1, "B")
    a: dict[str, Any] = node.attributes
    if a.get("transA"):
        raise InputError("transA cannot be expressed: its batch would be features")
    if weight.ndim != 2 or not x.flat or x.axes != "C":
        raise InputError(f"expected features and a weight of two axes, received {weight.shape}")
    weight = (weight.T if a.get("transB") else weight) * np.float32(a.get("alpha", 1.0))
    bias = None
    if len(node.inputs) > 2 and node.inputs[2]:
        bias = to.weight(node, 2, "C") * np.float32(a.get("beta", 1.0))
        if bias.size not in (1, weight.shape[1]) or (bias.ndim > 1 and bias.shape[0] != 1):
            raise InputError(f"C: expected a number for each output, received {bias.shape}")
        bias = np.broadcast_to(bias.ravel(), weight.shape[1:])
    return _of_features(to, node, x, weight, bias)


def _matmul(to: Importer, node: Node) -> Value:
    if isinstance(to.read(node, 0), np.ndarray):
        raise InputError("a constant times a value cannot be expressed, only a value times one")
    x, weight = to.take(node), to.weight(node, 1, "B")
    if weight.ndim != 2:
        raise InputError(f"expected a weight of two axes, received {weight.shape}")
    if x.flat and x.axes == "C":
        return _of_features(to, node, x, weight, None)
    if x.flat or x.axes[-1] != "C" or weight.shape[0] != x.channels:
        raise InputError(f"a weight {weight.shape} does not fit the last axis of {x.shape}")
    layer = Conv2d(weight.shape[0], weight.shape[1], 1)  # a product for every pixel
    set_arrays(layer, weight=weight[None, None], bias=np.zeros(weight.shape[1], np.float32))
    made = to.emit(layer, x)
    sizes = dict(zip("HWC", made.ours, strict=True))
    return Value(made.node, tuple(sizes[a] for a in x.axes), x.axes, False)


OPERATORS = {
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Gemm": _gemm,
    "MatMul": _matmul,
}
