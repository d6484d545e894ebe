"""ReLUs that are 0 for every image learn nothing any more."""

from __future__ import annotations

from ...text import plural
from ..check import Check, graded, skipped
from ..context import CheckContext

NAME = "dead units"
WARNING, FAILED = 0.2, 0.5
RULE = f"at most {WARNING:.0%}"


def check(context: CheckContext) -> Check:
    """The share of dead units in the layer that has most."""
    layers = [layer for layer in context.flow.layers if layer.dead is not None]
    if not layers:
        return skipped(NAME, "the model has no ReLU")
    worst = max(layers, key=lambda layer: layer.dead or 0.0)
    share = worst.dead or 0.0
    verdict = graded(share, (0.0, WARNING), (0.0, FAILED))
    shown = f"{share:.0%} of {worst.name} on {plural(context.flow.images, 'image')}"
    if verdict == "ok":
        return Check(NAME, verdict, share, shown, RULE)
    return Check(NAME, verdict, share, shown, RULE, *reasons(after=context.trained is not None))


def reasons(*, after: bool) -> tuple[str, str]:
    """(cause, fix) of too many of them, ``after`` steps of a training or before the first."""
    if after:
        return (
            "a learning rate that was too high early on pushed them below 0 for good",
            "a lower rate or a warm-up, LeakyReLU, or a norm before them",
        )
    return (
        "their biases are far below 0, or their first weights are",
        "biases of 0, he_normal weights, LeakyReLU, or a norm before them",
    )
