from __future__ import annotations

import datetime
import math
import re
from typing import Any, get_args

import msgspec
import pytest

from chainrule import data
from chainrule.config import DEFAULTS, Config, Settings, assignments, resolve
from chainrule.config.resolve import fits
from chainrule.config.schema import (
    AVERAGE_FORMS,
    LOSSES,
    MODELS,
    OPTIMIZERS,
    SCHEDULES,
    GroupConfig,
    LogConfig,
)
from chainrule.errors import InputError
from chainrule.ranges import Fraction, NonNegativeInt, PositiveFloat, rule

AdamConfig = OPTIMIZERS["adam"]
CosineConfig = SCHEDULES["cosine"]
EMAConfig = AVERAGE_FORMS["ema"]
HingeConfig = LOSSES["hinge"]
MLPConfig = MODELS["mlp"]
SGDConfig = OPTIMIZERS["sgd"]
StepConfig = SCHEDULES["step"]


def file(**values: Any) -> Settings:
    return Settings(values, "exp.toml")


def test_every_data_set_has_its_defaults() -> None:
    assert set(DEFAULTS) == set(data.NAMES)


@pytest.mark.parametrize("name", DEFAULTS)
def test_the_defaults_of_every_data_set_are_a_configuration(name: str) -> None:
    assert resolve(file(data=name)).data == name


def test_nothing_said_means_digits() -> None:
    assert resolve() == resolve(file(data="digits"))


def test_mnist_has_the_net_of_report_a() -> None:
    model = resolve(file(data="mnist")).model
    assert (model.hidden, model.norm) == ((256, 128, 64), "batch")
    assert model.dropout > 0


def test_the_recipe_of_a_model_goes_with_it() -> None:
    usual = resolve(assignments(["data=cifar10"]))
    assert isinstance(usual.model, MODELS["airbench"])
    assert isinstance(usual.optimizer, OPTIMIZERS["muon"]) and usual.loss.smoothing == 0.2
    wider = resolve(assignments(["data=cifar10", "model.name=airbench", "epochs=4"]))
    assert wider.optimizer == usual.optimizer and wider.batch_size == usual.batch_size == 2000
    for others in (["model.name=vgg"], ["model.name=airbench", "model.name=vgg"]):
        other = resolve(*(assignments([each]) for each in ["data=cifar10", *others]))
        assert isinstance(other.model, MODELS["vgg"]) and other.loss.smoothing == 0.0
        assert isinstance(other.optimizer, OPTIMIZERS["adamw"])
    begun = resolve(assignments(["data=cifar10", "pretrained.source=mobilenet_v2"]))
    assert isinstance(begun.optimizer, OPTIMIZERS["adamw"]) and begun.loss.smoothing == 0.0


def test_later_sources_win_and_choose_the_defaults() -> None:
    config = resolve(
        file(data="mnist", epochs=3, seed=5), Settings({"data": "digits"}), assignments(["seed=6"])
    )
    assert (config.data, config.epochs, config.seed) == ("digits", 3, 6)
    assert config.model == resolve().model


def test_another_optimizer_is_not_troubled_by_the_default_one() -> None:
    config = resolve(
        file(optimizer={"name": "adam", "beta1": 0.8}), assignments(["optimizer.name=sgd"])
    )
    assert config.optimizer == SGDConfig()


def test_settings_without_a_name_belong_to_whatever_is_named() -> None:
    config = resolve(file(optimizer={"lr": 0.5}), assignments(["optimizer.name=sgd"]))
    assert config.optimizer == SGDConfig(lr=0.5)


def test_whole_numbers_are_numbers() -> None:
    config = resolve(assignments(["optimizer.lr=1", "schedule.floor=0"]))
    assert isinstance(config.optimizer, AdamConfig)
    assert isinstance(config.optimizer.lr, float)
    assert config.schedule == CosineConfig(floor=0.0)


def test_a_schedule_is_chosen_by_name() -> None:
    config = resolve(assignments(["schedule.name=step", "schedule.every_epochs=3"]))
    assert config.schedule == StepConfig(every_epochs=3)


def test_a_part_that_is_off_is_chosen_by_kind() -> None:
    config = resolve(assignments(["average.kind=ema", "average.decay=0.9"]))
    assert config.average == EMAConfig(decay=0.9)


def test_a_loss_without_a_name_is_cross_entropy() -> None:
    assert resolve(file(loss={"smoothing": 0.1})).loss.smoothing == 0.1
    config = resolve(file(loss={"reg": 0.1}), assignments(["loss.name=hinge"]))
    assert config.loss == HingeConfig(reg=0.1)


