"""Models and data to be examined, healthy but for what a test plants in them."""

from __future__ import annotations

from typing import Any

from chainrule import data, models
from chainrule.data.dataset import Dataset
from chainrule.doctor import Check, examine
from chainrule.layers import Layer, named_parameters

SHAPE = (8, 8, 1)
TRAIN, TEST = data.digits()


def mlp(*hidden: int, scale: float = 1.0, **options: Any) -> Layer:
    """A net for the digits, whose weights are ``scale`` times what they should be."""
    model = models.mlp(SHAPE, hidden or (32, 32), 10, **options).init(0)
    for _, parameter in named_parameters(model):
        if parameter.decay:
            parameter.value = parameter.value * parameter.value.dtype.type(scale)
    return model


def found(name: str, model: Layer, train: Dataset = TRAIN, **options: Any) -> Check:
    """What one check says."""
    return examine(model, train, options.pop("test", TEST), only=[name], **options)[name]


def accused(check: Check) -> bool:
    """Whether it failed, and says why and what to do."""
    return check.verdict == "failed" and bool(check.cause and check.fix and check.threshold)
