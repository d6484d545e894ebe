"""What a `Trainer` and its ``fit`` are given, as the parts that they work with."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any

from ..data.dataset import Dataset
from ..data.given import as_dataset
from ..declared import part, word
from ..errors import InputError
from ..layers.base import Layer
from ..layers.shapes import infer_shape
from ..losses import LOSSES, Loss, SoftmaxCrossEntropy
from ..optim import OPTIMIZERS, Adam, Optimizer
from ..penalties import L1, L2, Penalty
from ..printable import received
from ..types import Shape
from .averaging import AVERAGES, Average
from .callbacks import Callback

DEFAULT_BATCH = 128
KERAS = {"sparse-categorical-crossentropy", "categorical-crossentropy", "crossentropy"}
"""What others call the softmax cross-entropy."""


def as_model(model: Any) -> Layer:
    """InputError unless this is a layer."""
    if isinstance(model, Layer):
        return model
    made = f"; write {model.__name__}(…)" if isinstance(model, type) else ""
    raise InputError(
        "model: expected a model such as cr.models.mlp((28, 28, 1), (128,), 10), received "
        f"{received(model)}{made}"
    )


def as_optimizer(optimizer: Any) -> Optimizer:
    """An optimizer from itself, its class or its name; Adam where there is none."""
    if optimizer is None:
        return Adam()
    made: Optimizer = part("optimizer", optimizer, Optimizer, OPTIMIZERS, "cr.optim.Adam(1e-3)")
    return made


def as_loss(loss: Any) -> Loss:
    """A loss from itself, its class or its name, if it is one of classes."""
    if loss is None or (isinstance(loss, str) and word(loss) in KERAS):
        return SoftmaxCrossEntropy()
    others = {kind.__name__.lower(): kind for kind in Loss.__subclasses__()}
    kind = others.get(word(loss)) if isinstance(loss, str) else loss
    if isinstance(kind, type) and issubclass(kind, Loss) and kind not in LOSSES.values():
        raise InputError(
            f"loss: {kind.__name__} compares outputs with numbers, and labels are classes; "
            'write loss="cross-entropy"'
        )
    if callable(loss) and not isinstance(loss, type):
        return loss  # type: ignore[no-any-return]  # a function of logits and targets will do
    made: Loss = part("loss", loss, Loss, LOSSES, "cr.losses.SoftmaxCrossEntropy()")
    return made


def as_penalty(penalty: Any) -> Penalty | None:
    if penalty is None or (callable(penalty) and not isinstance(penalty, type)):
        return penalty
    made: Penalty = part("penalty", penalty, Penalty, {"l1": L1, "l2": L2}, "cr.penalties.L2(1e-4)")
    return made


def as_average(average: Any) -> Average | None:
    if average is None:
        return None
    example = "an average such as EMA() or SWA(5)"
    made: Average = part("average", average, Average, AVERAGES, example)
    return made


def as_callbacks(callbacks: Any) -> list[Callback]:
    """A list of callbacks from one, or from several; a class stands for what it makes."""
    several = isinstance(callbacks, list | tuple | Generator)
    given = list(callbacks) if several else [] if callbacks is None else [callbacks]
    return [part("callbacks", each, Callback, {}, "cr.training.Progress()") for each in given]


def datasets(
    model: Layer, train: Any, labels: Any, validation: Any
) -> tuple[Dataset, Dataset | None]:
    """What ``fit`` is to train and to validate on. ``fit(train, validation)`` may be two data sets:
    the second then stands where labels would."""
    if isinstance(train, Dataset) and validation is None:
        labels, validation = None, labels
    chosen = labeled(model, train, labels)
    if validation is None:
        return chosen, None
    shape = chosen.images.shape[1:]
    known = model.signature.classes if model.signature else chosen.classes
    return chosen, as_dataset(
        validation, name="validation", classes=known, shape=shape, scale=chosen.scale
    )


def labeled(model: Layer, data: Any, labels: Any = None, name: str = "train") -> Dataset:
    """A data set for ``model``, from itself or from images and labels."""
    known = model.signature
    if known is not None:
        return as_dataset(
            data, labels, name=name, classes=known.classes, shape=known.image_shape,
            scale=known.scale,
        )  # fmt: skip
    return as_dataset(data, labels, name=name, outputs=partial(_outputs, model))


def _outputs(model: Layer, image: Shape) -> int | None:
    """How many classes the model tells apart, where its layers say so."""
    try:
        output = infer_shape(model, image)
    except InputError:
        return None  # the forward pass says it better
    return output[0] if output is not None and len(output) == 1 else None