def test_groups_are_tables_under_patterns_in_their_order() -> None:
    groups = {"*.weight": {"lr_scale": 2}, "*.bias": {"weight_decay": 0.0}}
    config = resolve(
        file(optimizer={"groups": groups}),
        assignments(['optimizer.groups."*.weight".weight_decay=1', "optimizer.groups.head={}"]),
    )
    assert config.optimizer.groups == {
        "*.weight": GroupConfig(lr_scale=2.0, weight_decay=1.0),
        "*.bias": GroupConfig(weight_decay=0.0),
        "head": GroupConfig(),
    }
    assert list(config.optimizer.groups) == ["*.weight", "*.bias", "head"]


def test_a_model_keeps_what_is_not_overruled() -> None:
    config = resolve(assignments(["model.dropout=0.5"]))
    assert config.model == msgspec.structs.replace(resolve().model, dropout=0.5)
    assert isinstance(config.model, MLPConfig)


BATCH_SIZE = Settings({"batch_size": 0}, names={"batch_size": "--batch-size"})
AT_LEAST_1 = "expected a whole number of at least 1, received 0"


@pytest.mark.parametrize(
    ("source", "place", "problem"),
    [
        (file(epochs=0), "exp.toml: epochs", AT_LEAST_1.replace(",", " or 'auto',")),
        (BATCH_SIZE, "--batch-size", AT_LEAST_1),
        (
            assignments(["seed=-1"]),
            "--set: seed",
            "expected a whole number of at least 0, received -1",
        ),
        (
            assignments(["optimizer.lr.x=1"]),
            "--set: optimizer.lr",
            "expected a positive finite number, received {'x': 1}",
        ),
        (
            file(model={"dropout": 1}),
            "exp.toml: model.dropout",
            "expected a number in [0, 1), received 1",
        ),
        (
            file(optimizer="sgd"),
            "exp.toml: optimizer",
            "expected a table [optimizer], received 'sgd'; the setting is optimizer.name",
        ),
        (
            assignments(["optimizer.groups=1"]),
            "--set: optimizer.groups",
            "expected a table [optimizer.groups], received 1",
        ),
        (
            file(optimizer={"groups": {"*.bias": 1}}),
            'exp.toml: optimizer.groups."*.bias"',
            'expected a table [optimizer.groups."*.bias"], received 1',
        ),
        (
            file(optimizer={"groups": {"*.bias": {"lr_scale": -1}}}),
            'exp.toml: optimizer.groups."*.bias".lr_scale',
            "expected 0 or more, received -1",
        ),
        (
            file(optimizer={"groups": {"a\x00": {}}}),
            'exp.toml: optimizer.groups."a\\u0000"',
            "expected text in Unicode as a key, received 'a\\x00'",
        ),
        (file(loss=1), "exp.toml: loss", "expected a table [loss], received 1"),
        (file(loss="sdg"), "exp.toml: loss", "expected a table [loss], received 'sdg'"),
        (
            file(data=3),
            "exp.toml: data",
            "expected text in Unicode, received 3",
        ),
        (
            file(data=[1]),
            "exp.toml: data",
            "expected text in Unicode, received [1]",
        ),
    ],
)
def test_a_bad_value_is_named_with_its_place_and_rule(
    source: Settings, place: str, problem: str
) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(f'{place}: {problem}')}$"):
        resolve(source)


