"""The figures of a finished run, as ``metrics.json`` holds them."""

from __future__ import annotations

import math
from statistics import median
from typing import Any

from .. import machine
from ..metrics import Evaluation
from ..training import BestModel, Trainer
from ..training.clipping import Clip
from .preparation import Experiment


def figures(experiment: Experiment, trainer: Trainer, test: Evaluation) -> dict[str, Any]:
    """Accuracies are shares. ``test_loss`` is the mean of cross-entropy without smoothing or
    penalty, whatever loss was trained with, so that runs can be compared.

    ``seconds`` is the training with its validations, without loading and testing;
    ``images_per_second`` the median over the epochs, so that compiling does not count.
    ``best_epoch`` is the one whose weights were kept and tested. ``clipped_steps`` is how many
    of the steps had a gradient that was clipped; None where none ever is.
    """
    config, rows = experiment.config, trainer.history.rows
    best, clip = trainer.callback(BestModel), clipping(trainer)
    best_epoch = best.epoch if best else trainer.epoch
    speeds = [row["images_per_second"] for row in rows if row["images_per_second"]]
    per_class = zip(experiment.test.classes, test.per_class.tolist(), strict=True)
    return {
        "test_accuracy": test.accuracy,
        "test_accuracy_interval": list(test.interval),
        "test_loss": test.loss,
        "test_count": test.count,
        "test_per_class": {name: None if math.isnan(a) else a for name, a in per_class},
        "validation_accuracy": rows[best_epoch - 1]["validation_accuracy"]
        if best_epoch <= len(rows)
        else None,
        "best_epoch": best_epoch,
        "epochs": trainer.epoch,
        "steps": trainer.step,
        "clipped_steps": clip.clipped if clip else None,
        "seconds": trainer.history.seconds,
        "images_per_second": median(speeds) if speeds else None,
        "parameters": experiment.parameters,
        "seed": config.seed,
        "data": config.data,
        "data_sha256": {
            "train": experiment.split.sha256,
            "test": experiment.test.sha256,
        },
        "model": config.model.__struct_config__.tag,
        "commit": machine.commit(),
        "machine": machine.machine(),
        "versions": machine.versions(),
    }


def clipping(trainer: Trainer) -> Clip | None:
    """What clips the gradients of a training, and has counted how often."""
    return next((c for c in trainer.callbacks if isinstance(c, Clip)), None)
