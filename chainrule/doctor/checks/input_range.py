"""What the first layer with weights is given is of the order of 1."""

from __future__ import annotations

from ..check import Check, graded, skipped
from ..context import CheckContext

NAME = "input range"
WARNING, FAILED = (0.1, 3.0), (0.01, 10.0)


def check(context: CheckContext) -> Check:
    """The root of the mean square of the first such layer's input."""
    first = next((layer for layer in context.first.layers if layer.learns), None)
    if first is None:
        return skipped(NAME, "the model has no layer with weights")
    rms, (low, high), name = first.input_rms, first.input_span, first.name
    verdict = graded(rms, WARNING, FAILED)
    shown = f"root mean square {rms:.3g}, from {low:.3g} to {high:.3g}, into {name}"
    rule = f"{WARNING[0]:g} to {WARNING[1]:g}"
    if verdict == "ok":
        return Check(NAME, verdict, rms, shown, rule)
    if rms > WARNING[1]:
        cause = "the pixels are not normalized" + (", they seem to be 0 to 255" * (high > 50))
    elif rms == 0:
        cause = "every image is the same"
    else:
        cause = "the pixels were scaled twice, or hardly differ"
    fix = "start the model with Normalize() and let it fit the training images"
    return Check(NAME, verdict, rms, shown, rule, cause, fix)
