"""What a comparison of runs tells, and how its numbers are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..text import duration, percent
from ..types import Array
from .curves import History, column
from .words import percent_range


@dataclass(frozen=True)
class RunFacts:
    """What a comparison tells of one run; NaN is what is not known.

    test       accuracy on the test images, with its 95 % interval
    best, last the highest validation accuracy, and that after the last epoch
    """

    name: str
    test: float
    interval: tuple[float, float]
    count: int
    loss: float
    best: float
    best_epoch: float
    last: float
    parameters: float
    seconds: float
    history: History = ()


@dataclass(frozen=True)
class Pair:
    """McNemar's test of two runs by their places: the images that one of them alone answered right,
    and p; ``adjusted`` is Holm's for all pairs together. ``reason`` says why there is none."""

    first: int
    second: int
    only_first: int = 0
    only_second: int = 0
    p_value: float = float("nan")
    adjusted: float = float("nan")
    reason: str = ""


@dataclass(frozen=True)
class Comparison:
    """Several runs, what McNemar's test says of each two, and the settings that are not the same
    in all of them: the path, and a value for each run, None where it has no such setting."""

    runs: Sequence[RunFacts]
    pairs: Sequence[Pair]
    settings: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def verdict(self, pair: Pair) -> str:
        """What a pair's test says, in a sentence."""
        first, second = self.runs[pair.first].name, self.runs[pair.second].name
        if pair.reason:
            return pair.reason
        if not pair.adjusted < 0.05:
            return "no significant difference at 5%"
        better, worse = (first, second) if pair.only_first > pair.only_second else (second, first)
        return f"{better} is significantly better than {worse}"


def result_row(run: RunFacts) -> list[str]:
    """Test accuracy, its interval, test loss, best and last validation accuracy, parameters and
    time, as they are read."""
    known = run.test == run.test
    at = f", epoch {run.best_epoch:.0f}" if run.best_epoch == run.best_epoch else ""
    return [
        percent(run.test, 2),
        percent_range(run.interval, 2) if known else "–",
        "–" if run.loss != run.loss else f"{run.loss:.4f}",
        percent(run.best, 2) + at,
        percent(run.last, 2),
        "–" if run.parameters != run.parameters else f"{run.parameters:,.0f}",
        duration(run.seconds),
    ]


def pair_row(comparison: Comparison, pair: Pair) -> list[str]:
    """Names, counts, p, p adjusted and the verdict of a pair, as they are read."""
    names = " and ".join(comparison.runs[place].name for place in (pair.first, pair.second))
    if pair.reason:
        return [names, "–", "–", "–", "–", comparison.verdict(pair)]
    counts = (f"{pair.only_first:,}", f"{pair.only_second:,}")
    return [names, *counts, *map(probability, (pair.p_value, pair.adjusted)),
            comparison.verdict(pair)]  # fmt: skip


def probability(p: float) -> str:
    """
    >>> probability(0.0386), probability(2e-9), probability(1.0)
    ('0.039', '< 0.0001', '1')
    """
    return "< 0.0001" if p < 1e-4 else f"{p:.2g}"


def curve(history: History, key: str) -> tuple[Array, Array]:
    """(epochs, values) of a column."""
    epochs = column(history, "epoch")
    if not np.isfinite(epochs).all():
        epochs = np.arange(1.0, len(history) + 1)
    return epochs, column(history, key)
