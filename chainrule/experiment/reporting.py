"""What a run is told by: its figures, and its report, which is made of the run's own files."""

from __future__ import annotations

import contextlib
import csv
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from .. import config as configuration
from .. import machine, report
from ..annotated import shown
from ..cells import csv_text
from ..data.dataset import Dataset
from ..data.splits import Split
from ..declared import checked
from ..device import device
from ..errors import InputError
from ..files import atomic_write, parse_json
from ..metrics import Evaluation, evaluate
from ..report.advice import Advice
from ..report.against import Against
from ..report.inside import Panel
from ..saving import kept_epoch, load
from ..training import BestModel, Run, Trainer
from ..training.clipping import Clip
from .advising import advise_on
from .inputs import load_inputs
from .preparation import Experiment, products

HEADER = ("path", "true", "predicted", "probability")  # of predictions.csv
SHORT = 2.0
"""Seconds of a training, below which its report is made without the pictures that take as long;
``chainrule report RUN`` adds them."""


@checked
def report_on(
    run: Run,
    evaluation: Evaluation | None = None,
    test: Dataset | None = None,
    metrics: Mapping[str, Any] | None = None,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    advice: Sequence[Advice] | None = None,
    against: Run | None = None,
    train: Dataset | None = None,
) -> Path:
    """Write ``run.report``, and ``run.predictions`` beside it; return the report's path.

    A finished run is evaluated again unless its ``evaluation`` on ``test`` is given, the
    ``metrics`` that are about to be written, and the ``advice`` on it; one that is not finished is
    shown as far as it has come, without a look at the test images. Of the ``train`` images it
    shows those that the model holds for like some test images. The report shows the run beside
    another one, ``against``, if that is given.
    Raises InputError if a file of the run cannot be read, or is damaged.

    >>> import tempfile
    >>> from chainrule.experiment import start
    >>> from chainrule.config import assignments, resolve
    >>> config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report_on(start(config, f"{folder}/run").run).name
    'report.html'
    """
    config = configuration.load(run.config, by_run=True)
    figures = read_metrics(run) if metrics is None else dict(metrics)
    if "best_epoch" not in figures and run.model.exists():
        with contextlib.suppress(InputError):  # a damaged one is for those who need its weights
            figures["best_epoch"] = kept_epoch(run.model)
    history, split = read_history(run), Split.load(run.split)
    brief = evaluation is not None and figures.get("seconds", 0.0) < SHORT
    if run.finished and evaluation is None:
        inputs = load_inputs(config, data_dir)
        train, test = inputs.train, inputs.test
        evaluation = evaluate(load(run.model), test)
        with contextlib.suppress(InputError):  # other training images by now, such as mended ones
            train, validation = split.apply(inputs.train)
            advice = advise_on(run, config, history, (evaluation, test), train, validation)
    if evaluation is not None and test is not None:
        atomic_write(run.predictions, predictions_table(evaluation, test))
    return report.write(
        run,
        config=msgspec.to_builtins(config),
        history=history,
        evaluation=evaluation,
        test=test,
        machine=figures.pop("machine", None) or machine.machine(),
        versions=figures.pop("versions", None) or machine.versions(),
        data_hashes=figures.pop("data_sha256", None) or {"train": split.sha256},
        metrics=figures,
        seed=config.seed,
        advice=advice,
        against=None if against is None else _as_other(against),
        inside=_inside(run, train, test, brief),
    )


def _inside(run: Run, train: Dataset | None, test: Dataset | None, brief: bool) -> Sequence[Panel]:
    """Pictures of the model as it is kept; none of a model that cannot be read."""
    from .inside import inside  # with the figures, which no training needs before its end

    if run.model.exists():
        with contextlib.suppress(InputError):
            return inside(load(run.model), train, test, brief=brief)
    return ()


def _as_other(run: Run) -> Against:
    """A run that another is compared with. InputError if it is damaged."""
    config = msgspec.to_builtins(configuration.load(run.config, by_run=True))
    return Against(run.folder.name, config, read_history(run), read_metrics(run))


def predictions_table(evaluation: Evaluation, test: Dataset) -> str:
    """CSV of path, true class, predicted class and the probability of the prediction.

    One row for each image, in the order of the data set. ``path`` is below the data set's folder,
    or "image 17" where the images have no files. An image for which the model gave no number has
    no prediction and no probability. `chainrule.cells` keeps spreadsheets from taking a name for a
    formula, and says how such a cell is read back.
    """
    rows: list[Sequence[str]] = [HEADER]
    predicted, labels = evaluation.predicted.tolist(), test.labels.tolist()
    for n, (k, label) in enumerate(zip(predicted, labels, strict=True)):
        answer = (test.classes[k], f"{evaluation.probabilities[n, k]:.4f}") if k >= 0 else ("", "")
        rows.append((test.name_of(n), test.classes[label], *answer))
    return csv_text(rows)


@checked
def read_metrics(run: Run) -> dict[str, Any]:
    """The figures of a finished run; none for another. InputError for a file that cannot be read,
    or holds something else.

    >>> import tempfile
    >>> from chainrule.experiment import start
    >>> from chainrule.config import assignments, resolve
    >>> config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read_metrics(start(config, f"{folder}/run").run)["test_count"]
    359
    """
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


def figures(experiment: Experiment, trainer: Trainer, test: Evaluation) -> dict[str, Any]:
    """Accuracies are shares. ``test_loss`` is the mean of cross-entropy without smoothing or
    penalty, whatever loss was trained with, so that runs can be compared.

    ``seconds`` is the training with its validations, without loading and testing;
    ``images_per_second`` the median over the epochs, so that compiling does not count.
    ``products`` says what multiplied in the ``precision`` of the training; the test is in float32.
    ``best_epoch`` is the one whose weights were kept and tested. ``clipped_steps`` is how many
    of the steps had a gradient that was clipped; None where none ever is.
    """
    config, rows = experiment.config, trainer.history.rows
    best, clip = trainer.callback(BestModel), trainer.callback(Clip)  # type: ignore[type-abstract]
    best_epoch = best.epoch if best else trainer.epoch
    speeds = [row["images_per_second"] for row in rows if row["images_per_second"]]
    per_class = zip(experiment.test.classes, test.per_class.tolist(), strict=True)
    return {
        "test_accuracy": test.accuracy,
        "test_accuracy_interval": list(test.interval),
        "test_loss": test.loss,
        "test_count": test.count,
        "test_per_class": {name: None if math.isnan(a) else a for name, a in per_class},
        "validation_accuracy": next(
            (row["validation_accuracy"] for row in rows if row["epoch"] == best_epoch), None
        ),
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
        "model": config.model_name,
        "precision": config.precision,
        "products": products(config),
        "device": device(config.device).described,
        "commit": machine.commit(),
        "machine": machine.machine(),
        "versions": machine.versions(),
    }


def read_history(run: Run) -> list[dict[str, Any]]:
    """The rows of ``history.csv`` as text; none if there are none yet."""
    if not run.history.exists():
        return []
    try:
        with run.history.open(newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"cannot read {run.history}: {error}") from None
