"""The images that ``chainrule evaluate`` measures on, and how it says what it found."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..printable import printable
from ..text import percent, plural
from .arguments import is_data, run_folder
from .members import Member
from .show import say

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from ..ensemble.combining import Classifier
    from ..experiment import Measured
    from ..layers.base import Signature
    from ..metrics import ClassScores, Evaluation
    from ..training.run import Run


def show_result(measured: Measured, evaluation: Evaluation, top_k: dict[str, Any] | None) -> None:
    """The figures of all test images, and what was measured on."""
    from . import show

    classes = measured.images.classes
    show.result(evaluation)
    if top_k:
        few = "" if top_k["k"] < len(classes) else f" (of {plural(len(classes), 'class')})"
        say(f"top-{top_k['k']} accuracy {percent(top_k['accuracy'], 2)}{few}")
    scores = _scores(measured, evaluation)
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


def show_classes(measured: Measured, scores: ClassScores) -> None:
    """The table of the classes."""
    from . import show

    show.per_class(scores, measured.images.classes)


def _scores(measured: Measured, evaluation: Evaluation) -> ClassScores:
    from .. import metrics

    images = measured.images
    return metrics.precision_recall_f1(images.labels, evaluation.predicted, len(images.classes))


def document(
    measured: Measured,
    evaluation: Evaluation,
    scores: ClassScores,
    top: int | None,
    tta: str | None,
) -> dict[str, Any]:
    """All that is printed, as JSON values; shares are of 0..1."""
    from .. import metrics

    names = ("precision", "recall", "f1")
    columns = [getattr(scores, name).tolist() for name in names]
    said: dict[str, Any] = {
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
    if tta is not None:
        said["tta"] = tta
    if top is not None:
        labels = measured.images.labels
        share = metrics.top_k_accuracy(labels, evaluation.probabilities, top)
        said["top_k"] = {"k": top, "accuracy": share}
    return said


def measured_on(
    found: Sequence[Member], place: str | None, data_dir: Path | None, runs: Path
) -> Measured:
    """The images that ``place`` means, else those of the first run. InputError unless its model was
    made for such."""
    first = found[0]
    if first.run is None and place is None:
        raise InputError(
            f"{first.file} lies in no run, so it is unknown what it was trained on: name the data "
            f"to measure it on, as in: chainrule evaluate {first.file} DATA"
        )
    measured = _images(first.model, first.run, place, data_dir, runs)
    check_fit(first.model, measured.images)
    return measured


def _images(
    model: Classifier, run: Run | None, name: str | None, data_dir: Path | None, runs: Path
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


def signature_of(model: Classifier) -> Signature:
    """InputError if the model has none."""
    if model.signature is None:
        raise InputError("the model does not say which images and classes it is for")
    return model.signature


def check_fit(model: Classifier, dataset: Dataset) -> None:
    """InputError unless the model was made for images and classes such as these."""
    from ..data.matching import places

    signature = signature_of(model)
    if signature.image_shape != dataset.images.shape[1:]:
        raise InputError(
            f"the model is for images of {signature.image_shape}, "
            f"and those of {dataset.name} are {dataset.images.shape[1:]}"
        )
    places(signature.classes, dataset.classes, dataset.name)
