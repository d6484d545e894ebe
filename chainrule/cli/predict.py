"""chainrule predict"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..cells import csv_text
from ..errors import InputError
from . import choices
from .arguments import RUNS, AsJson, Device, ModelName, Runs, TestTimeViews, find_model
from .exits import DONE, MISUSED, ending
from .show import say_json, table

if TYPE_CHECKING:
    from ..ensemble.combining import Classifier
    from ..layers.base import Signature

Best = list[tuple[str, float]]
Answer = tuple[str, Best]

IMAGE = Parameter(
    name="IMAGE",
    help="An image file, a folder, or a pattern such as 'new/*.jpg'.",
    completer=choices.IMAGE_FILES,
)


def predict(
    run: ModelName,
    image: Annotated[str, IMAGE],
    /,
    *images: Annotated[
        str, Parameter(name="IMAGE", help="More of them.", completer=choices.IMAGE_FILES)
    ],
    top: Annotated[int, Parameter(help="How many classes, the most probable first.")] = 3,
    tta: TestTimeViews = None,
    json: AsJson = False,
    csv: Annotated[bool, Parameter(negative="", help="Print CSV, for a spreadsheet.")] = False,
    device: Device = None,
    runs: Runs = RUNS,
) -> int:
    """Classify images: the most probable classes of each, with their probabilities.

    An image that cannot be read is named on stderr, and the others are predicted all the
    same; the exit code is 2 then.
    """
    from .. import require
    from ..data.folder.files import image_files
    from ..ensemble import with_views

    require.integer(1, **{"--top": top})
    if json and csv:
        raise InputError("--csv: expected one of --json and --csv, received both")
    model, file, _ = find_model(run, runs)
    if model.signature is None:
        raise InputError(f"{file} does not say which images and classes it is for")
    if device is not None:
        model.to(device)
    code = DONE
    paths: list[str] = []
    for name in (image, *images):
        try:
            paths += image_files(name)
        except InputError as error:
            code = ending(MISUSED, error)
    answers: list[Answer] = []
    asked = with_views(model, tta)
    for predicted, errors in _predicted(asked, model.signature, paths, top):
        answers += predicted
        for problem in errors:
            code = ending(MISUSED, problem)
    if json:
        say_json([{"image": path, "predictions": _as_objects(best)} for path, best in answers])
    elif answers:
        _print(answers, min(top, len(model.signature.classes)), csv)
    return code


def _as_objects(best: Best) -> list[dict[str, Any]]:
    return [{"class": name, "probability": p} for name, p in best]


def _print(answers: Sequence[Answer], most: int, as_csv: bool) -> None:
    """A line for each image: its path, then class and probability of the best ones."""
    places = ["", *(f" {place}" for place in range(2, most + 1))]
    header = ["image", *(f"{word}{place}" for place in places for word in ("class", "probability"))]
    rows = [
        [path, *(text for name, p in best for text in (name, f"{p:.4f}"))] for path, best in answers
    ]
    rows = [row + [""] * (len(header) - len(row)) for row in rows]  # no number, no answer
    if as_csv:
        print(csv_text([header, *rows]), end="", flush=True)
    else:
        table(header, rows)


def _predicted(
    model: Classifier, signature: Signature, paths: Sequence[str], top: int
) -> Iterator[tuple[list[Answer], list[InputError]]]:
    """(answers, what could not be read), so many images at a time."""
    import numpy as np

    from ..prediction import classified

    for readable, p, errors in classified(model, paths):
        best = np.argsort(-p, axis=1, kind="stable")[:, :top]
        best[np.isnan(p).any(axis=1)] = -1
        yield (
            [
                (path, [(signature.classes[k], float(p[i, k])) for k in best[i].tolist() if k >= 0])
                for i, path in enumerate(readable)
            ],
            errors,
        )
