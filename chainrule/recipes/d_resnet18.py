"""D-resnet18: not run yet; reported: 88.6% validation, 87.5% test.

CIFAR-10, ResNet-18 with crops and flips: 88.6 % validation and 87.5 % test in report D."""

from __future__ import annotations

from typing import Any

from .recipe import Recipe, Result
from .session import Session
from .settings import CIFAR_CNN
from .summary import against_bar

BAR = 0.90
SETTINGS: dict[str, Any] = {**CIFAR_CNN, "epochs": 18, "model": {"name": "resnet18"}}


def run(session: Session) -> Result:
    return against_bar(session, "ResNet-18", SETTINGS, BAR, "87.5% (validation 88.6%)")


RECIPE = Recipe(
    name="D-resnet18",
    did="ResNet-18 on CIFAR-10 with crops and flips",
    reported="88.6% validation, 87.5% test",
    bar="at least 90%",
    run=run,
    seeds=1,
    quick={"max_train_images": 256, "max_test_images": 200, "validation": 200},
)
