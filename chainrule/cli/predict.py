"""chainrule predict"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import InputError
from .arguments import RUNS, ModelName, Runs, find_model
from .exits import DONE, MISUSED, ending

if TYPE_CHECKING:
    from ..layers.base import Signature
    from ..types import Array

SHOWN = 3
BATCH = 256
"""Images that are in memory at a time: a folder may hold any number."""

IMAGE = Parameter(name="IMAGE", help="An image file, a folder, or a pattern such as 'new/*.jpg'.")


def predict(
    run: ModelName,
    image: Annotated[str, IMAGE],
    /,
    *images: Annotated[str, Parameter(name="IMAGE", help="More of them.")],
    runs: Runs = RUNS,
) -> int:
    """Classify images: the most probable classes of each, with their probabilities.

    An image that cannot be read is named on stderr, and the others are predicted all the
    same; the exit code is 2 then.
    """
    import numpy as np

    from ..data.folder.files import image_files
    from ..metrics import predict_probabilities
    from . import show

    model, file, _ = find_model(run, runs)
    if model.signature is None:
        raise InputError(f"{file} does not say which images and classes it is for")
    classes, code = model.signature.classes, DONE
    paths: list[str] = []
    for name in (image, *images):
        try:
            paths += image_files(name)
        except InputError as error:
            code = ending(MISUSED, error)
    rows = []
    for readable, arrays, errors in _batches(paths, model.signature):
        for problem in errors:
            code = ending(MISUSED, problem)
        if not readable:
            continue
        probabilities = predict_probabilities(model, np.stack(arrays))
        for path, p in zip(readable, probabilities, strict=True):
            best = np.argsort(-p, kind="stable")[:SHOWN]
            rows.append([path, *(text for k in best for text in (classes[k], f"{p[k]:.4f}"))])
    if not rows:
        return code
    places = min(SHOWN, len(classes))
    header = ["image", *("class", "probability"), *("next", "probability") * (places - 1)]
    show.table(header, rows)
    return code


def _batches(
    paths: Sequence[str], signature: Signature
) -> Iterator[tuple[list[str], list[Array], list[InputError]]]:
    """(paths, their images, what could not be read), so many at a time."""
    from ..data.formats.images import read_image

    for start in range(0, len(paths), BATCH):
        readable: list[str] = []
        arrays: list[Array] = []
        errors: list[InputError] = []
        for path in paths[start : start + BATCH]:
            try:
                arrays.append(read_image(path, signature.image_shape, signature.resize))
                readable.append(path)
            except InputError as error:
                errors.append(error)
        yield readable, arrays, errors
