"""Before the first step all classes are as likely: the loss is near -log(1/K)."""

from __future__ import annotations

import numpy as np

from ...training.nonfinite import first_nonfinite
from ..check import Check, graded, skipped
from ..context import CheckContext

NAME = "first loss"
WARNING, FAILED = (0.5, 1.75), (0.0, 3.0)


def check(context: CheckContext) -> Check:
    """The loss over what it is for equal scores; log K for softmax cross-entropy."""
    images, labels = context.sample(context.first.images)
    classes = len(context.train.classes)
    chance, _ = context.loss(np.zeros((len(labels), classes), np.float32), labels)
    value = context.first.loss
    ratio = value / chance if chance else value
    rule = f"near {chance:.3f} = {_formula(context, classes)}"
    shown = f"{value:.4g}"
    if ratio < WARNING[0]:
        return skipped(NAME, f"{shown} is far below {chance:.3f}: the model is trained already")
    verdict = graded(ratio, WARNING, FAILED)
    if verdict == "ok":
        return Check(NAME, verdict, value, shown, rule)
    if not np.isfinite(value):
        place = first_nonfinite(context.fresh(), images, labels, context.loss)
        cause = place or "overflow"
    else:
        cause = "the first weights are too large, so the model is sure of wrong answers"
    fix = "use he_normal or xavier, a norm, or smaller weights in the last layer (Normal(0.01))"
    return Check(NAME, verdict, value, shown, rule, cause, fix)


def _formula(context: CheckContext, classes: int) -> str:
    if type(context.loss).__name__ == "SoftmaxCrossEntropy":
        return f"-log(1/{classes})"
    return "the loss of equal scores"
