"""What one check says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..notation import typed

Verdict = Literal["ok", "warning", "failed", "skipped"]
"""What a check ends with."""


@dataclass(frozen=True, repr=False)
class Check:
    """A number beside its threshold, what to think of it, and what to do about it.

    number     what was measured; None where nothing could be
    shown      the same in words, with its unit or its place: "2.31", "83 % of layers.4 (ReLU)"
    threshold  the rule, in words: "at most 20 %"
    cause      what makes such a number, most likely; why it was skipped
    fix        what to change

    >>> from chainrule import data, doctor, models
    >>> train, test = data.digits()
    >>> model = models.mlp((8, 8, 1), (8,), 10)
    >>> check = doctor.examine(model, train, test, only=["overlap"])["overlap"]
    >>> check.verdict, check.number, check.threshold
    ('ok', 0.0, 'at most 0.1%')
    """

    name: str
    verdict: Verdict
    number: float | None
    shown: str
    threshold: str
    cause: str = ""
    fix: str = ""
    seconds: float = 0.0

    @typed
    def __str__(self) -> str:
        line = f"{self.verdict:<8} {self.name}: {self.shown}"
        if self.threshold and self.verdict != "skipped":
            line += f" ({self.threshold})"
        if self.cause:
            line += f"; {self.cause}"
        return f"{line}; fix: {self.fix}" if self.fix else line

    __repr__ = __str__


def skipped(name: str, why: str) -> Check:
    return Check(name, "skipped", None, "-", "", why)


def graded(number: float, warning: tuple[float, float], failed: tuple[float, float]) -> Verdict:
    """ok inside ``warning``'s limits, failed outside those of ``failed``; so is NaN."""
    if not failed[0] <= number <= failed[1]:
        return "failed"
    return "ok" if warning[0] <= number <= warning[1] else "warning"
