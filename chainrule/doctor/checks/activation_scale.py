"""The signal keeps its size from layer to layer."""

from __future__ import annotations

import math

from ..check import Check, graded, skipped
from ..context import CheckContext

NAME = "activation scale"
WARNING, FAILED = (0.01, 100.0), (1e-4, 1e4)


def check(context: CheckContext) -> Check:
    """How much the output of a layer with weights varies over images, where it is farthest from
    1."""
    layers = context.flow.weighted
    if not layers:
        return skipped(NAME, "the model has no layer with weights")
    worst = max(layers, key=lambda layer: _distance(layer.signal))
    number = worst.signal
    verdict = graded(number, WARNING, FAILED)
    span = f"{layers[0].signal:.2g} in the first layer, {layers[-1].signal:.2g} in the last"
    shown = f"standard deviation {number:.3g} after {worst.name}; {span}"
    rule = f"{WARNING[0]:g} to {WARNING[1]:g}"
    if verdict == "ok":
        return Check(NAME, verdict, number, shown, rule)
    if number < 1:
        cause = "the signal vanishes: the same comes out whatever image goes in"
        fix = "larger first weights (he_normal for ReLU, xavier_normal for tanh), ReLU for sigmoid"
    else:
        cause = "the signal explodes: every layer makes it larger"
        fix = "smaller first weights (he_normal divides by the number of inputs)"
    return Check(NAME, verdict, number, shown, rule, cause, f"{fix}, or a norm after each layer")


def _distance(signal: float) -> float:
    """In powers of ten; what is no number is the farthest."""
    return abs(math.log10(max(signal, 1e-300))) if math.isfinite(signal) else math.inf
