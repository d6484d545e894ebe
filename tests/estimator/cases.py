"""A small classifier, and a net of one's own."""

from __future__ import annotations

import chainrule as cr


def make(**options):
    small = {"model_params": {"hidden": (32,)}, "epochs": 4, "learning_rate": 0.01}
    return cr.ImageClassifier(**{"random_state": 0, **small, **options})


def net(inputs, classes, width=8):
    return cr.models.mlp(inputs, (width,), classes)
