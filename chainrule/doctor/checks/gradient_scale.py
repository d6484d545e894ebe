"""Gradients reach every layer, in sizes that fit its weights."""

from __future__ import annotations

import math

from ..check import Check, graded, skipped
from ..context import CheckContext

NAME = "gradient scale"
WARNING, FAILED = (1e-5, 30.0), (1e-8, 1e3)
SPREAD, TORN = 1e-3, 1e-6


def check(context: CheckContext) -> Check:
    """‖dW‖ / ‖W‖ by layer: where it is smallest, unless it is too large somewhere."""
    layers = context.flow.weighted
    if not layers:
        return skipped(NAME, "the model has no layer with weights")
    sizes = {layer.name: layer.gradient or 0.0 for layer in layers}
    small, large = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
    low, high = sizes[small], sizes[large]
    shown = f"‖dW‖/‖W‖ from {low:.2g} in {small} to {high:.2g} in {large}"
    rule = f"{WARNING[0]:g} to {WARNING[1]:g}, and the least over {SPREAD:g} of the most"
    if not all(map(math.isfinite, sizes.values())):
        high = math.inf
    if (verdict := graded(high, (0.0, WARNING[1]), (0.0, FAILED[1]))) != "ok":
        return Check(
            NAME, verdict, high, shown, rule,
            "the gradients explode: a step throws the weights far away",
            "smaller first weights, a norm, or clip the gradients (clip.kind=global-norm)",
        )  # fmt: skip
    bad = [graded(low, (WARNING[0], math.inf), (FAILED[0], math.inf))]
    bad.append(graded(low / high if high else 0.0, (SPREAD, 1.0), (TORN, 1.0)))
    if bad != ["ok", "ok"]:
        return Check(
            NAME, "failed" if "failed" in bad else "warning", low, shown, rule,
            f"the gradients vanish on the way back to {small}: it does not learn",
            "ReLU for sigmoid or tanh, he_normal, a norm after each layer, or Residual blocks",
        )  # fmt: skip
    return Check(NAME, "ok", low, shown, rule)
