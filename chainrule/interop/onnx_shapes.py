"""Nodes that move no number, or only to another place: layers here are channels last."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import InputError
from ..layers import Concat, Dropout, Flatten
from ..types import Array, Shape
from .elementwise import GRID
from .importer import Importer
from .onnx_file import Node
from .onnx_values import Grouped, Lazy, Padded, Softmaxed, Value


def _flat(to: Importer, x: Value) -> Value:
    """(N, F) of an image or of what is flat already."""
    if x.flat:
        return replace(x, shape=(x.features,), axes="C")
    h, w, c = x.ours
    made = to.emit(Flatten(), x)
    places = np.arange(h * w * c).reshape(h, w, c)
    order = places.transpose(["HWC".index(letter) for letter in x.axes]).ravel()
    same = np.array_equal(order, np.arange(len(order)))
    return replace(made, order=None if same else order)


def _through(to: Importer, node: Node) -> Any:
    """What is read, if that is a softmax; else its value, or what it may still become."""
    found = to.read(node, 0)
    return found if isinstance(found, (Softmaxed, Lazy)) else to.value(found, node)


def _reshaped(to: Importer, node: Node, x: Any, shape: Shape) -> Any:
    """``x`` as samples of ``shape``."""
    if isinstance(x, Softmaxed):
        return Softmaxed(_reshaped(to, node, x.base, shape), x.node)
    if isinstance(x, Grouped):
        if shape != x.base.shape:
            raise InputError("groups of channels that change their order cannot be expressed")
        return x.base
    value = to.value(x, node)
    if shape == value.shape:
        return value
    if len(shape) == 1:
        return _flat(to, value)
    if value.flat and shape == (value.features, 1, 1):
        return replace(value, shape=shape, axes="CHW")
    if not value.flat and min(value.ours[:2]) == max(value.ours[:2]) == 1:
        return _reshaped(to, node, _flat(to, value), shape)
    cut = value.order is None and (value.flat or value.axes == "CHW")
    width = value.features if value.flat else value.channels
    if cut and len(shape) == 2 and width % shape[0] == 0:
        return Grouped(value, shape[0])
    raise InputError(
        f"(N, {', '.join(map(str, value.shape))}) as (N, {', '.join(map(str, shape))}) is no "
        "flattening, and cannot be expressed"
    )


def _sample(to: Importer, x: Any) -> Shape:
    """The shape of a sample, as ONNX sees it."""
    if isinstance(x, (Softmaxed, Lazy)):
        return x.base.shape
    if isinstance(x, Grouped):
        return (x.groups, x.base.features // x.groups)
    if isinstance(x, Value):
        return x.shape
    return to.value(x, None).shape


def _reshape(to: Importer, node: Node) -> Any:
    found = to.read(node, 0)
    shape = _sample(to, found)
    given = (
        np.ravel(to.constant(node, 1, "shape")).tolist()
        if len(node.inputs) > 1
        else node.attributes.get("shape")
    )
    return _reshaped(to, node, found, _target(to, given, shape))


def _target(to: Importer, given: Any, shape: Shape) -> Shape:
    """The sample's shape that a Reshape asks for. InputError if it moves the batch's axis."""
    if not isinstance(given, list) or not 2 <= len(given) <= 8:
        raise InputError(f"shape: expected 2 to 8 sizes, received {str(given)[:100]}")
    size, (batch, *rest) = math.prod(shape), given
    sizes = [shape[i] if n == 0 and i < len(shape) else n for i, n in enumerate(rest)]
    if sizes.count(-1) == 1 and batch != -1:
        known = math.prod(n for n in sizes if n != -1)
        sizes = [size // known if n == -1 and known > 0 else n for n in sizes]
    kept = batch in (0, -1) or batch == to.batch
    if not kept or any(n < 1 for n in sizes) or math.prod(sizes) != size:
        raise InputError(
            f"shape: {given} of (N, {', '.join(map(str, shape))}) does not leave samples whole"
        )
    return tuple(sizes)


def _flatten(to: Importer, node: Node) -> Any:
    found = to.read(node, 0)
    axis = node.attributes.get("axis", 1)
    shape = _sample(to, found)
    if axis not in (1, -len(shape)):
        raise InputError(f"axis: expected 1, received {axis}")
    return _reshaped(to, node, found, (math.prod(shape),))


def _axes(to: Importer, node: Node) -> list[int] | None:
    if len(node.inputs) > 1 and node.inputs[1]:
        return [int(n) for n in np.ravel(to.constant(node, 1, "axes"))]
    axes = node.attributes.get("axes")
    return axes if isinstance(axes, list) else None


def _squeeze(to: Importer, node: Node) -> Any:
    found = to.read(node, 0)
    shape = _sample(to, found)
    axes = _axes(to, node)
    if axes is None:
        gone = {i for i, n in enumerate(shape) if n == 1}
    else:
        gone = {(a if a >= 0 else a + len(shape) + 1) - 1 for a in axes}
    if any(not 0 <= i < len(shape) or shape[i] != 1 for i in gone):
        raise InputError(f"axes: expected axes of size 1, received {axes}")
    left = tuple(n for i, n in enumerate(shape) if i not in gone)
    return _reshaped(to, node, found, left or (1,))


def _unsqueeze(to: Importer, node: Node) -> Any:
    found = to.read(node, 0)
    shape = (0, *_sample(to, found))
    axes = _axes(to, node) or []
    if len(axes) > 8:
        raise InputError("axes: expected at most 8")
    wide = np.expand_dims(np.empty((1, *[1] * (len(shape) - 1))), tuple(axes)).ndim
    places = {a % wide for a in axes}
    sizes = iter(shape)
    grown = [1 if i in places else next(sizes) for i in range(wide)]
    if grown[0] != 0:
        raise InputError("axes: the batch's axis must stay the first")
    return _reshaped(to, node, found, tuple(grown[1:]))


def _transpose(to: Importer, node: Node) -> Value:
    """No work: only what an axis is called moves, since ours stay channels last."""
    x = to.take(node)
    perm = node.attributes.get("perm") or list(range(len(x.axes), -1, -1))
    if sorted(perm) != list(range(len(x.axes) + 1)) or perm[0] != 0:
        raise InputError(f"perm: expected the batch's axis first, received {perm}")
    places = [p - 1 for p in perm[1:]]
    axes = "".join(x.axes[p] for p in places)
    return replace(x, shape=tuple(x.shape[p] for p in places), axes=axes)


def _concat(to: Importer, node: Node) -> Value:
    values = [to.take(node, i) for i in range(len(node.inputs))]
    first = values[0]
    axis = node.attributes.get("axis", 0)
    axis = axis + len(first.axes) + 1 if axis < 0 else axis
    if not 1 <= axis <= len(first.axes):
        raise InputError(f"axis: expected one besides the batch's, received {axis}")
    if any((v.axes, v.flat) != (first.axes, first.flat) for v in values):
        raise InputError("images and features, or other orders of axes, are not joined")
    if len(values) == 1:
        return first
    letter = first.axes[axis - 1]
    if not first.flat:
        layer = Concat() if letter == "C" else Concat(axis=1 + "HW".index(letter))
        sizes = dict(zip("HWC", to_shape(values, letter), strict=True))
        made = to.emit(layer, *values)
        return replace(made, shape=tuple(sizes[a] for a in first.axes), axes=first.axes)
    if letter != "C":
        raise InputError("features are joined along their own axis alone")
    made = to.emit(Concat(), *values)
    shape = tuple(made.features if a == "C" else 1 for a in first.axes)
    return replace(made, shape=shape, axes=first.axes, order=_orders(values))


def to_shape(values: Sequence[Value], letter: str) -> Shape:
    """(H, W, C) of images joined along one of these."""
    place = "HWC".index(letter)
    sizes = list(values[0].ours)
    sizes[place] = sum(v.ours[place] for v in values)
    return tuple(sizes)


def _orders(values: Sequence[Value]) -> Array | None:
    if all(v.order is None for v in values):
        return None
    starts = np.cumsum([0, *(v.features for v in values)])
    return np.concatenate(
        [
            start + (np.arange(v.features) if v.order is None else v.order)
            for start, v in zip(starts, values, strict=False)
        ]
    )


def _pad(to: Importer, node: Node) -> Any:
    x = to.take(node)
    if x.flat or x.axes != "CHW":
        raise InputError("a border is put around images (N, C, H, W) alone")
    pads = (
        np.ravel(to.constant(node, 1, "pads")).tolist()
        if len(node.inputs) > 1
        else node.attributes.get("pads")
    )
    value = (
        float(np.ravel(to.constant(node, 2, "value"))[0])
        if _given(node, 2)
        else float(node.attributes.get("value", 0.0))
    )
    mode = node.attributes.get("mode", "constant")
    if _given(node, 3) or not isinstance(pads, list) or len(pads) != 8:
        raise InputError("pads: expected eight whole numbers, and no axes")
    if any(pads[i] for i in (0, 1, 4, 5)) or not all(0 <= n <= 4096 for n in pads):
        raise InputError(f"pads: expected a border of pixels, received {pads}")
    if not any(pads):
        return x
    if mode not in ("constant", "reflect"):
        raise InputError(f"mode: a border by {mode!r} cannot be expressed")
    return Padded(x, ((pads[2], pads[6]), (pads[3], pads[7])), mode, value, node)


def _given(node: Node, place: int) -> bool:
    return len(node.inputs) > place and bool(node.inputs[place])


def _shape(to: Importer, node: Node) -> Array:
    """0 for the batch, as Reshape understands it, or what the file says it is."""
    return np.array([to.batch or 0, *_sample(to, to.read(node, 0))], np.int64)


def _cast(to: Importer, node: Node) -> Any:
    kind = node.attributes.get("to")
    if kind not in (1, 10, 11):
        raise InputError(f"to: expected floats, received type {kind}")
    found = to.read(node, 0)
    if isinstance(found, Value) and found.node == "input" and to.uint8:
        return Lazy(found, ((found, GRID),), (found,), None, node)
    return _through(to, node)


def _dropout(to: Importer, node: Node) -> Any:
    found = _through(to, node)
    rate = node.attributes.get("ratio", 0.5)
    if _given(node, 1):
        rate = float(np.ravel(to.constant(node, 1, "ratio"))[0])
    if isinstance(found, Softmaxed) or not 0 < rate < 1:
        return found
    value = to.value(found, node)
    return to.emit(Dropout(float(f"{rate:.7g}")), value, like=value)


def _softmax(to: Importer, node: Node) -> Softmaxed:
    x = to.take(node)
    axis = node.attributes.get("axis", 1 if node.opset < 13 else -1)
    axis = axis + len(x.axes) + 1 if axis < 0 else axis
    letters = x.axes[axis - 1 :] if node.opset < 13 else x.axes[axis - 1 : axis]
    if not x.flat or axis < 1 or "C" not in letters:
        raise InputError("a softmax over other axes than that of the classes cannot be expressed")
    return Softmaxed(x, node)


OPERATORS = {
    "Cast": _cast,
    "Concat": _concat,
    "Dropout": _dropout,
    "Flatten": _flatten,
    "Identity": _through,
    "LogSoftmax": _softmax,
    "Pad": _pad,
    "Reshape": _reshape,
    "Shape": _shape,
    "Softmax": _softmax,
    "Squeeze": _squeeze,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
