"""What `advice` judges a finished run by."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from ..metrics import Evaluation
from ..types import Array
from .suspects import Suspect
from .words import number

GAP = 0.10  # between training and validation accuracy, from which it is over-fitting
MIXED = {"mixup", "cutmix"}


@dataclass(frozen=True)
class Measured:
    """The figures of a run.

    config      its settings, as plain values
    history     one row an epoch: step, accuracy, validation_accuracy
    validation  number of validation images
    result      on the test images of ``classes``
    counts      (K,) training images of each class
    colored     whether the images have colors
    kind        what they show, and the augmentation that suits that: see
    preset      `chainrule.data.augment.suggest`
    norms       (accuracy with the statistics of the batch, with the running ones, number of
                images); None without norms that have both
    momentum    the highest one of those norms
    suspects    images whose labels are likely wrong, of ``looked_at``
    """

    config: Mapping[str, Any]
    history: Sequence[Mapping[str, Any]]
    validation: int
    result: Evaluation
    classes: Sequence[str]
    counts: Array
    colored: bool = True
    kind: str = ""
    preset: str = "crop-flip"
    norms: tuple[float, float, int] | None = None
    momentum: float = 0.0
    suspects: Sequence[Suspect] = ()
    looked_at: int = 0

    def column(self, name: str) -> list[float]:
        """A column of the history, without empty cells."""
        return [value for row in self.history if (value := number(row.get(name))) == value]

    @property
    def trained(self) -> float:
        """Training accuracy of the last epoch; NaN if it is unknown, or of mixed images, which
        have no one class."""
        mixed = MIXED & {self.augment.get("preset"), *self.augment}
        return math.nan if mixed else (self.column("accuracy") or [math.nan])[-1]

    @property
    def validated(self) -> float:
        """Validation accuracy of the last epoch."""
        return (self.column("validation_accuracy") or [math.nan])[-1]

    @property
    def augment(self) -> dict[str, Any]:
        """What is done to the training images; empty if nothing is."""
        found = self.config.get("augment") or {}
        return {key: value for key, value in found.items() if value not in (None, "none")}

    @property
    def commonest(self) -> float:
        """Test accuracy of always predicting the most frequent class."""
        return float(self.result.answers.totals.max(initial=0)) / self.result.count

    @property
    def rise(self) -> float:
        """By how much accuracy rose over the end of the training: validation accuracy, or that of
        training where the two are alike."""
        validated, trained = self._rise("validation_accuracy"), self._rise("accuracy")
        return max(validated, trained) if self.trained - self.validated < GAP else validated

    def _rise(self, name: str) -> float:
        """Mean of the last quarter of the epochs less that of the quarter before; of a single
        epoch less ``commonest``."""
        reached = self.column(name)
        before = reached[-2 * self.quarter : -self.quarter] or [self.commonest]
        return mean(reached[-self.quarter :]) - mean(before) if reached else 0.0

    @property
    def quarter(self) -> int:
        """A quarter of the epochs, at least one."""
        return max(1, len(self.history) // 4)

    def longer(self, factor: int) -> tuple[str, ...]:
        """The option that trains ``factor`` times as long: in time, where time was what ended it,
        else in epochs."""
        epochs, budget = self.config["epochs"], str(self.config.get("time_budget") or 0)
        amount = number(budget.rstrip("smh"))
        if amount > 0 and len(self.history) < epochs:
            unit = budget[-1] if budget[-1] in "smh" else "s"
            return "--time-budget", f"{factor * amount:g}{unit}"
        return "--epochs", str(factor * epochs)
