"""chainrule check"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import InputError
from .places import RUNS, Runs, load_model, open_run

if TYPE_CHECKING:
    from ..layers.base import Layer

PICTURES = 8


def check(
    model: Annotated[
        str | None, Parameter(name="MODEL", help="A run, a model file, or a kind such as mlp.")
    ] = None,
    /,
    *,
    runs: Runs = RUNS,
) -> None:
    """Check gradients against finite differences in float64; the exit code is 1 if one is wrong.

    Without an argument: the net and the table of report A, beside the report's own figures.
    """
    if model is None:
        from ..recipes import a_gradient_check

        checks = a_gradient_check.check()
        print(a_gradient_check.table(checks))
        for result in checks.values():
            result.raise_if_failed()
    else:
        _check_model(_find(model, runs))


def _find(name: str, runs: Path) -> Layer:
    from .. import config, experiment, models, saving

    if name in models.MODELS and not (runs / name).is_dir():
        layer = config.Settings({"model": {"name": name}})
        return experiment.prepare(config.resolve(layer)).model
    if Path(name).is_file():
        return saving.load(name)
    try:
        return load_model(open_run(name, runs))
    except InputError as error:
        if Path(name).exists():
            raise
        kinds = ", ".join(models.MODELS)
        raise InputError(f"{error}; it is no model file either, and no kind ({kinds})") from None


def _check_model(model: Layer) -> None:
    """With random pictures: a derivative is right everywhere or not at all."""
    from ..gradient_check import gradcheck
    from ..random import generator

    signature = model.signature
    if signature is None:
        raise InputError("the model does not say what pictures and classes it is for")
    rng = generator("gradient check", 0)
    x = rng.integers(256, size=(PICTURES, *signature.image_shape)).astype("uint8")
    labels = rng.integers(len(signature.classes), size=PICTURES)
    result = gradcheck(model, x, labels, raise_on_failure=False)
    print(result)
    result.raise_if_failed()
