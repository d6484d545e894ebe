"""chainrule evaluate"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from ..errors import InputError
from . import choices, members
from .arguments import RUNS, AsJson, DataDir, Device, ModelName, Runs, TestTimeViews
from .measuring import document, measured_on, show_classes, show_result
from .show import say_json

if TYPE_CHECKING:
    pass


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
    device: Device = None,
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
    members.move(found, device)
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
