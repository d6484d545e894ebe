"""Whose names there are for a model, and how its arrays lie under them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from ..layers.base import Layer
from .layouts import SAME, Dense
from .naming import Scheme, generic, without_normalize
from .naming_inverted import efficientnet_pytorch, inverted_timm, mobilenet_torchvision
from .naming_resnet import resnet
from .naming_squeezenet import squeezenet, squeezenet_keras
from .naming_vgg import vgg_timm, vgg_torchvision
from .slots import Slot, named_slots


class Library(NamedTuple):
    """Whose names, how they come about, and how the slots of a layer then lie."""

    library: str
    scheme: Scheme
    lay: Callable[[list[Slot]], list[Slot]] = list


def _in_keras(slots: list[Slot]) -> list[Slot]:
    """Lists of a kernel and a bias, both as they lie here."""
    ends = {"weight": "0", "bias": "1"}
    found = []
    for slot in slots:
        place, _, array = slot.name.rpartition(".")
        found.append(Slot(f"{place}.{ends[array]}", slot.variable, SAME))
    return found


def _as_convolutions(slots: list[Slot]) -> list[Slot]:
    """The first linear layers as convolutions over the whole image, as timm has them in VGG."""
    found = []
    for slot in slots:
        if slot.name.startswith("pre_logits.") and isinstance(slot.layout, Dense):
            inputs = slot.variable.shape[0]
            channels = slot.layout.channels if slot.layout.channels > 1 else inputs
            slot = replace(slot, layout=Dense(channels, convolution=True))
        found.append(slot)
    return found


LIBRARIES = (
    Library("torchvision", resnet),
    Library("timm", resnet),
    Library("torchvision", mobilenet_torchvision),
    Library("timm", inverted_timm),
    Library("efficientnet_pytorch", efficientnet_pytorch),
    Library("torchvision", squeezenet),
    Library("keras", squeezenet_keras, _in_keras),
    Library("torchvision", vgg_torchvision),
    Library("timm", vgg_timm, _as_convolutions),
    Library("torch.nn.Sequential", generic),
)


def candidates(model: Layer) -> list[tuple[str, list[Slot]]]:
    """(library, slots) of each library that has names for the model, in the order of preference."""
    layers = without_normalize(model)
    found = []
    for library, scheme, lay in LIBRARIES:
        named = scheme(layers)
        if named is not None:
            found.append((library, lay(named_slots(model, named))))
    return found
