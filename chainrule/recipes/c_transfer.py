"""C-transfer: not run yet; reported: advice.

Report C's advice on transfer learning: four strategies on four sets of data.

Claim: with 100 images a class of CIFAR-10, which resemble those of ImageNet, every strategy that
begins with MobileNetV2's ImageNet weights beats the same net from zero by 15 points or more.

    small   100 images a class          similar     CIFAR-10, photographs
    large   all training images         different   MNIST, written digits

    from zero    every weight is drawn            head only   on features of the frozen body
    fine-tune    all weights, at a small rate     gradual     the head first, then the body by
                                                              parts, with smaller rates near the
                                                              images

The report says: small and similar, train a head; large and similar, fine-tune; small and different,
another model or more data; large and different, fine-tune or train from zero. The table says what
each comes to, all nets and images being the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from .. import data, schedules, transfer
from ..data.augment.presets import preset
from ..data.augment.suggest import suggest
from ..data.dataset import Dataset
from ..data.loader import Loader
from ..kernels.precision import Precision
from ..metrics import Evaluation
from ..optim import AdamW
from ..text import percent
from ..training import Callback, GradualUnfreezing, Trainer
from .recipe import Recipe, Result, Table
from .session import Session

STRATEGIES = ("from zero", "head only", "fine-tune", "gradual")
GAIN = 0.15
RATES = {"from zero": 2e-3, "head only": 1e-3, "fine-tune": 5e-4, "gradual": 5e-4}
LAYER_DECAY = 0.8


@dataclass(frozen=True)
class Plan:
    """What is trained on what: images a class of a small set, of a large one (0: all), test images
    (0: all), the side they are resized to, and the epochs of each strategy, small and large."""

    source: str = "mobilenet_v2"
    similar: str = "cifar10"
    different: str = "mnist"
    small: int = 100
    large: int = 0
    test: int = 0
    side: int = 96
    batch_size: int = 64
    epochs: Mapping[str, tuple[int, int]] = field(
        default_factory=lambda: {
            "from zero": (60, 8), "head only": (60, 20), "fine-tune": (30, 4), "gradual": (30, 4),
        }
    )  # fmt: skip


FULL = Plan()
QUICK = Plan(small=5, large=10, test=100, side=32, epochs=dict.fromkeys(STRATEGIES, (2, 1)))


@dataclass(frozen=True)
class Cell:
    """One training. ``seconds`` are those of ``fit``; ``data`` is its name."""

    data: str
    kind: str
    size: str
    strategy: str
    images: int
    epochs: int
    test_accuracy: float
    interval: tuple[float, float]
    seconds: float


def a_class(dataset: Dataset, count: int) -> Dataset:
    """The first ``count`` images of each class; all of them for 0."""
    if not count:
        return dataset
    classes = range(len(dataset.classes))
    return dataset.take(
        np.sort(np.concatenate([np.flatnonzero(dataset.labels == k)[:count] for k in classes]))
    )


def fit(
    strategy: str,
    train: Dataset,
    test: Dataset,
    plan: Plan,
    epochs: int,
    *,
    precision: Precision = "float32",
    seed: int = 0,
) -> tuple[Evaluation, float]:
    """Train by one of the strategies; what it comes to on ``test``, and the seconds it took."""
    shape = train.images.shape[1:]
    source = transfer.load(plan.source)
    model = transfer.replace_head(source, train.classes, image_shape=shape, seed=seed)
    groups: dict[str, dict[str, float]] = {}
    callbacks: list[Callback] = []
    if strategy == "from zero":
        model.init(seed)
    elif strategy == "head only":
        transfer.freeze(model)
    elif strategy == "gradual":
        groups = transfer.rates(model, LAYER_DECAY)
        callbacks = [GradualUnfreezing([max(1, epochs // 4)])]
    steps = epochs * len(Loader(train, size := min(plan.batch_size, len(train)), smallest=2))
    rate = schedules.Warmup(schedules.Cosine(RATES[strategy], steps), max(1, steps // (2 * epochs)))
    optimizer = AdamW(rate, weight_decay=0.02, groups=groups)
    trainer = Trainer(model, optimizer, seed=seed, callbacks=callbacks, precision=precision)
    name = "none" if strategy == "head only" else suggest(train)[0]
    start = perf_counter()
    trainer.fit(train, epochs=epochs, batch_size=size, augment=preset(name), progress=False)
    seconds = perf_counter() - start
    return trainer.evaluate(test), seconds


def run(session: Session) -> Result:
    """All cells of the table, and whether the claim holds."""
    return measure(session, session.pick(FULL, QUICK))


def measure(session: Session, plan: Plan) -> Result:
    """The same of any plan."""
    signature = transfer.load(plan.source).signature
    channels = None if signature is None else signature.image_shape[2]
    session.plan(2 * 2 * len(STRATEGIES))
    cells = []
    for kind, name in (("similar", plan.similar), ("different", plan.different)):
        every, held_back = data.load(name, session.data_dir)
        held_back = held_back.take(np.arange(min(plan.test or len(held_back), len(held_back))))
        test = data.resize(held_back, plan.side, channels=channels)
        for place, (size, count) in enumerate((("small", plan.small), ("large", plan.large))):
            train = data.resize(a_class(every, count), plan.side, channels=channels)
            for strategy in STRATEGIES:
                epochs = plan.epochs[strategy][place]
                found = session.once(
                    f"{size} {kind}, {strategy}",
                    partial(_cell, session.precision, strategy, train, test, plan, epochs),
                )
                cells.append(Cell(name, kind, size, strategy, len(train), epochs, **found))
    gain = _gain(cells)
    return Result(
        ours=f"{100 * gain:+.1f} points on small, similar data, at least",
        reached=gain >= GAIN,
        figures={
            "plan": asdict(plan),
            "cells": [asdict(cell) for cell in cells],
            "least_gain_on_small_similar": round(gain, 4),
        },
        tables=[table(cells)],
    )


def _cell(precision: Precision, *given: Any) -> dict[str, Any]:
    found, seconds = fit(*given, precision=precision)
    return {
        "test_accuracy": found.accuracy,
        "interval": found.interval,
        "seconds": round(seconds, 1),
    }


def _gain(cells: list[Cell]) -> float:
    """Of the strategies that transfer, on small and similar data: the least lead over zero."""
    found = {c.strategy: c.test_accuracy for c in cells if (c.kind, c.size) == ("similar", "small")}
    return min(found[strategy] for strategy in STRATEGIES[1:]) - found["from zero"]


def table(cells: list[Cell]) -> Table:
    """A row for each set of data, a column for each strategy: test accuracy, and seconds."""
    rows = []
    for place in dict.fromkeys((cell.kind, cell.size) for cell in cells):
        row = [cell for cell in cells if (cell.kind, cell.size) == place]
        shown = [f"{percent(cell.test_accuracy, 1)} ({cell.seconds:,.0f} s)" for cell in row]
        rows.append([f"{place[1]}, {place[0]} ({row[0].data})", f"{row[0].images:,}", *shown])
    return Table("Test accuracy", ["data", "images", *STRATEGIES], rows)


RECIPE = Recipe(
    name="C-transfer",
    did="four transfer strategies on small and large, similar and different data (CIFAR-10, MNIST)",
    reported="advice",
    bar="with 100 pictures a class, at least 15 points over training from zero",
    run=run,
    seeds=1,
)
