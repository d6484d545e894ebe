"""A small model of digits, trained while a page waits: for a user who has no model yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..config import assignments, resolve
from ..errors import InputError
from ..experiment import start

SETTINGS = ("model.name=convnet", "model.filters=[16, 32]", "epochs=12")
NAME = "digits-convnet"
MOST_RUNS = 1000


def train_small(runs: Path) -> dict[str, Any]:
    """Train a convolutional net on the digits inside the package, in a new run folder of ``runs``,
    as ``chainrule train digits`` would: about a second, and more where kernels have to be compiled.
    Its name, and the accuracy on its test images. InputError if the folder cannot be written."""
    name = next(
        (each for i in range(MOST_RUNS) if not (runs / (each := f"{NAME}-{i + 1:03}")).exists()),
        None,
    )
    if name is None:
        raise InputError(f"{runs}: expected fewer than {MOST_RUNS:,} runs called {NAME}-…")
    outcome = start(resolve(assignments(SETTINGS)), runs / name)
    return {"model": name, "accuracy": outcome.metrics["test_accuracy"]}
