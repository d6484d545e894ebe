"""The architecture of a model, its own or of a kind that there is, and two of them side by side."""

from __future__ import annotations

import re
from typing import Any

from starlette.routing import Route

from ..config import Config
from ..config.schema import MODELS as FORMS
from ..errors import InputError, did_you_mean
from ..experiment import factory
from ..layers.base import Layer
from ..printable import received
from ..saving import load
from . import saved
from .alignment import compared
from .answers import get
from .blocks import block_tree
from .context import PlayContext

LARGEST, MOST_CLASSES = 10_000, 1_000_000
USUAL = (28, 28, 1)
KINDS = tuple(sorted(FORMS))
"""Kinds of models, by their names in settings."""


def routes(context: PlayContext) -> list[Route]:
    """Those under /api/architecture/."""

    def models() -> dict[str, Any]:
        return saved.names(context) | {"kinds": list(KINDS)}

    def blocks(source: str, size: str = "", classes: str = "10") -> dict[str, Any]:
        model, shape = chosen(context, source, size, classes)
        return {
            "image": list(shape),
            "classes": list(model.signature.classes[:1000]) if model.signature else [],
            "tree": block_tree(model, shape).as_json(),
        }

    def compare(left: str, right: str, size: str = "", classes: str = "10") -> dict[str, Any]:
        trees = [block_tree(*chosen(context, name, size, classes)) for name in (left, right)]
        return compared(*trees)

    return [
        get("/api/architecture/models", models),
        get("/api/architecture/blocks", blocks),
        get("/api/architecture/compare", compare),
    ]


def chosen(
    context: PlayContext, source: str, size: str, classes: str
) -> tuple[Layer, tuple[int, ...]]:
    """The model of ``source``, "saved:NAME" or "kind:NAME", and the images (H, W, C) that it is
    looked at with: those that it was made for, else of ``size``. InputError for what there is not.
    """
    group, _, name = source.partition(":")
    if group == "saved":
        model = load(saved.located(context, name))
        if model.signature is not None:
            return model, model.signature.image_shape
        return model, image_size(size)
    if group != "kind" or name not in KINDS:
        raise InputError(f"source: unknown model {received(name)}{did_you_mean(name, KINDS)}")
    shape = image_size(size)
    return factory.model_for(Config(model=FORMS[name]()), shape, class_count(classes)), shape


def image_size(text: str) -> tuple[int, int, int]:
    """(H, W, C) of "28x28x1", which is the usual one. InputError for anything else."""
    if not text:
        return USUAL
    found = re.fullmatch(r"([1-9]\d{0,4})[x×*]([1-9]\d{0,4})[x×*]([13])", text.strip(), re.ASCII)
    sides = tuple(map(int, found.groups())) if found else ()
    if len(sides) != 3 or max(sides) > LARGEST:
        raise InputError(
            "image size: expected height x width x channels such as 28x28x1, with 1 or 3 channels "
            f"and sides of at most {LARGEST:,}, received {received(text)}"
        )
    return sides[0], sides[1], sides[2]


def class_count(text: str) -> int:
    """A number of classes. InputError for none."""
    valid = text.isascii() and text.isdigit() and len(text) < 10
    if not valid or not 0 < int(text) <= MOST_CLASSES:
        raise InputError(
            f"classes: expected a whole number from 1 to {MOST_CLASSES:,}, received "
            f"{received(text)}"
        )
    return int(text)
