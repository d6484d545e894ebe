"""A layer on one page: formula, parameters, forward, backward, and the check."""

from __future__ import annotations

import copy
from textwrap import shorten
from typing import Any

import numpy as np

from ..errors import InputError
from ..layers import Buffer, Layer, named_arrays, named_parameters
from ..types import Array
from .arrays import WIDTH
from .inputs import spread, tiny_inputs
from .layout import Page, formula
from .numeric import differences
from .timing import timings

Inputs = tuple[Array, ...]


def explain_layer(layer: Layer, xs: Inputs | None, dy: Array | None, *, time: bool) -> str:
    layer = copy.deepcopy(layer) if layer.initialized else copy.deepcopy(layer).init(0)
    layer.clear_grads()
    untouched = copy.deepcopy(layer)
    xs = tiny_inputs(layer) if xs is None else xs
    parameters = named_parameters(layer)
    page = Page(repr(layer), formula(type(layer)))

    if parameters:
        page.section("parameters")
    for path, parameter in parameters:
        page.array(path, parameter.value, weight=True)

    page.section("forward")
    buffers = {p: node for p, node in named_arrays(layer) if isinstance(node, Buffer)}
    before = {path: node.value.copy() for path, node in buffers.items()}
    predicted = layer(*xs)
    y, cache = layer.forward(*xs)
    names = ["x"] if len(xs) == 1 else [f"x{i + 1}" for i in range(len(xs))]
    for name, x in zip(names, xs, strict=True):
        page.array(name, x)
    page.array("y", y)
    inputs = dict(zip(names, xs, strict=True))
    if any(predicted is x for x in xs):
        page.text("predicted", _kept(predicted, inputs))
    elif predicted.shape != y.shape or not np.allclose(predicted, y, equal_nan=True):
        page.array("predicted", predicted)
    page.text("cache", shorten(_kept(cache, inputs | {"y": y}), WIDTH, placeholder=" …"))
    for path, node in buffers.items():
        if node.value.dtype.kind == "f" and not np.array_equal(node.value, before[path]):
            page.array(f"{path} was", before[path])
            page.array(f"{path} is", node.value)

    page.section("backward")
    dy = spread(y.shape, 1, "upstream").astype(y.dtype) if dy is None else dy
    if dy.shape != y.shape:
        raise InputError(f"dy: expected the shape of the output, {y.shape}, received {dy.shape}")
    dx = layer.backward(dy, cache)
    page.array("dy", dy)
    for name, gradient in zip(names, dx if isinstance(dx, tuple) else (dx,), strict=True):
        page.array(f"d{name}", gradient)
    for path, parameter in parameters:
        if parameter.grad is not None:
            page.array(f"{path}.grad", parameter.grad, weight=True)

    page.section("check    dL/dv by (L(v + h) - L(v - h)) / 2h in float64, L = Σ y dy")
    for label, text in differences(untouched, names, xs, dy):
        page.text(label, text)

    if time:
        shape, rows = timings(untouched, xs)
        page.section(f"milliseconds for x {shape}")
        for verb, text in rows:
            page.text(verb, text)
    return str(page)


def _kept(cache: Any, known: dict[str, Array]) -> str:
    """What a cache is made of, in words: an array that exists anyway costs no memory."""
    if isinstance(cache, np.ndarray):
        for name, array in known.items():
            if np.shares_memory(cache, array):
                return f"{name} itself" if cache.shape == array.shape else f"a view of {name}"
        return f"{cache.dtype} {cache.shape}"
    if isinstance(cache, dict):
        return _kept(tuple(cache.values()), known)
    if isinstance(cache, (tuple, list)):
        if cache and all(isinstance(item, int) for item in cache):
            return f"the numbers {tuple(cache)}"
        return f"({', '.join(_kept(item, known) for item in cache)})"
    return "nothing" if cache is None else f"one {type(cache).__name__}"
