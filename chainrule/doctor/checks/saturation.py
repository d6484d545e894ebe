"""Sigmoids and tanhs that lie in their flat ends let no gradient pass."""

from __future__ import annotations

from ...layers.units import FLAT
from ..check import Check, graded, skipped
from ..context import CheckContext

NAME = "saturation"
WARNING, FAILED = 0.25, 0.5


def check(context: CheckContext) -> Check:
    """The share of outputs, in the layer that has most, whose slope is nearly 0."""
    layers = [layer for layer in context.flow.layers if layer.saturated is not None]
    if not layers:
        return skipped(NAME, "the model has no sigmoid or tanh")
    worst = max(layers, key=lambda layer: layer.saturated or 0.0)
    share = worst.saturated or 0.0
    verdict = graded(share, (0.0, WARNING), (0.0, FAILED))
    shown = f"{share:.0%} of {worst.name} have a slope under {FLAT:.0%} of the steepest"
    rule = f"at most {WARNING:.0%}"
    if verdict == "ok":
        return Check(NAME, verdict, share, shown, rule)
    return Check(
        NAME, verdict, share, shown, rule, "their inputs are too large",
        "xavier_normal weights, normalized images, a norm before them, or ReLU in their place",
    )  # fmt: skip
