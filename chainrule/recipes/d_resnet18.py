"""CIFAR-10, ResNet-18 with crops and flips: 88.6 % validation and 87.5 % test in report D."""

from __future__ import annotations

from statistics import mean
from typing import Any

from .recipe import Recipe, Result
from .session import Session
from .settings import CIFAR_CNN
from .summary import accuracies, accuracy_table, curves, mean_percent, rows_of, seconds

BAR = 0.90
SETTINGS: dict[str, Any] = {**CIFAR_CNN, "epochs": 18, "model": {"name": "resnet18"}}


def run(session: Session) -> Result:
    trained = session.compare({"ResNet-18": SETTINGS})
    (every,) = trained.values()
    found = accuracies(every)
    return Result(
        ours=mean_percent(found),
        reached=mean(found) >= BAR,
        figures={"test_accuracies": found, "runs": rows_of(trained)},
        tables=[accuracy_table(trained, reported={"ResNet-18": "87.5% (validation 88.6%)"})],
        plots=[curves(trained)],
        seconds=seconds(every),
    )


RECIPE = Recipe(
    name="D-resnet18",
    did="ResNet-18 on CIFAR-10 with crops and flips",
    reported="88.6% validation, 87.5% test",
    bar="at least 90%",
    run=run,
    seeds=1,
    quick={"max_train_images": 256, "max_test_images": 200, "validation": 200},
)
