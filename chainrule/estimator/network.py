"""The net, its loss and its optimizer, as the arguments of an estimator name them."""

from __future__ import annotations

import copy
import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from .. import models, require
from ..data.augment import Augment, preset
from ..declared import word
from ..errors import InputError, did_you_mean
from ..layers.base import Layer, Signature
from ..layers.shapes import infer_shape
from ..optim import OPTIMIZERS, Optimizer
from ..printable import received
from ..schedules import SCHEDULES, Schedule
from ..types import Shape

LARGEST_NAME = 4096  # letters of the name of a class in a model file

DEFAULTS: dict[str, dict[str, Any]] = {"mlp": {"hidden": (256, 128), "dropout": 0.2}}
"""What a registered model is built with, unless ``model_params`` say otherwise."""


def build(model: Any, params: Any, shape: Shape, classes: tuple[str, ...], seed: int) -> Layer:
    """A net of its own for images of ``shape`` (H, W, C), with weights. InputError for an unknown
    name or argument, and for a net with another number of outputs than there are classes."""
    params = _named("model_params", params)
    if isinstance(model, Layer):
        if params:
            raise InputError(
                "model_params: expected none beside a model that is built, received "
                f"{received(dict(params))}"
            )
        net = copy.deepcopy(model)
    elif isinstance(model, str):
        defaults = DEFAULTS.get(model, {})
        net = models.build(model, inputs=shape, classes=len(classes), **{**defaults, **params})
    elif callable(model) and not isinstance(model, type):
        net = _called(model, params, shape, len(classes))
    else:
        raise InputError(
            "model: expected a name as 'mlp', a function of inputs and classes, or a model, "
            f"received {received(model)}"
        )
    output = infer_shape(net, shape)
    if output is not None and output != (len(classes),):
        raise InputError(
            f"model: expected {len(classes)} outputs, one for each class of y, received a model "
            f"with an output of shape (N, {', '.join(map(str, output))})"
        )
    net = net if net.initialized else net.init(seed)
    net.signature = Signature(shape, names(classes))
    return net


def _called(function: Callable[..., Any], params: Mapping[str, Any], shape: Shape, k: int) -> Layer:
    known = inspect.signature(function).parameters
    takes_any = any(p.kind is p.VAR_KEYWORD for p in known.values())
    for name in params:
        if name not in known and not takes_any:
            raise InputError(f"model has no argument {name!r}{did_you_mean(name, known)}")
    made = function(inputs=shape, classes=k, **params)
    if not isinstance(made, Layer):
        raise InputError(f"model: expected a function that returns a layer, received {made!r}")
    return made


def names(labels: Any) -> tuple[str, ...]:
    """What classes with these labels are called: the labels as text, or their places."""
    shown = tuple(str(label) for label in labels)
    short = all(len(name) <= LARGEST_NAME for name in shown)
    return shown if short and len(set(shown)) == len(shown) else tuple(map(str, range(len(shown))))


RATES = {"adam": 3e-3, "adamw": 3e-3}
"""The highest rates; other optimizers have their own."""


def rate(given: Any, learning_rate: Any) -> Any:
    """The highest learning rate of an optimizer; None for the optimizer's own."""
    if learning_rate is not None or isinstance(given, Optimizer):
        return learning_rate
    name = word(given) if isinstance(given, str) else getattr(given, "config_name", None)
    if name in RATES:
        return RATES[name]
    kind = OPTIMIZERS.get(name or "")
    return None if kind is None else inspect.signature(kind).parameters["lr"].default


def optimizer(given: Any, params: Any, rate: Schedule | None) -> Optimizer:
    """An optimizer of its own, by name or class with ``rate``, or a copy of the one given."""
    params = _named("optimizer_params", params)
    if isinstance(given, Optimizer):
        if rate is not None:
            raise InputError(
                "learning_rate: expected None beside an optimizer that is built, which has its own"
            )
        if params:
            raise InputError(
                "optimizer_params: expected none beside an optimizer that is built, received "
                f"{received(dict(params))}"
            )
        return copy.deepcopy(given)
    known = {word(key): kind for key, kind in OPTIMIZERS.items()}
    kind = known.get(word(given)) if isinstance(given, str) else given
    if not (isinstance(kind, type) and issubclass(kind, Optimizer)):
        near = did_you_mean(given, known) if isinstance(given, str) else ""
        raise InputError(
            f"optimizer: expected a name as 'adam', or cr.optim.Adam(1e-3), received "
            f"{received(given)}{near}"
        )
    arguments = inspect.signature(kind).parameters
    for name in params:
        if name not in arguments or name == "lr":
            near = "; write learning_rate" if name == "lr" else did_you_mean(name, arguments)
            raise InputError(f"optimizer {given!r} has no argument {name!r}{near}")
    chosen = dict(params) if rate is None else {"lr": rate, **params}
    return kind(**chosen)


SIMPLE = ("constant", "cosine", "linear", "one-cycle", "polynomial")


def schedule(name: Any, rate: Any, steps: int) -> Schedule:
    """The learning rate of each of so many steps, with ``rate`` at its highest."""
    if isinstance(rate, Schedule):
        return rate
    require.positive(learning_rate=rate)
    kind = SCHEDULES.get(word(name)) if isinstance(name, str) else None
    fields = {} if kind is None else {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    lacking = [
        f.name
        for f in fields.values()
        if f.name not in ("lr", "steps")
        and f.default is dataclasses.MISSING
        and f.default_factory is dataclasses.MISSING
    ]
    if kind is None or lacking:
        simple = [each for each in SCHEDULES if each in SIMPLE]
        near = did_you_mean(name, simple) if isinstance(name, str) else ""
        raise InputError(
            f"schedule: expected one of {', '.join(simple)}, or a schedule as learning_rate, "
            f"received {received(name)}{near}"
        )
    made: Schedule = kind(rate, **({"steps": max(1, steps)} if "steps" in fields else {}))  # type: ignore[call-arg]
    return made


def augmentation(given: Any) -> Augment | None:
    if given is None or isinstance(given, Augment):
        return given
    if isinstance(given, str):
        return None if given == "none" else preset(given)
    raise InputError(
        f"augment: expected the name of a preset, or cr.data.augment.Augment(…), received "
        f"{received(given)}"
    )


def _named(name: str, given: Any) -> Mapping[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
        raise InputError(f"{name}: expected a dict of arguments, received {received(given)}")
    return given
