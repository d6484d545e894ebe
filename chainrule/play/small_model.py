"""A small model of digits, trained while a page waits: for a user who has no model yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..config import assignments, resolve
from ..experiment import begin, prepare, stem
from ..training.run import Run

SETTINGS = ("model.name=convnet", "model.filters=[16, 32]", "epochs=12")


def train_small(runs: Path) -> dict[str, Any]:
    """Train a convolutional net on the digits inside the package, in a new run folder of ``runs``,
    as ``chainrule train digits`` would: about a second, and more where kernels have to be compiled.
    Its name, and the accuracy on its test images. InputError if the folder cannot be written."""
    prepared = prepare(resolve(assignments(SETTINGS)))
    outcome = begin(prepared, Run.numbered(runs, stem(prepared.config)))
    return {"model": outcome.run.folder.name, "accuracy": outcome.metrics["test_accuracy"]}
