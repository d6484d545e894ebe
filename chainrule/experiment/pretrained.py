"""A training that begins with a trained model: its images, its head, and what of it is frozen."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

import msgspec
import numpy as np

from .. import transfer
from ..config import Config
from ..config.schema import ImagesConfig, PretrainedConfig
from ..data.dataset import Dataset
from ..errors import InputError
from ..layers.base import Layer, Signature, named_parameters, trained_parameters
from ..layers.depth import blocks, find_head
from ..printable import printable
from ..saving import load as load_file
from ..text import plural
from ..training import Callback, GradualUnfreezing, Run
from ..training.features import feature_shape, fits
from ..transfer.sources import names, weights_sha256

SIDE = 128
"""Pixels of a side for a pre-trained model that takes images of any size, unless asked for others:
a third of the operations of the usual 224."""

PARTS = (1 / 6, 1 / 3, 1 / 2)
"""Of the epochs, after which a part of the body joins."""


@dataclass(frozen=True)
class Beginning:
    """The model that a training begins with.

    model   the trained one; if ``ready``, with the head that the run has drawn for it
    config  with what the source decides filled in
    """

    model: Layer
    config: Config
    ready: bool = False


def begin_with(config: Config, run: Run | None = None) -> Beginning | None:
    """The trained model of the configuration, None if it has none. A ``run`` has a copy of it, so
    that the source may be gone. InputError for a source that is none, or is not what it was."""
    table = config.pretrained
    if not table.source:
        return None
    if run is not None and run.pretrained.exists():
        return Beginning(load_file(run.pretrained), config, ready=True)
    try:
        model = transfer.load(table.source)
    except InputError as error:
        raise InputError(f"pretrained.source: {str(error).removeprefix('source: ')}") from None
    is_path = table.source not in names()
    source = os.path.abspath(os.path.expanduser(table.source)) if is_path else table.source
    sha256 = weights_sha256(model)
    if table.sha256 not in ("", sha256):
        raise InputError(
            f"pretrained.sha256: expected {table.sha256[:12]}, received {sha256[:12]}: the weights "
            f"of {printable(table.source)} are others now; --set pretrained.sha256='' takes them "
            "as they are"
        )
    kept = msgspec.structs.replace(table, source=source, sha256=sha256)
    config = msgspec.structs.replace(config, pretrained=kept)
    return Beginning(model, msgspec.structs.replace(config, images=_images(config, model)))


def _images(config: Config, model: Layer) -> ImagesConfig:
    """The images as the model knows them, where the settings leave that open."""
    images, known = config.images, model.signature
    if known is None:
        return images
    height, width, channels = known.image_shape
    if channels not in (1, 3):
        raise InputError(
            f"pretrained.source: expected a model of gray images or of colored ones, received one "
            f"of {channels} channels"
        )
    color = "gray" if channels == 1 else "rgb"
    if images.color not in ("auto", color):
        raise InputError(
            f"images.color: expected {color!r}, as the images that {config.pretrained.source} was "
            f"trained on, received {images.color!r}"
        )
    size = images.image_size
    if not size:
        any_size = config.pretrained.source in names()
        size = SIDE if any_size and min(height, width) > SIDE else (height, width)
        size = size[0] if isinstance(size, tuple) and size[0] == size[1] else size
    return msgspec.structs.replace(images, image_size=size, color=color)


def build(beginning: Beginning, config: Config, dataset: Dataset) -> Layer:
    """The model for images and classes such as those of ``dataset``, with what is frozen."""
    table = config.pretrained
    signature = Signature(dataset.images.shape[1:], dataset.classes, config.images.resize)
    try:
        model = _with_head(beginning, table, signature, config.seed)
        _freeze(model, table)
    except InputError as error:
        name = "images" if str(error).startswith("image_shape") else "pretrained"
        raise InputError(f"{name}: {error}") from None
    return model


def _with_head(
    beginning: Beginning, table: PretrainedConfig, signature: Signature, seed: int
) -> Layer:
    model, known = beginning.model, beginning.model.signature
    if not (beginning.ready or table.head == "keep"):
        shape, names = signature.image_shape, signature.classes
        made = transfer.replace_head(model, names, image_shape=shape, seed=seed)
        made.signature = signature
        return made
    classes = known.classes if known else ()
    if set(classes) != set(signature.classes):
        raise InputError(
            f"head: expected the classes of the model, to keep its head: {_some(classes)}; "
            f"received {_some(signature.classes)}; --set pretrained.head=new gives it another"
        )
    if classes != signature.classes:  # the outputs in the order of the data
        _, head = find_head(model)
        places = [classes.index(name) for name in signature.classes]
        for _, parameter in named_parameters(head):
            parameter.value = np.ascontiguousarray(parameter.value[..., places])
    model.signature = signature
    return model


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(map(printable, names[:3]))
    return f"{plural(len(names), 'class')} ({shown}{', …' if len(names) > 3 else ''})"


def _freeze(model: Layer, table: PretrainedConfig) -> None:
    if table.unfreeze == "gradual":
        if not blocks(model):
            raise InputError("unfreeze: expected a model with a body, received one that is a head")
    elif table.freeze == "body":
        transfer.freeze(model)


def rates(config: Config, model: Layer) -> dict[str, dict[str, float]]:
    """The groups of the optimizer for ``layer_decay``; none without a trained model."""
    table = config.pretrained
    if not table.source or table.layer_decay == 1:
        return {}
    return transfer.rates(model, table.layer_decay)


def callbacks(config: Config, model: Layer) -> list[Callback]:
    """What thaws the body, if that is asked for. InputError for a plan that cannot be."""
    table = config.pretrained
    if table.unfreeze != "gradual":
        return []
    plan = unfreeze_epochs(config, count := len(blocks(model)))
    try:
        unfreezing = GradualUnfreezing(plan)
        unfreezing.expect(count)
    except InputError as error:
        raise InputError(f"pretrained.unfreeze_{error}") from None
    return [unfreezing]


def unfreeze_epochs(config: Config, count: int) -> tuple[float, ...]:
    """The epochs after which a part of a body of so many blocks joins; the last one early enough
    to learn."""
    given = config.pretrained.unfreeze_epochs
    if given:
        if given[-1] >= config.epochs:
            raise InputError(
                f"pretrained.unfreeze_epochs: expected less than the {config.epochs} epochs of the "
                f"training, received {given[-1]:g}"
            )
        return given
    last = max(0, config.epochs - 1)
    return tuple(min(last, math.ceil(share * config.epochs)) for share in PARTS[-count:])


def about(config: Config, model: Layer, augmented: bool, images: int) -> list[tuple[str, str]]:
    """What a person is told of it before the training: (word, text) rows."""
    table = config.pretrained
    if not table.source:
        return []
    trained = sum(p.value.size for _, p in trained_parameters(model))
    every = sum(p.value.size for _, p in named_parameters(model))
    if table.unfreeze == "gradual":
        plan = dict.fromkeys(f"{e:g}" for e in unfreeze_epochs(config, len(blocks(model))))
        said = f"the head first; the body joins after epoch {', '.join(plan)}"
    elif table.freeze == "body":
        said = f"the head alone, {trained:,} of {plural(every, 'parameter')}"
    else:
        said = "all parameters"
    if table.layer_decay < 1:
        said += f"; each block at {table.layer_decay:g} of the next one's rate"
    rows = [("from", table.source), ("trained", said)]
    if table.freeze == "body" and table.unfreeze == "none":
        rows.append(("", features_note(model, augmented, images)))
    return rows


def features_note(model: Layer, augmented: bool, images: int) -> str:
    """How often the body runs."""
    if augmented:
        return (
            "the body runs in every epoch, for the images are augmented; --set augment=none lets "
            "it run once"
        )
    if cached(model, augmented, images):
        return f"the body runs once over {plural(images, 'image')}; the head learns from the result"
    return "the body runs in every epoch: its features would take too much room"


def cached(model: Layer, augmented: bool, images: int) -> bool:
    """Whether the head will learn from features that are computed once."""
    if augmented or model.signature is None:
        return False
    return fits(feature_shape(model, model.signature.image_shape), images)
