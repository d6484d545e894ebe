from __future__ import annotations

import pytest

from chainrule.config import Settings, assignments, load, resolve, to_toml
from chainrule.config.resolve import merge
from chainrule.config.schema import AUGMENTATIONS, AugmentConfig
from chainrule.data.augment import PRESETS, Augment, preset
from chainrule.errors import InputError
from chainrule.experiment.factory import augment


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.b=0.01", 0.01),
        ("a.b=3", 3),
        ("a.b = true ", True),
        ("a.b=[1, 2]", [1, 2]),
        ('a.b="3"', "3"),
        ("a.b=sgd", "sgd"),
        ("a.b=/some/where", "/some/where"),
        ("a.b=x=y", "x=y"),
        ("a.b=", ""),
    ],
)
def test_a_value_is_toml_and_what_is_not_is_a_string(text: str, value: object) -> None:
    assert assignments([text]).values == {"a": {"b": value}}


def test_the_last_assignment_to_a_path_wins_and_others_stay() -> None:
    source = assignments(["a.b=1", "a.c=2", "a.b=3", "d=4"])
    assert source.values == {"a": {"b": 3, "c": 2}, "d": 4}


def test_a_name_in_a_path_may_be_quoted_as_in_toml() -> None:
    source = assignments(['o.groups."*.bias".lr=1', "o.groups.'a.b'.lr=2"])
    assert source.values == {"o": {"groups": {"*.bias": {"lr": 1}, "a.b": {"lr": 2}}}}


def test_a_pattern_whose_quotes_the_shell_took_is_explained() -> None:
    with pytest.raises(InputError, match=r"a pattern needs quotes: --set 'optimizer\.groups\."):
        assignments(["optimizer.groups.*.bias.lr_scale=0"])


@pytest.mark.parametrize(
    "text", ["epochs", "=3", "a..b=1", ".a=1", "a.=1", "", "a b=1", "[a]b=1", "a\nb=1", "a#b=1"]
)
def test_an_assignment_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--set: expected a path and a value"):
        assignments([text])


@pytest.mark.parametrize("text", ["a=[1,", 'a="x', "a={b=}"])
def test_broken_toml_is_not_taken_for_a_string(text: str) -> None:
    with pytest.raises(InputError, match="is not TOML"):
        assignments([text])


def test_a_value_cannot_smuggle_in_other_settings() -> None:
    assert assignments(["a=1\nb=2"]).values == {"a": "1\nb=2"}


def test_later_sources_win_value_by_value() -> None:
    values, origins = merge(
        [Settings({"a": {"x": 1, "y": 2}, "b": 3}, "one"), Settings({"a": {"y": 4}}, "two")]
    )
    assert values == {"a": {"x": 1, "y": 4}, "b": 3}
    assert origins["a", "x"].place == "one"
    assert origins["a", "y"].place == "two"


def test_another_name_starts_a_table_afresh() -> None:
    defaults = Settings({"optimizer": {"name": "adam", "beta1": 0.9}})
    file = Settings({"optimizer": {"lr": 0.5}})
    values, _ = merge([defaults, file, Settings({"optimizer": {"name": "sgd"}})])
    assert values == {"optimizer": {"name": "sgd", "lr": 0.5}}


def test_another_kind_starts_a_table_afresh() -> None:
    sources = {"clip": {"kind": "norm", "limit": 5}}, {"clip": {"kind": "none"}}
    assert merge([Settings(s) for s in sources])[0] == {"clip": {"kind": "none"}}
    assert merge([Settings(s) for s in reversed(sources)])[0] == sources[0]


@pytest.mark.parametrize(
    ("sources", "shown"), [(({"b": 1}, 2, {"b": 3}), 2), ((1, {"b": 2}, 3), {"b": 2})]
)
def test_a_value_for_a_table_or_a_table_for_a_value_is_not_hidden(
    sources: tuple[object, ...], shown: object
) -> None:
    values, origins = merge([Settings({"a": value}, str(i)) for i, value in enumerate(sources)])
    assert values == {"a": shown}
    assert origins["a",].place == "1"


def test_what_a_message_calls_a_setting() -> None:
    source = Settings({}, "exp.toml", {"epochs": "--epochs"})
    assert source.called(("optimizer", "lr")) == "exp.toml: optimizer.lr"
    assert source.called(("epochs",)) == "--epochs"
    assert source.called(("groups", "*.bias")) == 'exp.toml: groups."*.bias"'


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
