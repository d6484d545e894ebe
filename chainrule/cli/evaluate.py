"""chainrule evaluate"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from ..errors import InputError
from ..printable import printable
from ..text import percent, plural
from . import choices, members
from .arguments import (
    RUNS,
    AsJson,
    DataDir,
    ModelName,
    Runs,
    TestTimeViews,
    is_data,
    run_folder,
)
from .show import say, say_json

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from ..ensemble.combining import Classifier
    from ..experiment import Measured
    from ..layers.base import Signature
    from ..metrics import ClassScores, Evaluation
    from ..training.run import Run


def evaluate(
    run: ModelName,
    /,
    *others: Annotated[
        str,
        Parameter(
            name="OTHERS",
            help="More runs or model files, for the ensemble of all; last, other images: a folder, "
            "a .csv file, or mnist, cifar10 …",
            completer=choices.runs(choices.data_sets, files=(".safetensors", *choices.TABLES)),
        ),
    ],
    ensemble: Annotated[
        bool,
        Parameter(negative=(), help="The ensemble of the run's snapshots, not its best model."),
    ] = False,
    average: Annotated[
        Literal["probabilities", "logits"] | None,
        Parameter(help="Of an ensemble: what the mean is taken of, probabilities by default."),
    ] = None,
    tta: TestTimeViews = None,
    soup: Annotated[
        bool,
        Parameter(
            negative=(),
            help="Also the models whose weights are the mean of all, and of those that validation "
            "chooses.",
        ),
    ] = False,
    save_soup: Annotated[
        Path | None, Parameter(help="With --soup: write the one that validation chose as a model.")
    ] = None,
    calibration: Annotated[
        bool,
        Parameter(
            negative=(), help="Of one model, too: calibration error, and temperature by validation."
        ),
    ] = False,
    out: Annotated[
        Path | None, Parameter(help="Draw reliability diagrams to this .png, .svg or .pdf.")
    ] = None,
    top: Annotated[
        int | None, Parameter(help="Also the share whose class is among the K most probable.")
    ] = None,
    json: AsJson = False,
    data_dir: DataDir = None,
    runs: Runs = RUNS,
) -> None:
    """Evaluate the best model of a run on the test images: accuracy, loss, and of each class
    precision, recall and F1. Of several runs, evaluate their ensemble and each of them: where they
    disagree, how well calibrated they are, and McNemar's test of any two.

    The last word may be DATA: of these with a part for testing these images are taken, else those
    of a part for validation, else all. For a run on a folder, --data-dir is where this folder is
    now, or its parent.

    Temperatures are fitted on the validation images of the runs, never on test images.
    """
    from .. import metrics, require
    from ..ensemble import with_views

    if top is not None:
        require.integer(1, **{"--top": top})
    if out is not None:
        from .. import plotting

        plotting.expect_drawable(out)
    names, place = members.words((run, *others), runs)
    several = ensemble or len(names) > 1
    _check_options(several, average, soup, save_soup, ensemble and len(names) > 1)
    found = members.snapshots(names[0], runs) if ensemble else members.load(names, runs)
    if several or calibration or out is not None:
        from .members_report import report

        report(
            found, place, average=average or "probabilities", tta=tta, soup=soup,
            save_soup=save_soup, out=out, top=top, json=json, data_dir=data_dir, runs=runs,
        )  # fmt: skip
        return
    (member,) = found
    measured = measured_on(found, place, data_dir, runs)
    model = with_views(member.model, tta)
    images = measured.images
    evaluation = metrics.evaluate(model, images)
    scores = metrics.precision_recall_f1(images.labels, evaluation.predicted, len(images.classes))
    said = document(measured, evaluation, scores, top, tta)
    if json:
        say_json(said)
    else:
        show_result(measured, evaluation, said.get("top_k"))
        show_classes(measured, scores)


def _check_options(
    several: bool, average: str | None, soup: bool, save_soup: Path | None, both: bool
) -> None:
    """InputError for options of an ensemble where there is none."""
    if both:
        raise InputError(
            "--ensemble: expected one run, whose snapshots are meant, received several"
        )
    if not several:
        for name, given in (("--average", average), ("--soup", soup)):
            if given:
                raise InputError(
                    f"{name}: expected two runs or more, or --ensemble for the snapshots of one, "
                    "received one run"
                )
    if save_soup is not None and not soup:
        raise InputError("--save-soup: expected beside --soup")
    if save_soup is not None and (save_soup.is_dir() or not save_soup.parent.is_dir()):
        raise InputError(f"cannot write {save_soup}: expected a file in a folder that exists")


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
    found: Sequence[members.Member], place: str | None, data_dir: Path | None, runs: Path
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