@pytest.mark.parametrize(
    ("values", "place", "problem"),
    [
        ({"optimiser": {}}, "optimiser", "setting 'optimiser'; did you mean 'optimizer'?"),
        ({"optimizer": {"lrr": 1}}, "optimizer.lrr", "adam setting 'lrr'; did you mean 'lr'?"),
        (
            {"optimizer": {"groups": {"*": {"rate": 1}}}},
            'optimizer.groups."*".rate',
            "setting 'rate'; choose from epochs, lr, lr_scale, weight_decay",
        ),
        (
            {"loss": {"name": "x"}},
            "loss.name",
            "loss 'x'; choose from cross-entropy, focal, hinge, one-vs-rest-hinge",
        ),
        (
            {"optimizer": {"name": "adamww"}},
            "optimizer.name",
            "optimizer 'adamww'; did you mean 'adamw'?",
        ),
        (
            {"clip": {"kind": [1]}},
            "clip.kind",
            "clip [1]; choose from global-norm, none, norm, value",
        ),
        ({"average": {"kind": "emma"}}, "average.kind", "average 'emma'; did you mean 'ema'?"),
        (
            {"model": {"activation": "relo"}},
            "model.activation",
            "activation 'relo'; did you mean 'relu'?",
        ),
        ({"model": {"norm": 1}}, "model.norm", "norm 1; choose from batch, layer, none"),
        ({"schedule": {"name": "cos"}}, "schedule.name", "schedule 'cos'; did you mean 'cosine'?"),
        ({"model": {"name": "mpl"}}, "model.name", "model 'mpl'; did you mean 'mlp'?"),
        ({"data": "mnits"}, "data", "data set 'mnits'; did you mean 'mnist'?"),
    ],
)
def test_an_unknown_name_gets_the_nearest_one(
    values: dict[str, Any], place: str, problem: str
) -> None:
    message = f"exp.toml: {place}: unknown {problem}"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        resolve(file(**values))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "clip.limit=5",
            "'none' has no setting 'limit'; it needs kind = 'global-norm' or 'norm' or ",
        ),
        (
            "optimizer.momentum=0.9",
            "'adam' has no setting 'momentum'; it needs name = 'muon' or 'sgd'",
        ),
    ],
)
def test_a_setting_of_another_form_says_of_which(setting: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        resolve(assignments([setting]))


def test_the_place_that_is_named_is_the_one_that_counts() -> None:
    with pytest.raises(InputError, match=r"^--set: epochs: "):
        resolve(file(epochs=3), assignments(["epochs=0"]))
    with pytest.raises(InputError, match=r"^exp\.toml: epochs: "):
        resolve(file(epochs=0), assignments(["seed=3"]))


AdamConfig = OPTIMIZERS["adam"]
MLPConfig = MODELS["mlp"]
MultiStepConfig = SCHEDULES["multi-step"]
VGGConfig = MODELS["vgg"]


def field(kind: type[msgspec.Struct], name: str) -> Any:
    return {f.name: f.type for f in msgspec.structs.fields(kind)}[name]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (NonNegativeInt, [0, 3], [-1, 1.0, True, "1", datetime.date(2020, 1, 1), None, [1]]),
        (PositiveFloat, [1, 0.5], [0, -1.0, math.inf, math.nan, True, "0.1"]),
        (Fraction, [0, 0.5], [1, 1.0, -0.1, math.nan]),
        (bool, [True], [1, "true"]),
        (field(MLPConfig, "norm"), ["none", "batch"], ["group", 1]),
        (field(MLPConfig, "hidden"), [[], [1, 2]], [3, [0], ["a"], [1.5], [10**9]]),
        (field(MultiStepConfig, "milestones"), [[], [1, 2.5]], [[0], [math.inf], [[1]], 1]),
        (field(VGGConfig, "blocks"), [[], [[1, 2], [3]]], [[1], [[0]], [[1.5]], [[math.nan]]]),
        (field(Config, "validation"), [1, 5000, 0.1], [0, 0.0, 1.0, 1.5, True, "a"]),
        (
            field(Config, "time_budget"),
            [0, 90, 1.5, "0", "90", "90s", "10m", "1.5h"],
            [-1, math.inf, True, "", "m", "-3m", "10 m", "10d", "1.m", "1e3", "٣m", "9" * 400],
        ),
        (field(LogConfig, "to"), [[], ["csv", "jsonl", "tensorboard"]], ["csv", ["xml"], [1]]),
        (
            field(Config, "data_dir"),
            ["/data", "Übung 1", "a\nb", "猫\u3000犬", "\x1b\u202e\x7f"],
            [1, "a\x00b", "\udcff"],
        ),
    ],
)
def test_which_values_keep_a_rule(kind: Any, good: list[Any], bad: list[Any]) -> None:
    assert [value for value in good if not fits(kind, value)] == []
    assert [value for value in bad if fits(kind, value)] == []


def test_every_setting_has_a_rule_in_words() -> None:
    for form in (Config, AdamConfig, MLPConfig):
        for each in msgspec.structs.fields(form):
            kinds = get_args(each.type) or (each.type,)
            if not any(hasattr(kind, "__struct_config__") for kind in kinds):
                assert rule(each.type)


def test_rules_read_as_sentences() -> None:
    assert rule(field(Config, "epochs")) == "a whole number of at least 1 or 'auto'"
    assert rule(field(MLPConfig, "norm")) == "'none' or 'batch' or 'layer'"
    assert rule(field(MLPConfig, "hidden")) == (
        "a list, each item a whole number from 1 to 1,000,000"
    )
