"""Short trainings of MLPs at settings drawn at random in log space, for two recipes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..initializers import Normal
from ..kernels.precision import Precision
from ..metrics import evaluate
from ..models import mlp
from ..optim import Adam
from ..penalties import L2
from ..random import generator
from ..schedules import Cosine
from ..training import Trainer


@dataclass(frozen=True)
class Space:
    """Bounds of each setting: the first three in log space."""

    lr: tuple[float, float] = (1e-4, 3e-2)
    reg: tuple[float, float] = (1e-7, 1e-2)
    scale: tuple[float, float] = (1e-3, 3e-1)
    keep: tuple[float, float] = (0.6, 1.0)

    def around(self, best: Sequence[Trial]) -> Space:
        """The box of ``best``, half as wide again in log space, and inside this one."""
        boxes = {}
        for name, (low, high) in asdict(self).items():
            values = [getattr(trial, name) for trial in best]
            wider = 1.5 if name != "keep" else 1.0
            spare = 0.05 if name == "keep" else 0.0
            boxes[name] = (
                max(low, min(values) / wider - spare),
                min(high, max(values) * wider + spare),
            )
        return Space(**boxes)


@dataclass(frozen=True)
class Trial:
    """Settings, and the validation accuracy that they led to."""

    lr: float
    reg: float
    scale: float
    keep: float
    accuracy: float


def search(
    train: Dataset, validation: Dataset, hidden: Sequence[int], space: Space, trials: int,
    *, epochs: int, key: str, precision: Precision = "float32",
) -> list[Trial]:  # fmt: skip
    """``trials`` trainings on ``train``, best first. ``key`` names the random draws."""
    rng = generator("random search", key)
    found = []
    for i in range(trials):
        lr, reg, scale = (
            float(10 ** rng.uniform(*np.log10(bounds)))
            for bounds in (space.lr, space.reg, space.scale)
        )
        keep = float(rng.uniform(*space.keep))
        model = build(train, hidden, scale, keep)
        fit(model, train, lr, reg, epochs=epochs, batch_size=100, seed=i, precision=precision)
        accuracy = evaluate(model, validation).accuracy
        found.append(Trial(lr, reg, scale, keep, accuracy))
    return sorted(found, key=lambda trial: -trial.accuracy)


def build(train: Dataset, hidden: Sequence[int], scale: float, keep: float) -> Any:
    shape, classes = train.images.shape[1:], len(train.classes)
    return mlp(shape, tuple(hidden), classes, norm="batch", dropout=1 - keep, init=Normal(scale))


def fit(
    model: Any,
    train: Dataset,
    lr: float,
    reg: float,
    *,
    epochs: int,
    batch_size: int,
    seed: int,
    precision: Precision = "float32",
) -> Any:
    """Adam with a cosine schedule and an L2 penalty; the history."""
    steps = epochs * -(-len(train) // batch_size)
    optimizer = Adam(Cosine(lr, steps))
    trainer = Trainer(model, optimizer, penalty=L2(reg), seed=seed, precision=precision)
    with np.errstate(all="ignore"):
        return trainer.fit(train, epochs=epochs, batch_size=batch_size, progress=False)


def rows(trials: Sequence[Trial], count: int = 5) -> list[list[str]]:
    """The best ``count``, as a table shows them."""
    return [
        [f"{t.lr:.2g}", f"{t.reg:.1g}", f"{t.scale:.2g}", f"{t.keep:.2f}", f"{t.accuracy:.2%}"]
        for t in trials[:count]
    ]


HEADER = ("learning rate", "penalty", "weight scale", "keep probability", "validation")
