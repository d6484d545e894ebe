"""What a training is given to fit: data that suit the model, and batches that it learns from.

Batch norm and switchable norm take statistics across the batch. With one value a channel those
say nothing (`chainrule.layers.SingleValueError`), so for a model with such a norm

    a last batch of one image joins the batch before it, and
    so does a last part of one image, where ``accumulate`` takes batches in parts.

No image is left out, and the cut follows from sizes alone, so that a resume makes the same one.
What cannot be cut so is refused before the first step. `Fitting` is what the next call of ``fit``
tells by whether it goes on with the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..data.given import as_dataset
from ..data.loader import Loader
from ..data.matching import in_order
from ..declared import part, word
from ..distributed.group import Alone, Group
from ..errors import InputError
from ..layers.base import Layer, Signature, learns, named_arrays, named_parameters, walk
from ..layers.norm import GroupNorm, InstanceNorm, LayerNorm
from ..layers.several import SingleValueError, norms_of_batch, smallest_batch
from ..layers.shapes import infer_shape
from ..layers.variables import Buffer
from ..losses import LOSSES, Loss, SoftmaxCrossEntropy
from ..optim import OPTIMIZERS, Adam, Optimizer
from ..penalties import L1, L2, Penalty
from ..printable import received
from ..types import Array, Shape
from .averaging import AVERAGES, Average
from .callbacks import Callback
from .data_dependent import measure_images

LOOKS = 16  # images that stand for all: they may lie on a disk
DEFAULT_BATCH = 128
KERAS = {"sparse-categorical-crossentropy", "categorical-crossentropy", "crossentropy"}
"""What others call the softmax cross-entropy."""


@dataclass(frozen=True)
class Fitting:
    """A training set, a validation set, and how batches are cut, between calls of ``fit``.

    train, judge   fingerprints; "" where nothing is known, as before the first call. ``judge`` is
                   of the data whose results are compared: the validation set, else the training set
    """

    train: str = ""
    judge: str = ""
    batch_size: int = 0
    seed: int = 0

    @classmethod
    def of(cls, train: Dataset, validation: Dataset | None, batch_size: int, seed: int) -> Fitting:
        own = fingerprint(train)
        judge = f"train {own}" if validation is None else fingerprint(validation)
        return cls(own, judge, int(batch_size), seed)

    def cuts_like(self, before: Fitting) -> bool:
        """Whether batch i of an epoch is the same images as it was ``before``, as far as known."""
        mine, theirs = ((each.train, each.batch_size, each.seed) for each in (self, before))
        return not before.train or mine == theirs

    def judges_like(self, before: Fitting) -> bool:
        """Whether results can be compared with those ``before``."""
        return not before.judge or self.judge == before.judge

    def state(self) -> dict[str, Any]:
        return asdict(self)


def fingerprint(dataset: Dataset) -> str:
    """Which data these are, in 32 hex digits, from shape, labels, class names and a few images.

    ``Dataset.sha256`` would be certain, and would read every pixel from the disk.
    """
    digest = hashlib.sha256(repr((dataset.images.shape, dataset.classes)).encode())
    digest.update(np.ascontiguousarray(dataset.labels, "<i8").data)
    for i in np.unique(np.linspace(0, len(dataset) - 1, min(LOOKS, len(dataset))).astype(int)):
        digest.update(np.ascontiguousarray(dataset.images[int(i)]).data)
    return digest.hexdigest()[:32]


def named_alike(
    model: Layer, train: Dataset, validation: Dataset | None
) -> tuple[Dataset, Dataset | None]:
    """Both with the classes in the order of the model's outputs. InputError for other classes."""
    if (signature := model.signature) is not None:
        try:
            train = in_order(train, signature.classes, "train")
        except InputError as error:
            hint = "to train the model for other classes, set model.signature = None"
            raise InputError(f"{error}; {hint}") from None
    if validation is not None:
        validation = in_order(validation, train.classes, "validation")
    return train, validation


def make_ready(model: Layer, train: Dataset) -> None:
    """Forget gradients of earlier experiments; learn what the data look like, unless known."""
    model.clear_grads()
    measure_images(model, train.images)
    if model.signature is None:
        model.signature = Signature(train.images.shape[1:], train.classes, scale=train.scale)


def batches_per_epoch(model: Layer, dataset: Dataset, batch_size: int) -> int:
    """How many steps a training of ``model`` makes an epoch."""
    return len(Loader(dataset, batch_size, smallest=smallest_batch(model)))


def smallest_part(model: Layer, batch_size: int, accumulate: int = 1) -> int:
    """The least images that a part of a batch is given: 2 with batch norm, unless all of them
    are to be of one image, which norms over the pixels of large enough maps can learn from."""
    return smallest_batch(model) if batch_size > accumulate else 1


def expect_trainable(model: Layer, dataset: Dataset, batch_size: int, accumulate: int = 1) -> None:
    """Raise InputError if a norm of ``model`` would learn from one value at every step.

    Asked of the model itself, with a forward on the smallest batch, where a norm could be in
    doubt. Its buffers are left as they were. InputError too if every parameter is frozen.
    """
    if named_parameters(model) and not learns(model):
        raise InputError(
            "model: expected a parameter that is trained, received a model with all of them "
            "frozen; chainrule.transfer.unfreeze(model) lets them learn"
        )
    part = min(2, -(-batch_size // accumulate), len(dataset))
    of_batch = part == 1 and next(norms_of_batch(model), None) is not None
    of_sample = any(isinstance(f, (LayerNorm, GroupNorm, InstanceNorm)) for f in walk(model))
    if not (of_batch or of_sample):
        return
    try:
        _forward(model, model.device.put(dataset.images[:part]))
    except SingleValueError as error:
        raise InputError(_refusal(error, part, len(dataset), batch_size, accumulate)) from None


def _forward(model: Layer, images: Array) -> None:
    buffers = [node for _, node in named_arrays(model) if isinstance(node, Buffer)]
    before = [buffer.value.copy() for buffer in buffers]
    try:
        with np.errstate(all="ignore"):
            model.forward(images)
    finally:
        for buffer, value in zip(buffers, before, strict=True):
            buffer.value = value


def _refusal(
    error: SingleValueError, part: int, images: int, batch_size: int, accumulate: int
) -> str:
    where = f"{error.path}: {error.problem}" if error.path else error.problem
    if part > 1:
        return where
    if images == 1:
        return f"train: expected 2 images or more for a model with batch norm, received 1 ({where})"
    if batch_size == 1:
        return f"batch_size: expected 2 or more for a model with batch norm, received 1 ({where})"
    return (
        f"accumulate: expected at most {batch_size // 2} for batches of {batch_size} and a model "
        f"with batch norm, so that each part has 2 images, received {accumulate} ({where})"
    )


def fresh_norms(model: Layer) -> list[Any]:
    """The norms that look across the batch and have not learned from any yet."""
    norms: list[Any] = list(norms_of_batch(model))
    return [
        norm
        for norm in norms
        if not norm.running_mean.value.any() and (norm.running_var.value == 1).all()
    ]


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


def as_group(group: Any) -> Group:
    """The ranks that train together; InputError for what is none."""
    if group is None or isinstance(group, Group):
        return group or Alone()
    raise InputError(f"group: expected cr.distributed.world() or None, received {received(group)}")


def as_flag(name: str, flag: Any) -> bool:
    if isinstance(flag, bool | np.bool_):
        return bool(flag)
    raise InputError(f"{name}: expected True or False, received {received(flag)}")


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
