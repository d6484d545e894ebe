"""Functions of one element, and sums and products of two values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from .. import layers as L
from ..errors import InputError
from ..layers.base import Layer
from ..types import Array
from .elementwise import GRID
from .importer import Importer
from .onnx_file import Node
from .onnx_values import Lazy, Value, View
from .onnx_weights import set_arrays

Function = Callable[[Array], Array]


def _known(to: Importer, node: Node) -> Any:
    """A value, or what may still become a part of a larger function."""
    found = to.read(node, 0)
    return found if isinstance(found, Lazy) else to.take(node)


def _unary(to: Importer, node: Node, function: Function, layer: Layer | None) -> Lazy:
    """``function`` of what ``node`` reads, which ``layer`` computes by itself."""
    found = _known(to, node)
    views = tuple((base, function(x)) for base, x in _views(found))
    bare = None if layer is None else partial(_append, layer=layer)
    return Lazy(_base(found), views, (found,), bare, node)


MOST_VIEWS = 10
"""The tanh of GELU is seven nodes deep."""


def _views(found: Any) -> tuple[View, ...]:
    """``found`` as a function of its base, of what was made of that, and of itself."""
    if not isinstance(found, Lazy):
        return ((found, GRID),)
    return (found.views[0], *found.views[1:][-MOST_VIEWS:], (found, GRID))


def _base(found: Any) -> Value:
    base: Value = found.base if isinstance(found, Lazy) else found
    return base


def _append(to: Importer, x: Value, layer: Layer) -> Value:
    return to.emit(layer, x, like=x)


def _straight(to: Importer, x: Value, a: float, b: float) -> Value:
    return to.scaled(x, np.array([a]), np.array([b]))


def _simple(kind: Callable[..., Layer], **options: tuple[str, float]) -> Callable[..., Any]:
    """An operator that a layer is, with attributes as its options."""

    def made(to: Importer, node: Node) -> Lazy:
        given = {
            option: float(f"{node.attributes.get(name, default):.7g}")
            for option, (name, default) in options.items()
        }
        layer = kind(**given)
        return _unary(to, node, layer, layer)

    return made


def _selu(to: Importer, node: Node) -> Lazy:
    alpha, scale = (
        node.attributes.get(n, d) for n, d in (("alpha", L.SELU.ALPHA), ("gamma", L.SELU.SCALE))
    )
    if abs(alpha - L.SELU.ALPHA) > 1e-4 or abs(scale - L.SELU.SCALE) > 1e-4:
        raise InputError(f"alpha and gamma: expected those of SELU, received {alpha} and {scale}")
    layer = L.SELU()
    return _unary(to, node, layer, layer)


def _gelu(to: Importer, node: Node) -> Lazy:
    layer = L.GELU(node.attributes.get("approximate", "none"))
    return _unary(to, node, layer, layer)


def _clip(to: Importer, node: Node) -> Lazy:
    """By ReLU6, whose upper end a factor before and after moves, or by ReLU."""
    low, high = (_end(to, node, place, name) for place, name in ((1, "min"), (2, "max")))
    low, high = -np.inf if low is None else low, np.inf if high is None else high
    lazy = _unary(to, node, lambda x: np.clip(x, low, high), None)
    if low == 0 and high == np.inf:
        return replace(lazy, bare=partial(_append, layer=L.ReLU()))
    if -np.inf < low < high < np.inf:
        return replace(lazy, bare=partial(_between, low=float(low), high=float(high)))
    return lazy


def _between(to: Importer, x: Value, low: float, high: float) -> Value:
    span = (high - low) / 6
    x = _straight(to, x, 1 / span, -low / span)
    return _straight(to, to.emit(L.ReLU6(), x, like=x), span, low)


def _end(to: Importer, node: Node, place: int, name: str) -> float | None:
    if place < len(node.inputs) and node.inputs[place]:
        return float(np.ravel(to.constant(node, place, name))[0])
    found = node.attributes.get(name)
    return None if found is None or abs(found) > 3e38 else float(found)


def _hard_sigmoid(to: Importer, node: Node) -> Lazy:
    a, b = (node.attributes.get(name, default) for name, default in (("alpha", 0.2), ("beta", 0.5)))

    def bare(to: Importer, x: Value) -> Value:
        x = _straight(to, x, 6 * a, 6 * b)
        return _straight(to, to.emit(L.ReLU6(), x, like=x), 1 / 6, 0.0)

    return replace(_unary(to, node, lambda x: np.clip(a * x + b, 0, 1), None), bare=bare)


def _prelu(to: Importer, node: Node) -> Value:
    x, slope = to.take(node), to.weight(node, 1, "slope")
    width = x.features if x.flat else x.channels
    if slope.size == 1:
        layer = L.PReLU()
        set_arrays(layer, slope=slope.ravel())
        return to.emit(layer, x, like=x)
    vector = _channelwise(slope, x)
    if vector is None:
        raise InputError(f"slope: expected one number or {width}, received shape {slope.shape}")
    layer = L.PReLU(width)
    set_arrays(layer, slope=x.vector(vector))
    return to.emit(layer, x, like=x)


def _bare(function: Function) -> Callable[..., Any]:
    return lambda to, node: _unary(to, node, function, None)


def _erf(x: Array) -> Array:
    """By the function that our GELU is made of: Φ(x) = ½ (1 + erf(x / √2))."""
    from ..kernels.reference.erfc import erfc

    return 1 - erfc(x)


BINARY: dict[str, Callable[..., Array]] = {
    "Add": np.add, "Sum": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide,
    "Pow": np.power, "Max": np.maximum, "Min": np.minimum,
}  # fmt: skip


def _binary(to: Importer, node: Node) -> Any:
    """With a constant, a function of the other; of one value, still a function of it; of two, a
    sum or a product."""
    found = [to.read(node, i) for i in range(len(node.inputs))]
    if len(found) == 2:
        constants = [isinstance(x, np.ndarray) for x in found]
        if any(constants):
            place = constants.index(True)
            return _with_constant(to, node, found[1 - place], found[place], place == 0)
        views = tuple(
            (base, BINARY[node.kind](x, y))
            for base, x in _views(found[0])
            for other, y in _views(found[1])
            if base is other or _same(base, other)
        )
        if views:
            return Lazy(_base(found[0]), views, tuple(found), None, node)
    values = [to.value(x, node) for x in found]
    if node.kind in ("Add", "Sum"):
        return to.merged(L.Add(), values) if len(values) > 1 else values[0]
    if node.kind != "Mul":
        raise InputError("this function of two values cannot be expressed")
    gated = _squeeze_excitation(to, *values)
    return to.merged(L.Multiply(), values) if gated is None else gated


def _same(a: Any, b: Any) -> bool:
    return (
        isinstance(a, Value) and isinstance(b, Value) and a.node == b.node
        and (a.shape, a.axes) == (b.shape, b.axes)
    )  # fmt: skip


def _with_constant(to: Importer, node: Node, x: Any, constant: Array, first: bool) -> Any:
    if constant.dtype.kind != "f":
        raise InputError(f"expected numbers in floating point, received {constant.dtype}")
    if constant.size == 1:
        number = float(np.ravel(constant)[0])
        operation = BINARY[node.kind]
        x = x if isinstance(x, (Lazy, Value)) else to.value(x, node)
        views = tuple(
            (base, operation(number, z) if first else operation(z, number)) for base, z in _views(x)
        )
        return Lazy(_base(x), views, (x,), _line_of(node.kind, number, first), node)
    value = to.value(x, node)
    vector = _channelwise(constant, value)
    if vector is None:
        raise InputError(
            f"a constant of shape {constant.shape} does not fit the channels of "
            f"(N, {', '.join(map(str, value.shape))})"
        )
    one, zero = np.ones_like(vector), np.zeros_like(vector)
    straight = {
        ("Add", False): (one, vector), ("Add", True): (one, vector),
        ("Sub", False): (one, -vector), ("Sub", True): (-one, vector),
        ("Mul", False): (vector, zero), ("Mul", True): (vector, zero),
        ("Div", False): (1 / vector, zero),
    }.get((node.kind, first))  # fmt: skip
    if straight is None:
        raise InputError("this function of the channels cannot be expressed")
    return to.scaled(value, *straight)


def _line_of(kind: str, number: float, first: bool) -> Any:
    """The layers of a sum or a product with a number, by itself."""
    a, b = {
        ("Add", False): (1.0, number), ("Add", True): (1.0, number),
        ("Sub", False): (1.0, -number), ("Sub", True): (-1.0, number),
        ("Mul", False): (number, 0.0), ("Mul", True): (number, 0.0),
    }.get((kind, first), (0.0, 0.0))  # fmt: skip
    if kind == "Div" and not first and number:
        a = 1 / number
    if kind == "Max" and number == 0:
        return partial(_append, layer=L.ReLU())
    return partial(_straight, a=a, b=b) if a else None


def _channelwise(constant: Array, x: Value) -> Array | None:
    """A constant as one number for each channel or feature, in ONNX's order, if that is what it
    is: (1, C, 1, 1), (C, 1, 1) … beside (N, C, H, W)."""
    width = x.features if x.flat else x.channels
    rank = len(x.axes) + 1
    if constant.ndim > rank:
        return None
    sizes = (1,) * (rank - constant.ndim) + constant.shape
    wanted = tuple(width if a == "C" else 1 for a in x.axes)
    if sizes != (1, *wanted):
        return None
    return constant.ravel().astype(np.float64)


def _squeeze_excitation(to: Importer, *values: Value) -> Value | None:
    """x times a gate that its own means make: one layer of ours."""
    if len(values) != 2 or values[0].flat == values[1].flat:
        return None
    x, gate = sorted(values, key=lambda value: value.flat)
    kinds = (L.Sigmoid, L.Linear, L.ReLU, L.Linear, L.GlobalAvgPool2d)
    name = gate.node
    found: list[Any] = []
    for kind in kinds:
        layer, sources = to.layers.get(name, (None, ()))
        if type(layer) is not kind:
            return None
        found.append(layer)
        name = sources[0]
    second, squeeze = found[1], found[3]
    channels, squeezed = squeeze.weight.shape
    if name != x.node or channels != x.channels or second.weight.shape != (squeezed, channels):
        return None
    reduction = max(1, channels // squeezed)
    if max(1, channels // reduction) != squeezed:
        return None
    layer = L.SqueezeExcitation(channels, reduction)
    for place, old in ((1, squeeze), (3, second)):
        set_arrays(layer.gate.layers[place], weight=old.weight.value, bias=old.bias.value)
    return to.emit(layer, x, like=x)


OPERATORS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(BINARY, _binary),
    "Clip": _clip,
    "Elu": _simple(L.ELU, alpha=("alpha", 1.0)),
    "Erf": _bare(_erf),
    "Exp": _bare(np.exp),
    "Gelu": _gelu,
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": _simple(L.HardSwish),
    "LeakyRelu": _simple(L.LeakyReLU, negative_slope=("alpha", 0.01)),
    "Log": _bare(np.log),
    "Mish": _simple(L.Mish),
    "Neg": _bare(np.negative),
    "PRelu": _prelu,
    "Reciprocal": _bare(np.reciprocal),
    "Relu": _simple(L.ReLU),
    "Selu": _selu,
    "Sigmoid": _simple(L.Sigmoid),
    "Softplus": _simple(L.Softplus),
    "Sqrt": _bare(np.sqrt),
    "Swish": _simple(L.SiLU),
    "Tanh": _simple(L.Tanh),
}
