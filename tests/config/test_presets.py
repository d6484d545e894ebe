from __future__ import annotations

import pytest

from chainrule.config import Settings, assignments, load, resolve, to_toml
from chainrule.config.schema import AUGMENTATIONS, AugmentConfig
from chainrule.data.augment import PRESETS, Augment, preset
from chainrule.errors import InputError
from chainrule.experiment.factory import augment

CutoutConfig = AUGMENTATIONS["cutout"]
HorizontalFlipConfig = AUGMENTATIONS["horizontal_flip"]
RandomCropConfig = AUGMENTATIONS["random_crop"]
RotationConfig = AUGMENTATIONS["rotation"]
CROP_FLIP = AugmentConfig(
    "crop-flip", random_crop=RandomCropConfig(), horizontal_flip=HorizontalFlipConfig()
)


def file(**values):
    return Settings(values, "exp.toml")


@pytest.mark.parametrize(
    "source",
    [
        file(augment="crop-flip"),
        file(augment={"preset": "crop-flip"}),
        assignments(["augment=crop-flip"]),
        assignments(["augment.preset=crop-flip"]),
    ],
)
def test_a_preset_is_named_in_many_ways(source):
    assert resolve(source).augment == CROP_FLIP


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_the_same_from_a_configuration_and_from_python(name, tmp_path):
    config = resolve(file(augment=name))
    assert (augment(config) or Augment()) == preset(name)
    (tmp_path / "c.toml").write_text(to_toml(config))
    assert load(tmp_path / "c.toml") == config


def test_tables_change_and_add_to_a_preset():
    config = resolve(
        file(augment={"preset": "crop-flip", "cutout": {}}),
        assignments(["augment.random_crop.padding=2", "augment.rotation.degrees=5"]),
    )
    assert config.augment.random_crop == RandomCropConfig(padding=2)
    assert config.augment.cutout == CutoutConfig()
    assert config.augment.rotation == RotationConfig(degrees=5.0)
    names = [type(operation).__name__ for operation in augment(config).operations]
    assert names == ["RandomCrop", "HorizontalFlip", "Rotation", "Cutout"]


def test_a_word_and_a_table_can_be_set_together():
    config = resolve(assignments(["augment=crop-flip", "augment.random_crop.padding=2"]))
    assert config.augment.random_crop == RandomCropConfig(padding=2)
    assert config.augment.horizontal_flip == HorizontalFlipConfig()


def test_another_preset_is_not_troubled_by_the_one_before():
    config = resolve(
        file(augment={"preset": "crop-flip", "cutout": {"size": 4}}), assignments(["augment=flip"])
    )
    assert config.augment == AugmentConfig("flip", horizontal_flip=HorizontalFlipConfig())
    assert resolve(file(augment="flip"), assignments(["augment=none"])).augment == AugmentConfig(
        "none"
    )


def test_p_0_takes_an_operation_out():
    config = resolve(assignments(["augment=crop-flip", "augment.random_crop.p=0"]))
    assert augment(config) == preset("flip")
    off = assignments(["augment=alternating-flip", "augment.horizontal_flip.p=0"])
    assert len(augment(resolve(off)).operations) == 1
    assert augment(resolve()) is None


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            assignments(["augment=crop-flp"]),
            "--set: augment.preset: unknown preset 'crop-flp'; did",
        ),
        (file(augment="crop"), "exp.toml: augment.preset: unknown preset 'crop'"),
        (file(augment=3), r"exp.toml: augment: expected a table \[augment\], received 3"),
        (file(augment={"preset": [1]}), r"exp.toml: augment.preset: unknown preset \[1\]"),
        (file(augment={"flip": {}}), "exp.toml: augment.flip: unknown setting 'flip'"),
        (file(augment={"cutout": {"sice": 3}}), "augment.cutout.sice: unknown .* mean 'size'"),
        (file(augment={"cutout": {"size": 0}}), "augment.cutout.size: expected a whole number"),
        (
            file(augment={"scale": {"scale": [1]}}),
            "augment.scale.scale: expected a list of 2, each",
        ),
    ],
)
def test_mistakes_are_named(source, message):
    with pytest.raises(InputError, match=message):
        resolve(source)


def test_what_only_the_operation_knows_is_said_with_its_table():
    with pytest.raises(InputError, match=r"augment.scale: scale: expected two numbers from"):
        augment(resolve(file(augment={"scale": {"scale": [2, 1]}})))
