"""chainrule evaluate"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..errors import InputError
from ..printable import printable
from ..text import percent, plural
from . import choices
from .arguments import (
    RUNS,
    AsJson,
    DataDir,
    ModelName,
    Runs,
    find_model,
    is_data,
    open_run,
    run_folder,
)
from .show import say, say_json

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from ..ensemble import Ensemble
    from ..experiment import Measured
    from ..layers.base import Layer, Signature
    from ..metrics import ClassScores, Evaluation
    from ..training.run import Run


def evaluate(
    run: ModelName,
    data: Annotated[
        str | None,
        Parameter(
            name="DATA",
            help="Other images: a folder, a .csv file, or mnist, cifar10 …",
            completer=choices.DATA,
        ),
    ] = None,
    /,
    *,
    ensemble: Annotated[
        bool,
        Parameter(negative=(), help="The ensemble of the run's snapshots, not its best model."),
    ] = False,
    top: Annotated[
        int | None, Parameter(help="Also the share whose class is among the K most probable.")
    ] = None,
    json: AsJson = False,
    data_dir: DataDir = None,
    runs: Runs = RUNS,
) -> None:
    """Evaluate the best model of a run on the test images: accuracy, loss, and of each class
    precision, recall and F1.

    Of DATA with a part for testing these images are taken, else those of a part for validation,
    else all. For a run on a folder, --data-dir is where this folder is now, or its parent.
    """
    from .. import metrics, require
    from ..ensemble import Ensemble

    if top is not None:
        require.integer(1, **{"--top": top})
    model: Layer | Ensemble
    opened: Run | None
    if ensemble:
        opened = open_run(run, runs)
        model = Ensemble.load(opened.snapshots)
    else:
        model, file, opened = find_model(run, runs)
        if opened is None and data is None:
            raise InputError(
                f"{file} lies in no run, so it is unknown what it was trained on: name the data to "
                f"measure it on, as in: chainrule evaluate {file} DATA"
            )
    measured = _images(model, opened, data, data_dir, runs)
    check_fit(model, measured.images)
    images = measured.images
    evaluation = metrics.evaluate(model, images)
    scores = metrics.precision_recall_f1(images.labels, evaluation.predicted, len(images.classes))
    said = _document(measured, evaluation, scores)
    if top is not None:
        share = metrics.top_k_accuracy(images.labels, evaluation.probabilities, top)
        said["top_k"] = {"k": top, "accuracy": share}
    if json:
        say_json(said)
    else:
        _print(measured, evaluation, scores, said.get("top_k"))


def _print(
    measured: Measured, evaluation: Evaluation, scores: ClassScores, top_k: dict[str, Any] | None
) -> None:
    from . import show

    classes = measured.images.classes
    show.result(evaluation)
    if top_k:
        few = "" if top_k["k"] < len(classes) else f" (of {plural(len(classes), 'class')})"
        say(f"top-{top_k['k']} accuracy {percent(top_k['accuracy'], 2)}{few}")
    averages = zip(("precision", "recall", "F1"), scores.macro, strict=True)
    say(f"macro average: {', '.join(f'{name} {percent(x, 2)}' for name, x in averages)}")
    if measured.said:
        say(f"measured on {printable(measured.said)}")
    for note in measured.notes:
        say(f"note: {printable(note)}")
    if measured.skipped:
        (name, reason), *others = measured.skipped
        more = f" and {len(others):,} more" if others else ""
        say(f"note: skipped {printable(name)} ({printable(reason)}){more}")
    show.per_class(scores, classes)


def _document(measured: Measured, evaluation: Evaluation, scores: ClassScores) -> dict[str, Any]:
    """All that is printed, as JSON values; shares are of 0..1."""
    names = ("precision", "recall", "f1")
    columns = [getattr(scores, name).tolist() for name in names]
    return {
        "images": evaluation.count,
        "accuracy": evaluation.accuracy,
        "accuracy_interval": list(evaluation.interval),
        "loss": evaluation.loss,
        "macro": dict(zip(names, scores.macro, strict=True)),
        "classes": [
            {"class": name, "images": int(count), **dict(zip(names, values, strict=True))}
            for name, count, *values in zip(
                measured.images.classes, scores.support, *columns, strict=True
            )
        ],
        "data": measured.said or measured.images.name,
        "notes": list(measured.notes),
        "skipped": [{"path": path, "reason": reason} for path, reason in measured.skipped],
    }


def _images(
    model: Layer | Ensemble, run: Run | None, name: str | None, data_dir: Path | None, runs: Path
) -> Measured:
    """The images that ``name`` means, else the run's own."""
    from .. import config
    from ..data import NAMES
    from ..experiment import load_other, load_test

    settings = None if run is None else config.load(run.config, by_run=True)
    if name is None or (settings and _is_same(name, settings.data)):
        assert settings is not None
        return load_test(settings, data_dir)
    if name not in NAMES:
        if data_dir is not None:
            raise InputError(f"--data-dir: expected none beside the data {name}")
        if not is_data(name) and run_folder(name, runs) is not None:
            raise InputError(f"DATA: expected images, received the run {name}")
    return load_other(name, signature_of(model), settings, data_dir)


def _is_same(name: str, data: str) -> bool:
    """Whether this is the data of the run itself, of which the test images alone are unknown to
    the model."""
    path = os.path.expanduser(name)
    return name == data or (
        os.path.exists(path) and os.path.exists(data) and os.path.samefile(path, data)
    )


def signature_of(model: Layer | Ensemble) -> Signature:
    """InputError if the model has none."""
    if model.signature is None:
        raise InputError("the model does not say which images and classes it is for")
    return model.signature


def check_fit(model: Layer | Ensemble, dataset: Dataset) -> None:
    """InputError unless the model was made for images and classes such as these."""
    from ..data.matching import places

    signature = signature_of(model)
    if signature.image_shape != dataset.images.shape[1:]:
        raise InputError(
            f"the model is for images of {signature.image_shape}, "
            f"and those of {dataset.name} are {dataset.images.shape[1:]}"
        )
    places(signature.classes, dataset.classes, dataset.name)
