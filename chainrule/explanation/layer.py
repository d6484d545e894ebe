"""A layer on one page: formula, parameters, forward, backward, and the check."""

from __future__ import annotations

import copy
from textwrap import shorten

from ..layers import Layer, named_parameters
from ..types import Array
from .arrays import WIDTH
from .inputs import tiny_inputs
from .layout import Page, formula
from .numeric import differences
from .passes import run
from .timing import timings

Inputs = tuple[Array, ...]


def explain_layer(layer: Layer, xs: Inputs | None, dy: Array | None, *, time: bool) -> str:
    layer = layer if layer.initialized else copy.deepcopy(layer).init(0)
    xs = tiny_inputs(layer) if xs is None else xs
    page = Page(repr(layer), formula(type(layer)))

    parameters = named_parameters(layer)
    if parameters:
        page.section("parameters")
    for path, parameter in parameters:
        page.array(path, parameter.value, weight=True)

    passes = run(layer, xs, dy)
    page.section("forward")
    for name, x in zip(passes.names, xs, strict=True):
        page.array(name, x)
    page.array("y", passes.y)
    if passes.kept is not None:
        page.text("predicted", passes.kept)
    elif passes.differs:
        page.array("predicted", passes.predicted)
    page.text("cache", shorten(passes.cache, WIDTH, placeholder=" …"))
    for path, before, after in passes.buffers:
        page.array(f"{path} was", before)
        page.array(f"{path} is", after)

    page.section("backward")
    page.array("dy", passes.dy)
    for name, gradient in zip(passes.names, passes.dxs, strict=True):
        page.array(f"d{name}", gradient)
    for path, parameter in passes.parameters:
        if parameter.grad is not None:
            page.array(f"{path}.grad", parameter.grad, weight=True)

    page.section("check    dL/dv by (L(v + h) - L(v - h)) / 2h in float64, L = Σ y dy")
    for label, text in differences(passes):
        page.text(label, text)

    if time:
        shape, rows = timings(passes.untouched, xs)
        page.section(f"milliseconds for x {shape}")
        for verb, text in rows:
            page.text(verb, text)
    return str(page)
