"""Augmentation: ``Augment(RandomCrop(), HorizontalFlip())`` or ``preset("crop-flip")``.

One operation, or one family of them, a file; a new one is a class and a row below.
"""

from __future__ import annotations

from ...public import publish
from .affine import Affine as Affine
from .affine import Rotation as Rotation
from .affine import Scale as Scale
from .base import Mixing as Mixing
from .base import Operation as Operation
from .base import PixelTransform as PixelTransform
from .color import Brightness as Brightness
from .color import Contrast as Contrast
from .color import Hue as Hue
from .color import Saturation as Saturation
from .color_transform import ColorTransform as ColorTransform
from .crops import RandomCrop as RandomCrop
from .crops import RandomResizedCrop as RandomResizedCrop
from .erasing import Cutout as Cutout
from .erasing import RandomErasing as RandomErasing
from .flips import HorizontalFlip as HorizontalFlip
from .flips import VerticalFlip as VerticalFlip
from .geometric import GeometricTransform as GeometricTransform
from .mixing import CutMix as CutMix
from .mixing import Mixup as Mixup
from .noise import GaussianNoise as GaussianNoise
from .pipeline import Augment as Augment
from .presets import PRESETS as PRESETS
from .presets import preset as preset
from .sample_rng import SampleRNG as SampleRNG
from .trivial import TrivialAugment as TrivialAugment

OPERATIONS: dict[str, type[Operation]] = {
    "random_resized_crop": RandomResizedCrop,
    "random_crop": RandomCrop,
    "horizontal_flip": HorizontalFlip,
    "vertical_flip": VerticalFlip,
    "scale": Scale,
    "rotation": Rotation,
    "affine": Affine,
    "trivial_augment": TrivialAugment,
    "brightness": Brightness,
    "contrast": Contrast,
    "saturation": Saturation,
    "hue": Hue,
    "gaussian_noise": GaussianNoise,
    "cutout": Cutout,
    "random_erasing": RandomErasing,
    "mixup": Mixup,
    "cutmix": CutMix,
}
"""By the names that settings have, in the order in which settings carry them out."""

publish(globals(), "OPERATIONS", "PRESETS")
