"""[augment]: which operations change the training pictures, each with its options.

``preset`` names a set of them to begin with; a table of an operation's name adds it, or changes
it, and ``p = 0`` takes it out. They are carried out in the order in which they stand here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from .kinds import Amount, Count, Rate, Table, Whole

Probability = Annotated[float, Meta(ge=0, le=1)]
Span = tuple[Rate, Rate]
Grey = Annotated[int, Meta(ge=0, le=255)]

Preset = Literal[
    "none",
    "flip",
    "crop-flip",
    "alternating-flip",
    "cutout",
    "color",
    "trivial",
    "mixup",
    "cutmix",
    "photo",
    "handwriting",
]


class OperationConfig(Table, kw_only=True, frozen=True):
    """What every operation has: how probable it is for a picture."""

    p: Probability = 1.0


class WanderingConfig(OperationConfig, kw_only=True, frozen=True):
    """What operations have that show what lies outside of a picture."""

    border: Literal["constant", "edge", "reflect"] = "reflect"
    fill: Grey = 0


class RandomResizedCropConfig(OperationConfig, frozen=True):
    """[augment.random_resized_crop]: see ``chainrule.data.augment.RandomResizedCrop``."""

    scale: Span = (0.08, 1.0)
    ratio: Span = (3 / 4, 4 / 3)


class RandomCropConfig(WanderingConfig, frozen=True):
    """[augment.random_crop]: see ``chainrule.data.augment.RandomCrop``."""

    padding: Whole | None = None


class HorizontalFlipConfig(OperationConfig, frozen=True):
    """[augment.horizontal_flip]: see ``chainrule.data.augment.HorizontalFlip``."""

    p: Probability = 0.5
    alternate: bool = False


class VerticalFlipConfig(OperationConfig, frozen=True):
    """[augment.vertical_flip]: see ``chainrule.data.augment.VerticalFlip``."""

    p: Probability = 0.5


class ScaleConfig(WanderingConfig, frozen=True):
    """[augment.scale]: see ``chainrule.data.augment.Scale``."""

    scale: Span = (0.8, 1.25)


class RotationConfig(WanderingConfig, frozen=True):
    """[augment.rotation]: see ``chainrule.data.augment.Rotation``."""

    degrees: Amount = 15.0


class AffineConfig(WanderingConfig, frozen=True):
    """[augment.affine]: see ``chainrule.data.augment.Affine``."""

    degrees: Amount = 10.0
    translate: Probability = 0.1
    scale: Span = (0.9, 1.1)
    shear: Amount = 5.0


class TrivialAugmentConfig(WanderingConfig, frozen=True):
    """[augment.trivial_augment]: see ``chainrule.data.augment.TrivialAugment``."""


class BrightnessConfig(OperationConfig, frozen=True):
    """[augment.brightness]: see ``chainrule.data.augment.Brightness``."""

    strength: Probability = 0.2


class ContrastConfig(OperationConfig, frozen=True):
    """[augment.contrast]: see ``chainrule.data.augment.Contrast``."""

    strength: Probability = 0.2


class SaturationConfig(OperationConfig, frozen=True):
    """[augment.saturation]: see ``chainrule.data.augment.Saturation``."""

    strength: Probability = 0.2


class HueConfig(OperationConfig, frozen=True):
    """[augment.hue]: see ``chainrule.data.augment.Hue``."""

    strength: Annotated[float, Meta(ge=0, le=0.5)] = 0.05


class GaussianNoiseConfig(OperationConfig, frozen=True):
    """[augment.gaussian_noise]: see ``chainrule.data.augment.GaussianNoise``."""

    std: Probability = 0.05


class CutoutConfig(OperationConfig, frozen=True):
    """[augment.cutout]: see ``chainrule.data.augment.Cutout``."""

    size: Count | None = None
    fill: Grey = 128


class RandomErasingConfig(OperationConfig, frozen=True):
    """[augment.random_erasing]: see ``chainrule.data.augment.RandomErasing``."""

    p: Probability = 0.5
    scale: Span = (0.02, 0.33)
    ratio: Span = (0.3, 3.3)
    fill: Grey = 128


class MixupConfig(OperationConfig, frozen=True):
    """[augment.mixup]: see ``chainrule.data.augment.Mixup``."""

    alpha: Rate = 0.2


class CutMixConfig(OperationConfig, frozen=True):
    """[augment.cutmix]: see ``chainrule.data.augment.CutMix``."""

    alpha: Rate = 1.0


class AugmentConfig(Table, omit_defaults=True, frozen=True):
    """[augment]: an operation that is None is not done."""

    preset: Preset
    random_resized_crop: RandomResizedCropConfig | None = None
    random_crop: RandomCropConfig | None = None
    horizontal_flip: HorizontalFlipConfig | None = None
    vertical_flip: VerticalFlipConfig | None = None
    scale: ScaleConfig | None = None
    rotation: RotationConfig | None = None
    affine: AffineConfig | None = None
    trivial_augment: TrivialAugmentConfig | None = None
    brightness: BrightnessConfig | None = None
    contrast: ContrastConfig | None = None
    saturation: SaturationConfig | None = None
    hue: HueConfig | None = None
    gaussian_noise: GaussianNoiseConfig | None = None
    cutout: CutoutConfig | None = None
    random_erasing: RandomErasingConfig | None = None
    mixup: MixupConfig | None = None
    cutmix: CutMixConfig | None = None
