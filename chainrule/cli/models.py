"""chainrule models"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter

from ..errors import InputError
from ..printable import printable
from .arguments import AsJson
from .show import remark, say_json, table

LARGEST = 10_000


def models(
    *,
    image_shape: Annotated[str, Parameter(help="Height, width and channels: HxWxC.")] = "32x32x3",
    classes: Annotated[int, Parameter(help="Classes that the model tells apart.")] = 10,
    json: AsJson = False,
) -> None:
    """List the kinds of models: parameters, FLOPs of a prediction, and the best accuracy measured.

    Sizes are those of the default settings of each; a multiply-add is two FLOPs. An accuracy is
    the mean of several trainings by the recipe beside it, on the test images of a data set:
    "chainrule reproduce RECIPE" measures it again.
    """
    from .. import require
    from ..config import schema

    require.integer(1, **{"--classes": classes})
    shape = _shape(image_shape)
    rows = [_described(name, form(), shape, classes) for name, form in schema.MODELS.items()]
    if json:
        say_json(rows)
        return
    table(
        ("model", "parameters", "FLOPs", "image", "best test accuracy", "what it is"),
        [_shown(row, image_shape) for row in rows],
        right=(1, 2),
        prose=True,
    )
    remark("chainrule train --model NAME; its settings: chainrule settings model.NAME")


def _described(name: str, table: Any, shape: tuple[int, ...], classes: int) -> dict[str, Any]:
    """What is known of a kind of model; if it takes no such images, the "problem"."""
    from ..config import Config
    from ..cost import count_parameters, flops
    from ..experiment import factory
    from ..models import MODELS
    from ..models.measured import measured

    row = {"name": name, "image_shape": list(shape), "classes": classes}
    best = [asdict(each) for each in measured().get(name, ())]
    about = {"measured": best, "description": summary(MODELS[name])}
    try:
        model = factory.model_for(Config(model=table), shape, classes)
        sizes = {"parameters": count_parameters(model), "flops": flops(model, shape)}
    except InputError as error:
        return row | about | {"parameters": None, "flops": None, "problem": str(error)}
    return row | sizes | about


def _shown(row: dict[str, Any], shape: str) -> list[str]:
    from ..models.measured import Measured
    from ..text import amount

    said = row.get("problem") or row["description"]
    parameters, operations = row["parameters"], row["flops"]
    return [
        row["name"],
        "–" if parameters is None else f"{parameters:,}",
        "–" if operations is None else amount(operations),
        shape,
        "; ".join(str(Measured(**each)) for each in row["measured"]) or "–",
        printable(said),
    ]


def summary(builder: Callable[..., Any]) -> str:
    """One line on a model: what its function says first, or its module if that is a formula."""
    own, of_module = (
        (inspect.getdoc(thing) or "").partition("\n")[0]
        for thing in (builder, inspect.getmodule(builder))
    )
    return re.sub("`+", "", of_module if "->" in own else own)


def _shape(text: str) -> tuple[int, ...]:
    """The numbers in HxWxC. InputError for anything else."""
    if re.fullmatch(r"[1-9]\d{0,4}x[1-9]\d{0,4}x(1|3)", text, re.ASCII):
        sides = tuple(map(int, text.split("x")))
        if max(sides) <= LARGEST:
            return sides
    raise InputError(
        f"--image-shape: expected HEIGHTxWIDTHxCHANNELS such as 28x28x1, with 1 or 3 channels and "
        f"sides of at most {LARGEST:,}, received {text!r}"
    )
