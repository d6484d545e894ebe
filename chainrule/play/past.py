"""What a run has been: its curves from its files, and the model at each checkpoint that is kept."""

from __future__ import annotations

import csv
import json
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import experiment
from ..errors import InputError
from ..layers.base import Layer
from ..tensorfile import read_tensors
from ..training import Run
from ..training.retention import checkpoints
from ..types import Array
from .setup import setup
from .snapshots import chosen_images, look

LONGEST = 64 << 20  # bytes of a table of curves that are read
MOST = 3000  # points of a curve that are sent
RUNS = 100  # of the runs that are listed


@dataclass
class Past:
    """A run's model, which takes the weights of any of its checkpoints, and its test images."""

    run: Run
    model: Layer
    first: dict[str, Array]
    images: Array
    shown: dict[str, Any]

    @classmethod
    def of(cls, run: Run, data_dir: Path | None) -> Past:
        """Reads the data once, to find the images again. InputError if they have changed."""
        prepared = experiment.reopen(run, data_dir)
        indices = chosen_images(prepared.test)
        images = np.stack([np.asarray(prepared.test.images[int(i)]) for i in indices])
        first = {name: np.array(a) for name, a in prepared.model.state().items()}
        return cls(run, prepared.model, first, images, setup(prepared))

    def at(self, step: int) -> dict[str, Any]:
        """First filters and predictions after so many steps: of a kept checkpoint, or of step 0."""
        self.model.load_state(self._weights(step))
        return {"step": step, **look(self.model, self.images)}

    def _weights(self, step: int) -> Mapping[str, Array]:
        if step == 0:
            return self.first
        path = checkpoints(self.run.checkpoints).get(step)
        if path is None:
            raise InputError(f"{self.run.folder.name} keeps no checkpoint of step {step}")
        arrays, _ = read_tensors(path)
        own = {k.removeprefix("model/"): a for k, a in arrays.items() if k.startswith("model/")}
        if own.keys() != self.first.keys():
            raise InputError(f"the checkpoint of step {step} is of another model")
        return own


def kept_steps(run: Run) -> list[int]:
    """The steps that `Past.at` knows."""
    return [0, *(step for step in checkpoints(run.checkpoints) if step)]


def curves(run: Run) -> dict[str, Any]:
    """The rows that the recorder wrote, and those of the history; whichever there are."""
    points = [
        [row.get("step"), row.get("loss"), row.get("accuracy"), row.get("lr")]
        for row in _lines(run.logs / "live.jsonl")
    ]
    probes = [
        [row.get("step"), row.get("ratio"), row.get("dead")]
        for row in _lines(run.logs / "probes.jsonl")
    ]
    rates = [[row.get("step"), row.get("lr")] for row in _lines(run.logs / "rates.jsonl")]
    epochs = list(_history(run))
    if not points:
        points = [[r["step"], r["loss"], r["accuracy"], r["lr"]] for r in epochs]
    return {
        "points": thinned(points),
        "probes": thinned(probes),
        "rates": rates[-MOST:],
        "epoch": thinned(epochs),
    }


def thinned(rows: list[Any]) -> list[Any]:
    """Every n-th of them, and the last, so that they are at most MOST."""
    step = -(-len(rows) // MOST)
    return rows if step < 2 else [*rows[:-1:step], rows[-1]]


def facts(run: Run) -> dict[str, Any]:
    """What a list says of a run."""
    config = _toml(run.config)
    metrics = _json(run.metrics)
    steps = list(checkpoints(run.checkpoints))
    data = str(config.get("data", ""))
    table = config.get("model")
    name = table.get("name") if isinstance(table, dict) else None
    return {
        "name": run.folder.name,
        "data": Path(data).name if "/" in data or "\\" in data else data,
        "model": str(name or ""),
        "seed": config.get("seed"),
        "epochs": config.get("epochs"),
        "finished": run.finished,
        "step": steps[-1] if steps else 0,
        "accuracy": metrics.get("test_accuracy"),
        "settings": config,
    }


def _history(run: Run) -> Iterator[dict[str, Any]]:
    try:
        with run.history.open(newline="", encoding="utf-8", errors="replace") as file:
            for row in csv.DictReader(file):
                numbers = {str(k): _number(v) for k, v in row.items()}
                if numbers.get("step") is not None and numbers.keys() >= {"loss", "accuracy", "lr"}:
                    yield numbers
    except (OSError, csv.Error):
        return


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file, one a line; a damaged line is left out."""
    try:
        if path.stat().st_size > LONGEST:
            return
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict) and isinstance(row.get("step"), int):
            yield {key: _number(value) for key, value in row.items()}


def _number(value: Any) -> float | int | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return None if math.isnan(number) else int(number) if number.is_integer() else number


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
