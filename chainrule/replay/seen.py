"""What is seen on the way to a step, and in it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..data.dataset import Dataset
from ..types import Array
from .sites import Look


@dataclass(frozen=True)
class Difference:
    """The first step whose loss differs from the recorded one."""

    step: int
    recorded: float
    replayed: float

    @property
    def relative(self) -> float:
        """|a - b| / max(|a|, |b|)"""
        a, b = self.recorded, self.replayed
        if not (math.isfinite(a) and math.isfinite(b)):
            return math.inf
        return abs(a - b) / max(abs(a), abs(b), 1e-300)


@dataclass(frozen=True)
class Update:
    """What a step did to one parameter.

    shape   of its array
    before, after   ‖w‖; after it is NaN where there was no update, and so is
    update  ‖Δw‖
    gradient, usual   the norm of its gradient, and the median of that in the recorded steps before

    >>> Update("layers.2.weight", (4, 3), 2.0, 1.0, None, 0.002, 2.0).ratio
    0.001
    """

    path: str
    shape: tuple[int, ...]
    before: float
    gradient: float
    usual: float | None
    update: float
    after: float

    @property
    def ratio(self) -> float:
        """‖Δw‖ / ‖w‖"""
        return self.update / self.before if self.before > 0 else math.nan


@dataclass
class Rerun:
    """What was seen on the way.

    start    the step that it began after
    batch    images, labels of the step, and weights if there are any
    step     what passed the layers in it
    earlier  the same of some steps before
    updates  of each parameter
    recent   the largest update of a weight in each of the last steps before, for its size
    loss     of the step itself
    epoch, place   of its batch, from 0, of so many batches an epoch
    """

    start: int
    batch: tuple[Array, ...] = ()
    step: Look = field(default_factory=Look)
    earlier: list[Look] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    recent: dict[int, tuple[str, float]] = field(default_factory=dict)
    loss: float = math.nan
    epoch: int = 0
    place: int = 0
    batches: int = 0
    batch_size: int = 0
    train: Dataset = None  # type: ignore[assignment]  # set with the step
    updated: bool = False
    compared: int = 0
    difference: Difference | None = None
    other_labels: int | None = None
    by_hand: bool = False
