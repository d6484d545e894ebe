"""Augmentations that have a name."""

from __future__ import annotations

from ...declared import checked
from ...errors import InputError, did_you_mean
from .affine import Affine
from .base import Operation
from .color import Brightness, Contrast, Hue, Saturation
from .crops import RandomCrop, RandomResizedCrop
from .erasing import Cutout
from .flips import HorizontalFlip
from .mixing import CutMix, Mixup
from .pipeline import Augment
from .trivial import TrivialAugment

_CROP_FLIP = (RandomCrop(), HorizontalFlip())

PRESETS: dict[str, tuple[Operation, ...]] = {
    "none": (),
    "flip": (HorizontalFlip(),),
    "crop-flip": _CROP_FLIP,
    "alternating-flip": (RandomCrop(padding=2), HorizontalFlip(alternate=True)),
    "cutout": (*_CROP_FLIP, Cutout()),
    "color": (*_CROP_FLIP, Brightness(), Contrast(), Saturation(), Hue()),
    "trivial": (*_CROP_FLIP, TrivialAugment()),
    "mixup": (*_CROP_FLIP, Mixup()),
    "cutmix": (*_CROP_FLIP, CutMix()),
    "photo": (RandomResizedCrop((0.35, 1.0)), HorizontalFlip(), TrivialAugment()),
    "handwriting": (Affine(border="constant"),),
}
"""By name; each in the order of ``OPERATIONS``. Handwriting is not flipped: no 2 is mirrored."""


@checked
def preset(name: str) -> Augment:
    """The augmentation called ``name``, one of ``PRESETS``. InputError for another name.

    >>> preset("flip")
    Augment(HorizontalFlip(p=0.5, alternate=False))
    """
    if name not in PRESETS:
        raise InputError(f"unknown augmentation {name!r}{did_you_mean(str(name), PRESETS)}")
    return Augment(*PRESETS[name])
