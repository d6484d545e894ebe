"""chainrule check"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..errors import InputError
from . import choices
from .arguments import RUNS, Runs, find_model
from .show import say

if TYPE_CHECKING:
    from ..gradient_check import GradCheck
    from ..layers.base import Layer

IMAGES = 4

# Of a model with more parameters, or more arrays of them, fewer entries are checked, beside the
# direction through all. A tenth of the step crosses a tenth of the kinks, of which a deep model has
# very many.
SMALL, FEW = 100_000, 50
LARGE_STEP = 1e-6

# A model of the catalog is checked at a size that takes seconds. A formula is right at every
# size or at none.
IMAGE_SHAPE, CLASSES = (8, 8, 3), 10
THIN_VGG = {"inputs": (32, 32, 3), "widths": (2, 3, 4, 4, 4), "hidden": (6,), "pool_size": 1}
THIN_RESNET = {"name": "resnet", "widths": (2, 3, 3, 4)}
SIZES: dict[str, dict[str, Any]] = {
    "airbench": {"widths": (4, 6)},
    "efficientnet_lite0": {"width_mult": 0.1, "inputs": (16, 16, 3)},
    "lenet5": {"inputs": (12, 12, 3)},
    "mobilenet_v2": {"width_mult": 0.1, "inputs": (16, 16, 3)},
    "mlp": {"hidden": (16, 12), "norm": "batch", "dropout": 0.2},
    "resnet": {"blocks": (1, 1), "widths": (4, 6)},
    "resnet18": THIN_RESNET,
    "resnet34": {**THIN_RESNET, "blocks": (3, 4, 6, 3)},
    "resnet50": {**THIN_RESNET, "blocks": (3, 4, 6, 3), "block": "bottleneck"},
    "resnet20": {"width": 2},
    "resnet32": {"width": 2},
    "resnet56": {"width": 2},
    "resnet9": {"width": 4},
    "squeezenet1_1": {"inputs": (17, 17, 3)},
    **dict.fromkeys(("vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn"), THIN_VGG),
    "wide_resnet": {"depth": 10, "width": 1},
}
FIRST = {"mobilenet_v2": 8, "efficientnet_lite0": 8}
"""Nets of fifty like layers, by their first ones: a difference quotient through all of them has
lost seven digits, and takes a minute."""


def check(
    model: Annotated[
        str | None,
        Parameter(
            name="MODEL",
            help=f"A run, a model file, or a kind of model: {', '.join(choices.models())}.",
            completer=choices.runs(choices.models, files=(".safetensors",)),
        ),
    ] = None,
    /,
    *,
    all_: Annotated[
        bool, Parameter(name="--all", negative="", help="Every kind of model, one line each.")
    ] = False,
    samples: Annotated[
        int | None, Parameter(help="Entries of each array; else 20, or 2 of a large model's.")
    ] = None,
    runs: Runs = RUNS,
) -> None:
    """Check gradients against finite differences in float64; the exit code is 1 if one is wrong.

    A failed check names the layer to blame and the classic mistake that it looks like. Without
    an argument: the net and the table of report A, beside the report's own figures.
    """
    if all_:
        if model is not None:
            raise InputError(f"--all: expected no MODEL beside it, received {model!r}")
        _check_all(samples)
    elif model is not None:
        result = _check(_find(model, runs), samples)
        say(result)
        result.raise_if_failed()
    else:
        _report_a()


def _report_a() -> None:
    from ..recipes import a_gradient_check

    checks = a_gradient_check.check()
    say(a_gradient_check.table(checks))
    for result in checks.values():
        result.raise_if_failed()


def _check_all(samples: int | None) -> None:
    from ..models import MODELS

    failed = []
    for name in MODELS:
        result = _check(_kind(name), samples)
        verdict = "ok" if result.ok else "WRONG"
        say(f"{name:<12}  {len(result.rows):>3} arrays  worst {result.error:.1e}  {verdict}")
        if not result.ok:
            say(result)
            failed.append(result)
    for result in failed:
        result.raise_if_failed()


def _find(name: str, runs: Path) -> Layer:
    from .. import models

    if name in models.MODELS and not (runs / name).is_dir():
        return _kind(name)
    try:
        return find_model(name, runs)[0]
    except InputError as error:
        if Path(name).exists():
            raise
        kinds = ", ".join(models.MODELS)
        raise InputError(f"{error}; it is no model file either, and no kind ({kinds})") from None


def _kind(name: str) -> Layer:
    from .. import models
    from ..layers import Signature

    sizes: dict[str, Any] = {"inputs": IMAGE_SHAPE, "classes": CLASSES, **SIZES.get(name, {})}
    model = models.build(**{"name": name, **sizes})
    if name in FIRST:
        model = _shortened(model, FIRST[name], sizes["inputs"])
    model.init()
    model.signature = Signature(sizes["inputs"], tuple(map(str, range(CLASSES))))
    return model


def _shortened(model: Any, layers: int, shape: tuple[int, ...]) -> Layer:
    """The first ``layers`` of a model, with the head that its family has."""
    from ..layers import GlobalAvgPool2d, Linear, Sequential
    from ..layers.shapes import infer_shape

    body = model.layers[:layers]
    made = infer_shape(Sequential(*body), shape)
    channels = made[-1] if made else 1
    return Sequential(*body, GlobalAvgPool2d(), Linear(channels, CLASSES))


def _check(model: Layer, samples: int | None) -> GradCheck:
    """With random images: a derivative is right everywhere or not at all."""
    from threadpoolctl import threadpool_limits

    from ..gradient_check import gradcheck
    from ..layers import named_parameters
    from ..random import generator

    signature = model.signature
    if signature is None:
        raise InputError("the model does not say which images and classes it is for")
    sizes = [parameter.value.size for _, parameter in named_parameters(model)]
    large = sum(sizes) > SMALL or len(sizes) > FEW
    samples = samples if samples is not None else 2 if large else 20
    h = LARGE_STEP if large else None
    rng = generator("gradient check", 0)
    x = rng.integers(256, size=(IMAGES, *signature.image_shape)).astype("uint8")
    labels = rng.integers(len(signature.classes), size=IMAGES)
    with threadpool_limits(1):  # thousands of small products: threads would only wait
        return gradcheck(model, x, labels, h=h, samples=samples, raise_on_failure=False)
