"""What a finished run is judged by: its own files, and a look at the images that it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from ..config import Config
from ..data.augment.suggest import suggest
from ..data.dataset import Dataset
from ..layers.base import Layer
from ..layers.several import norms_of_batch, smallest_batch
from ..metrics import Evaluation, evaluate
from ..random import generator
from ..report.advice import Advice, advise
from ..report.measured import Measured
from ..report.suspects import suspects
from ..saving import load
from ..training import Run

LOOK = 512
"""Images on which both statistics of norms are compared."""


def advise_on(
    run: Run,
    config: Config,
    history: Sequence[Mapping[str, Any]],
    tested: tuple[Evaluation, Dataset],
    train: Dataset,
    validation: Dataset,
) -> tuple[Advice, ...]:
    """What to try next; the kept model is evaluated on the validation images once more."""
    model = load(run.model)
    result, test = tested
    held_back = evaluate(model, validation), validation
    batch_norms: list[Any] = list(norms_of_batch(model))
    preset, kind = suggest(train)
    return advise(
        Measured(
            config=msgspec.to_builtins(config),
            history=history,
            validation=len(validation),
            result=result,
            classes=test.classes,
            counts=np.bincount(train.labels, minlength=len(train.classes)),
            colored=train.images.shape[3] > 1,
            kind=kind,
            preset=preset,
            norms=_both_statistics(model, train, config) if batch_norms else None,
            momentum=max((norm.momentum for norm in batch_norms), default=0.0),
            suspects=suspects(tested, held_back),
            looked_at=len(test) + len(validation),
        )
    )


def _both_statistics(model: Layer, train: Dataset, config: Config) -> tuple[float, float, int]:
    """Accuracies with the statistics of batches such as were trained on, and with the running
    ones, on the same images; their number. It spoils the model's own: it is to be loaded anew."""
    chosen = generator("advice", config.seed).permutation(len(train))[:LOOK]
    size = max(smallest_batch(model), min(config.batch_size, len(chosen)))
    chosen = chosen[: len(chosen) // size * size]  # a short last batch has statistics of its own
    running = evaluate(model, train.take(chosen), batch_size=size).accuracy
    right = 0
    with np.errstate(all="ignore"):
        for start in range(0, len(chosen), size):
            part = train.take(chosen[start : start + size])
            logits, _ = model.forward(np.asarray(part.images))
            right += int(np.count_nonzero(logits.argmax(axis=1) == part.labels))
    return right / len(chosen), running, len(chosen)
