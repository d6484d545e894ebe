"""chainrule predict"""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from ..errors import InputError
from .exits import DONE, MISUSED, ending
from .places import RUNS, RunName, Runs, load_model, open_run

SHOWN = 3


def predict(
    run: RunName,
    image: Annotated[str, Parameter(name="IMAGE", help="A picture file.")],
    /,
    *images: Annotated[str, Parameter(name="IMAGE", help="More picture files.")],
    runs: Runs = RUNS,
) -> int:
    """Say what pictures show: the most probable classes of each, with their probabilities.

    A picture that cannot be read is named on stderr, and the others are predicted all the
    same; the exit code is 2 then.
    """
    import numpy as np

    from ..data.pictures import read_picture
    from ..metrics import predict_probabilities
    from . import show

    opened = open_run(run, runs)
    model = load_model(opened)
    if model.signature is None:
        raise InputError(f"{opened.model} does not say what pictures and classes it is for")
    classes, code = model.signature.classes, DONE
    readable, pictures = [], []
    for path in (image, *images):
        try:
            signature = model.signature
            pictures.append(read_picture(path, signature.image_shape, signature.resize))
            readable.append(path)
        except InputError as error:
            code = ending(MISUSED, error)
    if not pictures:
        return code
    rows = []
    for path, p in zip(readable, predict_probabilities(model, np.stack(pictures)), strict=True):
        best = np.argsort(-p, kind="stable")[:SHOWN]
        rows.append([path, *(text for k in best for text in (classes[k], f"{p[k]:.4f}"))])
    places = min(SHOWN, len(classes))
    header = ["picture", *("class", "probability"), *("next", "probability") * (places - 1)]
    show.table(header, rows)
    return code
