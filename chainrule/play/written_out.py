"""A number of a layer's output, in the numbers that it was made of: patch · filter + bias, …"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from .. import layers as L
from ..errors import InputError
from ..interpret.maps import Pass
from ..layers.dropout import RandomMask
from ..layers.norm import _SampleNorm
from .numbers import number
from .written_others import (
    added,
    batch_norm,
    concatenated,
    copied,
    function,
    maximum,
    mean,
    multiplied,
    normalize,
    residual,
    sample_norm,
)
from .written_products import convolution, linear

Writer = Callable[[Pass, tuple[int, ...]], dict[str, Any]]

WRITERS: dict[type, Writer] = {
    L.Conv2d: convolution,
    L.WhiteningConv2d: convolution,
    L.Linear: linear,
    L.MaxPool2d: maximum,
    L.AvgPool2d: mean,
    L.AdaptiveAvgPool2d: mean,
    L.GlobalAvgPool2d: mean,
    L.BatchNorm: batch_norm,
    _SampleNorm: sample_norm,
    L.Normalize: normalize,
    L.Scale: function,
    L.Add: added,
    L.Concat: concatenated,
    L.Residual: residual,
    L.Multiply: multiplied,
    L.Flatten: copied,
    RandomMask: copied,  # nothing is dropped when a model predicts
}
"""What a layer does, for those that are written out; its subclasses do the same unless they
compute otherwise."""

COMPUTING = ("forward", "__call__")


def written_out(run: Pass, place: Sequence[int]) -> dict[str, Any]:
    """How the number at ``place``, (row, column, channel) or (feature,), came about.

    ``output`` is the layer's own, ``result`` what the arithmetic comes to, in float64: they are
    equal to rounding. ``form`` says which fields there are; a layer of another kind has none but
    these, with the form "none". InputError for a place that the output does not have.
    """
    shape, at = run.output.shape, tuple(place)
    if len(at) != len(shape) or any(not 0 <= i < n for i, n in zip(at, shape, strict=True)):
        raise InputError(f"place: expected one inside of {shape}, received {at}")
    layer = run.layer
    write = _writer(layer)
    made = {"form": "none", "result": None} if write is None else write(run, at)
    return {
        "path": run.path,
        "kind": type(layer).__name__,
        "formula": formula(type(layer)),
        "place": list(at),
        "output": number(run.output[at]),
        **made,
    }


def _writer(layer: L.Layer) -> Writer | None:
    kind = type(layer)
    if kind in L.ACTIVATIONS.values():
        return function
    for parent, write in WRITERS.items():
        same = all(
            inspect.getattr_static(kind, verb) is inspect.getattr_static(parent, verb)
            for verb in COMPUTING
        )
        if issubclass(kind, parent) and same:
            return write
    return None


def formula(kind: type[L.Layer]) -> str:
    """The equation with which the layer's documentation opens, if it opens with one."""
    first = (inspect.getdoc(kind) or "").partition("\n")[0].partition("        ")[0].strip()
    return first if first.startswith("y") else ""
