"""What can be computed of an ONNX graph before any image comes: weights, and shapes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..types import Array
from .onnx_file import Node

LARGEST = 2**28
"""Numbers of a constant that is computed: 1 GiB."""

Fold = Callable[[Node, list[Array]], Array]


def fold(node: Node, inputs: Sequence[Array]) -> Array | None:
    """The constant that ``node`` makes of constants; None for an operator that this leaves be."""
    made = FOLDS.get(node.kind)
    if made is None:
        return None
    try:
        found = np.asarray(made(node, list(inputs)))
    except InputError:
        raise
    except Exception as error:  # shapes that do not fit, an index beyond the end …
        words = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"{node.place}: its constants cannot be computed ({words})") from None
    return found


def _expect_size(shape: Sequence[int]) -> None:
    if any(n < 0 for n in shape) or math.prod(map(int, shape)) > LARGEST:
        raise InputError(f"a constant of shape {tuple(shape)[:8]} cannot be")


def _constant(node: Node, inputs: list[Array]) -> Array:
    a = node.attributes
    for name in ("value", "value_float", "value_int", "value_floats", "value_ints"):
        if a.get(name) is not None:
            dtype = np.float32 if "float" in name else np.int64
            return a[name] if name == "value" else np.array(a[name], dtype)
    raise InputError("a constant of this kind cannot be expressed")


def _filled(node: Node, inputs: list[Array]) -> Array:
    shape = inputs[0].ravel().tolist()
    _expect_size(shape)
    value = node.attributes.get("value")
    filler = np.zeros(1, np.float32) if value is None else np.ravel(value)
    return np.full(shape, filler[0], filler.dtype)


def _axes(node: Node, inputs: list[Array]) -> list[int]:
    if len(inputs) > 1:
        return [int(n) for n in np.ravel(inputs[1])]
    return list(node.attributes.get("axes") or [])


def _unsqueeze(node: Node, inputs: list[Array]) -> Array:
    axes = _axes(node, inputs)
    if len(axes) > 8:
        raise InputError("expected at most 8 axes")
    return np.expand_dims(inputs[0], tuple(axes))


def _squeeze(node: Node, inputs: list[Array]) -> Array:
    axes = _axes(node, inputs)
    return np.squeeze(inputs[0], tuple(axes) if axes else None)


def _slice(node: Node, inputs: list[Array]) -> Array:
    a, (data, *rest) = node.attributes, inputs
    starts, ends = (np.ravel(n).tolist() for n in rest[:2]) if rest else (a["starts"], a["ends"])
    axes = np.ravel(rest[2]).tolist() if len(rest) > 2 else a.get("axes") or range(len(starts))
    steps = np.ravel(rest[3]).tolist() if len(rest) > 3 else [1] * len(starts)
    parts = [slice(None)] * data.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        parts[axis] = slice(start, end, step)
    return data[tuple(parts)]


def _cast(node: Node, inputs: list[Array]) -> Array:
    from .onnx_file import _dtype

    return inputs[0].astype(_dtype(node.attributes["to"], "to"))


def _reshape(node: Node, inputs: list[Array]) -> Array:
    shape = np.ravel(inputs[1]).tolist()
    kept = [inputs[0].shape[i] if n == 0 else n for i, n in enumerate(shape)]
    return inputs[0].reshape(kept)


def _expand(node: Node, inputs: list[Array]) -> Array:
    shape = np.broadcast_shapes(inputs[0].shape, tuple(np.ravel(inputs[1]).tolist()))
    _expect_size(shape)
    return np.broadcast_to(inputs[0], shape)


def _arithmetic(operation: Callable[..., Array]) -> Fold:
    def made(node: Node, inputs: list[Array]) -> Array:
        _expect_size(np.broadcast_shapes(*(x.shape for x in inputs)))
        with np.errstate(all="ignore"):
            return operation(*inputs)

    return made


def _divide(a: Array, b: Array) -> Array:
    """Whole numbers give whole ones, rounded to 0 as in C."""
    if a.dtype.kind in "iu" and b.dtype.kind in "iu":
        return np.trunc(a / b).astype(a.dtype)
    return a / b


def _concat(node: Node, inputs: list[Array]) -> Array:
    return np.concatenate(inputs, node.attributes.get("axis", 0))


def _gather(node: Node, inputs: list[Array]) -> Array:
    axis = node.attributes.get("axis", 0)
    source, index = inputs
    _expect_size((source.size // max(1, source.shape[axis]), index.size))
    return np.take(source, index, axis)


def _transpose(node: Node, inputs: list[Array]) -> Array:
    return inputs[0].transpose(node.attributes.get("perm"))


def _pick(node: Node, inputs: list[Array]) -> Any:
    return inputs[0]


FOLDS: dict[str, Fold] = {
    "Add": _arithmetic(np.add),
    "Cast": _cast,
    "Concat": _concat,
    "Constant": _constant,
    "ConstantOfShape": _filled,
    "Div": _arithmetic(_divide),
    "Dropout": _pick,
    "Expand": _expand,
    "Flatten": lambda node, inputs: inputs[0].reshape(
        math.prod(inputs[0].shape[: node.attributes.get("axis", 1)]), -1
    ),
    "Gather": _gather,
    "Identity": _pick,
    "Mul": _arithmetic(np.multiply),
    "Neg": _arithmetic(np.negative),
    "Pow": _arithmetic(np.power),
    "Reciprocal": _arithmetic(np.reciprocal),
    "Reshape": _reshape,
    "Slice": _slice,
    "Sqrt": _arithmetic(np.sqrt),
    "Squeeze": _squeeze,
    "Sub": _arithmetic(np.subtract),
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
