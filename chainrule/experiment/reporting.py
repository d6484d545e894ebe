"""A run's report, made of the run's own files: during the training, at its end, or later."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from .. import config as configuration
from .. import machine, report
from ..annotated import shown
from ..cells import cell
from ..data.dataset import Dataset
from ..data.splits import Split
from ..declared import checked
from ..errors import InputError
from ..files import atomic_write, parse_json
from ..metrics import Evaluation, evaluate
from ..printable import printable
from ..saving import kept_epoch, load
from ..training import Run
from .inputs import load_inputs

HEADER = ("path", "true", "predicted", "probability")  # of predictions.csv


@checked
def report_on(
    run: Run,
    evaluation: Evaluation | None = None,
    test: Dataset | None = None,
    metrics: Mapping[str, Any] | None = None,
    *,
    data_dir: str | os.PathLike[str] | None = None,
) -> Path:
    """Write ``run.report``, and ``run.predictions`` beside it; return the report's path.

    A finished run is evaluated again unless its ``evaluation`` on ``test`` is given, and the
    ``metrics`` that are about to be written; one that is not finished is shown as far as it has
    come, without a look at the test images.
    Raises InputError if a file of the run cannot be read, or is damaged.
    """
    config = configuration.load(run.config, by_run=True)
    figures = read_metrics(run) if metrics is None else dict(metrics)
    if "best_epoch" not in figures and run.model.exists():
        with contextlib.suppress(InputError):  # a damaged one is for those who need its weights
            figures["best_epoch"] = kept_epoch(run.model)
    if run.finished and evaluation is None:
        test = load_inputs(config, data_dir).test
        evaluation = evaluate(load(run.model), test)
    split = Split.load(run.split)
    if evaluation is not None and test is not None:
        atomic_write(run.predictions, predictions_table(evaluation, test))
    return report.write(
        run,
        config=msgspec.to_builtins(config),
        history=_history(run),
        evaluation=evaluation,
        test=test,
        machine=figures.pop("machine", None) or machine.machine(),
        versions=figures.pop("versions", None) or machine.versions(),
        data_hashes=figures.pop("data_sha256", None) or {"train": split.sha256},
        metrics=figures,
        seed=config.seed,
    )


def predictions_table(evaluation: Evaluation, test: Dataset) -> str:
    """CSV of path, true class, predicted class and the probability of the prediction.

    One row for each image, in the order of the data set. ``path`` is below the data set's folder,
    or "image 17" where the images have no files. An image for which the model gave no number has
    no prediction and no probability. `chainrule.cells` keeps spreadsheets from taking a name for a
    formula, and says how such a cell is read back.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    predicted, labels = evaluation.predicted.tolist(), test.labels.tolist()
    for n, (k, label) in enumerate(zip(predicted, labels, strict=True)):
        answer = (test.classes[k], f"{evaluation.probabilities[n, k]:.4f}") if k >= 0 else ("", "")
        row = (test.name_of(n), test.classes[label], *answer)
        writer.writerow([cell(printable(text)) for text in row])
    return text.getvalue()


@checked
def read_metrics(run: Run) -> dict[str, Any]:
    """The figures of a finished run; none for another."""
    if not run.finished:
        return {}
    try:
        content = run.metrics.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {run.metrics}: {error.strerror or error}") from None
    metrics = parse_json(content, str(run.metrics))
    if not isinstance(metrics, dict):
        raise InputError(f"{run.metrics} holds no metrics of a run")
    for name in ("machine", "versions", "data_sha256"):
        table = metrics.get(name)
        if not (table is None or isinstance(table, dict)):
            raise InputError(f"{run.metrics}: {name}: expected a table, received {shown(table)}")
    return metrics


def _history(run: Run) -> list[dict[str, Any]]:
    if not run.history.exists():
        return []
    try:
        with run.history.open(newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"cannot read {run.history}: {error}") from None
