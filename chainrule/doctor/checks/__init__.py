"""One file a check: ``check(context) -> Check``. A new one is a file and a row here."""

from __future__ import annotations

from collections.abc import Callable

from ..check import Check
from ..context import CheckContext
from . import (
    activation_scale,
    dead_units,
    first_loss,
    gradient_scale,
    gradients,
    input_range,
    labels,
    learning_rate,
    memory,
    norm_values,
    outputs,
    overfit,
    overlap,
    regularization,
    saturation,
    shuffled_labels,
    update_ratio,
)

CHECKS: dict[str, Callable[[CheckContext], Check]] = {
    module.NAME: module.check
    for module in (
        outputs,
        norm_values,
        labels,
        overlap,
        input_range,
        first_loss,
        regularization,
        activation_scale,
        gradient_scale,
        dead_units,
        saturation,
        gradients,
        overfit,
        update_ratio,
        learning_rate,
        shuffled_labels,
        memory,
    )
}
"""The checks by name, in the order in which they are made: causes before what they cause."""

SLOW = ("gradients", "overfit", "update ratio", "learning rate", "shuffled labels", "memory")
"""The checks that take training steps of their own: minutes for a large model. The others share
the passes of one batch."""

RENAMED = {"regularisation": "regularization"}
"""What checks were called before, and what they are called now."""

_RUNS = tuple(
    name for name in CHECKS if name not in ("outputs", "norm values", "labels", "overlap")
)
_TO_RUN = ("outputs", "norm values")

NEEDED: dict[str, tuple[str, ...]] = {name: _TO_RUN for name in _RUNS} | {
    "norm values": ("outputs",),
    "shuffled labels": (*_TO_RUN, "overfit"),
    "learning rate": (*_TO_RUN, "first loss", "activation scale", "gradient scale", "gradients"),
}
"""The checks that must not have failed for another one to say anything."""
